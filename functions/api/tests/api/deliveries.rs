//! What became of a message: who is told what, the log, and sending it again.

use http::Method;
use serde_json::{Value, json};
use shared::Content;
use simulation::Simulator;

use crate::world::{Call, World};

async fn failed(world: &World) -> (String, String) {
    let tenant = world.ivr("Acme").await;
    world.line_refuses(true);
    let body = json!({"tenantId": tenant, "userId": world.line.guest_id(1), "message": "Hello"});
    let id = world.post(&body).await.remove(0);
    assert_eq!(world.deliver().await, 1);
    (tenant, id)
}

fn path(id: &str) -> String {
    format!("/api/v1/deliveries/{id}")
}

fn resend(id: &str) -> Call {
    Call::new(Method::POST, &format!("/api/v1/deliveries/{id}/resend"))
}

#[tokio::test]
async fn the_log_of_a_delivery() {
    let world = World::new().await;
    let tenant = world.ivr("Acme").await;
    let body = json!({"tenantId": tenant, "userId": world.line.guest_id(1), "message": "Hello"});
    let id = world.post(&body).await.remove(0);
    assert_eq!(world.delivery(&id).await["log"], json!([]));
    world.deliver().await;
    let shown = world.delivery(&id).await;
    for (name, expected) in [
        ("id", json!(id)),
        ("tenantId", json!(tenant)),
        ("state", json!("delivered")),
        ("direction", json!("outbound")),
        ("kind", json!("text")),
        ("attempts", json!(1)),
        ("resendable", json!(false)),
        ("error", Value::Null),
    ] {
        assert_eq!(shown[name], expected, "{name}: {shown}");
    }
    assert!(shown["conversationId"].as_str().unwrap().starts_with(&tenant));
    assert_eq!(shown["messageIds"].as_array().unwrap().len(), 1);
    let [attempt] = &shown["log"].as_array().unwrap()[..] else { panic!("{shown}") };
    let requests: Vec<&str> =
        attempt["exchanges"].as_array().unwrap().iter().map(|it| it["request"].as_str().unwrap()).collect();
    assert!(requests[0].ends_with("/oauth2/v3/token") && requests[1].ends_with("/v2/bot/message/push"), "{requests:?}");
    let push = &attempt["exchanges"][1];
    assert_eq!(push["status"], 200);
    assert!(push["requestBody"].as_str().unwrap().contains("Hello"));
    let headers = push["requestHeaders"].to_string();
    assert!(headers.contains("■") && !headers.contains("stateless"), "{headers}");
    let secret = world.line.demo_settings()["channelSecret"].as_str().unwrap().to_owned();
    assert!(!shown.to_string().contains(&secret));
}

#[tokio::test]
async fn who_is_told_what() {
    let world = World::new().await;
    let (tenant, id) = failed(&world).await;
    let other = world.ivr("Other").await;
    // The tenant is told the state, and why.
    let brief = world.send(Call::get(&path(&id)).ivr()).await.expect(200).json();
    let names: Vec<&String> = brief.as_object().unwrap().keys().collect();
    assert_eq!(names, ["error", "id", "state", "tenantId"]);
    assert_eq!((&brief["state"], &brief["tenantId"]), (&json!("failed"), &json!(tenant)));
    assert_eq!(brief["error"]["kind"], "unauthorized");
    assert!(brief["error"]["sentence"].as_str().unwrap().starts_with("LINE refused"));
    // Others are told nothing.
    world.send(Call::get(&path(&id))).await.expect(401);
    world.send(Call::get(&path(&id)).basic("x", "y")).await.expect(401);
    world.send(Call::get(&path(&id)).bearer("nonsense")).await.expect(401);
    world
        .call(Call::patch(&format!("/api/v1/tenants/{other}"), &json!({"apiAuthentication": {"password": "p"}})))
        .await
        .expect(200);
    world.send(Call::get(&path(&id)).basic("tenant_apiuser", "p")).await.expect(401);
    // Ids that lead nowhere.
    for bad in ["unknown", "%FF", &"A".repeat(400)] {
        world.call(Call::get(&path(bad))).await.expect(404);
        world.call(resend(bad)).await.expect(404);
    }
    world.send(Call::get(&path("unknown")).ivr()).await.expect(401);
    let forged = id.chars().rev().collect::<String>();
    world.call(Call::get(&path(&forged))).await.expect(404);
    // A viewer looks; an operator sends again.
    world.demote("viewer").await;
    assert_eq!(world.delivery(&id).await["resendable"], true);
    world.call(resend(&id)).await.expect(403);
    world.demote("operator").await;
    world.call(resend(&id)).await.expect(202);
    world.send(resend(&id)).await.expect(401);
    world.send(resend(&id).ivr()).await.expect(401);
}

