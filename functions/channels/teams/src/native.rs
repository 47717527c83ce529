//! Teams's own JSON, written by the tenant (canned responses, the IVR) and passed through: an Adaptive Card as the designer
//! shows it, an attachment, an activity, or an array of these. `{"type": "messageUpdate", "id": …}` and `"messageDelete"`
//! change a message of ours and take it back.

use contract::Unsupported;
use serde_json::{Map, Value};

use crate::{adaptive_card::completed, limits, send::Action, wire::message_with};

/// What native JSON comes to. All of it must mean something: half a message is none.
pub(crate) fn render(json: &Value) -> Result<Vec<Action>, Unsupported> {
    let parts = match json {
        Value::Array(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    if parts.is_empty() {
        return Err("there is nothing in it".into());
    }
    let (mut actions, mut row) = (Vec::new(), Vec::new());
    for part in parts {
        if let Some(card) = attachment(part) {
            if row.len() == limits::ROW {
                post(&mut actions, &mut row);
            }
            row.push(card);
        } else if let Some(action) = action(part) {
            post(&mut actions, &mut row);
            actions.push(action);
        } else {
            return Err("it is neither a card nor a message of Teams's".into());
        }
    }
    post(&mut actions, &mut row);
    Ok(actions)
}

/// Posts the attachments so far, side by side.
fn post(actions: &mut Vec<Action>, row: &mut Vec<Value>) {
    if !row.is_empty() {
        actions.push(Action::Post(message_with(row)));
        row.clear();
    }
}

/// A card, wrapped; an attachment as it is.
fn attachment(json: &Value) -> Option<Value> {
    if json["type"] == "AdaptiveCard" {
        return Some(completed(json));
    }
    json["contentType"].is_string().then(|| json.clone())
}

/// What an activity of the author's comes to.
fn action(json: &Value) -> Option<Action> {
    let id = || json["id"].as_str().filter(|id| !id.trim().is_empty()).map(str::to_owned);
    match json["type"].as_str() {
        Some("messageDelete") => Some(Action::Delete { message_id: id()? }),
        Some("messageUpdate") => {
            let mut message = json.clone();
            message["type"] = "message".into();
            Some(Action::Replace { message_id: id()?, activity: activity(&message)?, otherwise: None })
        }
        _ => activity(json).map(Action::Post),
    }
}

/// An activity of the author's, without what only we say: who it is from, and where it goes.
fn activity(json: &Value) -> Option<Value> {
    let fields = json.as_object()?;
    let message = match json["type"].as_str() {
        Some("message") => true,
        Some(_) => false,
        None => ["attachments", "text", "suggestedActions"].iter().any(|name| fields.contains_key(*name)),
    };
    if !message {
        return None;
    }
    let ours = ["id", "from", "recipient", "conversation", "serviceUrl", "channelId", "timestamp"];
    let kept = fields.iter().filter(|(name, _)| !ours.contains(&name.as_str()));
    let mut activity: Map<String, Value> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    activity.insert("type".to_owned(), "message".into());
    Some(Value::Object(activity))
}
