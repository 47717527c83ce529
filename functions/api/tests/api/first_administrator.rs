//! CloudFormation's part is played here: it sends events, and waits for an outcome.

use std::sync::{Arc, Mutex};

use aws::{Config, Context};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode, Uri},
    routing::put,
};
use contract::Clock;
use serde_json::{Value, json};

use crate::world::{PASSWORD, World};

const OTHER: &str = "another horse, another staple";

/// Where outcomes are put; those that were.
#[derive(Clone, Default)]
struct Outcomes(Arc<Mutex<Vec<Value>>>);

impl Outcomes {
    /// Begins, and refuses the first few.
    async fn serve(&self, refused: usize) -> String {
        let (outcomes, left) = (self.clone(), Arc::new(Mutex::new(refused)));
        let take = move |uri: Uri, headers: HeaderMap, body: Bytes| async move {
            assert_eq!(uri.query(), Some("X-Amz-Signature=s"), "the address as it was sent");
            // It is part of what CloudFormation signs.
            assert!(!headers.contains_key("content-type"));
            let mut left = left.lock().unwrap();
            if *left > 0 {
                *left -= 1;
                return StatusCode::SERVICE_UNAVAILABLE;
            }
            outcomes.0.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
            StatusCode::OK
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/outcome", put(take))).await });
        origin
    }

    fn last(&self) -> Value {
        self.0.lock().unwrap().last().cloned().unwrap_or_default()
    }
}

/// The world's function, its outcomes put to `origin`.
fn context(world: &World, origin: &str) -> Arc<Context> {
    let config = &world.context.config;
    let variables = [
        ("UM_CONFIGURATION_TABLE", config.configuration_table.clone()),
        ("UM_KMS_KEY_ID", config.kms_key_id.clone()),
        ("UM_ENDPOINT_CLOUDFORMATION", origin.to_owned()),
    ];
    let config = Config::from_variables(variables.map(|(name, value)| (name.to_owned(), value))).unwrap();
    Arc::new(Context::new(config, world.context.aws.clone(), Clock::System))
}

fn event(kind: &str, password: Value) -> Value {
    json!({
        "RequestType": kind,
        "ResponseURL": "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/outcome?X-Amz-Signature=s",
        "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/um-dev/1", "RequestId": "r1",
        "ResourceType": "Custom::FirstAdministrator", "LogicalResourceId": "FirstAdministrator",
        "ResourceProperties": {"ServiceToken": "arn", "Password": password},
    })
}

#[tokio::test]
async fn a_deployment_gets_its_administrator() {
    let world = World::without_administrator().await;
    let outcomes = Outcomes::default();
    let context = context(&world, &outcomes.serve(0).await);
    let invoke = async |event: Value| {
        api::first_administrator().invoke(&context, event).await.unwrap();
        let outcome = outcomes.last();
        for (name, value) in [("RequestId", "r1"), ("LogicalResourceId", "FirstAdministrator")] {
            assert_eq!(outcome[name], value);
        }
        assert!(outcome["PhysicalResourceId"].is_string() && outcome["StackId"].is_string());
        assert!(outcome.to_string().len() < 4096);
        (outcome["Status"].as_str().unwrap().to_owned(), outcome["Reason"].as_str().unwrap().to_owned())
    };
    for (label, kind, password, word) in [
        ("none", "Create", json!(""), "AdministratorPassword"),
        ("no text", "Create", json!(5), "AdministratorPassword"),
        ("easy", "Create", json!("admin123"), "needs 3"),
        ("long", "Create", json!("x7#".repeat(2000)), "256"),
        ("of another kind", "Destroy", json!(PASSWORD), "Destroy"),
    ] {
        let (status, reason) = invoke(event(kind, password)).await;
        assert_eq!(status, "FAILED", "{label}");
        assert!(reason.contains(word) && !reason.contains("admin123"), "{label}: {reason}");
    }
    world.try_login("admin", "admin123", "192.0.2.1").await.expect(401);
    // A stack that is rolled back deletes what was not made.
    assert_eq!(invoke(event("Delete", json!("admin123"))).await.0, "SUCCESS");

    assert_eq!(invoke(event("Create", json!(PASSWORD))).await.0, "SUCCESS");
    world.login("admin", PASSWORD).await;
    for (kind, password) in [("Create", PASSWORD), ("Update", PASSWORD), ("Update", ""), ("Delete", PASSWORD)] {
        assert_eq!(invoke(event(kind, json!(password))).await.0, "SUCCESS", "{kind}");
        world.login("admin", PASSWORD).await;
    }
    assert_eq!(invoke(event("Update", json!(OTHER))).await.0, "SUCCESS");
    world.login("admin", OTHER).await;
    assert_eq!(outcomes.last()["PhysicalResourceId"], "first-administrator");
}

#[tokio::test]
async fn an_outcome_is_put_until_it_is_taken() {
    let world = World::without_administrator().await;
    let outcomes = Outcomes::default();
    let taken = context(&world, &outcomes.serve(2).await);
    api::first_administrator().invoke(&taken, event("Create", json!(PASSWORD))).await.unwrap();
    assert_eq!(outcomes.last()["Status"], "SUCCESS");
    let never = context(&world, &outcomes.serve(99).await);
    assert!(api::first_administrator().invoke(&never, event("Create", json!(PASSWORD))).await.is_err());
    assert!(api::first_administrator().invoke(&taken, json!({"RequestType": "Create"})).await.is_err());
}

#[tokio::test]
async fn what_cannot_be_stored_fails_the_deployment() {
    let world = World::without_administrator().await;
    let outcomes = Outcomes::default();
    let origin = outcomes.serve(0).await;
    let variables = [("UM_CONFIGURATION_TABLE", "missing".to_owned()), ("UM_ENDPOINT_CLOUDFORMATION", origin)];
    let config = Config::from_variables(variables.map(|(name, value)| (name.to_owned(), value))).unwrap();
    let context = Arc::new(Context::new(config, world.context.aws.clone(), Clock::System));
    api::first_administrator().invoke(&context, event("Create", json!(PASSWORD))).await.unwrap();
    let outcome = outcomes.last();
    assert_eq!(outcome["Status"], "FAILED");
    assert!(!outcome["Reason"].as_str().unwrap().is_empty() && !outcome.to_string().contains(PASSWORD));
}
