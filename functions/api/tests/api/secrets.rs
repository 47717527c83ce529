//! What is secret never comes back.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use shared::vault::secret_pointers;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::world::{Call, World};

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

/// Puts a canary into every secret field that a schema has, and returns how many there are.
fn plant(settings: &mut Value, schema: &Value) -> usize {
    let pointers = secret_pointers(schema, "");
    for pointer in &pointers {
        settings[pointer.trim_start_matches('/')] = format!("canary-in{}", pointer.replace('/', "-")).into();
    }
    pointers.len()
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
    let mut planted = plant(&mut tenant["messaging"]["settings"], &schema("line").await);
    planted += plant(&mut tenant["cxPlatform"]["settings"], &schema("genesys-cloud").await);
    tenant["apiAuthentication"] = json!({"type": "basic", "user": "ivr", "password": "canary-password"});
    let mut storage = json!({"name": "Files", "connector": "s3", "settings": {
        "bucket": "acme-attachments", "region": "ap-northeast-1", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}});
    planted += plant(&mut storage["settings"], &schema("s3").await);
    // A key must be one: its own middle is the canary.
    let pem = private_key();
    let middle = pem[60..100].to_owned();
    storage["settings"]["cloudFrontPrivateKey"] = pem.into();
    storage["settings"]["cloudFrontKeyPairId"] = "K2JCJMDEHXQW5F".into();
    storage["settings"]["cloudFrontDomain"] = "d111111abcdef8.cloudfront.net".into();
    assert!(planted >= 6, "{planted}");

    let mut answers = Vec::new();
    let made = world.call(Call::post("/api/v1/tenants", &tenant)).await.expect(201);
    let path = format!("/api/v1/tenants/{}", made.json()["id"].as_str().unwrap());
    answers.push(made.text);
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
    for answer in &answers {
        // The names of unknown fields are told; what they hold is not.
        let answer = answer.replace("/canary", "");
        assert!(!answer.contains(&middle), "{answer}");
        assert!(!answer.contains("canary"), "{answer}");
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/api/v1/tenants/{id}") && log.contains("created"), "{log}");
    assert!(!log.contains("canary") && !log.contains(&middle), "{log}");
}
