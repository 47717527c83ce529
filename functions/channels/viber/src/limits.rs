//! Viber's limits. <https://developers.viber.com/docs/api/rest-bot-api/#send-message> says "characters" and not which: they
//! are counted as UTF-16 units here, which are never fewer than anything else Viber may mean. What is measured in bytes is
//! the whole request.

use contract::{
    descriptor::{TextLimit, TextUnit},
    text,
};

/// A request's JSON, in bytes ("30kb"): what we compose stays below 30,000.
pub(crate) const REQUEST_BYTES: usize = 30_000;
/// A request's JSON, in bytes, that Viber refuses for certain.
pub(crate) const REQUEST_MOST: usize = 30 * 1024;
/// Room for what is added to every message, in bytes: receiver, sender with its picture's address, version.
pub(crate) const ENVELOPE_BYTES: usize = 4_000;
/// A text message, in UTF-16 units.
pub(crate) const TEXT: usize = 7_000;
/// A text message as JSON, in bytes: 7,000 ideographs take 21,000. Only control characters take more.
pub(crate) const TEXT_BYTES: usize = 24_000;
/// A picture's or film's caption, in UTF-16 units. Sources say 512 and 768.
pub(crate) const CAPTION: usize = 512;
/// A sender's name, in UTF-16 units.
pub(crate) const SENDER_NAME: usize = 28;
/// The address of the sender's picture, in UTF-16 units. Our own measure.
pub(crate) const AVATAR_URL: usize = 1_000;
/// An address of a file or behind a button, in UTF-16 units.
pub(crate) const URL: usize = 2_000;
/// An address behind a button or of its picture, in bytes of JSON. Our own measure: six cards go into a request.
pub(crate) const BUTTON_URL: usize = 1_000;
/// `tracking_data`, in UTF-16 units: 4,000 by one source, 4,096 by another.
pub(crate) const TRACKING: usize = 4_000;
/// `tracking_data` as it stands in the request, in bytes. Our own measure: it shares the request with text and keyboard.
pub(crate) const TRACKING_BYTES: usize = 8_000;
/// A picture, in bytes: 1 MB on iOS, 3 MB on Android.
pub(crate) const PICTURE_BYTES: u64 = 1_000_000;
/// Pictures by their MIME type.
pub(crate) const PICTURES: &[&str] = &["image/jpeg", "image/jpg", "image/png", "image/gif"];
/// A film, in bytes.
pub(crate) const FILM_BYTES: u64 = 26_000_000;
/// A film, in milliseconds.
pub(crate) const FILM_MS: u64 = 180_000;
/// A file, in bytes.
pub(crate) const FILE_BYTES: u64 = 50_000_000;
/// A file's name, in UTF-16 units.
pub(crate) const FILE_NAME: usize = 256;
/// Rows of a keyboard: 24 by the reference, but a telephone held upright shows 12.
pub(crate) const KEYBOARD_ROWS: usize = 12;
/// A button's text, in UTF-16 units. Viber cuts after 250, markup included; this is what a button can show.
pub(crate) const LABEL: usize = 100;
/// What a button carries, in bytes as it stands in the request. Our own measure.
pub(crate) const ACTION_BODY: usize = 1_200;
/// A card's headline, in UTF-16 units.
pub(crate) const TITLE: usize = 80;
/// A card's words below the headline, in UTF-16 units. With headline and markup, 250.
pub(crate) const DESCRIPTION: usize = 140;
/// Rows of a card.
pub(crate) const CARD_ROWS: usize = 7;
/// Cards in a row.
pub(crate) const CARDS: usize = 6;
/// Cards in a row as JSON, in bytes: leaves room for the alternative text and the envelope.
pub(crate) const CARDS_BYTES: usize = 17_000;
/// An alternative text as JSON, in bytes; 7,000 characters at most.
pub(crate) const ALT_TEXT_BYTES: usize = 6_000;

/// The longest text of one message.
pub(crate) const TEXT_LIMIT: TextLimit = TextLimit { max: TEXT, unit: TextUnit::Utf16 };

/// The length in UTF-16 units.
pub(crate) fn utf16(text: &str) -> usize {
    TextUnit::Utf16.measure(text)
}

/// The length as a JSON string without its quotes, in bytes.
pub(crate) fn written(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            '\0'..='\u{1f}' => 6,
            c => c.len_utf8(),
        })
        .sum()
}

/// At most so many UTF-16 units, with an ellipsis where something had to go.
pub(crate) fn clip(text: &str, max: usize) -> String {
    text::truncate(text, TextLimit { max, unit: TextUnit::Utf16 })
}

/// At most so many UTF-16 units and bytes of JSON.
pub(crate) fn clip_written(text: &str, max: usize, bytes: usize) -> String {
    let mut clipped = clip(text, max);
    let mut room = max;
    while written(&clipped) > bytes && room > 1 {
        room /= 2;
        clipped = clip(text, room);
    }
    clipped
}

/// A text's parts: each within the limit, and within a request.
pub(crate) fn parts(whole: &str) -> Vec<&str> {
    fn cut<'t>(text: &'t str, max: usize, parts: &mut Vec<&'t str>) {
        for part in text::split(text, TextLimit { max, unit: TextUnit::Utf16 }) {
            if written(part) > TEXT_BYTES && max > 1 {
                cut(part, max / 2, parts);
            } else {
                parts.push(part);
            }
        }
    }
    let mut parts = Vec::new();
    cut(whole, TEXT, &mut parts);
    parts
}

/// Whether an address can be given to Viber or its apps to fetch something from. Viber takes https alone; http passes,
/// since on one machine there is no other.
pub(crate) fn is_web_address(url: &str, max: usize) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && !url.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"' || c == '\\')
        && utf16(url) <= max
        && url.len() <= max
        && url::Url::parse(url).is_ok()
}

/// The ending of the last part of an address's path, in lower case.
pub(crate) fn ending(url: &str) -> Option<String> {
    ending_of_name(url.split(['?', '#']).next()?.rsplit('/').next()?)
}

/// The ending of a file's name, in lower case.
pub(crate) fn ending_of_name(name: &str) -> Option<String> {
    Some(name.rsplit_once('.')?.1.trim_end().to_ascii_lowercase())
}

/// The size of its JSON, in bytes.
pub(crate) fn weight(value: &serde_json::Value) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_counted_as_json_writes_them() {
        for text in ["", "abc", "a\"b\\c\n\t\r\u{8}\u{c}", "\u{0}\u{1f}\u{7f}", "日本語", "👨‍👩‍👧‍👦"]
        {
            assert_eq!(written(text) + 2, serde_json::to_string(text).map_or(0, |json| json.len()), "{text:?}");
        }
    }

    #[test]
    fn parts_fit_into_a_request() {
        let bells = "\u{7}".repeat(7_000);
        let cut = parts(&bells);
        assert_eq!(cut.concat(), bells);
        assert!(cut.len() > 1 && cut.iter().all(|part| written(part) <= TEXT_BYTES));
        assert_eq!(parts(&"あ".repeat(7_000)).len(), 1);
        assert_eq!(parts(&"あ".repeat(7_001)).len(), 2);
    }

    #[test]
    fn endings() {
        for (url, expected) in [
            ("https://x.example/a.JPG?Expires=1&Signature=a.b/c", Some("jpg")),
            ("https://x.example/a", None),
            ("https://x.example/a.b/c", None),
        ] {
            assert_eq!(ending(url).as_deref(), expected, "{url}");
        }
    }
}
