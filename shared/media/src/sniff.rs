//! What a file is, by its first bytes before anybody's word.

use contract::MediaKind;

use super::{OCTET_STREAM, boxes, mime};

/// Types whose files always begin with their magic bytes: who declares one of them over other bytes is wrong.
const UNMISTAKABLE: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf"];
/// How much of a file is looked at to tell text from anything else, in bytes.
const TEXT_WINDOW: usize = 4096;

/// What a file is: MIME type (registered name, no parameters), kind, and extension (without the dot).
///
/// Magic bytes win over what is declared, what is declared over the name's extension. Three exceptions, where the bytes
/// only tell the wrapping: text of any sort, formats that are a ZIP or OLE archive inside (office documents), and films
/// without pictures, which are sounds.
pub fn sniff(bytes: &[u8], declared_mime: Option<&str>, name: Option<&str>) -> (String, MediaKind, String) {
    let declared = declared_mime.map(mime::canonical).filter(|mime| mime::meaningful(mime));
    let name_extension = name.and_then(extension_of).filter(|extension| extension.len() <= 10);
    let named = name_extension.as_deref().and_then(mime::of_extension);
    let claims: Vec<&str> = declared.iter().chain(&named).map(String::as_str).collect();
    let (mime, magic_extension) = match infer::get(bytes) {
        Some(magic) => {
            let found = mime::canonical(magic.mime_type());
            match refined(&found, &claims, bytes) {
                Some(finer) => (finer, None),
                None => (found, Some(magic.extension())),
            }
        }
        None => (unknown(bytes, &claims), None),
    };
    let fits = |extension: &&str| mime::of_extension(extension).as_deref() == Some(mime.as_str());
    let extension = name_extension
        .as_deref()
        .filter(fits)
        .or(magic_extension.filter(|_| mime::extension(&mime) == "bin"))
        .unwrap_or_else(|| mime::extension(&mime))
        .to_owned();
    let kind = mime::kind(&mime);
    (mime, kind, extension)
}

/// What the bytes' own type leaves open, and a claim or a second look answers.
fn refined(found: &str, claims: &[&str], bytes: &[u8]) -> Option<String> {
    let claim =
        |accept: &dyn Fn(&str) -> bool| claims.iter().find(|claim| accept(claim)).map(|claim| (*claim).to_owned());
    match found {
        "video/mp4" | "video/quicktime" => claim(&|mime| mime.starts_with("audio/"))
            .filter(|mime| matches!(mime.as_str(), "audio/mp4" | "audio/aac" | "audio/3gpp"))
            .map(|_| "audio/mp4".to_owned())
            .or_else(|| boxes::sound_only(bytes).then(|| "audio/mp4".to_owned())),
        "video/webm" => claim(&|mime| mime == "audio/webm"),
        "audio/ogg" => claim(&|mime| mime == "video/ogg"),
        "application/zip" => claim(&|mime| {
            mime.starts_with("application/vnd.") || mime.ends_with("+zip") || mime == "application/java-archive"
        }),
        // Every old office format is an OLE file; which one, is written deep inside.
        _ if bytes.starts_with(b"\xd0\xcf\x11\xe0") => {
            claim(&|mime| mime.starts_with("application/vnd.ms-") || mime == "application/msword")
        }
        _ if mime::textual(found) => claim(&mime::textual),
        _ => None,
    }
}

/// The type of bytes without magic.
fn unknown(bytes: &[u8], claims: &[&str]) -> String {
    if let Some(claim) = claims.iter().find(|claim| !UNMISTAKABLE.contains(claim)) {
        return (*claim).to_owned();
    }
    if looks_like_text(bytes) { "text/plain".to_owned() } else { OCTET_STREAM.to_owned() }
}

