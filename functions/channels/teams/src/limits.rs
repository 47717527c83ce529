//! Teams's limits. A message is at most 100 KB, counted as UTF-16 with all its JSON but without pictures, and refused with
//! 413 beyond: <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages>. Until 2023 it
//! was 28 KB, and cards are still held to that in places; texts and cards stay below it, a row of cards below 100 KB.

use contract::{
    descriptor::{TextUnit, utf16},
    text,
};
use serde_json::Value;

/// A text message, in UTF-16 units: 24 KB, which leaves room for its envelope and for escapes.
pub(crate) const TEXT: usize = 12_000;
/// A card's JSON, in UTF-16 units: 28 KB.
pub(crate) const CARD: usize = 14_000;
/// All cards of a message, in UTF-16 units: 80 KB.
pub(crate) const CARDS: usize = 40_000;
/// Cards in a row: <https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/what-are-cards>.
pub(crate) const ROW: usize = 10;
/// Buttons that are shown side by side in one set; more would be hidden behind "…".
pub(crate) const BUTTONS: usize = 6;
/// Buttons on one card. Our own measure; a question with more is asked on several.
pub(crate) const BUTTONS_ON_CARD: usize = 24;
/// A title or a paragraph on a card, in UTF-16 units. Our own measure: longer ones are sent as a text message.
pub(crate) const CARD_TEXT: usize = 2_000;
/// Lines of a title or a paragraph. Our own measure: each is a block of its own, which weighs more than the words in it.
pub(crate) const CARD_LINES: usize = 20;
/// The words on the card that asks for consent, in UTF-16 units. Our own measure.
pub(crate) const CAPTION: usize = 400;
/// The address of a picture or a page, in UTF-16 units. Our own measure; browsers and proxies take little more.
pub(crate) const ADDRESS: usize = 2_048;
/// A picture in a message, in bytes.
pub(crate) const PICTURE_BYTES: u64 = 1_000_000;
/// What a button carries, in UTF-16 units. Our own measure, so that a card with many buttons stays within its limit.
pub(crate) const PAYLOAD: usize = 2_000;
/// The words on a button, in UTF-16 units. Our own measure.
pub(crate) const LABEL: usize = 300;
/// The largest file that is moved, in bytes: it must fit into a function's memory, and one PUT takes 60 MiB.
pub(crate) const FILE_BYTES: u64 = 50 << 20;

/// The weight of JSON as Teams counts it, in UTF-16 units.
pub(crate) fn weight(json: &Value) -> usize {
    TextUnit::Utf16.measure(&json.to_string())
}

/// The beginning of a text, with an ellipsis where something had to go.
pub(crate) fn clip(words: &str, max: usize) -> String {
    text::truncate(words, utf16(max))
}
