//! A `POST` that is sent again is done once.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Answer, Call, World};

const KEY: &str = "idempotency-key";

fn user(name: &str) -> Value {
    json!({"name": name, "password": "another horse, canary staple", "role": "viewer"})
}

fn post(key: &str, body: &Value) -> Call {
    Call::post("/api/v1/users", body).header(KEY, key)
}

fn replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotency-replayed").is_some_and(|it| it == "true")
}

#[tokio::test]
async fn what_is_sent_again_is_answered_again() {
    let world = World::new().await;
    let first = world.call(post("key-1", &user("ann"))).await.expect(201);
    assert!(!replayed(&first));
    for _ in 0..2 {
        let again = world.call(post("key-1", &user("ann"))).await.expect(201);
        assert!(replayed(&again));
        assert_eq!((again.json(), &again.headers["etag"]), (first.json(), &first.headers["etag"]));
        assert_eq!(again.headers["location"], first.headers["location"]);
        assert_eq!(again.headers["content-type"], "application/json");
    }
    // Without the key, or with another, it is another request.
    world.call(Call::post("/api/v1/users", &user("ann"))).await.expect(409);
    world.call(post("key-2", &user("ann"))).await.expect(409);
    // The same key with something else.
    for call in [
        post("key-1", &user("bob")),
        Call::post("/api/v1/users?dryRun=true", &user("ann")).header(KEY, "key-1"),
        Call::post("/api/v1/tenants", &user("ann")).header(KEY, "key-1"),
    ] {
        let refused = world.call(call).await.expect(422);
        assert_eq!(refused.json()["type"], "urn:um:problem:idempotency-key-reused");
        assert_eq!(refused.faults()[0].0, "Idempotency-Key");
    }
    assert_eq!(world.call(Call::get("/api/v1/users")).await.json().as_array().unwrap().len(), 2);
    // It was done once, and written down once.
    assert_eq!(world.call(Call::get("/api/v1/audit")).await.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_is_good_for_a_day() {
    let world = World::new().await;
    world.call(post("key", &user("ann"))).await.expect(201);
    world.clock.advance(Duration::from_secs(24 * 3600 - 60));
    let token = world.login("admin", crate::world::PASSWORD).await;
    // Another session, the same user.
    assert!(replayed(&world.send(post("key", &user("ann")).bearer(&token)).await.expect(201)));
    world.clock.advance(Duration::from_secs(61));
    world.send(post("key", &user("ann")).bearer(&token)).await.expect(409);
    world.send(post("key", &user("bob")).bearer(&token)).await.expect(201);
}

#[tokio::test]
async fn keys_are_each_callers_own() {
    let world = World::new().await;
    world.call(post("key", &user("ann"))).await.expect(201);
    world.call(Call::patch("/api/v1/users/ann", &json!({"role": "administrator"}))).await.expect(200);
    let ann = world.login("ann", "another horse, canary staple").await;
    world.send(post("key", &user("bob")).bearer(&ann)).await.expect(201);
    // Whoever is not logged in learns nothing from a key.
    for call in [post("key", &user("ann")), post("key", &user("ann")).bearer(&"A".repeat(43))] {
        world.send(call).await.expect(401);
    }
    // Whoever is not allowed neither.
    world.call(Call::patch("/api/v1/users/ann", &json!({"role": "viewer"}))).await.expect(200);
    world.send(post("new", &user("cid")).bearer(&ann)).await.expect(403);
}

#[tokio::test]
async fn what_failed_can_be_sent_again() {
    let world = World::new().await;
    world.call(post("key", &json!({"name": "ann"}))).await.expect(422);
    world.call(post("key", &user("admin"))).await.expect(409);
    world.call(post("key", &user("ann"))).await.expect(201);
}

#[tokio::test]
async fn the_second_waits_for_the_first() {
    let world = World::new().await;
    let requests = (0..6).map(|_| {
        let world = &world;
        async move { world.call(Call::post("/api/v1/tenants", &world.tenant("Acme")).header(KEY, "key")).await }
    });
    let answers = futures::future::join_all(requests).await;
    let done = answers.iter().filter(|answer| answer.status == 201 && !replayed(answer)).count();
    assert_eq!(done, 1);
    for answer in &answers {
        assert!(matches!(answer.status, 201 | 409), "{}", answer.text);
        if answer.status == 409 {
            assert_eq!(answer.json()["type"], "urn:um:problem:under-way");
            assert!(answer.headers.contains_key("retry-after"));
        }
    }
    assert_eq!(world.call(Call::get("/api/v1/tenants")).await.json().as_array().unwrap().len(), 1);
    assert!(replayed(&world.call(Call::post("/api/v1/tenants", &world.tenant("Acme")).header(KEY, "key")).await));
}

/// A function that died with the key gives it back.
#[tokio::test]
async fn a_key_is_not_lost_with_its_request() {
    let world = World::new().await;
    world.call(post("key", &user("ann"))).await.expect(201);
    let (client, table) = world.context.configuration.raw();
    let items = client.scan().table_name(table).send().await.unwrap().items.unwrap();
    let kept: Vec<_> = items.into_iter().filter(|item| item["sk"].as_s().unwrap() == "ANSWER").collect();
    assert_eq!(kept.len(), 1);
    let text = format!("{kept:?}");
    assert!(!text.contains("ann") && !text.contains("canary") && !text.contains("\"key\""), "sealed: {text}");
    // As if it had not been answered.
    let mut item = kept[0].clone();
    let mut document: Value = serde_json::from_str(item["document"].as_s().unwrap()).unwrap();
    document["answer"] = Value::Null;
    let soon = world.context.now().as_second() + 60;
    item.insert("document".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(document.to_string()));
    item.insert("expiresAt".to_owned(), aws_sdk_dynamodb::types::AttributeValue::N(soon.to_string()));
    client.put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
    world.call(post("key", &user("ann"))).await.expect(409);
    world.call(post("key", &user("bob"))).await.expect(422);
    world.clock.advance(Duration::from_secs(61));
    world.call(post("key", &user("bob"))).await.expect(201);
}

#[tokio::test]
async fn keys_that_are_none() {
    let world = World::new().await;
    for key in ["", "with space", &"x".repeat(256)] {
        let refused = world.call(post(key, &user("ann"))).await.expect(400);
        assert_eq!(refused.faults()[0].0, "Idempotency-Key", "{key}");
    }
    world.call(post(&"x".repeat(255), &user("ann"))).await.expect(201);
    // Not where nothing is made, and not where tokens are handed out.
    assert!(!replayed(&world.call(Call::get("/api/v1/users").header(KEY, "x")).await.expect(200)));
    let login = || {
        Call::post("/api/v1/auth/login", &json!({"user": "admin", "password": crate::world::PASSWORD}))
            .header(KEY, "login")
    };
    let tokens = [world.send(login()).await.expect(200).json(), world.send(login()).await.expect(200).json()];
    assert_ne!(tokens[0]["token"], tokens[1]["token"]);
}
