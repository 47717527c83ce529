//! Slack's own JSON, written by the tenant (canned responses, the IVR) and passed through: what the Block Kit Builder
//! shows (`{"blocks": […]}`), blocks alone, one block, or the fields of a message. <https://app.slack.com/block-kit-builder>
//! With a `method` and a `ts`, a message of the app's is changed (`chat.update`) or taken back (`chat.delete`).

use contract::Unsupported;
use serde_json::{Map, Value, json};

use crate::{limits, mrkdwn};

/// Fields of `chat.postMessage` that an author may set. Where it goes and in whose name is not among them.
const FIELDS: [&str; 11] = [
    "text",
    "blocks",
    "attachments",
    "mrkdwn",
    "parse",
    "link_names",
    "unfurl_links",
    "unfurl_media",
    "reply_broadcast",
    "icon_emoji",
    "icon_url",
];

/// What the author of a native message asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Call {
    /// A message of these fields.
    Post(Value),
    /// These fields for a message of the app's, by our id of it or by Slack's.
    Update { message_id: String, fields: Value },
    /// A message of the app's is taken back.
    Delete { message_id: String },
}

/// Reads a native message.
pub(crate) fn read(json: &Value) -> Result<Call, Unsupported> {
    if let Some(method) = json["method"].as_str().filter(|method| *method != "chat.postMessage") {
        return change(method, json);
    }
    let message = match json {
        Value::Array(blocks) if !blocks.is_empty() && blocks.iter().all(is_block) => Some(json!({ "blocks": blocks })),
        Value::Object(fields) if ["blocks", "attachments", "text"].iter().any(|name| fields.contains_key(*name)) => {
            // A section has a text, too: an object.
            if is_block(json) { Some(json!({ "blocks": [json] })) } else { Some(of_author(fields)) }
        }
        block if is_block(block) => Some(json!({ "blocks": [block] })),
        _ => None,
    };
    let mut message = message.ok_or("it is no message of Slack's")?;
    // Notifications and screen readers show the text, and authors forget it.
    if message["text"].as_str().is_none_or(|text| text.trim().is_empty()) {
        let words = first_words(&message).unwrap_or("💬");
        message["text"] = limits::clip(words, limits::SECTION).into();
    }
    Ok(Call::Post(message))
}

/// What is done to a message of the app's in this conversation.
fn change(method: &str, json: &Value) -> Result<Call, Unsupported> {
    let message_id = json["ts"].as_str().filter(|ts| !ts.trim().is_empty()).map(str::to_owned);
    match (method, message_id) {
        ("chat.update" | "chat.delete", None) => Err("it does not say which message (ts) is meant".into()),
        ("chat.delete", Some(message_id)) => Ok(Call::Delete { message_id }),
        ("chat.update", Some(message_id)) => {
            let fields = json.as_object().map(of_author).unwrap_or_default();
            if ["text", "blocks", "attachments"].iter().all(|name| fields.get(*name).is_none()) {
                return Err("it changes nothing".into());
            }
            Ok(Call::Update { message_id, fields })
        }
        _ => Err("of Slack's methods, only chat.postMessage, chat.update and chat.delete can be called".into()),
    }
}

fn of_author(fields: &Map<String, Value>) -> Value {
    let kept = fields.iter().filter(|(name, _)| FIELDS.contains(&name.as_str()));
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn is_block(json: &Value) -> bool {
    json.get("type").is_some_and(Value::is_string)
}

/// The first words somebody would read in it. A plain text must be escaped, a `mrkdwn` one is.
fn first_words(json: &Value) -> Option<&str> {
    match json {
        Value::Object(fields) => {
            let own = ["fallback", "pretext", "title", "text"].iter().find_map(|name| fields.get(*name)?.as_str());
            let own = own.filter(|text| !text.trim().is_empty() && mrkdwn::escape(text).len() < 8_000);
            own.or_else(|| {
                // serde_json keeps no order of its own.
                let parts = ["blocks", "attachments", "text", "title", "fields", "elements", "alt_text"];
                parts.iter().find_map(|name| first_words(fields.get(*name)?))
            })
        }
        Value::Array(parts) => parts.iter().find_map(first_words),
        _ => None,
    }
}
