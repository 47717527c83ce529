//! Requests that are wrong in any way, and what every answer has.

use http::Method;
use serde_json::json;

use crate::world::{Call, World};

#[tokio::test]
async fn wrong_requests() {
    let world = World::new().await;
    let path = "/api/v1/tenants";
    let post = || Call::new(Method::POST, path).header("content-type", "application/json");
    for (label, call, status, part) in [
        ("empty", post(), 400, "empty"),
        ("cut", post().body("{\"name\": "), 400, "line 1 column 9"),
        ("not JSON", post().body("name=Acme"), 400, "line 1 column"),
        ("two documents", post().body("{} {}"), 400, "trailing characters"),
        ("deep", post().body("[".repeat(100_000)), 400, "recursion limit"),
        ("array", post().body("[]"), 422, "must be an object"),
        ("null", post().body("null"), 422, "must be an object"),
        ("a megabyte", post().body(format!("{{\"name\": \"{}\"}}", "x".repeat(1 << 20))), 413, "256 KiB"),
        (
            "form",
            Call::new(Method::POST, path).header("content-type", "application/x-www-form-urlencoded").body("{}"),
            415,
            "JSON",
        ),
        ("no type", Call::new(Method::POST, path).body("{}"), 415, "Content-Type"),
        (
            "merge patch posted",
            Call::new(Method::POST, path).header("content-type", "application/merge-patch+json").body("{}"),
            415,
            "JSON",
        ),
        ("unknown address", Call::get("/api/v1/tenants/a/b"), 404, "address"),
        ("unknown tenant", Call::get("/api/v1/tenants/259bb4e2-f7e5-4b06-9a51-c528f412404b"), 404, "tenant"),
        ("no id at all", Call::get("/api/v1/tenants/%FF"), 404, "tenant"),
        ("path in the id", Call::get("/api/v1/tenants/a%2Fb"), 404, "tenant"),
        ("wrong method", Call::new(Method::DELETE, path), 405, "DELETE"),
        ("limit of 0", Call::get("/api/v1/tenants?limit=0"), 400, "limit"),
        ("limit of many", Call::get("/api/v1/tenants?limit=many"), 400, "limit"),
        ("negative limit", Call::get("/api/v1/tenants?limit=-1"), 400, "limit"),
        ("cursor", Call::get("/api/v1/tenants?cursor=nonsense"), 400, "cursor"),
        ("filter", Call::get("/api/v1/tenants?enabled=maybe"), 400, "enabled"),
        ("endless cursor", Call::get(&format!("/api/v1/tenants?cursor={}", "QUFB".repeat(2000))), 400, "cursor"),
    ] {
        let answer = world.call(call).await;
        assert_eq!(answer.status, status, "{label}: {}", answer.text);
        let answer = answer.expect(status);
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{label}: {}", answer.text);
    }
    let refused = world.call(Call::new(Method::DELETE, path)).await.expect(405);
    let allowed: Vec<&str> = refused.headers["allow"].split(',').map(str::trim).collect();
    assert!(allowed.contains(&"GET") && allowed.contains(&"POST"), "{allowed:?}");
    // Nothing of it was stored.
    assert_eq!(world.call(Call::get(path)).await.expect(200).json(), json!([]));
}

/// What is too long for a key of the store is simply not there.
#[tokio::test]
async fn endless_names() {
    let world = World::new().await;
    let endless = "x".repeat(5000);
    world.try_login(&endless, "wrong", "192.0.2.4").await.expect(401);
    for path in ["tenants", "storages"] {
        let list = world.call(Call::get(&format!("/api/v1/{path}?name={endless}"))).await.expect(200).json();
        assert_eq!(list, json!([]));
        world.call(Call::get(&format!("/api/v1/{path}/{endless}"))).await.expect(404);
    }
    world.call(Call::put("/api/v1/settings", &json!({"defaultStorageId": endless}))).await.expect(422);
    let mut tenant = world.tenant("Acme");
    tenant["messaging"]["storageId"] = endless.into();
    world.call(Call::post("/api/v1/tenants", &tenant)).await.expect(422);
}

#[tokio::test]
async fn a_patch_says_what_it_takes() {
    let world = World::new().await;
    let id = world.create(&world.tenant("Acme")).await["id"].as_str().unwrap().to_owned();
    let call =
        Call::new(Method::PATCH, &format!("/api/v1/tenants/{id}")).body("{}").header("content-type", "text/plain");
    assert_eq!(world.call(call).await.expect(415).headers["accept-patch"], "application/merge-patch+json");
}

#[tokio::test]
async fn what_every_answer_has() {
    let world = World::new().await;
    for call in [Call::get("/api/v1/tenants"), Call::get("/api/v1/tenants/x/y"), Call::get("/api/v1/health")] {
        let answer = world.call(call).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn connectors_are_shown_with_their_schemas() {
    let world = World::new().await;
    let list = world.call(Call::get("/api/v1/connectors")).await.expect(200).json();
    let found = |id: &str| list.as_array().unwrap().iter().find(|connector| connector["id"] == id).cloned().unwrap();
    assert_eq!(found("line")["kind"], "channel");
    assert_eq!(found("genesys-cloud")["kind"], "cxPlatform");
    assert_eq!(found("s3")["kind"], "storage");
    let line = world.call(Call::get("/api/v1/connectors/line")).await.expect(200).json();
    assert_eq!(line, found("line"));
    assert_eq!(line["settingsSchema"]["properties"]["channelSecret"]["writeOnly"], true);
    assert_eq!((&line["path"], &line["capabilities"]["sticker"]), (&json!("/line"), &json!("native")));
    assert_eq!(line["limits"]["text"], json!({"max": 5000, "unit": "utf16"}));
    world.call(Call::get("/api/v1/connectors/fax")).await.expect(404);
    world.call(Call::get("/api/v1/connectors/%FF")).await.expect(404);
}
