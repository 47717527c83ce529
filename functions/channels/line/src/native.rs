//! LINE's own JSON, written by the tenant (canned responses, the IVR) and passed through: one message object, an array of
//! them, `{"messages": […]}`, or a bare Flex container as the Flex Message Simulator shows it.

use contract::Unsupported;
use serde_json::{Value, json};

use crate::cards;

/// Its message objects.
pub(crate) fn objects(json: &Value) -> Result<Vec<Value>, Unsupported> {
    let objects = match json {
        Value::Array(objects) => objects.as_slice(),
        Value::Object(fields) => match fields.get("messages") {
            Some(Value::Array(objects)) => objects.as_slice(),
            _ => std::slice::from_ref(json),
        },
        _ => &[],
    };
    if objects.is_empty() || !objects.iter().all(|object| object["type"].is_string()) {
        return Err("it is not a LINE message object".into());
    }
    Ok(objects.iter().map(completed).collect())
}

/// With what LINE requires and authors forget: the envelope around a Flex container, the alternative text.
fn completed(message: &Value) -> Value {
    let kind = message["type"].as_str().unwrap_or_default();
    let mut message = match kind {
        "bubble" | "carousel" => json!({ "type": "flex", "contents": message }),
        _ => message.clone(),
    };
    let needs_alt_text = matches!(message["type"].as_str(), Some("flex" | "template" | "imagemap"));
    let has_alt_text = message["altText"].as_str().is_some_and(|text| !text.trim().is_empty());
    if needs_alt_text && !has_alt_text {
        message["altText"] = cards::alt(first_words(&message).unwrap_or_default()).into();
    }
    message
}

/// The first words somebody would read in it.
fn first_words(json: &Value) -> Option<&str> {
    match json {
        Value::Object(fields) => {
            let own = ["title", "text"].iter().find_map(|name| fields.get(*name)?.as_str());
            own.filter(|text| !text.trim().is_empty()).or_else(|| {
                // A Flex bubble is read from its header down; serde_json keeps no order of its own.
                let blocks = ["template", "contents", "header", "hero", "body", "footer", "columns"];
                blocks.iter().find_map(|name| first_words(fields.get(*name)?))
            })
        }
        Value::Array(parts) => parts.iter().find_map(first_words),
        _ => None,
    }
}
