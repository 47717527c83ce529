//! Viber's own JSON, written by the tenant (canned responses, the IVR) and passed through: one message, an array of them,
//! `{"messages": […]}`, or a bare keyboard or carousel. Receiver, sender and `min_api_version` are added.

use contract::Unsupported;
use serde_json::{Map, Value, json};

use crate::step::{PLACEHOLDER, Step};

/// Fields that are ours to say.
const OURS: [&str; 3] = ["receiver", "broadcast_list", "auth_token"];

/// Native messages, or why they are none.
pub(crate) fn messages(json: &Value) -> Result<Vec<Step>, Unsupported> {
    let messages = match json {
        Value::Array(messages) => messages.as_slice(),
        Value::Object(fields) => match fields.get("messages") {
            Some(Value::Array(messages)) => messages.as_slice(),
            _ => std::slice::from_ref(json),
        },
        _ => &[],
    };
    let completed: Option<Vec<Step>> = messages.iter().map(|message| completed(message).map(Step::new)).collect();
    completed.filter(|steps| !steps.is_empty()).ok_or_else(|| "it is not a message of Viber's".into())
}

/// With what Viber requires and authors forget; none for what is no message.
fn completed(message: &Value) -> Option<Value> {
    let mut fields: Map<String, Value> = message.as_object()?.clone();
    match fields.get("Type").and_then(Value::as_str) {
        Some("keyboard") => return Some(json!({ "type": "text", "text": PLACEHOLDER, "keyboard": fields })),
        Some("rich_media") => return Some(json!({ "type": "rich_media", "rich_media": fields })),
        _ => {}
    }
    for field in OURS {
        fields.remove(field);
    }
    if fields.contains_key("keyboard") && !fields.contains_key("type") {
        let has_words = fields.get("text").and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
        fields.insert("type".to_owned(), "text".into());
        if !has_words {
            fields.insert("text".to_owned(), PLACEHOLDER.into());
        }
    }
    let kind = fields.get("type")?.as_str()?.to_owned();
    if kind == "sticker"
        && let Some(id) = fields.remove("stickerId")
    {
        fields.entry("sticker_id").or_insert(id);
    }
    if kind == "sticker"
        && let Some(id) = fields.get("sticker_id").and_then(Value::as_str).and_then(|id| id.parse::<u64>().ok())
    {
        fields.insert("sticker_id".to_owned(), id.into());
    }
    for (field, kind) in [("rich_media", "rich_media"), ("keyboard", "keyboard")] {
        if let Some(Value::Object(inner)) = fields.get_mut(field) {
            inner.entry("Type").or_insert_with(|| kind.into());
        }
    }
    Some(Value::Object(fields))
}
