//! Texts. Their addresses become rich links: an approval requirement of Apple's.

use contract::text;
use serde_json::json;

use crate::{
    DESCRIPTOR,
    links::{self, Piece},
    step::Step,
};

/// A text, and its addresses as rich links. Nothing for white space.
pub(crate) fn messages(text: &str) -> Vec<Step> {
    let pieces = links::pieces(text).into_iter();
    pieces
        .flat_map(|piece| match piece {
            Piece::Text(words) => without_links(words),
            Piece::Link(url) => vec![links::rich_link(url, None, None)],
        })
        .collect()
}

/// A text as it is, in as many messages as it needs.
pub(crate) fn without_links(text: &str) -> Vec<Step> {
    let parts = text::split(text, DESCRIPTOR.text_limit).into_iter().filter(|part| !part.trim().is_empty());
    parts.map(|part| Step::message(json!({ "type": "text", "body": part }))).collect()
}
