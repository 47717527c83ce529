//! Buttons: <https://core.telegram.org/bots/api#inlinekeyboardmarkup>, below a message, which carry an answer or open a page;
//! and <https://core.telegram.org/bots/api#replykeyboardmarkup>, in the place of the keyboard, which write their words into
//! the chat.

use contract::{CardAction, Choice};
use serde_json::{Value, json};

use crate::limits;

/// Words on one row of buttons, in UTF-16 units: what a telephone shows without cutting.
const ROW_WIDTH: usize = 24;
/// Buttons on one row.
const ROW_BUTTONS: usize = 3;

/// An option with words to show and something to answer; none if there is neither.
pub(crate) fn option(text: &str, payload: &str) -> Option<(String, String)> {
    let (text, payload) = (text.trim(), payload.trim());
    match (text.is_empty(), payload.is_empty()) {
        (true, true) => None,
        (true, false) => Some((payload.to_owned(), payload.to_owned())),
        (false, true) => Some((text.to_owned(), text.to_owned())),
        (false, false) => Some((text.to_owned(), payload.to_owned())),
    }
}

/// The options that can be shown.
pub(crate) fn options(choices: &[Choice]) -> Vec<(String, String)> {
    choices.iter().filter_map(|choice| option(&choice.text, &choice.payload)).collect()
}

/// Whether an inline button can carry an answer.
pub(crate) fn carries(payload: &str) -> bool {
    (1..=limits::CALLBACK_DATA).contains(&payload.len())
}

/// A button that sends an answer, of at most 64 bytes.
pub(crate) fn answer(text: &str, payload: &str, degradations: &mut Vec<String>) -> Value {
    json!({ "text": label(text, degradations), "callback_data": payload })
}

/// A button that opens a page; none for an address that Telegram does not open.
pub(crate) fn link(text: &str, url: &str, degradations: &mut Vec<String>) -> Option<Value> {
    let url = url.trim();
    let opens = limits::is_web_address(url) && url.is_ascii();
    if !opens {
        return None;
    }
    let host = url.split('/').nth(2).unwrap_or_default();
    let text = if text.trim().is_empty() { host } else { text };
    Some(json!({ "text": label(text, degradations), "url": url }))
}

fn label(text: &str, degradations: &mut Vec<String>) -> String {
    let clipped = limits::clip(text.trim(), limits::LABEL);
    if clipped.len() != text.trim().len() {
        degradations.push(format!("label shortened: a button shows at most {} characters", limits::LABEL));
    }
    // Only a tower of marks is longer than any ellipsis.
    if clipped.is_empty() { "…".to_owned() } else { clipped }
}

/// Keyboards of at most 100 buttons and some kilobytes: the first for the message itself, the others for messages after it.
pub(crate) fn inline(buttons: Vec<Value>, is_column: bool) -> Vec<Value> {
    let mut boards: Vec<Vec<Value>> = Vec::new();
    let mut bytes = 0;
    for button in buttons {
        let size = button.to_string().len() + 4;
        match boards.last_mut() {
            Some(board) if board.len() < limits::BUTTONS && bytes + size <= limits::KEYBOARD_BYTES => {
                board.push(button);
                bytes += size;
            }
            _ => {
                boards.push(vec![button]);
                bytes = size;
            }
        }
    }
    boards.into_iter().map(|board| json!({ "inline_keyboard": rows(board, is_column) })).collect()
}

/// A keyboard that writes the options' words into the chat and goes away; none when there are too many, or one is too long
/// to come back whole.
pub(crate) fn reply(options: &[(String, String)]) -> Option<Value> {
    let fits = options.iter().all(|(text, _)| limits::utf16(text) <= limits::REPLY_LABEL);
    let buttons: Vec<Value> = options.iter().map(|(text, _)| json!({ "text": text })).collect();
    let bytes: usize = buttons.iter().map(|button| button.to_string().len() + 4).sum();
    (fits && !buttons.is_empty() && buttons.len() <= limits::BUTTONS && bytes <= limits::KEYBOARD_BYTES)
        .then(|| json!({ "keyboard": rows(buttons, false), "one_time_keyboard": true, "resize_keyboard": true }))
}

/// Short words side by side, long ones below each other.
fn rows(buttons: Vec<Value>, is_column: bool) -> Vec<Vec<Value>> {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let mut width = 0;
    for button in buttons {
        let own = limits::utf16(button["text"].as_str().unwrap_or_default());
        match rows.last_mut() {
            Some(row) if !is_column && row.len() < ROW_BUTTONS && width + own <= ROW_WIDTH => {
                row.push(button);
                width += own;
            }
            _ => {
                rows.push(vec![button]);
                width = own;
            }
        }
    }
    rows
}

/// What is shown of a button that Telegram cannot make: a line of text. Telegram makes links of telephone numbers itself.
pub(crate) fn in_words(action: &CardAction) -> String {
    let (text, target) = match action {
        CardAction::Postback { text, .. } => (text, ""),
        CardAction::Link { text, url } => (text, url.as_str()),
        CardAction::Call { text, phone_number } => (text, phone_number.as_str()),
    };
    [text.trim(), target.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

/// The options as numbered lines, from this number on.
pub(crate) fn numbered(text: &str, options: &[(String, String)], first: usize) -> String {
    let mut lines = vec![text.trim().to_owned()];
    lines.extend(options.iter().enumerate().map(|(number, (text, _))| format!("{}. {text}", number + first)));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}
