//! What is secret never comes back.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use aws::vault::secret_pointers;
use base64::{Engine, prelude::BASE64_STANDARD};
use contract::Registration;
use serde_json::{Value, json};
use simulation::Simulator;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::{
    walk::operations,
    world::{Call, World},
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A secret of the same form as this one: some networks' tokens have one that is checked.
fn like(secret: &str) -> String {
    let turned = |c: char, first: char, among: u8, by: u8| {
        let place = (c as u8).wrapping_sub(first as u8);
        char::from(first as u8 + (place + by) % among)
    };
    let other = |c: char| match c {
        '0'..='9' => turned(c, '0', 10, 3),
        'a'..='f' => turned(c, 'a', 6, 1),
        'g'..='z' => turned(c, 'g', 20, 7),
        'A'..='F' => turned(c, 'A', 6, 1),
        'G'..='Z' => turned(c, 'G', 20, 7),
        c => c,
    };
    secret.chars().map(other).collect()
}

/// Puts a canary into every secret field that a schema has, and returns them.
fn plant(settings: &mut Value, schema: &Value) -> Vec<String> {
    let mut planted = Vec::new();
    for pointer in secret_pointers(schema, "") {
        let name = pointer.trim_start_matches('/');
        let canary = match settings[name].as_str() {
            Some(secret) => like(secret),
            None => format!("canary-in-{name}"),
        };
        assert!(canary.len() > 7, "{pointer}: long enough to be found");
        settings[name] = canary.clone().into();
        planted.push(canary);
    }
    planted
}

/// Looks for canaries in what was said.
#[track_caller]
fn silent(said: &str, canaries: &[String]) {
    for canary in canaries {
        assert!(!said.contains(canary.as_str()), "{canary} in {said}");
    }
}

fn private_key() -> String {
    use aws_lc_rs::{rand::SystemRandom, signature};
    let algorithm = &signature::ECDSA_P256_SHA256_ASN1_SIGNING;
    let key = signature::EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64_STANDARD.encode(key.as_ref()))
}

