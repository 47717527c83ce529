//! What a guest types, so that it can be compared with what stands on an option: however it is written, `Yes`, `yes.` and
//! `Ｙｅｓ` are one answer, and so are `1`, `1.`, `①` and `１番`.

use icu_normalizer::ComposingNormalizerBorrowed;
use jiff::civil::Date;

/// The longest number that is looked at, in digits.
const DIGITS: usize = 4;

/// Words as they are compared: compatibility forms made plain (full width, half width, circled), small letters, single
/// spaces, without what is not seen and without full stops at the end. Never nothing for something.
pub(super) fn said(text: &str) -> String {
    let plain = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let seen: String = plain.chars().filter(|c| !is_unseen(*c)).collect();
    let words = seen.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let bare = words.trim_end_matches(['.', '!', '。', '…', ' ']);
    if bare.is_empty() { words } else { bare.to_owned() }
}

/// Marks of direction, joiners at no use, variation selectors and the frame around a keycap.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}'
        | '\u{61c}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}')
        || c.is_control() && !c.is_whitespace()
}

/// The number that `said` is, if it is nothing else: `1`, `(1)`, `#1`, `1番`, `١`.
pub(super) fn number(said: &str) -> Option<usize> {
    let inside = said.trim_start_matches(['(', '[', '#', ' ']).trim_end_matches([')', ']', ':', ',', '、', ' ']);
    let inside =
        ["no.", "no ", "nr.", "nr ", "n°", "第"].iter().find_map(|word| inside.strip_prefix(word)).unwrap_or(inside);
    let inside = ["番目", "番", "번", "号"].iter().find_map(|word| inside.strip_suffix(word)).unwrap_or(inside);
    digits(inside.trim())
}

/// The number before what else is said, and that: `1. yes` is 1 and `yes`.
pub(super) fn numbered(said: &str) -> Option<(usize, &str)> {
    let (number, rest) = said.split_once(['.', ')', ':', ' '])?;
    let number = digits(number.trim_start_matches('('))?;
    let rest = rest.trim_start_matches(['.', ')', ':', '-', ' ']);
    (!rest.is_empty()).then_some((number, rest))
}

fn digits(text: &str) -> Option<usize> {
    let count = text.chars().count();
    if count == 0 || count > DIGITS {
        return None;
    }
    text.chars().try_fold(0, |sum, c| Some(sum * 10 + digit(c)?))
}

/// A decimal digit, also of the scripts whose keyboards write their own.
fn digit(c: char) -> Option<usize> {
    /// Where these scripts' zeros are; their other digits follow.
    const ZEROS: [u32; 13] =
        [0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xe50, 0x1040];
    let c = u32::from(c);
    let value = ZEROS.iter().find_map(|zero| c.checked_sub(*zero).filter(|value| *value < 10))?;
    usize::try_from(value).ok()
}

/// The day that `said` is, written with the year first, as nobody reads it in two ways: `2026-07-01`, `2026/7/1`,
/// `2026年7月1日`.
pub(super) fn day(said: &str) -> Option<Date> {
    let mut parts = Vec::new();
    let apart = |c: char| matches!(c, '-' | '/' | '.' | ' ' | '年' | '月' | '日' | '년' | '월' | '일');
    for part in said.split(apart).filter(|part| !part.is_empty()) {
        parts.push(digits(part)?);
    }
    let [year, month, day] = parts.as_slice() else { return None };
    if *year < 1_000 {
        return None;
    }
    Date::new(i16::try_from(*year).ok()?, i8::try_from(*month).ok()?, i8::try_from(*day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words() {
        for (text, expected) in [
            ("Yes", "yes"),
            (" yes  ", "yes"),
            ("YES!", "yes"),
            ("Ｙｅｓ。", "yes"),
            ("Tea\u{3000}with\nmilk", "tea with milk"),
            ("ﾊｲ", "ハイ"),
            ("か\u{3099}", "が"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            ("\u{200f}نعم\u{200f}", "نعم"),
            ("1\u{fe0f}\u{20e3}", "1"),
            ("①", "1"),
            ("…", "..."),
            ("?", "?"),
            ("", ""),
        ] {
            assert_eq!(said(text), expected, "{text:?}");
        }
    }

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("1", Some(1)),
            ("1.", Some(1)),
            ("1)", Some(1)),
            ("(1)", Some(1)),
            ("１", Some(1)),
            ("１．", Some(1)),
            ("⑫", Some(12)),
            ("1️⃣", Some(1)),
            ("#2", Some(2)),
            ("No. 2", Some(2)),
            ("2番", Some(2)),
            ("2번", Some(2)),
            ("٣", Some(3)),
            ("۳", Some(3)),
            ("३", Some(3)),
            ("007", Some(7)),
            ("0", Some(0)),
            ("12345", None),
            ("1a", None),
            ("-1", None),
            ("1.5", None),
            ("one", None),
            ("", None),
        ] {
            assert_eq!(number(&said(text)), expected, "{text:?}");
        }
        for (text, expected) in [
            ("1. Yes", Some((1, "yes"))),
            ("2) no", Some((2, "no"))),
            ("(3) maybe", Some((3, "maybe"))),
            ("3 - maybe", Some((3, "maybe"))),
            ("１．はい", Some((1, "はい"))),
            ("yes 1", None),
            ("1", None),
        ] {
            assert_eq!(numbered(&said(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn days() {
        for (text, expected) in [
            ("2026-07-01", Some("2026-07-01")),
            ("2026/7/1", Some("2026-07-01")),
            ("2026. 7. 1.", Some("2026-07-01")),
            ("２０２６年７月１日", Some("2026-07-01")),
            ("2026년 7월 1일", Some("2026-07-01")),
            ("1/7/2026", None),
            ("2026-02-30", None),
            ("2026-07", None),
            ("26-07-01", None),
            ("tomorrow", None),
        ] {
            assert_eq!(day(&said(text)).map(|day| day.to_string()).as_deref(), expected, "{text:?}");
        }
    }
}
