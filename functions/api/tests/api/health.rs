use std::time::Duration;

use serde_json::json;

use crate::world::{Call, World};

const PATH: &str = "/api/v1/health";

#[tokio::test]
async fn everything_is_touched() {
    let world = World::new().await;
    let anybody = world.send(Call::get(PATH)).await.expect(200);
    assert_eq!(anybody.json(), json!({"status": "ok", "checks": []}));
    let stranger = world.send(Call::get(PATH).bearer("nonsense")).await.expect(200);
    assert_eq!(stranger.json(), json!({"status": "ok", "checks": []}));
    let told = world.call(Call::get(PATH)).await.expect(200).json();
    let names: Vec<&str> =
        told["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "table configuration",
            "table conversations",
            "queue inbound genesys-cloud",
            "queue outbound line",
            "bucket attachments",
            "bucket claim checks",
            "key",
        ]
    );
    assert!(
        told["checks"].as_array().unwrap().iter().all(|check| check["status"] == "ok" && check["latencyMs"].is_u64())
    );
}

#[tokio::test]
async fn what_does_not_answer_is_named() {
    let world = World::new().await;
    world.call(Call::get(PATH)).await.expect(200);
    world.context.s3.delete_bucket().bucket("attachments").send().await.unwrap();
    // What was seen a moment ago is not looked at again.
    world.call(Call::get(PATH)).await.expect(200);
    world.clock.advance(Duration::from_secs(6));
    let answer = world.call(Call::get(PATH)).await;
    assert_eq!(answer.status, 503);
    let failing: Vec<_> = answer.json()["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["status"] != "ok")
        .map(|c| c["name"].clone())
        .collect();
    assert_eq!(failing, [json!("bucket attachments")]);
    assert_eq!(world.send(Call::get(PATH)).await.json(), json!({"status": "failing", "checks": []}));
}
