//! A tenant that is posted wrong, in every way: the right refusal, which names the field, and nothing stored.

use http::Method;
use serde_json::{Value, json};

use crate::world::{Call, World};

const PATH: &str = "/api/v1/tenants";

async fn stored(world: &World) -> usize {
    let (client, table) = world.context.configuration.raw();
    let items = client.scan().table_name(table).send().await.unwrap().items.unwrap();
    items.iter().filter(|item| !item["pk"].as_s().unwrap().starts_with("SESSION")).count()
}

#[tokio::test]
async fn nothing_wrong_is_stored() {
    let world = World::new().await;
    world.create(&world.tenant("Taken")).await;
    let before = stored(&world).await;
    let good = world.tenant("Acme");
    let with = |pointer: &str, value: Value| {
        let mut document = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let fields = document.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            fields.remove(name)
        } else {
            fields.insert(name.to_owned(), value)
        };
        document
    };
    let large = with("/name", "x".repeat(1 << 20).into());
    let long = with("/cxPlatform/customData", json!({"note": "x".repeat(1025)}));
    for (label, document, status, kind, pointer) in [
        (
            "wrong field",
            with("/messaging/settings/chanelId", "1".into()),
            422,
            "invalid",
            "/messaging/settings/chanelId",
        ),
        ("wrong type", with("/enabled", "yes".into()), 422, "invalid", "/enabled"),
        (
            "missing secret",
            with("/messaging/settings/channelSecret", Value::Null),
            422,
            "invalid",
            "/messaging/settings/channelSecret",
        ),
        ("unknown connector", with("/messaging/connector", "fax".into()), 422, "invalid", "/messaging/connector"),
        (
            "a platform as a channel",
            with("/messaging/connector", "genesys-cloud".into()),
            422,
            "invalid",
            "/messaging/connector",
        ),
        ("duplicate name", with("/name", " TAKEN ".into()), 409, "name-taken", "/name"),
        ("long value", long, 422, "invalid", "/cxPlatform/customData/note"),
        ("1 MB", large, 413, "too-large", ""),
        ("no object", json!([good]), 422, "invalid", ""),
    ] {
        for dry_run in ["", "?dryRun=true"] {
            let answer = world.call(Call::post(&format!("{PATH}{dry_run}"), &document)).await.expect(status);
            assert_eq!(answer.json()["type"], format!("urn:um:problem:{kind}"), "{label}");
            if !pointer.is_empty() {
                assert!(answer.faults().iter().any(|(at, _)| at == pointer), "{label}: {}", answer.text);
            }
        }
    }
    for (label, body, status) in [
        ("half a document", good.to_string()[..40].to_owned(), 400),
        ("nothing", String::new(), 400),
        ("deeply nested", "[".repeat(100_000), 400),
        ("not even text", "\u{0}\u{1}".to_owned(), 400),
    ] {
        let call = Call::new(Method::POST, PATH).body(body).header("content-type", "application/json");
        let answer = world.call(call).await.expect(status);
        assert_eq!(answer.json()["type"], "urn:um:problem:malformed", "{label}");
    }
    world
        .call(Call::new(Method::POST, PATH).body(good.to_string()).header("content-type", "text/plain"))
        .await
        .expect(415);
    world.send(Call::post(PATH, &good)).await.expect(401);
    for role in ["viewer", "operator"] {
        world.demote(role).await;
        let refused = world.call(Call::post(PATH, &good)).await.expect(403);
        assert_eq!(refused.json()["type"], "urn:um:problem:forbidden");
    }
    world.demote("administrator").await;
    assert_eq!(stored(&world).await, before, "nothing is stored");
}
