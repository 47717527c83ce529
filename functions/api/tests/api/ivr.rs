//! IVRs write to guests: the requests of the reference, and everything that can be wrong with them.

use std::time::Duration;

use serde_json::{Value, json};
use shared::{Content, Sticker};
use simulation::Simulator;

use crate::{
    line_side::IVR,
    world::{Call, World},
};

const PATH: &str = "/api/v1/messages";

#[tokio::test]
async fn the_requests_of_the_reference() {
    let world = World::new().await;
    let id = world.ivr("Tenant with Social Media X and Genesys Cloud CX").await;
    let guest = world.line.guest_id(1);

    // The first one names no guest.
    let first = json!({"tenantId": id, "message": "Hello from the IVR!"});
    let answer = world.send(Call::post(PATH, &first).ivr()).await.expect(422);
    assert_eq!(answer.faults(), [("/userId".to_owned(), "is required".to_owned())]);

    let second = json!({
        "tenant": "Tenant with Social Media X and Genesys Cloud CX", "userId": guest, "message": "Hello from the IVR!",
    });
    let answer = world.send(Call::post(PATH, &second).ivr()).await.expect(202).json();
    let [delivery] = &answer["deliveries"].as_array().unwrap()[..] else { panic!("{answer}") };
    assert_eq!((&delivery["tenantId"], &delivery["state"]), (&json!(id), &json!("queued")));
    let first = delivery["id"].as_str().unwrap().to_owned();
    assert_eq!(world.delivery(&first).await["state"], "queued");

    let third = json!({
        "tenantId": id, "userId": guest,
        "messages": ["Hello from the IVR!", {"type": "sticker", "stickerId": "123345", "packageId": "456"}],
    });
    let others = world.post(&third).await;
    assert_eq!(others.len(), 2);
    assert!(!others.contains(&first) && others[0] != others[1]);

    assert_eq!(world.deliver().await, 3);
    let sticker =
        |content: &Content| matches!(content, Content::Sticker(Sticker { sticker_id, .. }) if sticker_id == "123345");
    let shown = world.shown();
    assert_eq!(shown[..2], [Content::text("Hello from the IVR!"), Content::text("Hello from the IVR!")]);
    assert!(shown.len() == 3 && sticker(&shown[2]), "{shown:?}");
    for id in others.iter().chain([&first]) {
        assert_eq!(world.delivery(id).await["state"], "delivered");
    }
    // The platform never knew of them.
    assert_eq!(world.waiting_inbound().await, 0);
}

