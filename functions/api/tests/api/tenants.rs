use http::Method;
use serde_json::{Value, json};
use shared::TenantId;
use simulation::Simulator;

use crate::world::{Call, World};

const PATH: &str = "/api/v1/tenants";

fn path_of(tenant: &Value) -> String {
    format!("{PATH}/{}", tenant["id"].as_str().unwrap())
}

/// The stored tenant's settings, secrets and all.
async fn stored(world: &World, tenant: &Value) -> (Value, Value) {
    let id = TenantId::parse(tenant["id"].as_str().unwrap()).unwrap();
    let stored = world.context.configuration.tenant(&id).await.unwrap().unwrap().value;
    (stored.messaging.settings.0, stored.cx_platform.settings.0)
}

#[tokio::test]
async fn a_tenant_is_made_and_registered() {
    let world = World::new().await;
    let mut document = world.tenant("  Acme LINE ");
    document["apiAuthentication"] = json!({"type": "basic", "user": "ivr", "password": "s3cr3t-canary"});
    document["cxPlatform"]["customData"] = json!({"vip": "yes"});
    document["subscriptionId"] = Value::Null;
    document["commander"] = Value::Null;
    document["id"] = json!("(given by the server)");
    let answer = world.call(Call::post(PATH, &document)).await.expect(201);
    let tenant = answer.json();
    assert_eq!(answer.headers["location"], path_of(&tenant));
    assert_eq!(answer.headers["etag"], format!("\"{}\"", tenant["version"]));
    let id = tenant["id"].as_str().unwrap();
    assert_eq!(tenant["name"], "Acme LINE");
    assert_eq!(tenant["enabled"], true);
    assert_eq!(tenant["subscriptionId"], Value::Null);
    assert_eq!(tenant["commander"], json!({"enabled": false, "useDefault": true, "prefix": ">"}));
    assert_eq!(tenant["apiAuthentication"], json!({"type": "basic", "user": "ivr", "secretsSet": ["password"]}));
    assert_eq!(tenant["messaging"]["webhookUrl"], format!("https://um.example/line/{id}"));
    assert_eq!(tenant["cxPlatform"]["webhookUrl"], format!("https://um.example/openmessaging/{id}"));
    assert_eq!(tenant["cxPlatform"]["customData"], json!({"vip": "yes"}));
    assert!(tenant["messaging"]["secretsSet"].as_array().unwrap().contains(&json!("channelSecret")));
    assert_eq!(tenant["cxPlatform"]["secretsSet"], json!(["clientSecret", "webhookToken"]));
    // The integration was created, and its id is kept.
    assert!(tenant["cxPlatform"]["settings"]["integrationId"].is_string(), "{tenant}");
    assert_eq!(tenant["cxPlatform"]["settings"]["integrationManaged"], true);
    assert_ne!(tenant["cxPlatform"]["status"]["state"], "failed", "{tenant}");
    assert_eq!(tenant["messaging"]["status"]["state"], "notNeeded");
    // And it reads the same.
    let read = world.call(Call::get(&path_of(&tenant))).await.expect(200);
    assert_eq!((read.json(), &read.headers["etag"]), (tenant.clone(), &answer.headers["etag"]));
    assert_eq!(world.call(Call::get(PATH)).await.expect(200).json(), json!([tenant]));
}

#[tokio::test]
async fn what_does_not_register_is_saved_and_shown() {
    let world = World::new().await;
    let mut document = world.tenant("Acme");
    document["cxPlatform"]["settings"]["clientSecret"] = "wrong-canary".into();
    let tenant = world.create(&document).await;
    assert_eq!(tenant["cxPlatform"]["status"]["state"], "failed", "{tenant}");
    assert!(tenant["cxPlatform"]["status"]["detail"].as_str().unwrap().contains("Client Secret"));
    assert!(!tenant.to_string().contains("wrong-canary"));
    // Saving it again with the right one tries again.
    let secret = world.genesys_cloud.demo_settings()["clientSecret"].clone();
    let patch = json!({"cxPlatform": {"settings": {"clientSecret": secret}}});
    let tenant = world.call(Call::patch(&path_of(&tenant), &patch)).await.expect(200).json();
    assert_ne!(tenant["cxPlatform"]["status"]["state"], "failed", "{tenant}");
    assert!(tenant["cxPlatform"]["settings"]["integrationId"].is_string());
}

