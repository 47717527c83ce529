//! File names that are safe everywhere: in a header, on a disk, in a chat.

use unicode_segmentation::UnicodeSegmentation;

use super::{OCTET_STREAM, mime, sniff::extension_of};

/// The longest name, in characters.
const MAX_CHARS: usize = 100;

/// A file name made safe: no path, no control or direction-changing characters, nothing a file system reserves, at most
/// 100 characters, letters of any script kept, and an extension that fits the type. A file without a name is called after
/// its kind: `image.jpg`.
pub fn file_name(name: Option<&str>, mime: &str) -> String {
    let mime = mime::canonical(mime);
    let cleaned = clean(name.unwrap_or_default());
    let extension = mime::extension(&mime);
    let (stem, extension) = match extension_of(&cleaned) {
        Some(own) if fits(&own, &mime, extension) => {
            let stem = &cleaned[..cleaned.len() - own.len() - 1];
            (stem.to_owned(), cleaned[stem.len() + 1..].to_owned())
        }
        _ => (cleaned, extension.to_owned()),
    };
    let stem = match stem.trim_matches(['.', ' ']) {
        "" => mime::kind(&mime).word(),
        stem if reserved(stem) => return format!("_{stem}.{extension}"),
        stem => stem,
    };
    let room = MAX_CHARS - extension.len() - 1;
    let mut kept = 0;
    let mut chars = 0;
    for grapheme in stem.graphemes(true) {
        chars += grapheme.chars().count();
        if chars > room {
            break;
        }
        kept += grapheme.len();
    }
    let cut = stem[..kept].trim_end_matches(['.', ' ']);
    let stem = if cut.is_empty() { mime::kind(&mime).word() } else { cut };
    format!("{stem}.{extension}")
}

/// The last part of a path, without what is dangerous in a name.
fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let replaced: String = last
        .chars()
        .filter(|c| !c.is_control() && !invisible(*c))
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c })
        .collect();
    let words: Vec<&str> = replaced.split_whitespace().collect();
    words.join(" ").trim_matches(['.', ' ']).to_owned()
}

/// Characters that turn the direction of text or do not show: with a right-to-left override before `gpj.exe`, a
/// program's name ends in `exe.jpg`. The joiners that scripts and emojis need stay.
fn invisible(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether an extension may stand for a type as it is.
fn fits(own: &str, mime: &str, usual: &str) -> bool {
    if own == usual || own.len() > 10 {
        return own == usual;
    }
    let known = mime::of_extension(own);
    match known.as_deref() {
        _ if mime == OCTET_STREAM => true,
        Some(known) => known == mime || (mime::textual(known) && mime::textual(mime)),
        // Nobody knows either: an extension of the sender's own.
        None => usual == "bin",
    }
}

/// Names of devices on Windows.
fn reserved(stem: &str) -> bool {
    let device = stem.split('.').next().unwrap_or_default().to_ascii_uppercase();
    matches!(device.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (device.len() == 4
            && (device.starts_with("COM") || device.starts_with("LPT"))
            && device.as_bytes()[3].is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_safe() {
        let rows: &[(&str, Option<&str>, &str, &str)] = &[
            ("as it is", Some("Report 2026.pdf"), "application/pdf", "Report 2026.pdf"),
            ("other scripts stay", Some("請求書（6月）.pdf"), "application/pdf", "請求書（6月）.pdf"),
            ("emoji with joiners stays", Some("👩‍👩‍👧.png"), "image/png", "👩‍👩‍👧.png"),
            ("none", None, "image/jpeg", "image.jpg"),
            ("none of no type", None, "application/octet-stream", "file.bin"),
            ("nothing left", Some("///"), "audio/mp4", "audio.m4a"),
            ("dots only", Some(".."), "video/mp4", "video.mp4"),
            ("a path", Some("../../etc/passwd"), "text/plain", "passwd.txt"),
            ("a Windows path", Some("C:\\Users\\me\\a.doc"), "application/msword", "a.doc"),
            ("control characters", Some("a\r\nSet-Cookie: x\0.pdf"), "application/pdf", "aSet-Cookie_ x.pdf"),
            ("quotes", Some("a\"b*.pdf"), "application/pdf", "a_b_.pdf"),
            ("direction override", Some("photo\u{202e}gpj.exe"), "image/jpeg", "photogpj.exe.jpg"),
            ("no extension", Some("holiday"), "image/png", "holiday.png"),
            ("a wrong extension", Some("holiday.png"), "image/jpeg", "holiday.png.jpg"),
            ("another extension of the type", Some("A.JPEG"), "image/jpeg", "A.JPEG"),
            ("text of another sort", Some("data.csv"), "text/plain", "data.csv"),
            ("an old name of the type", Some("voice.m4a"), "audio/x-m4a", "voice.m4a"),
            ("unknown type", Some("backup.acme"), "application/octet-stream", "backup.acme"),
            ("type of nobody's", Some("backup.acme"), "application/x-acme", "backup.acme"),
            ("a device", Some("CON.txt"), "text/plain", "_CON.txt"),
            ("hidden", Some(".htaccess"), "text/plain", "htaccess.txt"),
            ("spaces", Some("  a   b .txt"), "text/plain", "a b.txt"),
        ];
        for (label, name, mime, expected) in rows {
            assert_eq!(file_name(*name, mime), *expected, "{label}");
        }
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        for (name, stem) in [("字".repeat(300), "字".repeat(96)), ("👩‍👩‍👧".repeat(60), "👩‍👩‍👧".repeat(19))]
        {
            assert_eq!(file_name(Some(&format!("{name}.pdf")), "application/pdf"), format!("{stem}.pdf"));
        }
    }
}
