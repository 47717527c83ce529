//! What a button does: <https://developers.line.biz/en/reference/messaging-api/#action-objects>.

use contract::{CardAction, Choice};
use serde_json::{Value, json};

use crate::{Draft, limits};

/// An option below a message.
pub(crate) fn quick_reply(option: &Choice) -> Value {
    let mut item = json!({ "type": "action", "action": tap(&option.text, &option.payload, limits::LABEL) });
    let usable = |url: &&str| url.starts_with("https://") && limits::is_web_address(url, limits::LINK_URL);
    if let Some(url) = option.image_url.as_deref().filter(usable) {
        item["imageUrl"] = url.into();
    }
    item
}

/// A card's or list's button that sends an answer back.
pub(crate) fn answer(text: &str, payload: &str, draft: &Draft<'_>) -> Value {
    note_label(text, draft);
    note_payload(payload, draft);
    tap(text, payload, limits::FLEX_LABEL)
}

/// A card's button; none when LINE has no such action: an address it cannot open, or none at all.
pub(crate) fn of_card(action: &CardAction, draft: &Draft<'_>) -> Option<Value> {
    match action {
        CardAction::Postback { text, payload } => {
            let (text, payload) = (first_worded(text, payload)?, first_worded(payload, text)?);
            Some(answer(text, payload, draft))
        }
        CardAction::Link { text, url } => link(text, url, draft),
        CardAction::Call { text, phone_number } => link(text, &tel(phone_number), draft),
    }
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

/// Notes a payload that cannot travel.
pub(crate) fn note_payload(payload: &str, draft: &Draft<'_>) {
    if !travels(payload) {
        draft.note(format!(
            "answer → text: LINE's buttons carry at most {} characters, so the guest's tap comes back as a text",
            limits::POSTBACK_DATA
        ));
    }
}

/// An action that sends the payload, or, where that is too long, writes the text into the chat.
fn tap(text: &str, payload: &str, label_limit: usize) -> Value {
    let (label, shown) = (label(text, label_limit), limits::clip_graphemes(text, limits::DISPLAY_TEXT));
    if travels(payload) {
        json!({ "type": "postback", "label": label, "data": payload, "displayText": shown })
    } else {
        json!({ "type": "message", "label": label, "text": shown })
    }
}

fn travels(payload: &str) -> bool {
    limits::utf16(payload) <= limits::POSTBACK_DATA
}

/// A button that opens an address.
fn link(text: &str, url: &str, draft: &Draft<'_>) -> Option<Value> {
    // http, https, line and tel are the schemes that LINE opens.
    let (scheme, rest) = url.split_once(':')?;
    let opens = ["http", "https", "line", "tel"].contains(&scheme.to_ascii_lowercase().as_str());
    if !opens || rest.is_empty() || url.contains(char::is_whitespace) || limits::utf16(url) > limits::LINK_URL {
        return None;
    }
    let text = first_worded(text, rest.trim_start_matches('/')).unwrap_or_default();
    note_label(text, draft);
    Some(json!({ "type": "uri", "label": label(text, limits::FLEX_LABEL), "uri": url }))
}

/// `tel:` knows digits and a plus.
fn tel(number: &str) -> String {
    let digits: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    format!("tel:{digits}")
}

fn first_worded<'t>(text: &'t str, other: &'t str) -> Option<&'t str> {
    [text, other].into_iter().find(|text| !text.trim().is_empty())
}

/// LINE requires a label.
fn label(text: &str, limit: usize) -> String {
    match text.trim() {
        "" => "…".to_owned(),
        text => limits::clip_graphemes(text, limit),
    }
}

fn note_label(text: &str, draft: &Draft<'_>) {
    if !limits::fits(text.trim(), limits::FLEX_LABEL) {
        draft.note(format!("label shortened: LINE's buttons show at most {} characters", limits::FLEX_LABEL));
    }
}