#[tokio::test]
async fn canaries_stay_where_they_are() {
    let log = Log::default();
    // For all tests of this process: none of their canaries may be logged.
    tracing_subscriber::fmt().with_env_filter(EnvFilter::new("info")).with_writer(log.clone()).init();

    let world = World::new().await;
    let schema = async |connector: &str| {
        let shown = world.call(Call::get(&format!("/api/v1/connectors/{connector}"))).await.expect(200).json();
        shown["settingsSchema"].clone()
    };
    let mut tenant = world.tenant("Acme");
    let mut canaries = plant(&mut tenant["messaging"]["settings"], &schema("line").await);
    canaries.extend(plant(&mut tenant["cxPlatform"]["settings"], &schema("genesys-cloud").await));
    tenant["apiAuthentication"] = json!({"type": "basic", "user": "ivr", "password": "canary-password"});
    let mut storage = json!({"name": "Files", "connector": "s3", "settings": {
        "bucket": "acme-attachments", "region": "ap-northeast-1", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}});
    canaries.extend(plant(&mut storage["settings"], &schema("s3").await));
    // A key must be one: its own middle is the canary.
    let pem = private_key();
    let middle = pem[60..100].to_owned();
    storage["settings"]["cloudFrontPrivateKey"] = pem.into();
    storage["settings"]["cloudFrontKeyPairId"] = "K2JCJMDEHXQW5F".into();
    storage["settings"]["cloudFrontDomain"] = "d111111abcdef8.cloudfront.net".into();
    canaries.push(middle);
    assert!(canaries.len() >= 7, "{canaries:?}");

    let mut answers = Vec::new();
    // Every connector there is.
    for connector in registry::all().into_iter().map(|connector| connector.descriptor()) {
        let mut other = world.tenant_on(connector.id, connector.name);
        if connector.kind == contract::descriptor::Kind::Channel {
            canaries.extend(plant(&mut other["messaging"]["settings"], &schema(connector.id).await));
        } else {
            assert_eq!(other["cxPlatform"]["connector"], connector.id, "{} has no canaries yet", connector.id);
        }
        let made = world.call(Call::post("/api/v1/tenants", &other)).await.expect(201);
        let path = format!("/api/v1/tenants/{}", made.json()["id"].as_str().unwrap());
        answers.push(made.text);
        for call in [
            Call::put(&path, &other),
            Call::post("/api/v1/tenants?dryRun=true", &other),
            Call::patch(&format!("{path}?dryRun=true"), &json!({"enabled": false})),
        ] {
            answers.push(world.call(call).await.text);
        }
    }
    let made = world.call(Call::post("/api/v1/tenants", &tenant)).await.expect(201);
    let path = format!("/api/v1/tenants/{}", made.json()["id"].as_str().unwrap());
    answers.push(made.text.clone());
    let kept = world.call(Call::post("/api/v1/storages", &storage)).await.expect(201);
    let files = format!("/api/v1/storages/{}", kept.json()["id"].as_str().unwrap());
    answers.push(kept.text);
    let proxy = json!({"outboundProxy": "http://canary-user:canary-proxy@127.0.0.1:9"});
    answers.push(world.call(Call::put("/api/v1/settings", &proxy)).await.expect(200).text);
    world.call(Call::put("/api/v1/settings", &json!({}))).await.expect(200);
    let settings = json!({
        "outboundProxy": proxy["outboundProxy"],
        "defaultCommander": {"authentication": json!({"type": "service_account", "project_id": "p",
            "client_email": "um@p.example", "private_key": "canary-commander"}).to_string()},
        "notifierDestinations": [
            {"connector": "slack", "url": "https://hooks.slack.example/canary-slack"},
            {"connector": "pagerduty", "routingKey": "canary-pagerduty"},
        ],
    });
    answers.push(world.call(Call::put("/api/v1/settings", &settings)).await.expect(200).text);
    let user = json!({"name": "ann", "password": "another horse, canary staple", "role": "viewer"});
    answers.push(world.call(Call::post("/api/v1/users", &user).header("idempotency-key", "k")).await.expect(201).text);
    for call in [
        Call::get("/api/v1/tenants"),
        Call::get(&path),
        Call::get("/api/v1/storages"),
        Call::get(&files),
        Call::get("/api/v1/settings"),
        Call::get("/api/v1/users"),
        Call::get("/api/v1/users/ann"),
        Call::patch("/api/v1/users/ann", &json!({"password": "canary"})),
        Call::patch("/api/v1/users/ann", &json!({"password": ["canary-in-a-list"]})),
        Call::post("/api/v1/users", &user).header("idempotency-key", "k"),
        Call::post("/api/v1/users", &json!({"name": "bob", "password": "canary1"})),
        Call::get("/api/v1/audit"),
        Call::get("/api/v1/registrations"),
        Call::get("/api/v1/openapi"),
        Call::get("/api/v1/connectors"),
        Call::get("/api/v1/health"),
        Call::post("/api/v1/tenants", &tenant),
        Call::post(
            "/api/v1/tenants?dryRun=true",
            &json!({"name": "x", "messaging": tenant["messaging"], "cxPlatform": tenant["cxPlatform"]}),
        ),
        Call::patch(&path, &json!({"messaging": {"settings": {"channelId": "canary-in-the-wrong-field"}}})),
        Call::patch(&path, &json!({"messaging": {"settings": {"channelSecret": ["canary-in-a-list"]}}})),
        Call::patch(&path, &json!({"apiAuthentication": {"password": {"canary": "canary-in-an-object"}}})),
        Call::put(&path, &tenant),
        Call::new(http::Method::POST, "/api/v1/tenants")
            .header("content-type", "application/json")
            .body("{\"canary-a\": canary-b}"),
        Call::post("/api/v1/auth/login", &json!({"user": "canary-user", "password": "canary-login"})),
        Call::post("/api/v1/auth/login", &json!({"user": "canary-user", "password": 5, "canary": "canary-c"})),
        Call::post("/api/v1/auth/password", &json!({"current": "canary-current", "new": "canary-new"})),
    ] {
        answers.push(world.call(call).await.text);
    }
    // A message whose delivery is in the log, with the credentials it was tried with.
    let post = |text: &str| json!({"tenantId": made.json()["id"], "userId": world.line.guest_id(1), "message": text});
    let sent = world.send(Call::post("/api/v1/messages", &post("Hello")).basic("ivr", "canary-password")).await;
    let delivery = sent.expect(202).json()["deliveries"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(world.deliver().await, 1);
    let registration = Registration::new("teams", "t", "Contoso", "it@contoso.example", world.context.now());
    world.context.configuration.put(&registration, 0, &[], None).await.unwrap();
    let conversation = world.delivery(&delivery).await["conversationId"].as_str().unwrap().to_owned();
    let tenant_id = made.json()["id"].as_str().unwrap().to_owned();

    for operation in operations().into_iter().filter(|operation| operation.method == http::Method::GET) {
        let resource = operation.path.trim_start_matches("/api/v1/").split('/').next().unwrap();
        let id = match resource {
            "tenants" => &tenant_id,
            "storages" => files.rsplit('/').next().unwrap(),
            "users" => "ann",
            "connectors" => "line",
            "registrations" => &registration.id,
            "conversations" => &conversation,
            "deliveries" => &delivery,
            _ if !operation.path.contains("{id}") => "",
            other => panic!("{other}: an id that is there"),
        };
        let path = operation.path.replace("{id}", id).replace("{file}", "swagger-ui.css");
        let query = if path == "/api/v1/conversations" { format!("?tenantId={tenant_id}") } else { String::new() };
        let answer = world.call(Call::get(&format!("{path}{query}"))).await;
        // A conversation that an IVR alone wrote to is none yet.
        assert!(answer.status == 200 || resource == "conversations", "{path}: {}", answer.text);
        silent(&answer.text, &canaries);
        answers.push(answer.text);
    }

    for answer in &answers {
        // The names of unknown fields are told; what they hold is not.
        let answer = answer.replace("/canary", "");
        silent(&answer, &canaries);
        assert!(!answer.contains("canary"), "{answer}");
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/api/v1/tenants/{id}") && log.contains("created"), "{log}");
    assert!(!log.contains("canary"), "{log}");
    silent(&log, &canaries);
}
