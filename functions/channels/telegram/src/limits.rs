//! Telegram's limits, each in its own unit. <https://core.telegram.org/bots/api>. Telegram does not say what it counts texts
//! in; UTF-16 units, in which it counts the places of entities, are the safe side.

use contract::{
    descriptor::{TextLimit, TextUnit},
    text,
};

/// A text message, in UTF-16 units.
pub(crate) const TEXT: usize = 4_096;
/// Words below a picture, film, sound or file, in UTF-16 units.
pub(crate) const CAPTION: usize = 1_024;
/// What an inline button carries, in bytes: <https://core.telegram.org/bots/api#inlinekeyboardbutton>.
pub(crate) const CALLBACK_DATA: usize = 64;
/// A button's label, in UTF-16 units. Our own measure: Telegram names none, and telephones show fewer. Of a reply keyboard,
/// the label comes back as the guest's text, and must come back whole.
pub(crate) const LABEL: usize = 64;
/// What is shown for a moment after a tap, in characters: <https://core.telegram.org/bots/api#answercallbackquery>.
pub(crate) const CALLBACK_ANSWER: usize = 200;
/// Buttons below one message.
pub(crate) const BUTTONS: usize = 100;
/// Telegram refuses keyboards of more than some 10 kB; this leaves room for what is added to it, in bytes of JSON.
pub(crate) const KEYBOARD_BYTES: usize = 8_000;
/// An address behind a button, in UTF-16 units. Our own measure.
pub(crate) const LINK_URL: usize = 2_000;
/// Pictures and films in an album: <https://core.telegram.org/bots/api#sendmediagroup>.
pub(crate) const ALBUM: usize = 10;
/// A picture that Telegram fetches itself, in bytes: <https://core.telegram.org/bots/api#sending-files>.
pub(crate) const PHOTO_BY_URL: u64 = 5_000_000;
/// A film or sound that Telegram fetches itself, in bytes.
pub(crate) const FILE_BY_URL: u64 = 20_000_000;
/// A voice message that Telegram fetches itself, in bytes; a bigger one becomes a file.
pub(crate) const VOICE_BY_URL: u64 = 1_000_000;
/// A picture that is uploaded, in bytes.
pub(crate) const PHOTO_BY_UPLOAD: u64 = 10_000_000;
/// Any other file that is uploaded, in bytes.
pub(crate) const FILE_BY_UPLOAD: u64 = 50_000_000;
/// The largest file of a guest's that a bot may fetch, in bytes: <https://core.telegram.org/bots/api#getfile>.
pub(crate) const DOWNLOAD: u64 = 20 * 1024 * 1024;

/// The longest text of one message.
pub(crate) const TEXT_LIMIT: TextLimit = TextLimit { max: TEXT, unit: TextUnit::Utf16 };

pub(crate) fn utf16(text: &str) -> usize {
    TextUnit::Utf16.measure(text)
}

/// At most so many UTF-16 units, with an ellipsis where something had to go.
pub(crate) fn clip(text: &str, max: usize) -> String {
    text::truncate(text, TextLimit { max, unit: TextUnit::Utf16 })
}

/// Whether an address can be given to Telegram to fetch a file from, or to open. Telegram takes https and http.
pub(crate) fn is_web_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        && !url.contains(|c: char| c.is_whitespace() || c.is_control())
        && utf16(url) <= LINK_URL
}
