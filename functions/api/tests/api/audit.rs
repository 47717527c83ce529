use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::world::{Call, World};

const PATH: &str = "/api/v1/audit";

async fn trail(world: &World, query: &str) -> Vec<Value> {
    world.call(Call::get(&format!("{PATH}{query}"))).await.expect(200).json().as_array().unwrap().clone()
}

/// Action, resource and fields of each.
fn brief(entries: &[Value]) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fields = |entry: &Value| entry["fields"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(" ");
    entries.iter().map(|entry| (text(&entry["action"]), text(&entry["resource"]), fields(entry))).collect()
}

#[tokio::test]
async fn every_change_is_written_down() {
    let world = World::new().await;
    assert_eq!(trail(&world, "").await, [json!(null); 0]);
    let mut document = world.tenant("Acme");
    document["apiAuthentication"] = json!({"type": "basic", "user": "ivr", "password": "canary-password"});
    let tenant = world.call(Call::post("/api/v1/tenants", &document).from("192.0.2.44")).await.expect(201).json();
    let id = tenant["id"].as_str().unwrap();
    let path = format!("/api/v1/tenants/{id}");
    world.clock.advance(Duration::from_secs(1));
    let secret = json!({"messaging": {"settings": {"channelSecret": "canary-secret"}}, "enabled": false});
    world.call(Call::patch(&path, &secret)).await.expect(200);
    world.clock.advance(Duration::from_secs(1));
    world
        .call(Call::put("/api/v1/settings", &json!({"outboundProxy": "http://u:canary@127.0.0.1:9"})))
        .await
        .expect(200);
    world.call(Call::put("/api/v1/settings", &json!({}))).await.expect(200);
    world.clock.advance(Duration::from_secs(1));
    world.call(Call::delete(&path)).await.expect(204);
    // What changes nothing leaves no trace: looks, tries, failures.
    for call in [
        Call::get("/api/v1/tenants"),
        Call::post("/api/v1/tenants?dryRun=true", &world.tenant("Other")),
        Call::post("/api/v1/tenants", &json!({})),
        Call::delete(&path),
    ] {
        world.call(call).await;
    }
    let entries = trail(&world, "").await;
    let made = entries.last().unwrap();
    assert_eq!(
        (&made["user"], &made["address"], &made["name"]),
        (&json!("admin"), &json!("192.0.2.44"), &json!("Acme"))
    );
    assert_eq!((&made["operation"], &made["resourceId"]), (&json!("POST /api/v1/tenants"), &json!(id)));
    let brief = brief(&entries);
    let expected = [
        ("deleted", "tenants", ""),
        ("changed", "settings", "/outboundProxy"),
        ("changed", "settings", "/outboundProxy"),
        ("changed", "tenants", "/enabled /messaging/settings/channelSecret"),
    ];
    for (found, (action, resource, fields)) in brief.iter().zip(expected) {
        assert_eq!((found.0.as_str(), found.1.as_str(), found.2.as_str()), (action, resource, fields));
    }
    assert_eq!(brief.len(), 5);
    assert_eq!((brief[4].0.as_str(), brief[4].1.as_str()), ("created", "tenants"));
    for field in ["/name", "/apiAuthentication/password", "/messaging/settings/channelSecret"] {
        assert!(brief[4].2.split(' ').any(|one| one == field), "{field}: {}", brief[4].2);
    }
    let shown = Value::from(entries).to_string();
    assert!(!shown.contains("canary"), "{shown}");
    assert!(!everything(&world).await.contains("canary"));
}

async fn everything(world: &World) -> String {
    let (client, table) = world.context.configuration.raw();
    format!("{:?}", client.scan().table_name(table).send().await.unwrap().items)
}

#[tokio::test]
async fn users_are_in_it_and_sessions_are_not() {
    let world = World::new().await;
    let (first, second) = ("another horse, another staple", "a third horse in the stable");
    let ann = json!({"name": "Ann", "password": first, "role": "viewer"});
    world.call(Call::post("/api/v1/users", &ann)).await.expect(201);
    world.clock.advance(Duration::from_secs(1));
    let token = world.login("ann", first).await;
    let change = json!({"current": first, "new": second});
    world.send(Call::post("/api/v1/auth/password", &change).bearer(&token)).await.expect(204);
    world.send(Call::new(Method::POST, "/api/v1/auth/logout").bearer(&token)).await.expect(204);
    world.clock.advance(Duration::from_secs(1));
    world.call(Call::patch("/api/v1/users/ann", &json!({"role": "operator"}))).await.expect(200);
    world.clock.advance(Duration::from_secs(1));
    world.call(Call::delete("/api/v1/users/ann")).await.expect(204);
    let entries = trail(&world, "?resource=users").await;
    let told = brief(&entries).into_iter().map(|(action, _, fields)| format!("{action} {fields}"));
    assert_eq!(
        told.collect::<Vec<_>>(),
        ["deleted ", "changed /role", "changed /password", "created /name /password /role"]
    );
    assert_eq!((&entries[2]["user"], &entries[2]["resourceId"]), (&json!("Ann"), &json!("Ann")));
}

#[tokio::test]
async fn the_trail_is_paged_filtered_and_forgotten() {
    let world = World::new().await;
    let begin = world.context.now();
    for name in ["a", "b", "c", "d", "e"] {
        let user = json!({"name": name, "password": "another horse, another staple", "role": "viewer"});
        world.call(Call::post("/api/v1/users", &user)).await.expect(201);
        world.clock.advance(Duration::from_secs(60));
    }
    world.call(Call::put("/api/v1/settings", &json!({}))).await.expect(200);
    let ids = |entries: &[Value]| -> String {
        entries.iter().map(|entry| entry["resourceId"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let later = |seconds: u64| (begin + Duration::from_secs(seconds)).to_string();
    for (query, expected) in [
        ("?resource=users".to_owned(), "e d c b a"),
        ("?resource=users&sort=at".to_owned(), "a b c d e"),
        ("?resourceId=c".to_owned(), "c"),
        ("?user=admin&resource=users&limit=200".to_owned(), "e d c b a"),
        ("?user=nobody".to_owned(), ""),
        (format!("?resource=users&from={}", later(120)), "e d c"),
        (format!("?resource=users&to={}", later(120)), "b a"),
        (format!("?sort=at&from={}&to={}", later(60), later(180)), "b c"),
        (format!("?from={}&to={}", later(180), later(60)), ""),
    ] {
        assert_eq!(ids(&trail(&world, &query).await), expected, "{query}");
    }
    for sort in ["at", "-at"] {
        let (mut path, mut seen) = (format!("{PATH}?resource=users&limit=2&sort={sort}"), Vec::new());
        loop {
            let answer = world.call(Call::get(&path)).await.expect(200);
            seen.extend(answer.json().as_array().unwrap().clone());
            let Some(link) = answer.headers.get("link") else { break };
            path = link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
        }
        assert_eq!(ids(&seen), if sort == "at" { "a b c d e" } else { "e d c b a" });
    }
    for query in ["sort=user", "cursor=abc", "from=yesterday", "limit=201"] {
        world.call(Call::get(&format!("{PATH}?{query}"))).await.expect(400);
    }
    world.demote("viewer").await;
    assert_eq!(trail(&world, "").await.len(), 6);
    world.send(Call::get(PATH)).await.expect(401);
    world.demote("administrator").await;
    world.clock.advance(Duration::from_secs(401 * 86_400));
    let token = world.login("admin", crate::world::PASSWORD).await;
    assert_eq!(world.send(Call::get(PATH).bearer(&token)).await.expect(200).json(), json!([]));
}
