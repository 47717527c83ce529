//! Pictures, films and files. Viber tells them by the ending of their address, and wants to know their size.

use contract::{Attachment, MediaKind};
use serde_json::{Value, json};

use crate::{limits, messages::Composer};

/// Endings of files that Viber does not carry: programs.
/// <https://developers.viber.com/docs/api/rest-bot-api/#forbidden-file-formats>
const FORBIDDEN: &[&str] = &[
    "action", "apk", "app", "bat", "bin", "cmd", "com", "command", "cpl", "csh", "exe", "gadget", "inf", "ins", "inx",
    "ipa", "isu", "job", "jse", "ksh", "lnk", "msc", "msi", "msp", "mst", "osx", "out", "paf", "pif", "prg", "ps1",
    "reg", "rgs", "run", "sct", "sh", "shb", "shs", "u3p", "vb", "vbe", "vbs", "vbscript", "workflow", "ws", "wsf",
];

impl Composer {
    /// A file: as what it is, else as a file, else as a link.
    pub(crate) fn attachment(&mut self, file: &Attachment) {
        let caption = file.caption.as_deref().map(str::trim).filter(|caption| !caption.is_empty());
        let fits = caption.is_none_or(|caption| limits::utf16(caption) <= limits::CAPTION);
        let shown = match file.kind {
            MediaKind::Image => self.picture(file),
            MediaKind::Video => film(file),
            MediaKind::Audio => Err("Viber has no message for sound"),
            MediaKind::File => Err(""),
        };
        let message = match shown {
            Ok(mut message) if fits => {
                message["text"] = caption.unwrap_or_default().into();
                return self.push(message);
            }
            Ok(mut message) => {
                message["text"] = "".into();
                message
            }
            Err(reason) => match as_file(file) {
                Ok(message) => {
                    if !reason.is_empty() {
                        self.note(format!("{} → file: {reason}", file.kind.word()));
                    }
                    message
                }
                Err(other) => {
                    let reason = if reason.is_empty() { other } else { reason };
                    self.note(format!("{} → link: {reason}", file.kind.word()));
                    if let Some(caption) = caption {
                        self.text(caption);
                    }
                    return self.link(file);
                }
            },
        };
        if let Some(caption) = caption {
            self.text(caption);
        }
        self.push(message);
    }

    fn picture(&mut self, file: &Attachment) -> Result<Value, &'static str> {
        let shows = |url: &&str| {
            let ending = limits::ending(url);
            limits::is_web_address(url, limits::URL)
                && ending.is_some_and(|ending| ["jpg", "jpeg", "png", "gif"].contains(&ending.as_str()))
        };
        let mime = mime_of(file);
        let shown = mime.is_empty() || ["image/jpeg", "image/jpg", "image/png", "image/gif"].contains(&mime.as_str());
        let small = file.size.is_none_or(|size| size <= limits::PICTURE_BYTES);
        if let Some(url) = file.url().filter(shows)
            && shown
            && small
        {
            return Ok(json!({ "type": "picture", "media": url }));
        }
        if let Some(url) = file.preview_url.as_deref().filter(shows) {
            self.note("picture → smaller picture: Viber shows JPEG, PNG and GIF of at most 1 MB");
            return Ok(json!({ "type": "picture", "media": url }));
        }
        Err(match (shown, small) {
            (false, _) => "Viber shows only JPEG, PNG and GIF",
            (_, false) => "Viber shows pictures of at most 1 MB",
            _ => "Viber knows a picture by its address, which must end in .jpg, .png or .gif",
        })
    }

    fn link(&mut self, file: &Attachment) {
        let name = file.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let line = format!("📎 {}", name.unwrap_or(file.kind.word()));
        match file.url() {
            Some(url) => self.text(&format!("{line}\n{url}")),
            None => self.text(&line),
        }
    }
}

fn film(file: &Attachment) -> Result<Value, &'static str> {
    let url = file.url().filter(|url| limits::is_web_address(url, limits::URL)).ok_or(NO_ADDRESS)?;
    if limits::ending(url).as_deref() != Some("mp4") || !["video/mp4", ""].contains(&mime_of(file).as_str()) {
        return Err("Viber plays only MP4");
    }
    let size = file.size.filter(|size| *size > 0).ok_or(NO_SIZE)?;
    if size > limits::FILM_BYTES {
        return Err("Viber plays films of at most 26 MB");
    }
    if file.duration_ms.is_some_and(|ms| ms > limits::FILM_MS) {
        return Err("Viber plays films of at most three minutes");
    }
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
    if size > limits::FILE_BYTES {
        return Err("Viber carries files of at most 50 MB");
    }
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

fn mime_of(file: &Attachment) -> String {
    file.mime.as_deref().and_then(|mime| mime.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase()
}
