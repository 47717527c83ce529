//! Dead letters: looked at without harm, moved back one by one or all.

use contract::Content;
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use simulation::Simulator;

use crate::world::{Answer, Call, World};

const PATH: &str = "/api/v1/dead-letters";

async fn letters(world: &World) -> Vec<Value> {
    world.call(Call::get(PATH)).await.expect(200).json().as_array().unwrap().clone()
}

/// So many messages, each to another guest, that LINE refuses for good; their deliveries.
async fn refused(world: &World, count: u32) -> Vec<String> {
    let tenant = world.ivr("Acme").await;
    world.line_refuses(true);
    let mut ids = Vec::new();
    for number in 1..=count {
        let body = json!({"tenantId": tenant, "userId": world.line.guest_id(number), "message": format!("{number}")});
        ids.extend(world.post(&body).await);
    }
    world.deliver().await;
    world.line_refuses(false);
    ids
}

async fn redrive(world: &World, letter: &Value) -> Answer {
    let id = letter["id"].as_str().unwrap();
    world.call(Call::new(Method::POST, &format!("{PATH}/{id}/redrive"))).await
}

#[tokio::test]
async fn a_look_does_no_harm() {
    let world = World::new().await;
    assert_eq!(letters(&world).await, [""; 0]);
    let mut ids = refused(&world, 12).await;
    for _ in 0..2 {
        let letters = letters(&world).await;
        assert_eq!(letters.len(), 12);
        let mut known: Vec<String> =
            letters.iter().map(|letter| letter["deliveryId"].as_str().unwrap().to_owned()).collect();
        known.sort();
        ids.sort();
        assert_eq!(known, ids);
        for letter in &letters {
            assert_eq!(
                (&letter["queue"], &letter["kind"], &letter["state"]),
                (&json!("outbound-line"), &json!("text"), &json!("failed"))
            );
            assert!(letter["reason"].as_str().unwrap().starts_with("Unauthorized"), "{letter}");
            assert!(letter["at"].is_string() && letter["tenantId"].is_string() && letter["conversationId"].is_string());
        }
    }
    let some = world.call(Call::get(&format!("{PATH}?limit=3&queue=outbound-line"))).await.expect(200).json();
    assert_eq!(some.as_array().unwrap().len(), 3);
    let none = world.call(Call::get(&format!("{PATH}?queue=inbound-genesys-cloud"))).await.expect(200).json();
    assert_eq!(none, json!([]));
    let times = async |sort: &str| -> Vec<Timestamp> {
        let sorted = world.call(Call::get(&format!("{PATH}?sort={sort}"))).await.expect(200).json();
        sorted.as_array().unwrap().iter().map(|letter| letter["at"].as_str().unwrap().parse().unwrap()).collect()
    };
    assert!(times("at").await.is_sorted() && times("-at").await.is_sorted_by(|one, other| one >= other));
    for query in ["sort=queue", "queue=fax", "limit=0", "limit=101"] {
        world.call(Call::get(&format!("{PATH}?{query}"))).await.expect(400);
    }
    assert_eq!(letters(&world).await.len(), 12);
}

#[tokio::test]
async fn one_is_moved_back() {
    let world = World::new().await;
    refused(&world, 3).await;
    let all = letters(&world).await;
    let chosen = &all[1];
    assert_eq!(redrive(&world, chosen).await.expect(202).json(), json!({"queue": "outbound-line", "messages": 1}));
    redrive(&world, chosen).await.expect(404);
    assert_eq!(letters(&world).await.len(), 2);
    assert_eq!(world.deliver().await, 1);
    assert_eq!(world.shown().len(), 1);
    assert_eq!(world.delivery(chosen["deliveryId"].as_str().unwrap()).await["state"], "delivered");
    // The others are still there, and nobody else was written to.
    assert!(letters(&world).await.iter().all(|letter| letter["state"] == "failed"));
}

#[tokio::test]
async fn all_of_a_queue_are_moved_back() {
    let world = World::new().await;
    refused(&world, 5).await;
    let call = || Call::post(&format!("{PATH}/redrive"), &json!({"queue": "outbound-line"}));
    assert_eq!(world.call(call()).await.expect(202).json(), json!({"queue": "outbound-line", "messages": 5}));
    // The emulated move is over when its start is answered.
    assert_eq!(world.deliver().await, 5);
    let mut shown: Vec<String> = world
        .shown()
        .into_iter()
        .filter_map(|content| if let Content::Text { text } = content { Some(text) } else { None })
        .collect();
    shown.sort();
    assert_eq!(shown, ["1", "2", "3", "4", "5"]);
    assert_eq!(letters(&world).await, [""; 0]);
    for (body, at) in [(json!({}), "/queue"), (json!({"queue": "fax"}), "/queue")] {
        let answer = world.call(Call::post(&format!("{PATH}/redrive"), &body)).await.expect(422);
        assert_eq!(answer.faults()[0].0, at);
    }
}

/// Sent again from its delivery, a letter stays, and says what became of it; moved back after all, it is recognised.
#[tokio::test]
async fn one_that_was_sent_again_meanwhile() {
    let world = World::new().await;
    let id = refused(&world, 1).await.remove(0);
    world.call(Call::new(Method::POST, &format!("/api/v1/deliveries/{id}/resend"))).await.expect(202);
    world.deliver().await;
    let all = letters(&world).await;
    assert_eq!(all[0]["state"], "delivered");
    redrive(&world, &all[0]).await.expect(202);
    assert_eq!(world.deliver().await, 1);
    assert_eq!(world.shown(), [Content::text("1")]);
}

#[tokio::test]
async fn what_nobody_can_read() {
    let world = World::new().await;
    let config = &world.context.config;
    let url = config.dead_letter_queue.as_ref().unwrap();
    let send = world.context.queues.sqs().send_message().queue_url(url).message_body("no JSON");
    send.message_group_id("g").message_deduplication_id("d").send().await.unwrap();
    let all = letters(&world).await;
    let names: Vec<&String> = all[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["at", "id", "queue"]);
    redrive(&world, &all[0]).await.expect(202);
    // It is given up once more, with its reason now.
    world.deliver().await;
    assert!(letters(&world).await[0]["reason"].as_str().unwrap().contains("cannot be read"));
}

#[tokio::test]
async fn roles() {
    let world = World::new().await;
    refused(&world, 1).await;
    world.send(Call::get(PATH)).await.expect(401);
    world.demote("viewer").await;
    let all = letters(&world).await;
    redrive(&world, &all[0]).await.expect(403);
    let call = || Call::post(&format!("{PATH}/redrive"), &json!({"queue": "outbound-line"}));
    world.call(call()).await.expect(403);
    world.demote("operator").await;
    redrive(&world, &all[0]).await.expect(202);
    world.call(call()).await.expect(202);
    for bad in ["x", "%FF", "b3V0Ym91bmQtbGluZS94"] {
        world.call(Call::new(Method::POST, &format!("{PATH}/{bad}/redrive"))).await.expect(404);
    }
}
