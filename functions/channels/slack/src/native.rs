//! Slack's own JSON, written by the tenant (canned responses, the IVR) and passed through: what the Block Kit Builder
//! shows (`{"blocks": […]}`), blocks alone, one block, or the fields of a message. <https://app.slack.com/block-kit-builder>
//! With a `method` and a `ts`, a message of the app's is changed (`chat.update`) or taken back (`chat.delete`).

use serde_json::{Map, Value, json};

use crate::{
    blocks::{Composer, Piece},
    limits, mrkdwn,
};

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

impl Composer {
    /// Adds a native message. What Slack cannot mean is replaced by a word, since the guest should know of it.
    pub(crate) fn native(&mut self, connector: Option<&str>, json: &Value) {
        if connector.is_some_and(|connector| connector != "slack") {
            self.note("native → text: it is written for another channel");
            return self.text("(This message cannot be shown here.)");
        }
        if let Some(method) = json["method"].as_str().filter(|method| *method != "chat.postMessage") {
            return self.change(method, json);
        }
        let message = match json {
            Value::Array(blocks) if !blocks.is_empty() && blocks.iter().all(is_block) => {
                Some(json!({ "blocks": blocks }))
            }
            Value::Object(fields)
                if ["blocks", "attachments", "text"].iter().any(|name| fields.contains_key(*name)) =>
            {
                // A section has a text, too: an object.
                if is_block(json) { Some(json!({ "blocks": [json] })) } else { Some(of_author(fields)) }
            }
            block if is_block(block) => Some(json!({ "blocks": [block] })),
            _ => None,
        };
        let Some(mut message) = message else {
            self.note("native → text: it is no Slack message");
            return self.text("(This message cannot be shown here.)");
        };
        // Notifications and screen readers show the text, and authors forget it.
        if message["text"].as_str().is_none_or(|text| text.trim().is_empty()) {
            let words = first_words(&message).unwrap_or("💬");
            message["text"] = limits::clip(words, limits::SECTION).into();
        }
        self.pieces.push(Piece::Post(message));
    }
}

impl Composer {
    /// What is done to a message of the app's in this conversation.
    fn change(&mut self, method: &str, json: &Value) {
        let message_id = json["ts"].as_str().filter(|ts| !ts.trim().is_empty()).map(str::to_owned);
        let fields = json.as_object().map(of_author).unwrap_or_default();
        let says = ["text", "blocks", "attachments"].iter().any(|name| fields.get(*name).is_some());
        match (method, message_id) {
            ("chat.update", Some(message_id)) if says => self.pieces.push(Piece::Change { message_id, fields }),
            ("chat.delete", Some(message_id)) => self.pieces.push(Piece::TakeBack { message_id }),
            _ => {
                self.note("native → text: it is no Slack message");
                self.text("(This message cannot be shown here.)");
            }
        }
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
