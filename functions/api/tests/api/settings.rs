use serde_json::{Value, json};

use crate::world::{Call, World};

const PATH: &str = "/api/v1/settings";

#[tokio::test]
async fn settings_are_replaced_by_version() {
    let world = World::new().await;
    let fresh = world.call(Call::get(PATH)).await.expect(200);
    assert_eq!(fresh.json(), json!({"outboundProxy": null, "defaultStorageId": null, "secretsSet": [], "version": 0}));
    assert_eq!(fresh.headers["etag"], "\"0\"");
    let proxy = json!({"outboundProxy": "http://user:pr0xy-canary@proxy.example:3128"});
    let saved = world.call(Call::put(PATH, &proxy).header("if-match", "\"0\"")).await.expect(200);
    let shown = json!({"outboundProxy": "http://***@proxy.example:3128", "defaultStorageId": null,
        "secretsSet": ["outboundProxy"], "version": 1});
    assert_eq!(saved.json(), shown);
    assert_eq!(world.call(Call::get(PATH)).await.expect(200).json(), shown);
    world.call(Call::put(PATH, &json!({})).header("if-match", "\"0\"")).await.expect(412);
    // Sent back as shown, user and password stay.
    world.call(Call::put(PATH, &shown)).await.expect(200);
    let stored = world.context.configuration.settings().await.unwrap().value;
    assert_eq!(stored.outbound_proxy.as_deref(), Some("http://user:pr0xy-canary@proxy.example:3128/"));
    assert_eq!(raw(&world).await.matches("pr0xy-canary").count(), 0, "it is sealed where it is stored");
    // Removed.
    assert_eq!(
        world.call(Call::put(PATH, &json!({"outboundProxy": null}))).await.expect(200).json()["outboundProxy"],
        Value::Null
    );
}

async fn raw(world: &World) -> String {
    let (client, table) = world.context.configuration.raw();
    format!("{:?}", client.scan().table_name(table).send().await.unwrap().items)
}

#[tokio::test]
async fn invalid_settings_name_their_fields() {
    let world = World::new().await;
    for (label, body, pointer) in [
        ("no URL", json!({"outboundProxy": "proxy"}), "/outboundProxy"),
        ("scheme", json!({"outboundProxy": "ftp://proxy.example"}), "/outboundProxy"),
        ("hidden, never given", json!({"outboundProxy": "http://***@proxy.example"}), "/outboundProxy"),
        ("type", json!({"outboundProxy": 5}), "/outboundProxy"),
        ("storage", json!({"defaultStorageId": "nowhere"}), "/defaultStorageId"),
        ("unknown", json!({"proxy": "x"}), "/proxy"),
    ] {
        let answer = world.call(Call::put(PATH, &body)).await.expect(422);
        assert_eq!(answer.faults()[0].0, pointer, "{label}: {}", answer.text);
    }
    assert_eq!(world.call(Call::get(PATH)).await.json()["version"], 0);
}
