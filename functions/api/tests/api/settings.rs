use serde_json::{Value, json};

use crate::world::{Call, World};

const PATH: &str = "/api/v1/settings";

#[tokio::test]
async fn settings_are_replaced_by_version() {
    let world = World::new().await;
    let fresh = world.call(Call::get(PATH)).await.expect(200);
    assert_eq!(
        fresh.json(),
        json!({"outboundProxy": null, "defaultStorageId": null, "defaultCommander": null,
        "notifierDestinations": [], "secretsSet": [], "version": 0})
    );
    assert_eq!(fresh.headers["etag"], "\"0\"");
    let proxy = json!({"outboundProxy": "http://user:pr0xy-canary@proxy.example:3128"});
    let saved = world.call(Call::put(PATH, &proxy).header("if-match", "\"0\"")).await.expect(200);
    let shown = json!({"outboundProxy": "http://***@proxy.example:3128", "defaultStorageId": null,
        "defaultCommander": null, "notifierDestinations": [], "secretsSet": ["outboundProxy"], "version": 1});
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

fn service_account(canary: &str) -> String {
    json!({"type": "service_account", "project_id": "acme", "client_email": "um@acme.example", "private_key": canary})
        .to_string()
}

#[tokio::test]
async fn the_commander_and_the_notifiers_keep_their_secrets() {
    let world = World::new().await;
    let document = json!({
        "defaultCommander": {"language": "ja", "authentication": service_account("commander-canary")},
        "notifierDestinations": [
            {"connector": "slack", "url": "https://hooks.slack.example/services/slack-canary", "name": "Operators"},
            {"connector": "pagerduty", "topic": "subscriptions", "routingKey": "pagerduty-canary"},
        ],
    });
    let saved = world.call(Call::put(PATH, &document)).await.expect(200);
    let shown = saved.json();
    assert_eq!(
        shown["defaultCommander"],
        json!({"location": "global", "language": "ja", "environment": "draft", "secretsSet": ["authentication"]})
    );
    let destinations = shown["notifierDestinations"].as_array().unwrap();
    assert_eq!((&destinations[0]["topic"], &destinations[0]["secretsSet"]), (&json!("default"), &json!(["url"])));
    assert_eq!((&destinations[1]["name"], &destinations[1]["secretsSet"]), (&Value::Null, &json!(["routingKey"])));
    assert!(!saved.text.contains("canary") && !raw(&world).await.contains("canary"));
    // Sent back as it was shown, in another order: the secrets stay where they belong.
    let mut again = shown.clone();
    again["notifierDestinations"] = json!([destinations[1], destinations[0]]);
    again["defaultCommander"]["environment"] = json!("live");
    world.call(Call::put(PATH, &again)).await.expect(200);
    let stored = world.context.configuration.settings().await.unwrap().value;
    let commander = stored.default_commander.unwrap();
    assert_eq!(
        (commander.environment.as_str(), commander.authentication.0.contains("commander-canary")),
        ("live", true)
    );
    assert_eq!(stored.notifier_destinations[0].routing_key.as_ref().unwrap().0, "pagerduty-canary");
    assert!(stored.notifier_destinations[1].url.as_ref().unwrap().0.ends_with("slack-canary"));
    assert!(!format!("{:?}", stored.notifier_destinations).contains("canary"));
    let trail = world.call(Call::get("/api/v1/audit")).await.json();
    assert!(trail.to_string().contains("/defaultCommander/environment") && !trail.to_string().contains("canary"));
    // Left out, they are gone.
    let fresh = world.call(Call::put(PATH, &json!({}))).await.expect(200).json();
    assert_eq!((&fresh["defaultCommander"], &fresh["notifierDestinations"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn invalid_commanders_and_notifiers_name_their_fields() {
    let world = World::new().await;
    for (label, body, pointer) in [
        ("no key", json!({"defaultCommander": {}}), "/defaultCommander/authentication"),
        (
            "no key at all",
            json!({"defaultCommander": {"authentication": "canary"}}),
            "/defaultCommander/authentication",
        ),
        ("unknown", json!({"defaultCommander": {"agent": "x"}}), "/defaultCommander/agent"),
        (
            "location",
            json!({"defaultCommander": {"location": "a/b", "authentication": service_account("canary")}}),
            "/defaultCommander/location",
        ),
        ("no webhook", json!({"notifierDestinations": [{"connector": "slack"}]}), "/notifierDestinations/0/url"),
        (
            "connector",
            json!({"notifierDestinations": [{"connector": "fax", "url": "https://canary.example"}]}),
            "/notifierDestinations/0/connector",
        ),
        (
            "topic",
            json!({"notifierDestinations": [{"connector": "slack", "url": "https://canary.example", "topic": "all"}]}),
            "/notifierDestinations/0/topic",
        ),
        ("no list", json!({"notifierDestinations": {}}), "/notifierDestinations"),
    ] {
        let answer = world.call(Call::put(PATH, &body)).await.expect(422);
        assert_eq!(answer.faults()[0].0, pointer, "{label}: {}", answer.text);
        assert!(!answer.text.contains("canary"), "{label}: {}", answer.text);
    }
}
