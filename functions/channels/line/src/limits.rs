//! LINE's limits, each in its own unit. <https://developers.line.biz/en/docs/messaging-api/text-character-count/>:
//! texts count UTF-16 code units, but labels, display texts and the words of templates count grapheme clusters.

use contract::{
    descriptor::{TextLimit, TextUnit},
    text,
};
use unicode_segmentation::UnicodeSegmentation;

/// Message objects in one request.
pub(crate) const MESSAGES_PER_REQUEST: usize = 5;
/// A text message, in UTF-16 units.
pub(crate) const TEXT: usize = 5_000;
/// An alternative text, in UTF-16 units: 1,500 by now, but the reference still says 400 for some message types.
pub(crate) const ALT_TEXT: usize = 400;
/// A URL of a picture, film or sound, in characters.
pub(crate) const MEDIA_URL: usize = 2_000;
/// A URL behind a button, in characters.
pub(crate) const LINK_URL: usize = 1_000;
/// A picture, in bytes.
pub(crate) const IMAGE_BYTES: u64 = 10_000_000;
/// A picture's preview, in bytes.
pub(crate) const PREVIEW_BYTES: u64 = 1_000_000;
/// A film or sound, in bytes.
pub(crate) const MEDIA_BYTES: u64 = 200_000_000;
/// A label on a quick reply or a template's button, in graphemes.
pub(crate) const LABEL: usize = 20;
/// A label on a Flex Message's button, in graphemes.
pub(crate) const FLEX_LABEL: usize = 40;
/// What a postback carries, in UTF-16 units.
pub(crate) const POSTBACK_DATA: usize = 300;
/// What appears as said by the guest after a tap, in graphemes.
pub(crate) const DISPLAY_TEXT: usize = 300;
/// Quick replies on a message.
pub(crate) const QUICK_REPLIES: usize = 13;
/// Title and address of a location, in UTF-16 units.
pub(crate) const LOCATION_TEXT: usize = 100;
/// A template's title, in graphemes.
pub(crate) const TEMPLATE_TITLE: usize = 40;
/// A template's text beside a picture or title, in graphemes.
pub(crate) const TEMPLATE_TEXT: usize = 60;
/// A buttons template's text alone, in graphemes.
pub(crate) const BUTTONS_TEXT: usize = 160;
/// A carousel template's text alone, in graphemes.
pub(crate) const CAROUSEL_TEXT: usize = 120;
/// Buttons of a buttons template.
pub(crate) const BUTTONS: usize = 4;
/// Columns of a carousel template.
pub(crate) const COLUMNS: usize = 10;
/// Buttons of a column.
pub(crate) const COLUMN_BUTTONS: usize = 3;
/// Bubbles of a Flex carousel.
pub(crate) const BUBBLES: usize = 12;
/// A Flex bubble's JSON is at most 30 KB; this leaves room for what is added to it.
pub(crate) const BUBBLE_BYTES: usize = 28_000;
/// A Flex carousel's JSON is at most 50 KB; this leaves room for what is added to it.
pub(crate) const CAROUSEL_BYTES: usize = 48_000;
/// Words in a Flex component, in UTF-16 units. Our own measure: longer words are sent as a text message.
pub(crate) const FLEX_TEXT: usize = 1_000;

/// The length in UTF-16 units.
pub(crate) fn utf16(text: &str) -> usize {
    TextUnit::Utf16.measure(text)
}

/// At most so many UTF-16 units, with an ellipsis where something had to go.
pub(crate) fn clip(text: &str, max: usize) -> String {
    text::truncate(text, TextLimit { max, unit: TextUnit::Utf16 })
}

/// Whether a text has at most `max` graphemes, none of them absurd.
pub(crate) fn fits(text: &str, max: usize) -> bool {
    clip_graphemes(text, max).len() == text.len()
}

/// At most `max` graphemes, with an ellipsis where something had to go. A grapheme may be of any length (a letter under
/// a tower of marks), so that the whole is held within UTF-16 units too: a family emoji's eleven for each.
pub(crate) fn clip_graphemes(text: &str, max: usize) -> String {
    let units = (max * 11).min(1_000);
    if text.graphemes(true).count() <= max && utf16(text) <= units {
        return text.to_owned();
    }
    let kept: String = text.graphemes(true).take(max.saturating_sub(1)).collect();
    let kept = clip(&kept, units - 1);
    match kept.strip_suffix('…') {
        Some(kept) => format!("{kept}…"),
        None => format!("{}…", kept.trim_end()),
    }
}

/// Whether an address can be given to LINE to fetch a picture, film or sound from. LINE takes https alone; http passes,
/// since on one machine there is no other, and LINE says so itself.
pub(crate) fn is_web_address(url: &str, max: usize) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && !url.contains(char::is_whitespace)
        && utf16(url) <= max
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphemes_are_counted_as_line_counts_them() {
        assert_eq!(clip_graphemes("12345678901234567890", LABEL), "12345678901234567890");
        assert_eq!(clip_graphemes("123456789012345678901", LABEL), "1234567890123456789…");
        let families = "👨‍👩‍👧‍👦".repeat(20);
        assert_eq!(clip_graphemes(&families, LABEL), families);
        assert!(!fits(&"👨‍👩‍👧‍👦".repeat(21), LABEL));
        let tower = format!("a{}", "\u{301}".repeat(5_000));
        assert!(utf16(&clip_graphemes(&tower, LABEL)) <= 220);
    }
}
