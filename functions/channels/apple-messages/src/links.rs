//! Addresses in texts. Every one is sent as a rich link: an approval requirement of Apple's.

use contract::text;
use serde_json::json;
use url::Url;

use crate::{
    files,
    interactive::TITLE,
    step::{File, Step},
};

/// The longest address, in bytes.
const LONGEST: usize = 2_048;
/// Most rich links made of one text; more addresses stay what they are.
const MOST: usize = 10;

/// What a text falls into.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Words.
    Text(&'a str),
    /// An address.
    Link(&'a str),
}

/// A text in order: an address that has a line to itself becomes a rich link in its place; one within a sentence stays
/// there, and the rich link follows.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut at, mut linked) = (0, 0, Vec::new());
    for line in text.split_inclusive('\n') {
        let alone = line.trim();
        if is_address(alone) && linked.len() < MOST {
            add_words(&mut pieces, &mut linked, &text[start..at]);
            if !linked.contains(&alone) {
                linked.push(alone);
                pieces.push(Piece::Link(alone));
            }
            start = at + line.len();
        }
        at += line.len();
    }
    add_words(&mut pieces, &mut linked, &text[start..]);
    pieces
}

fn add_words<'a>(pieces: &mut Vec<Piece<'a>>, linked: &mut Vec<&'a str>, words: &'a str) {
    if words.trim().is_empty() {
        return;
    }
    // Beside a link the line break is its own.
    pieces.push(Piece::Text(words.trim_matches(['\r', '\n'])));
    for url in within(words) {
        if linked.len() < MOST && !linked.contains(&url) {
            linked.push(url);
            pieces.push(Piece::Link(url));
        }
    }
}

/// Addresses within words.
fn within(words: &str) -> impl Iterator<Item = &str> {
    words.split(|c: char| c.is_whitespace() || "<>\"“”「」『』（）【】、。".contains(c)).filter_map(|word| {
        let begin = word.find("https://").or_else(|| word.find("http://"))?;
        let word = word[begin..].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '’', '*', '_', '！', '？']);
        // A closing bracket belongs to the address only if it opens there.
        let word = match word.strip_suffix(')') {
            Some(inner) if !inner.contains('(') => inner,
            _ => word,
        };
        is_address(word).then_some(word)
    })
}

/// Whether something is a web address, whole and alone.
pub(crate) fn is_address(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://"))
        && text.len() <= LONGEST
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && Url::parse(text).is_ok_and(|url| url.host_str().is_some_and(|host| !host.is_empty()))
}

/// A rich link, called as its host where it has no title. Where there is no picture, a plain one stands in: Apple takes
/// none without.
pub(crate) fn rich_link(url: &str, title: Option<&str>, image: Option<&str>) -> Step {
    let title = title.map(str::trim).filter(|title| !title.is_empty()).map(str::to_owned);
    let title = title.or_else(|| host(url)).unwrap_or_else(|| url.to_owned());
    let mut link = json!({ "url": url, "title": text::truncate(&title, TITLE) });
    let picture = image.filter(|url| is_address(url)).map(|url| File::LinkPicture { url: url.to_owned() });
    if picture.is_none() {
        link["assets"] = json!({ "image": files::plain_picture() });
    }
    Step::with_files(json!({ "type": "richLink", "richLinkData": link }), picture.into_iter().collect())
}

/// The host of an address: what a rich link without words is called.
pub(crate) fn host(url: &str) -> Option<String> {
    let host = Url::parse(url).ok()?.host_str()?.to_owned();
    Some(host.strip_prefix("www.").map(str::to_owned).unwrap_or(host))
}

/// A place on Apple's map.
pub(crate) fn map(latitude: f64, longitude: f64, name: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("ll", &format!("{latitude},{longitude}"));
    if let Some(name) = name {
        query.append_pair("q", name);
    }
    format!("https://maps.apple.com/?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::{Piece::*, *};

    #[test]
    fn addresses_in_texts() {
        for (text, expected) in [
            ("hello", vec![Text("hello")]),
            (" hello \n", vec![Text(" hello ")]),
            ("https://ex.co/a", vec![Link("https://ex.co/a")]),
            ("Look:\nhttps://ex.co\nNice?", vec![Text("Look:"), Link("https://ex.co"), Text("Nice?")]),
            (
                "See https://ex.co/a?b=c, please (or http://ex.org).",
                vec![
                    Text("See https://ex.co/a?b=c, please (or http://ex.org)."),
                    Link("https://ex.co/a?b=c"),
                    Link("http://ex.org"),
                ],
            ),
            (
                "詳しくは「https://ex.co/日本」。",
                vec![Text("詳しくは「https://ex.co/日本」。"), Link("https://ex.co/日本")],
            ),
            ("https://ex.co/a_(b)", vec![Link("https://ex.co/a_(b)")]),
            ("https://ex.co https://ex.co", vec![Text("https://ex.co https://ex.co"), Link("https://ex.co")]),
            ("https:// http://", vec![Text("https:// http://")]),
            ("ftp://ex.co mailto:a@ex.co", vec![Text("ftp://ex.co mailto:a@ex.co")]),
        ] {
            assert_eq!(pieces(text), expected, "{text:?}");
        }
    }

    #[test]
    fn maps() {
        assert_eq!(
            map(35.6586, 139.7454, Some("Tokyo Tower")),
            "https://maps.apple.com/?ll=35.6586%2C139.7454&q=Tokyo+Tower"
        );
        assert_eq!(host("https://www.example.com/x").as_deref(), Some("example.com"));
    }
}
