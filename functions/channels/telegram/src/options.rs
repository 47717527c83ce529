//! Questions with options: inline buttons while their answers fit, else a keyboard that writes them as text.

use contract::{Choice, Draft, Unsupported};
use serde_json::Value;

use crate::{keyboards, limits, render, settings::Settings, step::Message};

/// How buttons are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Short labels side by side.
    Rows,
    /// Each below the other.
    Column,
}

/// A question whose options are tapped. An inline button carries 64 bytes. If one answer is longer, none of the question's
/// buttons is inline: a keyboard writes the option's words into the chat instead, and the payload stays behind.
pub(crate) fn question(
    text: &str,
    options: &[Choice],
    layout: Layout,
    draft: &Draft<'_, Settings>,
) -> Result<Vec<Message>, Unsupported> {
    let options: Vec<Choice> = options.iter().map(keyboards::trimmed).collect();
    let keyboards = if options.iter().all(|option| keyboards::carries(&option.payload)) {
        let buttons: Vec<Value> = options.iter().map(keyboards::callback_button).collect();
        keyboards::inline(buttons, layout)
    } else {
        vec![reply_keyboard(&options, draft)?]
    };
    let text = if text.trim().is_empty() { String::new() } else { draft.named(text) };
    Ok(render::texts(&text, 0, keyboards))
}

/// A keyboard whose taps come back as texts.
pub(crate) fn reply_keyboard(options: &[Choice], draft: &Draft<'_, Settings>) -> Result<Value, Unsupported> {
    let keyboard = keyboards::reply(options).ok_or("they are too many or too long for a keyboard")?;
    draft.note(format!(
        "answer → text: Telegram's buttons carry at most {} bytes, so the guest's tap comes back as a text",
        limits::CALLBACK_DATA
    ));
    Ok(keyboard)
}

/// Notes labels that are shown shortened, where the ladder does not.
pub(crate) fn note_shortened<'l>(labels: impl IntoIterator<Item = &'l str>, draft: &Draft<'_, Settings>) {
    if labels.into_iter().any(|label| limits::utf16(label.trim()) > limits::LABEL) {
        draft.note(format!("label shortened: Telegram shows at most {} characters", limits::LABEL));
    }
}
