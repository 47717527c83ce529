//! What a button does: <https://developers.line.biz/en/reference/messaging-api/#action-objects>.

use contract::CardAction;
use serde_json::{Value, json};

use crate::limits;

/// A tap that sends an answer back. LINE's postback carries 300 characters; a longer payload cannot travel, and the
/// button writes its text into the chat instead.
pub(crate) fn answer(text: &str, payload: &str, label_limit: usize, degradations: &mut Vec<String>) -> Value {
    let text = if text.trim().is_empty() { payload } else { text };
    let label = label(text, label_limit, degradations);
    let said = limits::clip_graphemes(text, limits::DISPLAY_TEXT);
    let payload = if payload.trim().is_empty() { text } else { payload };
    if limits::utf16(payload) > limits::POSTBACK_DATA {
        degradations.push(format!(
            "answer → text: LINE's buttons carry at most {} characters, so the guest's tap comes back as a text",
            limits::POSTBACK_DATA
        ));
        return json!({ "type": "message", "label": label, "text": said });
    }
    json!({ "type": "postback", "label": label, "data": payload, "displayText": said })
}

/// A card's button; none when LINE has no such action: an address it cannot open, or none at all.
pub(crate) fn of_card(action: &CardAction, label_limit: usize, degradations: &mut Vec<String>) -> Option<Value> {
    match action {
        CardAction::Postback { text, payload } if text.trim().is_empty() && payload.trim().is_empty() => None,
        CardAction::Postback { text, payload } => Some(answer(text, payload, label_limit, degradations)),
        CardAction::Link { text, url } => link(text, url, label_limit, degradations),
        CardAction::Call { text, phone_number } => link(text, &tel(phone_number), label_limit, degradations),
    }
}

/// A button that opens an address.
pub(crate) fn link(text: &str, url: &str, label_limit: usize, degradations: &mut Vec<String>) -> Option<Value> {
    // http, https, line and tel are the schemes that LINE opens.
    let (scheme, rest) = url.split_once(':')?;
    let opens = ["http", "https", "line", "tel"].contains(&scheme.to_ascii_lowercase().as_str());
    if !opens || rest.is_empty() || url.contains(char::is_whitespace) || limits::utf16(url) > limits::LINK_URL {
        return None;
    }
    let text = if text.trim().is_empty() { rest.trim_start_matches('/') } else { text };
    Some(json!({ "type": "uri", "label": label(text, label_limit, degradations), "uri": url }))
}

/// What is shown of a button that LINE cannot make: a line of text.
pub(crate) fn in_words(action: &CardAction) -> String {
    let (text, target) = match action {
        CardAction::Postback { text, .. } => (text, ""),
        CardAction::Link { text, url } => (text, url.as_str()),
        CardAction::Call { text, phone_number } => (text, phone_number.as_str()),
    };
    [text.trim(), target.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

/// `tel:` knows digits and a plus.
fn tel(number: &str) -> String {
    let digits: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    format!("tel:{digits}")
}

fn label(text: &str, limit: usize, degradations: &mut Vec<String>) -> String {
    let text = text.trim();
    if text.is_empty() {
        return "…".to_owned();
    }
    let clipped = limits::clip_graphemes(text, limit);
    if clipped.len() != text.len() {
        degradations.push(format!("label shortened: LINE's buttons show at most {limit} characters"));
    }
    clipped
}
