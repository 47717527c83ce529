//! Pictures, films, sounds and files: <https://core.telegram.org/bots/api#sending-files>.
//!
//! Small ones are named by their address, and Telegram fetches them; bigger ones, and documents (of which Telegram fetches
//! only GIF, PDF and ZIP, and which lose their name on the way), are uploaded. What is too big for that is a link.

use contract::{Attachment, Content, MediaKind};
use serde_json::{Value, json};

use crate::{limits, messages::Composer, upload};

/// How a file is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    method: &'static str,
    field: &'static str,
    by_url: u64,
    by_upload: u64,
}

const PHOTO: Shape =
    Shape { method: "sendPhoto", field: "photo", by_url: limits::PHOTO_BY_URL, by_upload: limits::PHOTO_BY_UPLOAD };
const ANIMATION: Shape = film("sendAnimation", "animation");
const VIDEO: Shape = film("sendVideo", "video");
const AUDIO: Shape = film("sendAudio", "audio");
const VOICE: Shape = Shape { by_url: limits::VOICE_BY_URL, ..film("sendVoice", "voice") };
const DOCUMENT: Shape = Shape { by_url: 0, ..film("sendDocument", "document") };

const fn film(method: &'static str, field: &'static str) -> Shape {
    Shape { method, field, by_url: limits::FILE_BY_URL, by_upload: limits::FILE_BY_UPLOAD }
}

/// The pictures and films at the beginning that can be one album, with their kinds. An album has no documents, and what must
/// be uploaded is sent alone.
pub(crate) fn album(contents: &[Content]) -> Vec<(&'static str, &Attachment)> {
    contents
        .iter()
        .take(limits::ALBUM)
        .map_while(|content| {
            let Content::Attachment(file) = content else { return None };
            let shape = shape(file);
            let kind = if shape == PHOTO { "photo" } else { "video" };
            let is_small = file.size.is_none_or(|size| size <= shape.by_url);
            let caption_fits = limits::utf16(file.caption.as_deref().unwrap_or_default()) <= limits::CAPTION / 2;
            let fits = (shape == PHOTO || shape == VIDEO) && is_small && caption_fits;
            (fits && limits::is_web_address(file.url()?)).then_some((kind, file))
        })
        .collect()
}

impl Composer<'_> {
    /// Pictures and films side by side.
    pub(crate) fn album(&mut self, files: &[(&str, &Attachment)]) {
        let (mut media, mut links) = (Vec::new(), Vec::new());
        for (kind, file) in files {
            let mut item = json!({ "type": kind, "media": file.url().unwrap_or_default() });
            let mut link = link_of(file);
            if let Some(caption) = caption_of(file) {
                let caption = self.named(caption);
                link = format!("{caption}\n{link}");
                item["caption"] = limits::clip(&caption, limits::CAPTION).into();
            }
            media.push(item);
            links.push(link);
        }
        let instead = json!({ "text": limits::clip(&links.join("\n"), limits::TEXT) });
        self.push_or(("sendMediaGroup", json!({ "media": media })), ("sendMessage", instead));
    }

    /// One file.
    pub(crate) fn attachment(&mut self, file: &Attachment) {
        let Some(url) = file.url().filter(|url| limits::is_web_address(url)) else {
            self.note(format!("{} → text: it has no address that Telegram could fetch it from", file.kind.word()));
            return self.link(file);
        };
        let shape = Some(shape(file)).filter(|shape| file.size.is_none_or(|size| size <= shape.by_upload));
        let Some(shape) = shape.or_else(|| fits_as_document(file)) else {
            self.note(format!("{} → link: Telegram takes files of at most 50 MB", file.kind.word()));
            return self.link(file);
        };
        // Words that are too long for a caption are a message before it.
        let caption = caption_of(file).map(|caption| self.named(caption));
        let caption = match caption {
            Some(caption) if limits::utf16(&caption) > limits::CAPTION => {
                self.note("caption → text message: it is too long for a caption");
                self.plain(&caption, 0, None);
                None
            }
            caption => caption,
        };
        let body = |shape: Shape| {
            let is_small = file.size.is_none_or(|size| size <= shape.by_url);
            let by_url = is_small && shape.by_url > 0;
            let mut body = json!({ shape.field: if by_url { json!(url) } else { upload::of(url, file) } });
            if let Some(caption) = &caption {
                body["caption"] = caption.as_str().into();
            }
            if let (Some(ms), true) = (file.duration_ms, matches!(shape, VIDEO | AUDIO | VOICE | ANIMATION)) {
                body["duration"] = ms.div_ceil(1_000).into();
            }
            body
        };
        // What Telegram cannot show as a picture or film it takes as a file; a file that it does not take is a link.
        let instead = match shape == DOCUMENT {
            false => (DOCUMENT.method, body(DOCUMENT)),
            true => {
                let lines = [caption.clone().unwrap_or_default(), link_of(file)].join("\n");
                ("sendMessage", json!({ "text": limits::clip(lines.trim(), limits::TEXT) }))
            }
        };
        self.push_or((shape.method, body(shape)), instead);
    }

    fn link(&mut self, file: &Attachment) {
        if let Some(caption) = caption_of(file) {
            self.text(caption);
        }
        self.text(&link_of(file));
    }
}

fn caption_of(file: &Attachment) -> Option<&str> {
    file.caption.as_deref().filter(|caption| !caption.trim().is_empty())
}

fn link_of(file: &Attachment) -> String {
    let name = file.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let line = format!("📎 {}", limits::clip(name.unwrap_or(file.kind.word()), 200));
    file.url().map_or(line.clone(), |url| format!("{line}\n{url}"))
}

/// The best way to show a file, by its type.
fn shape(file: &Attachment) -> Shape {
    let named = file.name.as_deref().or(file.url()).unwrap_or_default();
    let mime = file.mime.as_deref().map_or_else(|| mime_of(named), str::to_owned);
    let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match (file.kind, mime.as_str()) {
        (MediaKind::Image | MediaKind::File, "image/gif") => ANIMATION,
        (MediaKind::Image, "image/jpeg" | "image/jpg" | "image/png" | "image/webp" | "") => PHOTO,
        (MediaKind::Video, "video/mp4" | "") => VIDEO,
        (MediaKind::Audio, "audio/mpeg" | "audio/mp3" | "audio/mp4" | "audio/m4a" | "audio/x-m4a" | "") => AUDIO,
        // Telegram plays OGG with OPUS alone; what a recorder calls so is.
        (MediaKind::Audio, "audio/ogg" | "audio/opus") => VOICE,
        _ => DOCUMENT,
    }
}

/// A picture of 10 to 50 MB can still be uploaded as a file.
fn fits_as_document(file: &Attachment) -> Option<Shape> {
    file.size.is_none_or(|size| size <= DOCUMENT.by_upload).then_some(DOCUMENT)
}

/// The MIME type by the name's ending, among those that matter here; `application/octet-stream` for any other ending, and
/// nothing without one.
fn mime_of(name: &str) -> String {
    let name = name.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    match name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
        None => "",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("gif") => "image/gif",
        Some("mp4") => "video/mp4",
        Some("mp3") => "audio/mpeg",
        Some("m4a") => "audio/m4a",
        Some("ogg" | "oga" | "opus") => "audio/ogg",
        Some(_) => "application/octet-stream",
    }
    .to_owned()
}

/// A link to a picture, for whoever cannot see it.
pub(crate) fn picture_link(url: &str) -> Value {
    json!(format!("🖼 {url}"))
}
