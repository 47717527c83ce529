//! Teams's own JSON, written by the tenant (canned responses, the IVR) and passed through: an Adaptive Card as the designer
//! shows it, an attachment, an activity, or an array of these. `{"type": "messageUpdate", "id": …}` and `"messageDelete"`
//! change a message of ours and take it back.

use serde_json::{Value, json};

use crate::{
    cards, limits,
    render::{Composer, Piece},
};

impl Composer<'_> {
    /// Adds native JSON. What Teams cannot mean is replaced by a word, since the guest should know of it.
    pub(crate) fn native(&mut self, connector: Option<&str>, json: &Value) {
        if connector.is_some_and(|connector| connector != crate::DESCRIPTOR.id) {
            self.note("native → text: it is written for another channel");
            return self.text("(This message cannot be shown here.)");
        }
        let parts = match json {
            Value::Array(parts) => parts.as_slice(),
            one => std::slice::from_ref(one),
        };
        if parts.is_empty() || !parts.iter().all(|part| attachment(part).is_some() || piece(part).is_some()) {
            self.note("native → text: it is neither a card nor an activity of Teams's");
            return self.text("(This message cannot be shown here.)");
        }
        let mut row = Vec::new();
        for part in parts {
            match attachment(part) {
                Some(card) if row.len() < limits::ROW => row.push(card),
                Some(card) => self.attach(std::mem::replace(&mut row, vec![card])),
                None => {
                    self.attach(std::mem::take(&mut row));
                    self.pieces.extend(piece(part));
                }
            }
        }
        self.attach(row);
    }
}

/// A card, wrapped; an attachment as it is.
fn attachment(json: &Value) -> Option<Value> {
    if json["type"] == "AdaptiveCard" {
        return Some(cards::completed(json));
    }
    json["contentType"].is_string().then(|| json.clone())
}

/// What an activity of the author's comes to.
fn piece(json: &Value) -> Option<Piece> {
    let id = || json["id"].as_str().filter(|id| !id.trim().is_empty()).map(str::to_owned);
    match json["type"].as_str() {
        Some("messageDelete") => Some(Piece::TakeBack { id: id()? }),
        Some("messageUpdate") => {
            let mut message = json.clone();
            message["type"] = "message".into();
            Some(Piece::Replace { id: id()?, by: activity(&message)?, instead: None })
        }
        _ => activity(json).map(Piece::Post),
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
    let mut activity: serde_json::Map<String, Value> =
        kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    activity.insert("type".to_owned(), json!("message"));
    Some(Value::Object(activity))
}
