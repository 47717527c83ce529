//! Slack's limits, in characters. <https://docs.slack.dev/reference/methods/chat.postMessage>,
//! <https://docs.slack.dev/reference/block-kit/blocks/>

use contract::{
    descriptor::{TextLimit, TextUnit},
    text,
};
use serde_json::Value;

/// A message's text, before it is escaped. Slack recommends 4,000 and cuts at 40,000, so that no unit it may count in and
/// no escape (five characters for an ampersand) gets near the end.
pub(crate) const TEXT: usize = 4_000;
/// A section's text.
pub(crate) const SECTION: usize = 3_000;
/// A button's label, an option's text, a placeholder.
pub(crate) const LABEL: usize = 75;
/// What a button carries.
pub(crate) const BUTTON_VALUE: usize = 2_000;
/// What an option of a menu carries.
pub(crate) const OPTION_VALUE: usize = 150;
/// A button's address, and that of a picture.
pub(crate) const URL: usize = 3_000;
/// A picture's alternative text.
pub(crate) const ALT_TEXT: usize = 2_000;
/// The label of an input.
pub(crate) const INPUT_LABEL: usize = 2_000;
/// Elements of an actions block.
pub(crate) const ELEMENTS: usize = 25;
/// Options of a menu.
pub(crate) const OPTIONS: usize = 100;
/// Options that are shown as boxes to tick.
pub(crate) const CHECKBOXES: usize = 10;
/// Blocks of a message: Slack takes 50.
pub(crate) const BLOCKS: usize = 45;
/// The blocks of a message as JSON, in bytes: Slack refuses some 13,000 characters (`msg_blocks_too_long`).
pub(crate) const BLOCKS_WEIGHT: usize = 12_000;
/// The name shown instead of the app's.
pub(crate) const USERNAME: usize = 80;
/// A file that is moved, in bytes. Slack takes 1 GB; this must fit into a function's memory.
pub(crate) const FILE: u64 = 50 << 20;

/// The longest text of one message.
pub(crate) const TEXT_LIMIT: TextLimit = TextLimit { max: TEXT, unit: TextUnit::Characters };

/// The length in UTF-16 units: never less than what Slack counts.
pub(crate) fn length(text: &str) -> usize {
    TextUnit::Utf16.measure(text)
}

/// At most so many UTF-16 units, with an ellipsis where something had to go.
pub(crate) fn clip(text: &str, max: usize) -> String {
    text::truncate(text, TextLimit { max, unit: TextUnit::Utf16 })
}

/// The size of its JSON, in bytes.
pub(crate) fn weight(value: &Value) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len())
}

/// Whether Slack can be given an address to open or to fetch a picture from.
pub(crate) fn is_web_address(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && !url.contains(|c: char| c.is_whitespace() || c.is_control())
        && length(url) <= URL
}