fn looks_like_text(bytes: &[u8]) -> bool {
    let window = &bytes[..bytes.len().min(TEXT_WINDOW)];
    let text = match std::str::from_utf8(window) {
        Ok(text) => text,
        // The window may end within a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&window[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
}

/// A file name's extension in lower case.
pub(super) fn extension_of(name: &str) -> Option<String> {
    let (stem, extension) = name.rsplit(['/', '\\']).next()?.rsplit_once('.')?;
    let plausible = !stem.is_empty() && !extension.is_empty() && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    plausible.then(|| extension.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{super::boxes::tests::film, *};
    use MediaKind::{Audio, File, Image, Video};

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
    const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\0\0";
    const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0";
    const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    type Row<'a> = (&'a str, &'a [u8], Option<&'a str>, Option<&'a str>, (&'a str, MediaKind, &'a str));

    #[test]
    fn files_are_what_their_bytes_say() {
        let (voice, movie) = (film(b"mp42", &[b"soun"], 9), film(b"isom", &[b"vide", b"soun"], 9));
        let (text, html) = ("Öffnungszeiten: 9–17 Uhr\n".as_bytes(), b"<!DOCTYPE html><html></html>".as_slice());
        let mut utf8_cut = vec![b'a'; TEXT_WINDOW - 1];
        utf8_cut.extend("é".as_bytes());
        let rows: &[Row] = &[
            ("magic alone", PNG, None, None, ("image/png", Image, "png")),
            ("magic over declared", JPEG, Some("image/png"), Some("a.png"), ("image/jpeg", Image, "jpg")),
            ("magic over declared text", JPEG, Some("text/plain"), None, ("image/jpeg", Image, "jpg")),
            ("the name's extension of that type", JPEG, None, Some("A.JPEG"), ("image/jpeg", Image, "jpeg")),
            ("a script as a picture", b"#!/bin/sh\nrm", Some("image/png"), None, ("text/x-shellscript", File, "sh")),
            ("a page as a picture", html, Some("image/jpeg"), Some("a.jpg"), ("text/html", File, "html")),
            ("a page as text", html, Some("text/plain"), None, ("text/plain", File, "txt")),
            ("not the picture it claims", b"\0\x01\x02", Some("image/png"), None, (OCTET_STREAM, File, "bin")),
            ("empty", b"", Some("image/jpeg"), Some("a.jpg"), (OCTET_STREAM, File, "bin")),
            ("nothing known", b"\0\x01\x02\x03", None, None, (OCTET_STREAM, File, "bin")),
            ("text", text, None, None, ("text/plain", File, "txt")),
            ("text, cut within a character", &utf8_cut, None, None, ("text/plain", File, "txt")),
            ("declared with parameters", text, Some("Text/CSV; charset=utf-8"), None, ("text/csv", File, "csv")),
            ("by name", b"a,b\n1,2\n", Some("application/octet-stream"), Some("x.csv"), ("text/csv", File, "csv")),
            ("declared nonsense", text, Some("../../etc"), None, ("text/plain", File, "txt")),
            ("SVG is no picture", b"<svg/>", Some("image/svg+xml"), None, ("image/svg+xml", File, "svg")),
            ("an office document", ZIP, Some(DOCX), Some("a.docx"), (DOCX, File, "docx")),
            ("an archive", ZIP, Some("image/png"), Some("a.png"), ("application/zip", File, "zip")),
            ("old Excel", OLE, None, Some("a.xls"), ("application/vnd.ms-excel", File, "xls")),
            ("a voice message", &voice, None, None, ("audio/mp4", Audio, "m4a")),
            ("a film", &movie, Some("video/mp4"), None, ("video/mp4", Video, "mp4")),
            ("a film declared as sound", &movie, Some("audio/x-m4a"), None, ("audio/mp4", Audio, "m4a")),
            ("MP3", b"ID3\x04\0\0\0\0\0\0", None, None, ("audio/mpeg", Audio, "mp3")),
            ("WAV", b"RIFF\0\0\0\0WAVEfmt ", Some("audio/x-wav"), None, ("audio/wav", Audio, "wav")),
            ("Ogg", b"OggS\0\x02\0\0\0\0", Some("audio/ogg; codecs=opus"), None, ("audio/ogg", Audio, "ogg")),
            ("sound without magic", b"\0\x01\x02", Some("audio/amr"), None, ("audio/amr", Audio, "amr")),
            ("PDF", b"%PDF-1.7\n", Some("application/octet-stream"), None, ("application/pdf", File, "pdf")),
            ("a type of nobody's", b"\0", Some("application/x-acme"), None, ("application/x-acme", File, "bin")),
        ];
        for (label, bytes, declared, name, (mime, kind, extension)) in rows {
            let expected = ((*mime).to_owned(), *kind, (*extension).to_owned());
            assert_eq!(sniff(bytes, *declared, *name), expected, "{label}");
        }
    }

    #[test]
    fn any_bytes_have_an_answer() {
        for seed in 0..2_000u32 {
            let bytes: Vec<u8> =
                (0..seed % 64).map(|i| (seed.wrapping_mul(2_654_435_761).rotate_left(i) >> 8) as u8).collect();
            sniff(&bytes, Some("video/mp4"), Some("…"));
        }
    }
}
