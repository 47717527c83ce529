//! Viber's own JSON, written by the tenant (canned responses, the IVR) and passed through: one message, an array of them,
//! `{"messages": […]}`, or a bare keyboard or carousel. Receiver, sender and `min_api_version` are added.

use serde_json::{Map, Value, json};

use crate::messages::{Composer, POINT};

/// Fields that are ours to say.
const OURS: [&str; 3] = ["receiver", "broadcast_list", "auth_token"];

impl Composer {
    /// Adds native messages. What Viber cannot mean is replaced by a word, since the guest should know of it.
    pub(crate) fn native(&mut self, connector: Option<&str>, json: &Value) {
        if connector.is_some_and(|connector| connector != "viber") {
            self.note("native → text: it is written for another channel");
            return self.text("(This message cannot be shown here.)");
        }
        let messages = match json {
            Value::Array(messages) => messages.as_slice(),
            Value::Object(fields) => match fields.get("messages") {
                Some(Value::Array(messages)) => messages.as_slice(),
                _ => std::slice::from_ref(json),
            },
            _ => &[],
        };
        let completed: Option<Vec<Value>> = messages.iter().map(completed).collect();
        match completed.filter(|messages| !messages.is_empty()) {
            Some(messages) => messages.into_iter().for_each(|message| self.push(message)),
            None => {
                self.note("native → text: it is not a message of Viber's");
                self.text("(This message cannot be shown here.)");
            }
        }
    }
}

/// With what Viber requires and authors forget; none for what is no message.
fn completed(message: &Value) -> Option<Value> {
    let mut fields: Map<String, Value> = message.as_object()?.clone();
    match fields.get("Type").and_then(Value::as_str) {
        Some("keyboard") => return Some(json!({ "type": "text", "text": POINT, "keyboard": fields })),
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
            fields.insert("text".to_owned(), POINT.into());
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
