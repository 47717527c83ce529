//! Buttons: <https://core.telegram.org/bots/api#inlinekeyboardmarkup>, below a message, which carry an answer or open a page;
//! and <https://core.telegram.org/bots/api#replykeyboardmarkup>, in the place of the keyboard, which write their words into
//! the chat.

use contract::Choice;
use serde_json::{Value, json};

use crate::{limits, options::Layout};

/// Labels on one row of buttons, in UTF-16 units: what a telephone shows without cutting.
const ROW_WIDTH: usize = 24;
/// Buttons on one row.
const ROW_BUTTONS: usize = 3;

/// An option with a label and an answer, each standing in for the other; none if there is neither.
pub(crate) fn option(text: &str, payload: &str) -> Option<Choice> {
    let (text, payload) = (text.trim(), payload.trim());
    let text = if text.is_empty() { payload } else { text };
    let payload = if payload.is_empty() { text } else { payload };
    (!text.is_empty()).then(|| Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None })
}

/// The same without white space around its label and its answer.
pub(crate) fn trimmed(option: &Choice) -> Choice {
    Choice { text: option.text.trim().to_owned(), payload: option.payload.trim().to_owned(), image_url: None }
}

/// Whether an inline button can carry an answer.
pub(crate) fn carries(payload: &str) -> bool {
    (1..=limits::CALLBACK_DATA).contains(&payload.len())
}

/// A button that sends an answer, of at most 64 bytes.
pub(crate) fn callback_button(option: &Choice) -> Value {
    json!({ "text": label(&option.text), "callback_data": option.payload })
}

/// A button that opens a page; none for an address that Telegram does not open.
pub(crate) fn link_button(text: &str, url: &str) -> Option<Value> {
    let url = url.trim();
    let opens = limits::is_web_address(url) && url.is_ascii();
    if !opens {
        return None;
    }
    let host = url.split('/').nth(2).unwrap_or_default();
    let text = if text.trim().is_empty() { host } else { text };
    Some(json!({ "text": label(text), "url": url }))
}

fn label(text: &str) -> String {
    let clipped = limits::clip(text.trim(), limits::LABEL);
    // A single grapheme may be longer than the limit: a letter with a tower of marks.
    if clipped.is_empty() { "…".to_owned() } else { clipped }
}

/// Keykeyboards of at most 100 buttons and some kilobytes: the first for the message itself, the others for messages after it.
pub(crate) fn inline(buttons: Vec<Value>, layout: Layout) -> Vec<Value> {
    let mut keyboards: Vec<Vec<Value>> = Vec::new();
    let mut bytes = 0;
    for button in buttons {
        let size = button.to_string().len() + 4;
        match keyboards.last_mut() {
            Some(keyboard) if keyboard.len() < limits::BUTTONS && bytes + size <= limits::KEYBOARD_BYTES => {
                keyboard.push(button);
                bytes += size;
            }
            _ => {
                keyboards.push(vec![button]);
                bytes = size;
            }
        }
    }
    keyboards.into_iter().map(|keyboard| json!({ "inline_keyboard": rows(keyboard, layout) })).collect()
}

/// A keyboard that writes the options' words into the chat and goes away; none when there are too many, or one is too long
/// to be shown and to come back whole.
pub(crate) fn reply(options: &[Choice]) -> Option<Value> {
    let fits = options.iter().all(|option| limits::utf16(&option.text) <= limits::LABEL);
    let buttons: Vec<Value> = options.iter().map(|option| json!({ "text": option.text })).collect();
    let bytes: usize = buttons.iter().map(|button| button.to_string().len() + 4).sum();
    (fits && !buttons.is_empty() && buttons.len() <= limits::BUTTONS && bytes <= limits::KEYBOARD_BYTES)
        .then(|| json!({ "keyboard": rows(buttons, Layout::Rows), "one_time_keyboard": true, "resize_keyboard": true }))
}

/// Short labels side by side, long ones below each other.
fn rows(buttons: Vec<Value>, layout: Layout) -> Vec<Vec<Value>> {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let mut width = 0;
    for button in buttons {
        let own = limits::utf16(button["text"].as_str().unwrap_or_default());
        match rows.last_mut() {
            Some(row) if layout == Layout::Rows && row.len() < ROW_BUTTONS && width + own <= ROW_WIDTH => {
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
