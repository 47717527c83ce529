//! Splitting text into parts that a channel takes, in the channel's own unit, without cutting a grapheme.

use unicode_segmentation::UnicodeSegmentation;

use crate::descriptor::{TextLimit, TextUnit};

/// Splits `text` into parts of at most `limit`, in order, so that their concatenation is `text`. A part ends after a
/// line break if there is one in its second half, else after a space, else after a whole grapheme (a flag or a family
/// emoji stays whole). Only a single grapheme longer than the limit is cut, between its scalar values.
///
/// A limit smaller than one scalar value gives that scalar value alone.
pub fn split(text: &str, limit: TextLimit) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while limit.unit.measure(rest) > limit.max {
        let end = cut(rest, limit);
        let (part, tail) = rest.split_at(end);
        parts.push(part);
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

/// The first `limit` of `text`, with an ellipsis in its place when something had to go. Never longer than `limit`.
pub fn truncate(text: &str, limit: TextLimit) -> String {
    if limit.unit.measure(text) <= limit.max {
        return text.to_owned();
    }
    let ellipsis = "…";
    let room = limit.max.saturating_sub(limit.unit.measure(ellipsis));
    if room == 0 {
        return String::new();
    }
    let kept = whole_graphemes(text, TextLimit { max: room, ..limit });
    format!("{}{ellipsis}", text[..kept].trim_end())
}

/// Where to end a part: a byte offset greater than 0.
fn cut(text: &str, limit: TextLimit) -> usize {
    let hard = fitting(text, limit);
    let window = &text[..hard];
    let after = |pattern: char| window.rfind(pattern).map(|at| at + pattern.len_utf8());
    let late_enough = |at: &usize| *at * 2 >= hard;
    let soft = after('\n').filter(late_enough).or_else(|| after(' ').filter(late_enough));
    // A break may be followed by a combining mark that belongs to it: only a grapheme boundary will do.
    match soft {
        Some(at) if is_boundary(text, at) => at,
        _ => hard,
    }
}

fn is_boundary(text: &str, at: usize) -> bool {
    unicode_segmentation::GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0).unwrap_or(false)
}

/// The longest prefix of whole graphemes within the limit, in bytes.
fn whole_graphemes(text: &str, limit: TextLimit) -> usize {
    let mut used = 0;
    let mut end = 0;
    for grapheme in text.graphemes(true) {
        let size = limit.unit.measure(grapheme);
        if used + size > limit.max {
            break;
        }
        used += size;
        end += grapheme.len();
    }
    end
}

/// The longest prefix within the limit that is at least one scalar value, in bytes.
fn fitting(text: &str, limit: TextLimit) -> usize {
    let end = whole_graphemes(text, limit);
    if end > 0 {
        return end;
    }
    let mut used = 0;
    for (at, character) in text.char_indices() {
        let size = match limit.unit {
            TextUnit::Utf16 => character.len_utf16(),
            TextUnit::Characters => 1,
            TextUnit::Bytes => character.len_utf8(),
        };
        if used + size > limit.max && at > 0 {
            return at;
        }
        used += size;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(max: usize, unit: TextUnit) -> TextLimit {
        TextLimit { max, unit }
    }

    #[test]
    fn parts() {
        use TextUnit::*;
        for (text, at_most, expected) in [
            ("", limit(3, Bytes), vec![]),
            ("abc", limit(3, Bytes), vec!["abc"]),
            ("abcd", limit(3, Bytes), vec!["abc", "d"]),
            ("one two three", limit(8, Characters), vec!["one two ", "three"]),
            ("one\ntwo three", limit(7, Characters), vec!["one\n", "two ", "three"]),
            ("日本語", limit(2, Utf16), vec!["日本", "語"]),
            ("日本語", limit(7, Bytes), vec!["日本", "語"]),
            ("👍🏽👍🏽", limit(4, Utf16), vec!["👍🏽", "👍🏽"]),
            ("a👨‍👩‍👧‍👦b", limit(11, Utf16), vec!["a", "👨‍👩‍👧‍👦", "b"]),
            ("e\u{301}e\u{301}", limit(3, Characters), vec!["e\u{301}", "e\u{301}"]),
            ("👨‍👩‍👧‍👦", limit(4, Utf16), vec!["👨\u{200d}", "👩\u{200d}", "👧\u{200d}", "👦"]),
        ] {
            assert_eq!(split(text, at_most), expected, "{text:?} {at_most:?}");
        }
    }

    #[test]
    fn truncation_fits() {
        assert_eq!(truncate("abc", limit(3, TextUnit::Utf16)), "abc");
        assert_eq!(truncate("abcd", limit(3, TextUnit::Utf16)), "ab…");
        assert_eq!(truncate("👨‍👩‍👧‍👦!", limit(5, TextUnit::Utf16)), "…");
    }
}
