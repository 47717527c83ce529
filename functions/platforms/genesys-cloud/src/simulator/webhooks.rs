//! The signed posts to the tenants' webhooks, with Genesys Cloud's retries.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Inner;
use crate::signature;

/// Tries again this often after a timeout, a 429 or a 5xx.
const RETRIES: u32 = 5;

/// The head of anything sent to a guest.
pub(super) fn envelope(integration: &str, name: &str, guest: &str, id: &str) -> Value {
    json!({
        "id": id,
        "channel": {
            "id": integration, "platform": "Open", "type": "Private", "messageId": id,
            "to": { "id": guest, "idType": "Opaque" },
            "from": { "nickname": name, "id": integration, "idType": "Opaque" },
            "time": format!("{:.3}", Timestamp::now()),
        },
        "direction": "Outbound",
    })
}

/// What became of a guest's message (`id`: ours; `message_id`: the one it came with).
pub(super) fn receipt(integration: &str, guest: &str, id: &str, message_id: &str, status: &str) -> Value {
    let mut payload = envelope(integration, "", guest, id);
    payload["type"] = "Receipt".into();
    payload["status"] = status.into();
    payload["isFinalReceipt"] = true.into();
    payload["channel"]["messageId"] = message_id.into();
    payload["channel"]["from"] = json!({ "id": integration, "idType": "Opaque" });
    payload
}

/// Something that happens in a conversation.
pub(super) fn event(integration: &str, name: &str, guest: &str, event: Value) -> Value {
    let mut payload = envelope(integration, name, guest, &Uuid::new_v4().simple().to_string());
    payload["type"] = "Event".into();
    payload["events"] = json!([event]);
    payload
}

/// Posts to a webhook until it is taken or refused for good. The error is what an agent is shown.
pub(super) async fn deliver(inner: &Inner, url: &str, token: &str, payload: &Value) -> Result<(), String> {
    let body = payload.to_string();
    let signature = signature::sign(token, body.as_bytes());
    let mut outcome = String::new();
    for attempt in 0..=RETRIES {
        if attempt > 0 {
            tokio::time::sleep(inner.retry_delay).await;
        }
        let request = inner
            .http()
            .post(url)
            .header("content-type", "application/json")
            .header(signature::HEADER, &signature)
            .body(body.clone());
        match request.send().await {
            Ok(response) if response.status().is_success() => return Ok(()),
            Ok(response) => {
                let status = response.status();
                outcome = format!("The webhook answered {status}.");
                if status.as_u16() != 429 && !status.is_server_error() {
                    break;
                }
            }
            Err(_) => outcome = "The webhook could not be reached.".to_owned(),
        }
    }
    Err(outcome)
}