#[tokio::test]
async fn a_failed_delivery_is_sent_again() {
    let world = World::new().await;
    let (_, id) = failed(&world).await;
    let shown = world.delivery(&id).await;
    assert_eq!((&shown["state"], shown["log"].as_array().unwrap().len()), (&json!("failed"), 1), "{shown}");
    assert_eq!(shown["log"][0]["error"]["kind"], "unauthorized");
    assert_eq!(shown["log"][0]["exchanges"][0]["status"], 400);
    assert_eq!(world.shown(), []);

    // Once more without success: it can be sent again after that too.
    world.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(world.call(resend(&id)).await.expect(202).json()["state"], "queued");
    assert_eq!(world.delivery(&id).await["state"], "queued");
    world.call(resend(&id)).await.expect(409);
    assert_eq!(world.deliver().await, 1);
    let shown = world.delivery(&id).await;
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("failed"), &json!(1)));
    assert_eq!(shown["log"].as_array().unwrap().len(), 2);

    world.line_refuses(false);
    world.call(resend(&id)).await.expect(202);
    assert_eq!(world.deliver().await, 1);
    assert_eq!(world.shown(), [Content::text("Hello")]);
    let shown = world.delivery(&id).await;
    assert_eq!(
        (&shown["state"], &shown["resendable"], &shown["error"]),
        (&json!("delivered"), &json!(false), &Value::Null)
    );
    assert_eq!(shown["log"].as_array().unwrap().len(), 3);
    // What arrived is not sent again.
    let refused = world.call(resend(&id)).await.expect(409);
    assert!(refused.text.contains("delivered"));
    assert_eq!(world.deliver().await, 0);
}

/// What was too long to be kept beside its delivery was parked.
#[tokio::test]
async fn a_long_message_is_sent_again() {
    let world = World::new().await;
    let tenant = world.ivr("Acme").await;
    world.line_refuses(true);
    let text = "x".repeat(100 * 1024);
    let id =
        world.post(&json!({"tenantId": tenant, "userId": world.line.guest_id(1), "message": text})).await.remove(0);
    world.deliver().await;
    assert_eq!(world.delivery(&id).await["state"], "failed");
    world.line_refuses(false);
    world.call(resend(&id)).await.expect(202);
    world.deliver().await;
    assert_eq!(world.delivery(&id).await["state"], "delivered");
    let shown: usize = world
        .shown()
        .iter()
        .map(|content| matches!(content, Content::Text { .. }).into())
        .map(|it: u8| usize::from(it))
        .sum();
    assert!(shown > 20, "{shown}");
}

/// A guest's message waits, is deleted under way, and ends with its reason.
#[tokio::test]
async fn the_tenant_is_deleted_meanwhile() {
    let world = World::new().await;
    let tenant = world.ivr("Acme").await;
    let id =
        world.post(&json!({"tenantId": tenant, "userId": world.line.guest_id(1), "message": "Hello"})).await.remove(0);
    world.call(Call::delete(&format!("/api/v1/tenants/{tenant}"))).await.expect(204);
    world.clock.advance(std::time::Duration::from_secs(61));
    world.deliver().await;
    let shown = world.delivery(&id).await;
    assert_eq!((&shown["state"], &shown["error"]["kind"]), (&json!("failed"), &json!("tenantGone")));
    assert_eq!(world.shown(), []);
}
