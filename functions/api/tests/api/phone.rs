//! LINE by telephone number: notification messages, switching to another bot; and the QR code.

use axum::http::Method;
use base64::{Engine, prelude::BASE64_STANDARD};
use contract::Content;
use serde_json::{Value, json};
use simulation::{Actor, Simulator};

use crate::world::{Call, World};

/// The telephone number of the simulator's first guest.
const NUMBER: &str = "+819012345678";

#[tokio::test]
async fn a_message_to_a_number() {
    let world = World::new().await;
    let tenant = world.ivr("Acme").await;
    let body = |number: &str| json!({"tenantId": tenant, "userId": number, "message": "Hello from the IVR!"});
    let id = world.post(&body("+81 90-1234-5678")).await.remove(0);
    // The number itself is nowhere.
    let tasks = world.outbox().await;
    assert!(!tasks[0].to_string().contains("9012345678"), "{}", tasks[0]);

    let id_again = world.post(&body(NUMBER)).await.remove(0);
    assert_ne!(id, id_again);
    assert_eq!(world.deliver().await, 1);
    let scenes = world.line.stage().past();
    let scene = scenes.iter().find(|scene| scene.actor == Actor::There).unwrap();
    assert_eq!(scene.guest, world.line.guest_id(1));
    assert_eq!(scene.content, Content::text("Hello from the IVR!"));
    assert_eq!(scene.detail["via"], "notification");
    let shown = world.delivery(&id_again).await;
    assert_eq!((&shown["state"], &shown["receipt"]), (&json!("delivered"), &Value::Null));
    assert!(!shown.to_string().contains("9012345678"));

    // LINE says later that it arrived.
    let event = json!({
        "destination": "U1", "events": [{
            "type": "delivery", "mode": "active", "timestamp": world.context.now().as_millisecond(),
            "webhookEventId": "01FZ74A0TDDPYRVKNK77XKC3ZR", "deliveryContext": {"isRedelivery": false},
            "delivery": {"data": scene.detail["deliveryTag"]},
        }],
    });
    let queued = world.line_webhook(&tenant, &event).await;
    assert_eq!(queued, 1);
    world.deliver_inbound().await;
    let shown = world.delivery(&id_again).await;
    assert_eq!(shown["receipt"]["status"], "delivered", "{shown}");
    assert_eq!(world.genesys_cloud.stage().past().len(), 0, "the platform is told nothing");

    // Nobody there.
    let id = world.post(&body("+819000000000")).await.remove(0);
    world.deliver().await;
    let shown = world.delivery(&id).await;
    assert_eq!((&shown["state"], &shown["error"]["kind"]), (&json!("failed"), &json!("unknownRecipient")));
}

fn switch(user: &str, body: &Value) -> Call {
    Call::new(Method::POST, &format!("/api/v1/users/{user}/switch")).json(body)
}

#[tokio::test]
async fn a_guest_is_switched() {
    let world = World::new().await;
    let mut tenant = world.tenant("Acme");
    tenant["apiAuthentication"] = json!({"type": "basic", "user": "tenant_apiuser", "password": "tenant_apipassword"});
    tenant["messaging"]["settings"]["switcherDestinationId"] = "D1".into();
    let id = world.create(&tenant).await["id"].as_str().unwrap().to_owned();
    let guest = world.line.guest_id(1);
    // As the reference has it.
    let answer = world.send(switch(NUMBER, &json!({"tenantId": id})).ivr()).await.expect(200).json();
    assert_eq!(answer, json!({"tenantId": id, "userId": NUMBER, "switched": true}));
    let switched = || world.line.state().memory.switched.get(&guest).cloned();
    assert_eq!(switched().as_deref(), Some("D1"));
    let body = json!({"tenant": "acme", "destinationId": "D2"});
    world.send(switch(&guest, &body).ivr()).await.expect(200);
    assert_eq!(switched().as_deref(), Some("D2"));

    world.send(switch("+819000000000", &json!({"tenantId": id})).ivr()).await.expect(404);
    world.send(switch("+81", &json!({"tenantId": id})).ivr()).await.expect(404);
    world.send(switch(NUMBER, &json!({"tenantId": id}))).await.expect(401);
    let answer = world.send(switch(NUMBER, &json!({})).ivr()).await.expect(422);
    assert_eq!(answer.faults()[0].0, "/tenantId");
    // Without the Switcher.
    let without = world.ivr("Without").await;
    let answer = world.send(switch(NUMBER, &json!({"tenantId": without})).ivr()).await.expect(422);
    assert!(answer.text.contains("Switcher"));
}

#[tokio::test]
async fn the_qr_code() {
    let world = World::new().await;
    let id = world.create(&world.tenant("Acme")).await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/tenants/{id}/qr");
    let svg = world.call(Call::get(&format!("{path}?format=svg"))).await.expect(200);
    assert_eq!(svg.headers["content-type"], "image/svg+xml");
    assert!(svg.text.starts_with("<svg xmlns="));
    let same = world.call(Call::get(&path).header("accept", "image/svg+xml")).await.expect(200);
    assert_eq!(same.text, svg.text);
    for call in [Call::get(&path), Call::get(&format!("{path}?format=png")).header("accept", "image/svg+xml")] {
        let png = world.call(call).await.expect(200);
        assert_eq!(png.headers["content-type"], "image/png");
        assert_eq!(BASE64_STANDARD.decode(&png.text).unwrap()[..8], *b"\x89PNG\r\n\x1a\n");
    }
    world.call(Call::get(&format!("{path}?format=gif"))).await.expect(400);
    world.call(Call::get("/api/v1/tenants/unknown/qr")).await.expect(404);
    world.send(Call::get(&path)).await.expect(401);
    world.demote("viewer").await;
    world.call(Call::get(&path)).await.expect(200);
}