#[tokio::test]
async fn wrong_requests() {
    let world = World::new().await;
    let id = world.ivr("Acme").await;
    let body = |fields: Value| {
        let mut body = json!({"tenantId": id, "userId": "U1", "message": "Hello"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        body
    };
    for (label, fields, faults) in [
        ("no tenant", json!({"tenantId": null}), &[("/tenantId", "is required, or tenant with its name")][..]),
        ("both", json!({"tenant": "Acme"}), &[("/tenant", "must not stand beside tenantId")]),
        ("no guest", json!({"userId": null}), &[("/userId", "is required")]),
        ("a number for a guest", json!({"userId": 5}), &[("/userId", "is not of the right type")]),
        ("an empty guest", json!({"userId": " "}), &[("/userId", "must not be empty")]),
        (
            "no telephone number",
            json!({"userId": "+0123"}),
            &[("/userId", "is not a telephone number: + and the country code, then 7 to 15 digits in all")],
        ),
        ("nothing said", json!({"message": null}), &[("/message", "is required, or messages")]),
        ("said twice", json!({"messages": ["a"]}), &[("/messages", "must not stand beside message")]),
        ("an empty text", json!({"message": ""}), &[("/message", "must not be empty")]),
        ("a number", json!({"message": 5}), &[("/message", "must be a text or an object")]),
        ("no messages", json!({"message": null, "messages": []}), &[("/messages", "must not be empty")]),
        (
            "too many",
            json!({"message": null, "messages": vec!["a"; 21]}),
            &[("/messages", "must have at most 20 entries")],
        ),
        (
            "several faults",
            json!({"message": null, "messages": ["a", {"type": "sticker"}, ""], "userId": ""}),
            &[
                ("/messages/1/stickerId", "is required"),
                ("/messages/2", "must not be empty"),
                ("/userId", "must not be empty"),
            ],
        ),
        ("unknown", json!({"userid": "U1"}), &[("/userid", "is not known here")]),
    ] {
        let answer = world.send(Call::post(PATH, &body(fields)).ivr()).await;
        assert_eq!(answer.status, 422, "{label}: {}", answer.text);
        let expected: Vec<_> = faults.iter().map(|(at, what)| ((*at).to_owned(), (*what).to_owned())).collect();
        assert_eq!(answer.faults(), expected, "{label}");
    }
    let long = "x".repeat(300 * 1024);
    world.send(Call::post(PATH, &body(json!({"message": long}))).ivr()).await.expect(413);
    world.send(Call::new(http::Method::POST, PATH).body("{}").ivr()).await.expect(415);
    // Nothing of it was queued.
    assert_eq!(world.outbox().await, [""; 0]);
}

#[tokio::test]
async fn only_with_the_tenants_own_credentials() {
    let world = World::new().await;
    let id = world.ivr("Acme").await;
    let open = world.create(&world.tenant("Open")).await["id"].as_str().unwrap().to_owned();
    let body = |id: &str| json!({"tenantId": id, "userId": "U1", "message": "Hello"});
    let unknown = "259bb4e2-f7e5-4b06-9a51-c528f412404b";
    let token = world.token.clone();
    for (label, call) in [
        ("none", Call::post(PATH, &body(&id))),
        ("another password", Call::post(PATH, &body(&id)).basic(IVR.0, "wrong")),
        ("another user", Call::post(PATH, &body(&id)).basic("wrong", IVR.1)),
        ("an administrator's token", Call::post(PATH, &body(&id)).bearer(&token)),
        ("no such tenant", Call::post(PATH, &body(unknown)).ivr()),
        ("no id at all", Call::post(PATH, &body("a/b")).ivr()),
    ] {
        let answer = world.send(call.from(&format!("198.51.100.{}", label.len()))).await;
        assert_eq!(answer.status, 401, "{label}: {}", answer.text);
        assert!(answer.headers["www-authenticate"].starts_with("Basic "), "{label}");
        assert!(!answer.text.contains("Acme"), "{label}");
    }
    world.send(Call::post(PATH, &body(&id)).basic(IVR.0, IVR.1)).await.expect(202);
    // Without an API authentication, anybody may; credentials do no harm.
    world.send(Call::post(PATH, &body(&open))).await.expect(202);
    world.send(Call::post(PATH, &body(&open)).ivr()).await.expect(202);
    // A tenant that is switched off sends nothing.
    let path = format!("/api/v1/tenants/{id}");
    world.call(Call::patch(&path, &json!({"enabled": false}))).await.expect(200);
    world.clock.advance(Duration::from_secs(61));
    world.send(Call::post(PATH, &body(&id)).ivr()).await.expect(403);
    assert_eq!(world.outbox().await.len(), 3);
}

#[tokio::test]
async fn a_changed_password_holds_at_once() {
    let world = World::new().await;
    let id = world.ivr("Acme").await;
    let body = json!({"tenantId": id, "userId": "U1", "message": "Hello"});
    world.send(Call::post(PATH, &body).ivr()).await.expect(202);
    let change = json!({"apiAuthentication": {"type": "basic", "user": "ivr2", "password": "another"}});
    world.call(Call::patch(&format!("/api/v1/tenants/{id}"), &change)).await.expect(200);
    world.clock.advance(Duration::from_secs(3));
    world.send(Call::post(PATH, &body).basic("ivr2", "another")).await.expect(202);
}

#[tokio::test]
async fn guesses_are_slowed_down() {
    let world = World::new().await;
    let id = world.ivr("Acme").await;
    let other = world.ivr("Other").await;
    let call = |id: &str, password: &str| {
        let body = json!({"tenantId": id, "userId": "U1", "message": "Hello"});
        Call::post(PATH, &body).basic(IVR.0, password).from("198.51.100.9")
    };
    for _ in 0..5 {
        world.send(call(&id, "wrong")).await.expect(401);
    }
    // The fifth has a consequence, for the right password too.
    let refused = world.send(call(&id, IVR.1)).await.expect(429);
    assert!(refused.headers["retry-after"].parse::<u64>().unwrap() <= 2);
    // Not for others behind the same address, and not from elsewhere.
    world.send(call(&other, IVR.1)).await.expect(202);
    world.send(call(&id, IVR.1).from("198.51.100.10")).await.expect(202);
    world.clock.advance(Duration::from_secs(3));
    world.send(call(&id, IVR.1)).await.expect(202);
}

#[tokio::test]
async fn a_tenant_sends_so_many_and_no_more() {
    let world = World::new().await;
    let (id, other) = (world.ivr("Acme").await, world.ivr("Other").await);
    let call = |id: &str, count: usize| {
        Call::post(PATH, &json!({"tenantId": id, "userId": "U1", "messages": vec!["Hello"; count]})).ivr()
    };
    // Ten a second, and ten seconds' worth at once.
    for _ in 0..5 {
        world.send(call(&id, 20)).await.expect(202);
    }
    let refused = world.send(call(&id, 20)).await.expect(429);
    assert_eq!(refused.headers["retry-after"], "2");
    world.send(call(&other, 20)).await.expect(202);
    world.clock.advance(Duration::from_secs(2));
    world.send(call(&id, 20)).await.expect(202);
    let refused = world.send(call(&id, 1)).await.expect(429);
    assert_eq!(refused.headers["retry-after"], "1");
    world.clock.advance(Duration::from_secs(60));
    for _ in 0..5 {
        world.send(call(&id, 20)).await.expect(202);
    }
    world.send(call(&id, 1)).await.expect(429);
}

#[tokio::test]
async fn a_request_made_again_is_the_same_request() {
    let world = World::new().await;
    let id = world.ivr("Acme").await;
    let guest = world.line.guest_id(1);
    let call = |text: &str, key: &str| {
        let body = json!({"tenantId": id, "userId": guest, "messages": [text, "Bye"]});
        Call::post(PATH, &body).ivr().header("idempotency-key", key)
    };
    let first = world.send(call("Hello", "k1")).await.expect(202).json();
    let again = world.send(call("Hello", "k1")).await.expect(202).json();
    assert_eq!(first, again);
    assert_eq!(world.deliver().await, 2);
    let after = world.send(call("Hello", "k1")).await.expect(202).json();
    assert_eq!(after, first, "the answer of then");
    assert_eq!(world.deliver().await, 0);
    world.send(call("Hi", "k1")).await.expect(422);
    let other = world.send(call("Hello", "k2")).await.expect(202).json();
    assert_ne!(other["deliveries"][0]["id"], first["deliveries"][0]["id"]);
    assert_eq!(world.deliver().await, 2);
    // When the answer is forgotten, the messages are not.
    world.clock.advance(Duration::from_secs(25 * 3600));
    let late = world.send(call("Hello", "k1")).await.expect(202).json();
    assert_eq!(late["deliveries"][0]["id"], first["deliveries"][0]["id"]);
    assert_eq!(late["deliveries"][0]["state"], "delivered");
    assert_eq!(world.deliver().await, 0);
    world.send(call("Hello", &"k".repeat(300))).await.expect(400);
}

/// Callers who need no credentials cannot be told apart: they may have the same keys.
#[tokio::test]
async fn callers_without_credentials_do_not_meet() {
    let world = World::new().await;
    let (one, two) = (world.create(&world.tenant("One")).await, world.create(&world.tenant("Two")).await);
    let call = |tenant: &Value| {
        let body = json!({"tenantId": tenant["id"], "userId": world.line.guest_id(1), "message": "Hello"});
        Call::post(PATH, &body).header("idempotency-key", "1")
    };
    let first = world.send(call(&one)).await.expect(202).json();
    assert_ne!(world.send(call(&two)).await.expect(202).json(), first);
    assert_eq!(world.send(call(&one)).await.expect(202).json(), first);
    assert_eq!(world.outbox().await.len(), 2);
}

/// An object that is no message of ours is LINE's own.
#[tokio::test]
async fn the_channels_own_json_goes_through() {
    let world = World::new().await;
    let id = world.ivr("Acme").await;
    let guest = world.line.guest_id(1);
    let confirm = json!({"type": "confirm", "text": "Sure?", "actions": [
        {"type": "message", "label": "Yes", "text": "yes"}, {"type": "message", "label": "No", "text": "no"}]});
    let messages = json!([
        {"type": "location", "title": "HQ", "address": "Tokyo", "latitude": 35.6, "longitude": 139.7},
        {"type": "template", "altText": "Sure?", "template": confirm},
    ]);
    let ids = world.post(&json!({"tenantId": id, "userId": guest, "messages": messages})).await;
    let tasks = world.outbox().await;
    let contents: Vec<&Value> = tasks.iter().map(|task| &task["message"]["contents"][0]).collect();
    assert_eq!((&contents[0]["type"], &contents[1]["type"]), (&json!("location"), &json!("native")));
    assert_eq!(contents[1]["json"], messages[1]);
    assert!(tasks.iter().all(|task| task["origin"] == "api" && task["task"] == "outbound.v1"));
    assert_eq!(ids.len(), 2);
}
