//! How a tap finds its payload again.
//!
//! A button of Viber's writes its `ActionBody` into the chat, as if the guest had typed it; there is no second field for
//! what only we should read. Quick replies therefore write what stands on them, and their payloads travel beside them in
//! `tracking_data`, which comes back with the guest's next message: whether it was tapped or typed, "Yes" is the answer.
//! Buttons of cards stay on the screen when later messages have replaced `tracking_data`; they carry text and payload
//! themselves and are silent, so that the guest does not see it.

use std::collections::BTreeMap;

use contract::{Answer, AnswerKind, Choice};
use serde::{Deserialize, Serialize};

use crate::limits;

/// `{"um":{"Yes":"call=yes"}}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tracked {
    um: BTreeMap<String, String>,
}

/// `{"um":["Yes","call=yes"]}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Marked {
    um: (String, String),
}

/// What stands on an option, as it is written into the chat.
pub(crate) fn words(choice: &Choice) -> String {
    let text = if choice.text.trim().is_empty() { &choice.payload } else { &choice.text };
    let text = text.replace(char::is_control, " ");
    limits::clip(text.trim(), limits::LABEL).trim().to_owned()
}

/// What the platform gets for an option.
pub(crate) fn payload(choice: &Choice) -> String {
    if choice.payload.trim().is_empty() { words(choice) } else { choice.payload.clone() }
}

/// `tracking_data` that knows the payloads of these options; none when they cannot be told apart by their words, or are
/// too much for it.
pub(crate) fn data(options: &[Choice]) -> Option<String> {
    let um: BTreeMap<String, String> = options.iter().map(|option| (words(option), payload(option))).collect();
    if um.len() != options.len() {
        return None;
    }
    let data = serde_json::to_string(&Tracked { um }).ok()?;
    (limits::utf16(&data) <= limits::TRACKING && limits::written(&data) <= limits::TRACKING_BYTES).then_some(data)
}

/// An `ActionBody` that carries text and payload itself; none when it is too long.
pub(crate) fn mark(text: &str, payload: &str) -> Option<String> {
    let mark = serde_json::to_string(&Marked { um: (text.to_owned(), payload.to_owned()) }).ok()?;
    (limits::written(&mark) <= limits::ACTION_BODY).then_some(mark)
}

/// The answer that a text is, if it is one.
pub(crate) fn answer(text: &str, tracking_data: Option<&str>) -> Option<Answer> {
    if text.starts_with("{\"um\":[")
        && let Ok(Marked { um: (text, payload) }) = serde_json::from_str(text)
    {
        return Some(Answer { kind: AnswerKind::Button, text, payload, question_id: None });
    }
    let Tracked { um } = serde_json::from_str(tracking_data?).ok()?;
    let said = text.trim();
    let payload = um.get(said)?.clone();
    Some(Answer { kind: AnswerKind::QuickReply, text: said.to_owned(), payload, question_id: None })
}
