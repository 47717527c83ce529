use serde_json::{Value, json};

use crate::world::{Call, World};

const PATH: &str = "/api/v1/storages";

fn storage(name: &str) -> Value {
    json!({"name": name, "connector": "s3", "settings": settings()})
}

/// Whatever the provider wants: taken from its schema, so that a new field does not break this.
fn settings() -> Value {
    json!({"bucket": "acme-attachments", "region": "ap-northeast-1", "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "secretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARY"})
}

#[tokio::test]
async fn a_storage_lives() {
    let world = World::new().await;
    let answer = world.call(Call::post(PATH, &storage("Acme files"))).await.expect(201);
    let made = answer.json();
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    assert_eq!(answer.headers["location"], path);
    assert_eq!(made["purgeDelay"], 86_400);
    assert_eq!(made["secretsSet"], json!(["secretAccessKey"]));
    assert!(!answer.text.contains("CANARY"));
    assert_eq!(world.call(Call::get(&path)).await.expect(200).json(), made);
    assert_eq!(world.call(Call::get(PATH)).await.expect(200).json(), json!([made]));
    assert_eq!(world.call(Call::get(&format!("{PATH}?name=acme%20FILES"))).await.expect(200).json(), json!([made]));
    // Sent back as it was shown, and patched: the secret stays.
    world.call(Call::put(&path, &made)).await.expect(200);
    let changed = world.call(Call::patch(&path, &json!({"purgeDelay": 0}))).await.expect(200);
    assert_eq!(changed.json()["purgeDelay"], 0);
    let id = contract::StorageId::new(made["id"].as_str().unwrap());
    let stored = world.context.configuration.storage(&id).await.unwrap().unwrap();
    assert_eq!(stored.value.settings.0["secretAccessKey"], settings()["secretAccessKey"]);
    // Versions.
    world.call(Call::patch(&path, &json!({})).header("if-match", "\"1\"")).await.expect(412);
    world.call(Call::delete(&path).header("if-match", &changed.headers["etag"])).await.expect(204);
    world.call(Call::get(&path)).await.expect(404);
    world.call(Call::delete(&path)).await.expect(404);
}

#[tokio::test]
async fn invalid_storages_name_their_fields() {
    let world = World::new().await;
    world.call(Call::post(PATH, &storage("Taken"))).await.expect(201);
    for (label, document, status, pointer) in [
        ("no name", json!({"connector": "s3", "settings": settings()}), 422, "/name"),
        ("unknown", json!({"name": "x", "connector": "floppy", "settings": {}}), 422, "/connector"),
        ("channel", json!({"name": "x", "connector": "line", "settings": {}}), 422, "/connector"),
        ("no settings", json!({"name": "x", "connector": "s3"}), 422, "/settings"),
        ("wrong setting", json!({"name": "x", "connector": "s3", "settings": {"bukkit": 1}}), 422, "/settings/bukkit"),
        (
            "delay",
            json!({"name": "x", "connector": "s3", "settings": settings(), "purgeDelay": -1}),
            422,
            "/purgeDelay",
        ),
        ("taken", storage("TAKEN"), 409, "/name"),
    ] {
        let answer = world.call(Call::post(PATH, &document)).await.expect(status);
        assert!(answer.faults().iter().any(|(at, _)| at == pointer), "{label}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_storage_in_use_is_not_deleted() {
    let world = World::new().await;
    let make = async |name: &str| {
        let made = world.call(Call::post(PATH, &storage(name))).await.expect(201).json();
        made["id"].as_str().unwrap().to_owned()
    };
    let (tenants, default) = (make("Tenant's").await, make("Default").await);
    let mut document = world.tenant("Acme");
    document["cxPlatform"]["storageId"] = tenants.clone().into();
    let tenant = world.create(&document).await;
    world.call(Call::put("/api/v1/settings", &json!({"defaultStorageId": default}))).await.expect(200);
    let refused = world.call(Call::delete(&format!("{PATH}/{tenants}"))).await.expect(409);
    assert!(refused.text.contains("Acme"));
    world.call(Call::delete(&format!("{PATH}/{default}"))).await.expect(409);
    world.call(Call::delete(&format!("/api/v1/tenants/{}", tenant["id"].as_str().unwrap()))).await.expect(204);
    world.call(Call::put("/api/v1/settings", &json!({}))).await.expect(200);
    for id in [tenants, default] {
        world.call(Call::delete(&format!("{PATH}/{id}"))).await.expect(204);
    }
}

/// A bucket is reached through the deployment's proxy, as every other system outside.
#[tokio::test]
async fn a_storage_is_reached_through_the_proxy() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::new().await;
    let proxy = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = proxy.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let (mut caller, _) = proxy.accept().await.unwrap();
        let mut bytes = vec![0; 4096];
        let count = caller.read(&mut bytes).await.unwrap();
        caller.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await.unwrap();
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    });
    let proxied = json!({"outboundProxy": format!("http://user:pr0xy-canary@{address}")});
    world.call(Call::put("/api/v1/settings", &proxied)).await.expect(200);
    let tried = world.call(Call::post(&format!("{PATH}?dryRun=true"), &storage("Acme"))).await.expect(200);
    assert_eq!(tried.json()["checks"][0]["ok"], false);
    assert!(!tried.text.contains("canary"));
    let asked = asked.await.unwrap();
    assert!(
        asked.contains("acme-attachments") && asked.to_lowercase().contains("proxy-authorization: basic"),
        "{asked}"
    );
}
