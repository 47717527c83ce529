//! The capability matrix: printed from the descriptors, never written by hand.

use std::fmt::Write;

use contract::descriptor::{Capabilities, Confidence, Descriptor, Kind, Support, TextUnit};

/// The line before the matrix in the README, and the one after it.
pub const MARKS: (&str, &str) = ("<!-- matrix: cargo run -p registry --example matrix -->", "<!-- /matrix -->");

type Column = (&'static str, fn(&Capabilities) -> &'static str);

const COLUMNS: [Column; 14] = [
    ("image", |c| shown(c, "image")),
    ("video", |c| shown(c, "video")),
    ("audio", |c| shown(c, "audio")),
    ("file", |c| shown(c, "file")),
    ("location", |c| shown(c, "location")),
    ("sticker", |c| shown(c, "sticker")),
    ("quick replies", |c| shown(c, "quickReplies")),
    ("card", |c| shown(c, "card")),
    ("carousel", |c| shown(c, "carousel")),
    ("date picker", |c| shown(c, "datePicker")),
    ("native JSON", |c| shown(c, "native")),
    ("typing", |c| match (c.typing_to_guest, c.typing_to_agent) {
        (true, true) => "⇄",
        (true, false) => "→ guest",
        (false, true) => "→ agent",
        (false, false) => "",
    }),
    ("receipts", |c| match (c.delivered_receipts, c.read_receipts) {
        (true, true) => "delivered, read",
        (true, false) => "delivered",
        (false, true) => "read",
        (false, false) => "sent",
    }),
    ("groups", |c| if c.groups { "●" } else { "" }),
];

fn shown(capabilities: &Capabilities, name: &str) -> &'static str {
    match capabilities.matrix().into_iter().find(|(column, _)| *column == name) {
        Some((_, Support::Native)) => "●",
        Some((_, Support::Degraded)) => "○",
        Some((_, Support::No)) | None => "",
    }
}

/// The matrix as a Markdown table, channels first.
pub fn matrix() -> String {
    let mut text = String::from("| connector | path | protocol | text |");
    for (name, _) in COLUMNS {
        let _ = write!(text, " {name} |");
    }
    text.push_str("\n|---|---|---|---|");
    text.push_str(&":-:|".repeat(COLUMNS.len()));
    text.push('\n');
    for descriptor in crate::descriptors() {
        row(&mut text, descriptor);
    }
    text
}

fn row(text: &mut String, descriptor: &Descriptor) {
    let protocol = match descriptor.confidence {
        Confidence::Documented => "documented",
        Confidence::Partly => "partly documented",
        Confidence::Assumed => "assumed",
    };
    let path = if descriptor.path.is_empty() { String::new() } else { format!("`{}`", descriptor.path) };
    let _ = write!(text, "| {} (`{}`) | {path} | {protocol} |", descriptor.name, descriptor.id);
    let speaks = matches!(descriptor.kind, Kind::Channel | Kind::CxPlatform);
    if speaks {
        let unit = match descriptor.text_limit.unit {
            TextUnit::Utf16 => "UTF-16 units",
            TextUnit::Characters => "characters",
            TextUnit::Bytes => "bytes",
        };
        let _ = write!(text, " {} {unit} |", descriptor.text_limit.max);
    } else {
        text.push_str(" |");
    }
    for (_, cell) in COLUMNS {
        let _ = write!(text, " {} |", if speaks { cell(&descriptor.capabilities) } else { "" });
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_readme_has_the_matrix_of_today() {
        let readme = include_str!("../../../README.md");
        let (_, rest) = readme.split_once(MARKS.0).unwrap();
        let (written, _) = rest.split_once(MARKS.1).unwrap();
        assert_eq!(written.trim(), matrix().trim(), "run `cargo run -p registry --example matrix` and paste");
    }
}
