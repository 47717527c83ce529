//! Buttons: <https://developers.viber.com/docs/tools/keyboards/>.

use contract::{CardAction, Choice, Draft};
use serde_json::{Value, json};

use crate::{limits, settings::Settings, tracking};

/// Options below the newest message, and what must come back with the guest's answer.
pub(crate) struct Keyboard {
    /// The keyboard.
    pub(crate) keys: Value,
    /// `tracking_data` of the message it hangs on.
    pub(crate) tracking: Option<String>,
    /// Buttons whose payload is too long to travel.
    pub(crate) mute: usize,
}

impl Keyboard {
    /// Two to a row while they are short or many, else one. None when they are more than a telephone shows, or more than
    /// a request holds.
    pub(crate) fn of(options: &[Choice]) -> Option<Self> {
        let short = options.iter().all(|option| limits::utf16(&tracking::words(option)) <= 12);
        let half = options.len() > limits::KEYBOARD_ROWS || (short && options.len() > 1);
        let rows = if half { options.len().div_ceil(2) } else { options.len() };
        if rows > limits::KEYBOARD_ROWS {
            return None;
        }
        // A row with a picture is twice as high.
        let pictured = rows * 2 <= limits::KEYBOARD_ROWS && options.iter().all(|option| picture(option).is_some());
        let tracking = tracking::data(options);
        let mut mute = 0;
        let buttons: Vec<Value> = options
            .iter()
            .enumerate()
            .map(|(index, option)| {
                let alone = half && index + 1 == options.len() && options.len() % 2 == 1;
                let words = tracking::words(option);
                let mut button = match &tracking {
                    Some(_) => json!({ "ActionType": "reply", "ActionBody": words, "Text": html(&words) }),
                    None => {
                        let (button, carries) = reply(&words, &tracking::payload(option));
                        mute += usize::from(!carries);
                        button
                    }
                };
                button["Columns"] = if half && !alone { 3 } else { 6 }.into();
                button["Rows"] = if pictured { 2 } else { 1 }.into();
                if let Some(url) = picture(option).filter(|_| pictured) {
                    button["Image"] = url.into();
                    button["TextVAlign"] = "bottom".into();
                }
                button
            })
            .collect();
        let keys = json!({ "Type": "keyboard", "DefaultHeight": false, "Buttons": buttons });
        let written = limits::weight(&keys) + tracking.as_deref().map_or(0, limits::written);
        (written + limits::ENVELOPE_BYTES <= limits::REQUEST_BYTES - 1_000).then_some(Self { keys, tracking, mute })
    }
}

fn picture(option: &Choice) -> Option<&str> {
    option.image_url.as_deref().filter(|url| url.starts_with("https://") && fits_button(url))
}

/// A button that carries its answer itself, without a size, and whether it does: a payload that is too long cannot travel,
/// and the button then writes its text into the chat.
pub(crate) fn reply(text: &str, payload: &str) -> (Value, bool) {
    match tracking::mark(text, payload) {
        Some(mark) => (json!({ "ActionType": "reply", "ActionBody": mark, "Text": html(text), "Silent": true }), true),
        None => (json!({ "ActionType": "reply", "ActionBody": text, "Text": html(text) }), false),
    }
}

/// A card's button, without a size; none when Viber has no such action: an address it cannot open, a telephone call.
pub(crate) fn of_card(action: &CardAction, draft: &Draft<'_, Settings>) -> Option<Value> {
    match action {
        CardAction::Postback { text, payload } => {
            let choice = Choice { text: text.clone(), payload: payload.clone(), image_url: None };
            let words = tracking::words(&choice);
            if words.is_empty() {
                return None;
            }
            let (button, carries) = reply(&words, &tracking::payload(&choice));
            if !carries {
                draft.note(MUTE);
            }
            Some(button)
        }
        CardAction::Link { text, url } => {
            if !fits_button(url) {
                return None;
            }
            let text = if text.trim().is_empty() { url.split("://").nth(1).unwrap_or(url) } else { text };
            let text = limits::clip(text.trim(), limits::LABEL);
            Some(json!({ "ActionType": "open-url", "ActionBody": url, "Text": html(&text) }))
        }
        CardAction::Call { .. } => None,
    }
}

/// Noted when a payload is too long for a button.
pub(crate) const MUTE: &str =
    "answer → text: the payload is too long for Viber's button, so the guest's tap comes back as a text";

/// What is shown of a button that Viber cannot make: a line of text. A telephone number in it can be tapped.
pub(crate) fn in_words(action: &CardAction) -> String {
    let (text, target) = match action {
        CardAction::Postback { text, .. } => (text, ""),
        CardAction::Link { text, url } => (text, url.as_str()),
        CardAction::Call { text, phone_number } => (text, phone_number.as_str()),
    };
    [text.trim(), target.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

/// Whether an address fits on a button.
pub(crate) fn fits_button(url: &str) -> bool {
    limits::is_web_address(url, limits::BUTTON_URL)
}

/// A button's text is a little HTML.
pub(crate) fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.trim().chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '\n' => html.push_str("<br>"),
            c if c.is_control() => html.push(' '),
            c => html.push(c),
        }
    }
    html
}
