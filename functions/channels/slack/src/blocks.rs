//! Block Kit: what one part of a message becomes. <https://docs.slack.dev/reference/block-kit/>

use contract::{Draft, Sticker, Unsupported, text};
use serde_json::{Value, json};

use crate::{limits, mrkdwn, settings::Settings};

/// Shown in place of a question without words.
pub(crate) const PLACEHOLDER: &str = "👇";
/// What notifications show of blocks without words.
const NO_WORDS: &str = "💬";

/// Builds the blocks of one part, and the messages that they are posted in.
pub(crate) struct Blocks<'d, 'm> {
    draft: &'d Draft<'m, Settings>,
    /// Texts that no section holds, posted in full before the blocks.
    overflow: Vec<String>,
    /// How many elements have an id: each has its own within a message.
    elements: usize,
}

impl<'d, 'm> Blocks<'d, 'm> {
    pub(crate) fn new(draft: &'d Draft<'m, Settings>) -> Self {
        Self { draft, overflow: Vec::new(), elements: 0 }
    }

    /// Notes what is shown in another form.
    pub(crate) fn note(&self, degradation: impl Into<String>) {
        self.draft.note(degradation);
    }

    /// The messages' fields: as many messages as the blocks need. `text` is what notifications show.
    pub(crate) fn messages(self, text: &str, blocks: Vec<Value>) -> Vec<Value> {
        let text = match section_text(text) {
            empty if empty.trim().is_empty() => NO_WORDS.to_owned(),
            text => text,
        };
        let overflow = self.overflow.iter().flat_map(|words| text::split(words, limits::TEXT_LIMIT));
        let overflow = overflow.filter(|part| !part.trim().is_empty());
        let mut messages: Vec<Value> = overflow.map(|part| json!({ "text": mrkdwn::escape(part) })).collect();
        let groups = grouped(blocks, limits::BLOCKS);
        messages.extend(groups.into_iter().map(|blocks| json!({ "text": text, "blocks": blocks })));
        messages
    }

    /// An id for an element, its own within the message.
    pub(crate) fn action_id(&mut self, prefix: &str) -> String {
        let id = format!("{prefix}_{}", self.elements);
        self.elements += 1;
        id
    }

    /// Words for a section, escaped. When they are too long for one, they are posted in full before the blocks.
    pub(crate) fn overflow_to_text(&mut self, words: &str) -> String {
        let shown = section_text(words);
        if shown != mrkdwn::escape(words) {
            self.note(format!("text → message of its own: a section of Slack's holds {} characters", limits::SECTION));
            self.overflow.push(words.to_owned());
        }
        shown
    }

    /// A label on a button or in a menu. Never empty.
    pub(crate) fn label(&self, text: &str) -> Value {
        let text = text.trim();
        let clipped = limits::clip(text, limits::LABEL);
        if clipped.len() != text.len() {
            self.note(format!("label shortened: Slack shows at most {} characters", limits::LABEL));
        }
        plain_text(if clipped.trim().is_empty() { "…" } else { &clipped })
    }

    /// A button that answers. It carries its words where it cannot carry its payload.
    pub(crate) fn button(&mut self, prefix: &str, text: &str, payload: &str) -> Value {
        let text = if text.trim().is_empty() { payload } else { text };
        let payload = if payload.is_empty() { text } else { payload };
        let value = if limits::length(payload) > limits::BUTTON_VALUE {
            self.note(format!("answer → its words: Slack's buttons carry at most {} characters", limits::BUTTON_VALUE));
            limits::clip(text, limits::BUTTON_VALUE)
        } else {
            payload.to_owned()
        };
        let (label, id) = (self.label(text), self.action_id(prefix));
        json!({ "type": "button", "action_id": id, "text": label, "value": value })
    }

    /// A sticker's picture.
    pub(crate) fn sticker(self, sticker: &Sticker) -> Result<Vec<Value>, Unsupported> {
        let words = sticker.text.as_deref().filter(|text| !text.trim().is_empty()).unwrap_or("🙂");
        let picture = sticker.image_url.as_deref().and_then(|url| image(url, words)).ok_or("Slack has none")?;
        self.note("sticker → picture: Slack has none");
        Ok(self.messages(words, vec![picture]))
    }
}

/// A section of words that are escaped and fit.
pub(crate) fn section(words: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": words } })
}

/// A picture from the web; `None` when Slack cannot fetch it.
pub(crate) fn image(url: &str, alt_text: &str) -> Option<Value> {
    let alt_text = if alt_text.trim().is_empty() { "🖼" } else { alt_text };
    limits::is_web_address(url)
        .then(|| json!({ "type": "image", "image_url": url, "alt_text": limits::clip(alt_text, limits::ALT_TEXT) }))
}

pub(crate) fn plain_text(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": true })
}

/// Actions blocks with as many elements as each takes.
pub(crate) fn actions(elements: Vec<Value>) -> Vec<Value> {
    let rows = grouped(elements, limits::ELEMENTS);
    rows.into_iter().map(|row| json!({ "type": "actions", "elements": row })).collect()
}

/// In groups of at most `most`, each within the weight of a message's blocks.
fn grouped(values: Vec<Value>, most: usize) -> Vec<Vec<Value>> {
    let (mut groups, mut group, mut weight) = (Vec::new(), Vec::new(), 0);
    for value in values {
        let more = limits::weight(&value);
        if !group.is_empty() && (group.len() >= most || weight + more > limits::BLOCKS_WEIGHT) {
            groups.push(std::mem::take(&mut group));
            weight = 0;
        }
        weight += more;
        group.push(value);
    }
    groups.push(group);
    groups.retain(|group| !group.is_empty());
    groups
}

/// Words escaped, and cut to what a section holds.
fn section_text(words: &str) -> String {
    for most in [limits::SECTION, limits::SECTION / 5] {
        let escaped = mrkdwn::escape(&limits::clip(words, most));
        if limits::length(&escaped) <= limits::SECTION {
            return escaped;
        }
    }
    String::new()
}