#[tokio::test]
async fn a_replacement_keeps_secrets_and_what_was_made() {
    let world = World::new().await;
    let mut document = world.tenant("Acme");
    document["messaging"]["settings"]["switcherSecret"] = json!("switcher-canary");
    document["apiAuthentication"] = json!({"type": "basic", "user": "ivr", "password": "password-canary"});
    let tenant = world.create(&document).await;
    let (line, genesys) = stored(&world, &tenant).await;
    // What was shown, sent back: nothing changes but the version.
    let again = world.call(Call::put(&path_of(&tenant), &tenant)).await.expect(200).json();
    assert_eq!(stored(&world, &tenant).await, (line.clone(), genesys.clone()));
    assert_eq!(again["apiAuthentication"], tenant["apiAuthentication"]);
    assert!(again["version"].as_u64() > tenant["version"].as_u64());
    assert_eq!(again["createdAt"], tenant["createdAt"]);
    // By a client that never knew of the integration, and leaves everything secret out.
    let mut bare = document.clone();
    for (block, names) in [
        ("messaging", &["channelSecret", "switcherSecret", "channelAccessToken"][..]),
        ("cxPlatform", &["clientSecret", "webhookToken"]),
    ] {
        for name in names {
            bare[block]["settings"].as_object_mut().unwrap().remove(*name);
        }
    }
    bare["apiAuthentication"].as_object_mut().unwrap().remove("password");
    bare["cxPlatform"]["settings"]["integrationId"] = Value::Null;
    bare["cxPlatform"]["settings"]["clientSecret"] = Value::Null;
    bare["name"] = json!("Acme renamed");
    bare["cxPlatform"]["settings"]["integrationName"] = json!("Acme renamed");
    world.call(Call::put(&path_of(&tenant), &bare)).await.expect(200);
    let mut renamed = genesys.clone();
    renamed["integrationName"] = json!("Acme renamed");
    assert_eq!(stored(&world, &tenant).await, (line.clone(), renamed), "the integration is the same one");
    // null removes an optional one.
    bare["messaging"]["settings"]["switcherSecret"] = Value::Null;
    let less = world.call(Call::put(&path_of(&tenant), &bare)).await.expect(200).json();
    assert!(!less["messaging"]["secretsSet"].as_array().unwrap().contains(&json!("switcherSecret")));
    assert_eq!(stored(&world, &tenant).await.0["switcherSecret"], Value::Null);
    assert_eq!(stored(&world, &tenant).await.0["channelSecret"], line["channelSecret"]);
    // The old name is free, the new one is not.
    world.create(&world.tenant("Acme")).await;
    let taken = world.call(Call::post(PATH, &world.tenant("ACME renamed"))).await.expect(409);
    assert_eq!(taken.faults()[0].0, "/name");
}

#[tokio::test]
async fn patches_merge() {
    let world = World::new().await;
    let mut document = world.tenant("Acme");
    document["cxPlatform"]["customData"] = json!({"a": "1", "b": "2"});
    document["subscriptionId"] = json!("sub-1");
    let tenant = world.create(&document).await;
    let (line, _) = stored(&world, &tenant).await;
    let patch = json!({"enabled": false, "subscriptionId": null, "cxPlatform": {"customData": {"a": null, "c": "3"}}});
    let call = Call::new(Method::PATCH, &path_of(&tenant)).body(patch.to_string());
    let changed =
        world.call(call.header("content-type", "application/merge-patch+json; charset=utf-8")).await.expect(200).json();
    assert_eq!(changed["enabled"], false);
    assert_eq!(changed["subscriptionId"], Value::Null);
    assert_eq!(changed["cxPlatform"]["customData"], json!({"b": "2", "c": "3"}));
    assert_eq!(changed["name"], "Acme");
    assert_eq!(stored(&world, &tenant).await.0, line, "secrets stay");
    for (label, patch, pointer) in [
        (
            "a required one removed",
            json!({"messaging": {"settings": {"channelSecret": null}}}),
            "/messaging/settings/channelSecret",
        ),
        ("an unknown one", json!({"messaging": {"settings": {"x": 1}}}), "/messaging/settings/x"),
        ("another connector without settings", json!({"messaging": {"connector": "fax"}}), "/messaging/connector"),
        ("another's id", json!({"id": "other"}), "/id"),
        ("name removed", json!({"name": null}), "/name"),
        (
            "basic without password",
            json!({"apiAuthentication": {"type": "basic", "user": "x"}}),
            "/apiAuthentication/password",
        ),
        ("not an object", json!([]), ""),
    ] {
        let answer = world.call(Call::patch(&path_of(&tenant), &patch)).await.expect(422);
        assert_eq!(answer.faults()[0].0, pointer, "{label}: {}", answer.text);
    }
    assert_eq!(world.call(Call::get(&path_of(&tenant))).await.expect(200).json(), changed);
}

