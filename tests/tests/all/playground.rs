//! The playground's API: a guest's telephone and an agent's desk on the simulators.

use http::{Method, StatusCode};
use local::{Local, Options};
use serde_json::{Value, json};
use tests::{ADMIN_PASSWORD, Api, logs, until_async};

struct Playground {
    api: Api,
    guest: String,
    _local: Local,
}

impl Playground {
    async fn start() -> Self {
        logs::keep();
        let options = Options { demo: true, admin_password: Some(ADMIN_PASSWORD.to_owned()), ..Options::default() };
        let local = Local::start(options).await.unwrap();
        let api = Api::log_in(&local.root()).await;
        let mut playground = Self { api, guest: String::new(), _local: local };
        let state = playground.state().await;
        let line = state["channels"].as_array().unwrap().iter().find(|c| c["connector"] == "line").unwrap();
        playground.guest = line["guests"][0]["id"].as_str().unwrap().to_owned();
        playground
    }

    async fn state(&self) -> Value {
        let (status, state) = self.api.call(Method::GET, "/playground/api/state", None).await;
        assert_eq!(status, StatusCode::OK);
        state
    }

    async fn act(&self, side: &str, action: Value) {
        let act = json!({
            "side": side, "connector": "line", "tenantId": "demo-line", "guest": self.guest, "action": action,
        });
        let (status, body) = self.api.call(Method::POST, "/playground/api/act", Some(&act)).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    }

    /// Waits for a scene of a text at a connector with this status.
    async fn scene(&self, connector: &str, text: &str, status: Value) -> Value {
        let what = format!("{text:?} at {connector}, {status}");
        until_async(&what, 20, || async {
            let state = self.state().await;
            state["scenes"].as_array().unwrap().iter().rev().find_map(|scene| {
                let same =
                    scene["connector"] == connector && scene["content"]["text"] == text && scene["status"] == status;
                same.then(|| scene.clone())
            })
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_from_end_to_end() {
    let playground = Playground::start().await;
    let (status, headers, page) = playground.api.get(&format!("{}/playground", playground.api.root())).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    assert!(String::from_utf8_lossy(&page).contains("<html"));

    playground.act("channel", json!({ "do": "text", "text": "Hello from the phone" })).await;
    let scene = playground.scene("genesys-cloud", "Hello from the phone", Value::Null).await;
    assert_eq!((&scene["actor"], &scene["guest"]), (&json!("there"), &json!(playground.guest)));

    playground.act("platform", json!({ "do": "text", "text": "Hello from the desk" })).await;
    let scene = playground.scene("line", "Hello from the desk", Value::Null).await;
    assert_eq!((&scene["actor"], &scene["guest"]), (&json!("there"), &json!(playground.guest)));
    playground.scene("genesys-cloud", "Hello from the desk", json!("sent")).await;

    let faults = json!({ "refuse": 1.0 });
    let (status, body) = playground.api.call(Method::PUT, "/playground/api/faults/line", Some(&faults)).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    playground.act("platform", json!({ "do": "text", "text": "Never to arrive" })).await;
    let scene = playground.scene("genesys-cloud", "Never to arrive", json!("failed")).await;
    let reason = scene["reason"].as_str().unwrap();
    assert!(reason.contains(' ') && reason.ends_with('.'), "{reason}");

    let (_, body) = playground.api.call(Method::PUT, "/playground/api/faults/line", Some(&json!({}))).await;
    assert_eq!(body, Value::Null);
    playground.act("platform", json!({ "do": "text", "text": "After all" })).await;
    playground.scene("line", "After all", Value::Null).await;
}
