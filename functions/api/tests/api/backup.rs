//! A backup goes into another deployment, and is the same there; what is not whole changes nothing.

use std::{io::Read, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use contract::{Registration, Secret, TenantId};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::world::{Answer, Call, PASSWORD, World};

const BACKUP: &str = "/api/v1/backup";
const RESTORE: &str = "/api/v1/restore";
const SECRETS: &str = "/api/v1/backup?includeSecrets=true";
const PASSPHRASE: &str = "seven lamps under a green bridge";
const OTHER: &str = "another horse, another staple";

/// A deployment with one of everything, canaries in what is secret.
async fn furnished() -> World {
    let world = World::new().await;
    let storage = json!({"name": "Files", "connector": "s3", "purgeDelay": 60, "settings": {
        "bucket": "acme-attachments", "region": "ap-northeast-1", "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "secretAccessKey": "canary-storage"}});
    let storage = world.call(Call::post("/api/v1/storages", &storage)).await.expect(201).json()["id"].clone();
    let settings = json!({
        "outboundProxy": "http://127.0.0.1:9",
        "defaultStorageId": storage,
        "defaultCommander": {"authentication": json!({"type": "service_account", "project_id": "p",
            "client_email": "um@p.example", "private_key": "canary-commander"}).to_string()},
        "notifierDestinations": [
            {"connector": "slack", "url": "https://hooks.slack.example/canary-slack"},
            {"connector": "pagerduty", "routingKey": "canary-pagerduty", "topic": "subscriptions"},
        ],
    });
    for name in ["Acme", "Bravo"] {
        let mut tenant = world.tenant(name);
        tenant["apiAuthentication"] = json!({"type": "basic", "user": "ivr", "password": "canary-ivr"});
        tenant["messaging"]["storageId"] = storage.clone();
        tenant["cxPlatform"]["customData"] = json!({"vip": "yes"});
        let id = world.create(&tenant).await["id"].as_str().unwrap().to_owned();
        world.call(Call::patch(&format!("/api/v1/tenants/{id}"), &json!({"subscriptionId": "s"}))).await.expect(200);
    }
    // After the tenants: from now on nothing outside is reached.
    world.call(Call::put("/api/v1/settings", &settings)).await.expect(200);
    let user = json!({"name": "ann", "password": OTHER, "role": "operator"});
    world.call(Call::post("/api/v1/users", &user)).await.expect(201);
    let registration = Registration::new("teams", "account-1", "Acme", "it@acme.example", world.context.now());
    world.context.configuration.put(&registration, 0, &[], None).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    world
}

/// An empty deployment.
async fn empty() -> World {
    World::new().await
}

/// Everything the API shows of the configuration.
async fn state(world: &World) -> Value {
    let mut all = serde_json::Map::new();
    for resource in ["tenants", "storages", "settings", "registrations", "users"] {
        let path = format!("/api/v1/{resource}");
        all.insert(resource.to_owned(), world.call(Call::get(&path)).await.expect(200).json());
    }
    all.into()
}

async fn back_up(world: &World) -> String {
    world.call(Call::get(SECRETS).header("um-backup-passphrase", PASSPHRASE)).await.expect(200).text
}

async fn restore(world: &World, query: &str, backup: &str) -> Answer {
    let call = Call::new(http::Method::POST, &format!("{RESTORE}{query}")).body(backup);
    world.call(call.header("content-type", "application/json").header("um-backup-passphrase", PASSPHRASE)).await
}

fn effects(report: &Value, effect: &str) -> Vec<String> {
    let records = report["records"].as_array().unwrap().iter().filter(|record| record["effect"] == effect);
    let named = records.map(|record| {
        let name = record["name"].as_str().or(record["id"].as_str()).unwrap_or_default();
        format!("{} {name}", record["resource"].as_str().unwrap()).trim().to_owned()
    });
    named.collect()
}

#[tokio::test]
async fn what_was_wiped_is_as_it_was() {
    let world = furnished().await;
    let before = state(&world).await;
    let backup = back_up(&world).await;
    let wiped = empty().await;

    let trial = restore(&wiped, "?dryRun=true", &backup).await.expect(200).json();
    assert_eq!((&trial["dryRun"], trial["created"].as_u64()), (&json!(true), Some(5)), "{trial}");
    assert_eq!(state(&wiped).await["tenants"], json!([]));
    assert_eq!(state(&wiped).await["settings"]["version"], 0);

    let report = restore(&wiped, "", &backup).await.expect(200).json();
    assert_eq!(
        effects(&report, "created"),
        ["storages Files", "tenants Acme", "tenants Bravo", "registrations Acme", "users ann"]
    );
    // The deployment's own administrator: another hash of the same password.
    assert_eq!(effects(&report, "updated"), ["settings", "users admin"]);
    assert_eq!(report["warnings"], json!([]));
    world.clock.advance(Duration::from_secs(60));

    // The administrator's password came back, too, and ended the session.
    wiped.call(Call::get("/api/v1/tenants")).await.expect(401);
    let mut wiped = wiped;
    wiped.token = wiped.login("admin", PASSWORD).await;
    let mut after = state(&wiped).await;
    // It was there, and was changed: that is a version of its own.
    for name in ["version", "createdAt", "updatedAt"] {
        after["users"][0][name] = before["users"][0][name].clone();
    }
    assert_eq!(after, before);

    // What is secret came back.
    let ids: Vec<TenantId> =
        before["tenants"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().into()).collect();
    for id in &ids {
        let was = world.context.configuration.tenant(id).await.unwrap().unwrap();
        assert_eq!(wiped.context.configuration.tenant(id).await.unwrap().unwrap(), was);
    }
    let storage = before["storages"][0]["id"].as_str().unwrap().into();
    let was = world.context.configuration.storage(&storage).await.unwrap();
    assert_eq!(wiped.context.configuration.storage(&storage).await.unwrap(), was);
    assert_eq!(
        wiped.context.configuration.settings().await.unwrap().value,
        world.context.configuration.settings().await.unwrap().value
    );
    wiped.login("ann", OTHER).await;

    // An ETag of then is good now.
    let tenant = &before["tenants"][0];
    let path = format!("/api/v1/tenants/{}", tenant["id"].as_str().unwrap());
    let version = format!("\"{}\"", tenant["version"]);
    assert!(tenant["version"].as_u64().unwrap() > 1);
    wiped.call(Call::put("/api/v1/settings", &json!({}))).await.expect(200);
    wiped.call(Call::patch(&path, &json!({"enabled": false})).header("if-match", &version)).await.expect(200);

    // Once more: only what is other than in the backup is changed.
    let report = restore(&wiped, "", &backup).await.expect(200).json();
    assert_eq!(effects(&report, "updated"), ["settings", "tenants Acme"]);
    assert_eq!(report["unchanged"], 5);
    let now = wiped.call(Call::get(&path)).await.expect(200).json();
    assert_eq!(now["enabled"], true);
    wiped.call(Call::patch(&path, &json!({})).header("if-match", &version)).await.expect(412);
    let again = restore(&wiped, "", &backup).await.expect(200).json();
    assert_eq!((again["unchanged"].as_u64(), again["updated"].as_u64()), (Some(7), Some(0)));

    let trail = wiped.call(Call::get("/api/v1/audit")).await.expect(200).json();
    let told = |resource: &str, action: &str| {
        trail.as_array().unwrap().iter().filter(|it| it["resource"] == resource && it["action"] == action).count()
    };
    assert_eq!((told("tenants", "created"), told("users", "created"), told("restore", "done")), (2, 1, 3), "{trail}");
    let trail = world.call(Call::get("/api/v1/audit?resource=backup")).await.expect(200).json();
    assert_eq!((&trail[0]["operation"], &trail[0]["fields"]), (&json!("GET /api/v1/backup"), &json!(["/secrets"])));
}

#[tokio::test]
async fn what_is_not_whole_changes_nothing() {
    let world = furnished().await;
    let backup = back_up(&world).await;
    let document: Value = serde_json::from_str(&backup).unwrap();
    let wiped = empty().await;
    let before = state(&wiped).await;
    for length in [0, 1, backup.len() / 3, backup.len() / 2, backup.len() - 3] {
        restore(&wiped, "", &backup[..length]).await.expect(400);
    }
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut document = document.clone();
        change(&mut document);
        document.to_string()
    };
    for (label, backup, field) in [
        ("a name", changed(&|it| it["records"]["tenants"][0]["document"]["name"] = "Mallory".into()), "/checksum"),
        ("a tenant less", changed(&|it| drop(it["records"]["tenants"].as_array_mut().unwrap().pop())), "/checksum"),
        ("no users", changed(&|it| it["records"]["users"] = json!([])), "/checksum"),
        (
            "the secrets",
            changed(&|it| it["secrets"] = it["secrets"].as_str().unwrap().replacen('A', "B", 9).into()),
            "/checksum",
        ),
        ("no secrets", changed(&|it| drop(it.as_object_mut().unwrap().remove("secrets"))), "/checksum"),
        ("no checksum", changed(&|it| drop(it.as_object_mut().unwrap().remove("checksum"))), "/checksum"),
        ("another form", changed(&|it| it["version"] = 9.into()), "/version"),
        ("no backup", "{}".to_owned(), "/format"),
        ("a list", "[]".to_owned(), "/format"),
    ] {
        assert_eq!(restore(&wiped, "", &backup).await.expect(422).faults()[0].0, field, "{label}");
    }
    // With a checksum made anew, as this API makes them: what is encrypted tells.
    let resealed = resealed(&changed(&|it| it["records"]["tenants"][0]["document"]["name"] = "Mallory".into()));
    assert_eq!(restore(&wiped, "", &resealed).await.expect(422).faults()[0].0, "/records");

    let wrong = Call::new(http::Method::POST, RESTORE).body(&*backup).header("content-type", "application/json");
    let none = Call::new(http::Method::POST, RESTORE).body(&*backup).header("content-type", "application/json");
    let answer = wiped.call(wrong.header("um-backup-passphrase", "not the passphrase at all")).await.expect(422);
    assert_eq!(answer.faults()[0].0, "UM-Backup-Passphrase");
    assert_eq!(wiped.call(none).await.expect(400).faults()[0].0, "UM-Backup-Passphrase");
    let plain = Call::new(http::Method::POST, RESTORE).body(&*backup).header("content-type", "text/plain");
    wiped.call(plain).await.expect(415);
    assert_eq!(state(&wiped).await, before);
}

/// A changed backup with a checksum that fits.
fn resealed(backup: &str) -> String {
    use sha2::{Digest, Sha256};
    fn canonical(value: &Value) -> String {
        match value {
            Value::Object(fields) => {
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_by_key(|(name, _)| *name);
                let fields = fields.iter().map(|(name, value)| format!("{}:{},", json!(name), canonical(value)));
                format!("{{{}}}", fields.collect::<String>())
            }
            Value::Array(items) => format!("[{}]", items.iter().map(|item| canonical(item) + ",").collect::<String>()),
            plain => plain.to_string(),
        }
    }
    let mut document: Value = serde_json::from_str(backup).unwrap();
    document.as_object_mut().unwrap().remove("checksum");
    let hash = Sha256::digest(canonical(&document));
    document["checksum"] =
        format!("sha256:{}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>()).into();
    document.to_string()
}

#[tokio::test]
async fn everything_is_validated_before_anything_is_written() {
    let world = furnished().await;
    let backup = world.call(Call::get(BACKUP)).await.expect(200).text;
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut document: Value = serde_json::from_str(&backup).unwrap();
        // If anything were written, this would be.
        document["records"]["storages"][0]["document"]["name"] = "Other files".into();
        change(&mut document["records"]);
        resealed(&document.to_string())
    };
    let before = state(&world).await;
    for (label, backup, field) in [
        (
            "a wrong field",
            changed(&|it| it["tenants"][1]["document"]["messaging"]["settings"]["channelId"] = 5.into()),
            "/records/tenants/1/document/messaging/settings/channelId",
        ),
        (
            "an unknown connector",
            changed(&|it| it["tenants"][0]["document"]["messaging"]["connector"] = "fax".into()),
            "/records/tenants/0/document/messaging/settings/channelSecret",
        ),
        (
            "a storage that is not there",
            changed(&|it| it["tenants"][0]["document"]["cxPlatform"]["storageId"] = "x".into()),
            "/records/tenants/0/document/cxPlatform/storageId",
        ),
        (
            "one name twice",
            changed(&|it| it["tenants"][1]["document"]["name"] = " acme ".into()),
            "/records/tenants/1/document/name",
        ),
        (
            "one id twice",
            changed(&|it| it["tenants"][1]["document"]["id"] = it["tenants"][0]["document"]["id"].clone()),
            "/records/tenants/1/document/id",
        ),
        ("no id", changed(&|it| it["tenants"][0]["document"]["id"] = "a#b".into()), "/records/tenants/0/document/id"),
        (
            "a secret of nobody",
            changed(&|it| it["tenants"][0]["document"]["id"] = "new".into()),
            "/records/tenants/0/document/apiAuthentication/password",
        ),
        (
            "a proxy",
            changed(&|it| it["settings"]["document"]["outboundProxy"] = "x".into()),
            "/records/settings/document/outboundProxy",
        ),
        (
            "a user's name",
            changed(&|it| it["users"][1]["document"]["name"] = "a b".into()),
            "/records/users/1/document/name",
        ),
        ("no administrator", changed(&|it| it["users"][0]["document"]["role"] = "viewer".into()), "/records/users"),
        (
            "a registration's id",
            changed(&|it| it["registrations"][0]["document"]["account"] = "other".into()),
            "/records/registrations/0/document/id",
        ),
    ] {
        let answer = restore(&world, "", &backup).await.expect(422);
        assert!(answer.faults().iter().any(|(pointer, _)| pointer == field), "{label}: {}", answer.text);
    }
    assert_eq!(state(&world).await, before);
}

#[tokio::test]
async fn without_secrets_a_backup_has_none_and_those_stored_stay() {
    let world = furnished().await;
    let answer = world.call(Call::get(BACKUP)).await.expect(200);
    assert!(answer.headers["content-disposition"].starts_with("attachment; filename=\"um-backup-"));
    let backup = answer.text;
    for secret in ["canary", "$argon2", PASSWORD, OTHER] {
        assert!(!backup.contains(secret), "{secret}");
    }
    for tenant in serde_json::from_str::<Value>(&backup).unwrap()["records"]["tenants"].as_array().unwrap() {
        let secrets: Vec<_> = tenant["secretsSet"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        assert!(
            secrets.contains(&"/messaging/settings/channelSecret") && secrets.contains(&"/apiAuthentication/password")
        );
    }
    // Nor has one with secrets, to who does not have the passphrase.
    let sealed = back_up(&world).await;
    assert!(!sealed.contains("canary") && !sealed.contains("$argon2"), "{sealed}");
    for header in [None, Some("too easy"), Some("password1234")] {
        let mut call = Call::get(SECRETS);
        if let Some(passphrase) = header {
            call = call.header("um-backup-passphrase", passphrase);
        }
        assert_eq!(world.call(call).await.expect(400).faults()[0].0, "UM-Backup-Passphrase");
    }

    // Names exchanged, a setting changed, a role changed, something new: the backup goes over it all but the new.
    let before = state(&world).await;
    let ids: Vec<&str> = before["tenants"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    for (id, name) in [(ids[0], "Charlie"), (ids[1], "Acme"), (ids[0], "Bravo")] {
        let call = Call::patch(&format!("/api/v1/tenants/{id}"), &json!({"name": name}));
        world.call(call).await.expect(200);
    }
    world.call(Call::patch("/api/v1/users/ann", &json!({"role": "administrator"}))).await.expect(200);
    let user = json!({"name": "ben", "password": OTHER, "role": "viewer"});
    world.call(Call::post("/api/v1/users", &user)).await.expect(201);
    let report = restore(&world, "", &backup).await.expect(200).json();
    assert_eq!(effects(&report, "updated"), ["tenants Acme", "tenants Bravo", "users ann"]);
    let after = state(&world).await;
    for place in [0, 1] {
        for name in ["id", "name", "messaging", "subscriptionId", "createdAt"] {
            assert_eq!(after["tenants"][place][name], before["tenants"][place][name], "{name}");
        }
        assert!(after["tenants"][place]["version"].as_u64() > before["tenants"][place]["version"].as_u64());
        let tenant = world.context.configuration.tenant(&ids[place].into()).await.unwrap().unwrap().value;
        assert!(serde_json::to_string(&tenant).unwrap().contains("canary-ivr"));
    }
    let users: Vec<_> =
        after["users"].as_array().unwrap().iter().map(|user| (user["name"].clone(), user["role"].clone())).collect();
    assert_eq!(json!(users), json!([["admin", "administrator"], ["ann", "operator"], ["ben", "viewer"]]));
    world.login("ann", OTHER).await;

    // Nothing that could stay: all that is missing is named.
    let faults = restore(&empty().await, "", &backup).await.expect(422).faults();
    assert!(faults.iter().any(|(at, _)| at == "/records/tenants/0/document/messaging/settings/channelSecret"));
    assert!(faults.iter().all(|(_, detail)| detail.contains("includeSecrets")), "{faults:?}");
}

#[tokio::test]
async fn only_administrators_back_up_and_restore() {
    let world = furnished().await;
    let backup = world.call(Call::get(BACKUP)).await.expect(200).text;
    world.send(Call::get(BACKUP)).await.expect(401);
    for role in ["viewer", "operator"] {
        world.demote(role).await;
        world.call(Call::get(BACKUP)).await.expect(403);
        world.call(Call::get(SECRETS).header("um-backup-passphrase", PASSPHRASE)).await.expect(403);
        restore(&world, "", &backup).await.expect(403);
        restore(&world, "?dryRun=true", &backup).await.expect(403);
    }
}

#[tokio::test]
async fn who_understands_it_gets_it_compressed() {
    let world = furnished().await;
    let answer = world.call(Call::get(BACKUP).header("accept-encoding", "gzip, br")).await.expect(200);
    assert_eq!(answer.headers["content-encoding"], "gzip");
    let mut backup = String::new();
    GzDecoder::new(&*BASE64_STANDARD.decode(answer.text).unwrap()).read_to_string(&mut backup).unwrap();
    assert_eq!(restore(&world, "", &backup).await.expect(200).json()["unchanged"], 7);
}

#[tokio::test]
async fn what_a_customer_gave_for_good_comes_back() {
    let world = furnished().await;
    let id: TenantId = state(&world).await["tenants"][0]["id"].as_str().unwrap().into();
    let now = world.context.now();
    let after = |days: u64| now.checked_add(Duration::from_secs(days * 86_400)).unwrap();
    let configuration = &world.context.configuration;
    configuration.put_token(&id, "install/T1", &Secret::new("canary-installation"), after(3650)).await.unwrap();
    configuration.put_token(&id, "hourly", &Secret::new("canary-hourly"), after(1)).await.unwrap();
    let wiped = empty().await;
    let report = restore(&wiped, "", &back_up(&world).await).await.expect(200).json();
    assert!(effects(&report, "created").contains(&"tokens install/T1".to_owned()), "{report}");
    let kept = wiped.context.configuration.token(&id, "install/T1", now).await.unwrap().unwrap();
    assert!(kept.0.matches("canary-installation"));
    assert!(wiped.context.configuration.token(&id, "hourly", now).await.unwrap().is_none());
}

#[tokio::test]
async fn tenants_are_registered_again_when_asked() {
    let world = World::new().await;
    world.create(&world.tenant("Acme")).await;
    let backup = back_up(&world).await;
    let wiped = empty().await;
    restore(&wiped, "", &backup).await.expect(200);
    let mut wiped = wiped;
    wiped.token = wiped.login("admin", PASSWORD).await;
    assert_eq!(state(&wiped).await["tenants"], state(&world).await["tenants"]);
    // Another deployment's networks do not know the tenant's credentials here: that is told.
    let report = restore(&wiped, "?provision=true", &backup).await.expect(200).json();
    let tenants = state(&wiped).await["tenants"].clone();
    let failed = tenants[0].to_string().contains("failed");
    assert_eq!(failed, !report["warnings"].as_array().unwrap().is_empty(), "{report} {tenants}");
}

#[tokio::test]
async fn accounts_go_to_who_has_them_in_the_backup() {
    let world = World::new().await;
    let holder = async |account: &str| {
        world.context.configuration.account_holder("apple-messages", account).await.unwrap().map(|id| id.to_string())
    };
    let mut tenant = world.tenant_on("apple-messages", "Acme");
    let business = tenant["messaging"]["settings"]["businessId"].as_str().unwrap().to_lowercase();
    let acme = world.create(&tenant).await["id"].as_str().unwrap().to_owned();
    let backup = back_up(&world).await;
    let path = format!("/api/v1/tenants/{acme}");
    let give_up = json!({"messaging": {"settings": {"businessId": "0c3d6f1e-1111-4222-8333-444455556666"}}});
    world.call(Call::patch(&path, &give_up)).await.expect(200);
    restore(&world, "", &backup).await.expect(200);
    assert_eq!(holder(&business).await.as_deref(), Some(acme.as_str()));
    assert_eq!(holder("0c3d6f1e-1111-4222-8333-444455556666").await, None);

    // Somebody outside the backup has it by now: that is found out before anything is written.
    world.call(Call::patch(&path, &give_up)).await.expect(200);
    tenant["name"] = "Other".into();
    let other = world.create(&tenant).await["id"].as_str().unwrap().to_owned();
    let refused = restore(&world, "", &backup).await.expect(422);
    assert_eq!(refused.faults()[0].0, "/records/tenants/0/document/messaging/settings/businessId");
    assert_eq!(holder(&business).await.as_deref(), Some(other.as_str()));
}