#[tokio::test]
async fn invalid_tenants_name_their_fields_and_are_not_stored() {
    let world = World::new().await;
    world.create(&world.tenant("Taken")).await;
    for (label, change, status, pointer, part) in [
        (
            "wrong field",
            json!({"messaging": {"settings": {"chanelId": "1"}}}),
            422,
            "/messaging/settings/chanelId",
            "not known",
        ),
        (
            "missing secret",
            json!({"messaging": {"settings": {"channelSecret": null}}}),
            422,
            "/messaging/settings/channelSecret",
            "required",
        ),
        (
            "unknown connector",
            json!({"cxPlatform": {"connector": "fax"}}),
            422,
            "/cxPlatform/connector",
            "genesys-cloud",
        ),
        ("duplicate name", json!({"name": " taken "}), 409, "/name", "taken"),
        ("no such storage", json!({"messaging": {"storageId": "nowhere"}}), 422, "/messaging/storageId", "storage"),
        (
            "region",
            json!({"cxPlatform": {"settings": {"region": "moon"}}}),
            422,
            "/cxPlatform/settings/region",
            "region",
        ),
        (
            "weak webhook token",
            json!({"cxPlatform": {"settings": {"webhookToken": "short-canary"}}}),
            422,
            "/cxPlatform/settings/webhookToken",
            "16",
        ),
        ("text for a switch", json!({"enabled": "yes"}), 422, "/enabled", "true or false"),
    ] {
        let mut document = world.tenant("Acme");
        merge(&mut document, &change);
        for dry_run in ["", "?dryRun=true"] {
            let answer = world.call(Call::post(&format!("{PATH}{dry_run}"), &document)).await.expect(status);
            let found = answer.faults();
            assert!(found.iter().any(|(at, text)| at == pointer && text.contains(part)), "{label}: {found:?}");
            assert!(!answer.text.contains("canary"), "{label}");
        }
    }
    let all = world.call(Call::get(PATH)).await.expect(200).json();
    assert_eq!(all.as_array().map(Vec::len), Some(1));
}

fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, value) in patch {
                if value.is_null() {
                    target.remove(name);
                } else {
                    merge(target.entry(name.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

#[tokio::test]
async fn two_administrators_do_not_overwrite_each_other() {
    let world = World::new().await;
    let tenant = world.create(&world.tenant("Acme")).await;
    let (path, tag) = (path_of(&tenant), format!("\"{}\"", tenant["version"]));
    let change = |name: &str| Call::patch(&path, &json!({"name": name}));
    let first = world.call(change("First").header("if-match", &tag)).await.expect(200);
    assert_ne!(first.headers["etag"], tag);
    for call in [change("Second"), Call::put(&path, &world.tenant("Second")), Call::delete(&path)] {
        world.call(call.header("if-match", &tag)).await.expect(412);
    }
    assert_eq!(world.call(Call::get(&path)).await.json()["name"], "First");
    world.call(change("Third").header("if-match", &first.headers["etag"])).await.expect(200);
    world.call(change("Fourth").header("if-match", "*")).await.expect(200);
    // Without the header the last one wins, at the same time, too.
    let (a, b) = tokio::join!(world.call(change("Fifth")), world.call(Call::patch(&path, &json!({"enabled": false}))));
    a.expect(200);
    b.expect(200);
    let read = world.call(Call::get(&path)).await.json();
    assert_eq!((&read["name"], &read["enabled"]), (&json!("Fifth"), &json!(false)));
}

#[tokio::test]
async fn a_trial_stores_nothing() {
    let world = World::new().await;
    let path = format!("{PATH}?dryRun=true");
    let good = world.call(Call::post(&path, &world.tenant("Acme"))).await.expect(200).json();
    assert_eq!(good["wouldSave"], true);
    let checks = good["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 2);
    assert!(checks.iter().all(|check| check["ok"] == true), "{good}");
    let mut document = world.tenant("Acme");
    document["messaging"]["settings"]["channelSecret"] = "wrong-canary".into();
    document["messaging"]["settings"].as_object_mut().unwrap().remove("channelAccessToken");
    let bad = world.call(Call::post(&path, &document)).await.expect(200);
    assert_eq!(bad.json()["checks"][0]["ok"], false, "{}", bad.text);
    assert!(!bad.text.contains("canary"));
    assert_eq!(world.call(Call::get(PATH)).await.json(), json!([]));
    assert!(everything(&world).await.iter().all(|key| !key.starts_with("TENANT#")));

    let tenant = world.create(&world.tenant("Acme")).await;
    let path = format!("{}?dryRun=true", path_of(&tenant));
    world.call(Call::patch(&path, &json!({"name": "Other"}))).await.expect(200);
    world.call(Call::put(&path, &world.tenant("Other"))).await.expect(200);
    assert_eq!(world.call(Call::get(&path_of(&tenant))).await.json(), tenant);
    world.call(Call::post("/api/v1/tenants?dryRun=true", &world.tenant("acme"))).await.expect(409);
}

async fn everything(world: &World) -> Vec<String> {
    let (client, table) = world.context.configuration.raw();
    let items = client.scan().table_name(table).send().await.unwrap().items.unwrap();
    items.iter().map(|item| item["pk"].as_s().unwrap().clone()).collect()
}

#[tokio::test]
async fn a_deleted_tenant_leaves_nothing_behind() {
    let world = World::new().await;
    let tenant = world.create(&world.tenant("Acme")).await;
    world.call(Call::delete(&path_of(&tenant))).await.expect(204);
    for call in
        [Call::get(&path_of(&tenant)), Call::delete(&path_of(&tenant)), Call::patch(&path_of(&tenant), &json!({}))]
    {
        world.call(call).await.expect(404);
    }
    let id = tenant["id"].as_str().unwrap();
    let left = everything(&world).await;
    assert!(left.iter().all(|key| !key.contains(id) && !key.contains("NAME#TENANT")), "{left:?}");
    // Its integration is gone from the platform: another may be made in its place.
    world.create(&world.tenant("Acme")).await;
}

#[tokio::test]
async fn lists_are_paged_and_filtered() {
    let world = World::new().await;
    for name in ["Delta", "Alpha", "Charlie", "Bravo", "Echo"] {
        let mut document = world.tenant(name);
        document["enabled"] = json!(name != "Bravo");
        world.create(&document).await;
    }
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|tenant| tenant["name"].as_str().unwrap().to_owned()).collect()
    };
    let (mut path, mut seen, mut pages) = (format!("{PATH}?limit=2"), Vec::new(), 0);
    loop {
        let answer = world.call(Call::get(&path)).await.expect(200);
        seen.extend(names(&answer.json()));
        pages += 1;
        let Some(link) = answer.headers.get("link") else { break };
        path = link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
        assert!(link.ends_with("rel=\"next\"") && path.contains(&answer.headers["x-next-cursor"]), "{link}");
    }
    assert_eq!((seen, pages), (["Alpha", "Bravo", "Charlie", "Delta", "Echo"].map(str::to_owned).to_vec(), 3));
    for (query, expected) in [
        ("name=bravo", &["Bravo"][..]),
        ("name=brav", &[]),
        ("name=alpha&enabled=false", &[]),
        ("enabled=false", &["Bravo"]),
        ("enabled=false&limit=1", &["Bravo"]),
        ("connector=fax", &[]),
        ("connector=genesys-cloud&enabled=true", &["Alpha", "Charlie", "Delta", "Echo"]),
    ] {
        let answer = world.call(Call::get(&format!("{PATH}?{query}"))).await.expect(200);
        assert_eq!(names(&answer.json()), expected, "{query}");
    }
}

#[tokio::test]
async fn the_same_account_twice_is_told() {
    let world = World::new().await;
    let first = world.create(&world.tenant("First")).await;
    assert_eq!(first["warnings"], json!([]));
    let second = world.create(&world.tenant("Second")).await;
    let warning = second["warnings"][0].as_str().unwrap();
    assert!(warning.contains("\"First\"") && warning.contains("channelId") && warning.contains("LINE"), "{warning}");
    // Not by one that is switched off.
    let changed = world.call(Call::patch(&path_of(&second), &json!({"enabled": false}))).await.expect(200).json();
    assert_eq!(changed["warnings"], json!([]));
}

#[tokio::test]
async fn lists_are_sorted() {
    let world = World::new().await;
    for name in ["Bravo", "Alpha", "Charlie"] {
        world.create(&world.tenant(name)).await;
        world.clock.advance(std::time::Duration::from_secs(1));
    }
    let list = world.call(Call::get(PATH)).await.json();
    world.call(Call::patch(&path_of(&list[1]), &json!({"subscriptionId": "s"}))).await.expect(200);
    for (sort, expected) in [
        ("name", "Alpha Bravo Charlie"),
        ("-name", "Charlie Bravo Alpha"),
        ("createdAt", "Bravo Alpha Charlie"),
        ("-createdAt", "Charlie Alpha Bravo"),
        ("-updatedAt", "Bravo Charlie Alpha"),
    ] {
        for limit in [1, 2, 200] {
            let (mut path, mut seen) = (format!("{PATH}?sort={sort}&limit={limit}"), Vec::new());
            loop {
                let answer = world.call(Call::get(&path)).await.expect(200);
                seen.extend(
                    answer.json().as_array().unwrap().iter().map(|tenant| tenant["name"].as_str().unwrap().to_owned()),
                );
                let Some(link) = answer.headers.get("link") else { break };
                path = link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
            }
            assert_eq!(seen.join(" "), expected, "{sort}, {limit} at a time");
        }
    }
    for query in ["sort=id", "sort=", "sort=createdAt&cursor=YWJj"] {
        world.call(Call::get(&format!("{PATH}?{query}"))).await.expect(400);
    }
}
