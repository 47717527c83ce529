//! The playground's API: a guest's telephone and an agent's desk on the simulators.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::Playground;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_from_end_to_end() {
    let playground = Playground::start().await;
    let line = playground.chat("line").await;
    let (status, headers, page) = playground.api().get(&format!("{}/playground", playground.api().root())).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    assert!(String::from_utf8_lossy(&page).contains("<html"));

    line.act("channel", json!({ "do": "text", "text": "Hello from the phone" })).await;
    let scene = line.scene("genesys-cloud", "Hello from the phone", Value::Null).await;
    assert_eq!((&scene["actor"], &scene["guest"]), (&json!("there"), &json!(line.guest)));

    line.act("platform", json!({ "do": "text", "text": "Hello from the desk" })).await;
    let scene = line.scene("line", "Hello from the desk", Value::Null).await;
    assert_eq!((&scene["actor"], &scene["guest"]), (&json!("there"), &json!(line.guest)));
    line.scene("genesys-cloud", "Hello from the desk", json!("sent")).await;

    let faults = json!({ "refuse": 1.0 });
    let (status, body) = playground.api().call(Method::PUT, "/playground/api/faults/line", Some(&faults)).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    line.act("platform", json!({ "do": "text", "text": "Never to arrive" })).await;
    let scene = line.scene("genesys-cloud", "Never to arrive", json!("failed")).await;
    let reason = scene["reason"].as_str().unwrap();
    assert!(reason.contains(' ') && reason.ends_with('.'), "{reason}");

    let (_, body) = playground.api().call(Method::PUT, "/playground/api/faults/line", Some(&json!({}))).await;
    assert_eq!(body, Value::Null);
    line.act("platform", json!({ "do": "text", "text": "After all" })).await;
    line.scene("line", "After all", Value::Null).await;
}
