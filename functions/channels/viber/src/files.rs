//! Pictures, films and files. Viber tells them by the ending of their address, and wants to know their size.

use contract::{Attachment, MediaKind};
use serde_json::{Value, json};

use crate::limits;

/// Endings of files that Viber does not carry: programs.
/// <https://developers.viber.com/docs/api/rest-bot-api/#forbidden-file-formats>
const FORBIDDEN: &[&str] = &[
    "action", "apk", "app", "bat", "bin", "cmd", "com", "command", "cpl", "csh", "exe", "gadget", "inf", "ins", "inx",
    "ipa", "isu", "job", "jse", "ksh", "lnk", "msc", "msi", "msp", "mst", "osx", "out", "paf", "pif", "prg", "ps1",
    "reg", "rgs", "run", "sct", "sh", "shb", "shs", "u3p", "vb", "vbe", "vbs", "vbscript", "workflow", "ws", "wsf",
];

/// A file as what it is, with its caption, or why Viber does not show it so.
pub(crate) fn message(file: &Attachment) -> Result<Value, &'static str> {
    let mut message = match file.kind {
        MediaKind::Image => picture(file)?,
        MediaKind::Video => film(file)?,
        MediaKind::Audio => return Err("Viber has no message for sound"),
        MediaKind::File => return as_file(file),
    };
    message["text"] = file.caption.as_deref().unwrap_or_default().into();
    Ok(message)
}

fn picture(file: &Attachment) -> Result<Value, &'static str> {
    let shows = |url: &&str| {
        let ending = limits::ending(url);
        limits::is_web_address(url, limits::URL)
            && ending.is_some_and(|ending| ["jpg", "jpeg", "png", "gif"].contains(&ending.as_str()))
    };
    let url = file.url().filter(shows);
    let url = url.ok_or("Viber knows a picture by its address, which must end in .jpg, .png or .gif")?;
    Ok(json!({ "type": "picture", "media": url }))
}

fn film(file: &Attachment) -> Result<Value, &'static str> {
    let url = file.url().filter(|url| limits::is_web_address(url, limits::URL)).ok_or(NO_ADDRESS)?;
    if limits::ending(url).as_deref() != Some("mp4") {
        return Err("Viber knows a film by its address, which must end in .mp4");
    }
    let size = file.size.filter(|size| *size > 0).ok_or(NO_SIZE)?;
    let mut message = json!({ "type": "video", "media": url, "size": size });
    if let Some(ms) = file.duration_ms.filter(|ms| *ms > 0) {
        message["duration"] = ms.div_ceil(1_000).into();
    }
    if let Some(poster) = file.preview_url.as_deref().filter(|url| limits::is_web_address(url, limits::URL)) {
        message["thumbnail"] = poster.into();
    }
    Ok(message)
}

const NO_ADDRESS: &str = "it has no address that Viber could fetch it from";
const NO_SIZE: &str = "its size is not known";

fn as_file(file: &Attachment) -> Result<Value, &'static str> {
    let url = file.url().filter(|url| limits::is_web_address(url, limits::URL)).ok_or(NO_ADDRESS)?;
    let size = file.size.filter(|size| *size > 0).ok_or(NO_SIZE)?;
    let of_url = || url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let name = file.name.as_deref().unwrap_or_else(|| of_url());
    let name: String = name.chars().map(|c| if c.is_control() || c == '/' || c == '\\' { '_' } else { c }).collect();
    let name = match name.trim() {
        "" => file.kind.word(),
        name => name,
    };
    // A storage calls `.bin` what has no ending of its own: of an address, that says nothing.
    let of_address = limits::ending(url).filter(|ending| ending != "bin");
    let endings = [limits::ending_of_name(name), of_address];
    if endings.into_iter().flatten().any(|ending| FORBIDDEN.contains(&ending.as_str())) {
        return Err("Viber carries no programs");
    }
    Ok(json!({ "type": "file", "media": url, "size": size, "file_name": short_name(name) }))
}

/// A long name loses its middle, not its ending.
fn short_name(name: &str) -> String {
    if limits::utf16(name) <= limits::FILE_NAME {
        return name.to_owned();
    }
    match name.rsplit_once('.').filter(|(_, ending)| limits::utf16(ending) <= 10) {
        Some((stem, ending)) => {
            format!("{}.{ending}", limits::clip(stem, limits::FILE_NAME - 1 - limits::utf16(ending)))
        }
        None => limits::clip(name, limits::FILE_NAME),
    }
}
