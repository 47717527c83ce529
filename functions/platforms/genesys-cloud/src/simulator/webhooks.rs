//! What is posted to the tenants' webhooks.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::State;

/// The head of anything sent to a guest.
pub(super) fn envelope(now: Timestamp, integration: &str, name: &str, guest: &str, id: &str) -> Value {
    json!({
        "id": id,
        "channel": {
            "id": integration, "platform": "Open", "type": "Private", "messageId": id,
            "to": { "id": guest, "idType": "Opaque" },
            "from": { "nickname": name, "id": integration, "idType": "Opaque" },
            "time": format!("{:.3}", now),
        },
        "direction": "Outbound",
    })
}

/// What became of a guest's message (`id`: ours; `message_id`: the one it came with).
pub(super) fn receipt(
    now: Timestamp,
    integration: &str,
    guest: &str,
    id: &str,
    message_id: &str,
    status: &str,
) -> Value {
    let mut payload = envelope(now, integration, "", guest, id);
    payload["type"] = "Receipt".into();
    payload["status"] = status.into();
    payload["isFinalReceipt"] = true.into();
    payload["channel"]["messageId"] = message_id.into();
    payload["channel"]["from"] = json!({ "id": integration, "idType": "Opaque" });
    payload
}

/// Something that happens in a conversation.
pub(super) fn event(state: &mut State, integration: &str, name: &str, guest: &str, event: Value) -> Value {
    let mut payload = envelope(state.now(), integration, name, guest, &state.ids.hex());
    payload["type"] = "Event".into();
    payload["events"] = json!([event]);
    payload
}
