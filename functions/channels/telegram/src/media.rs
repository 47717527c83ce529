//! Pictures, films, sounds and files: <https://core.telegram.org/bots/api#sending-files>.
//!
//! Small ones are named by their address, and Telegram fetches them; bigger ones, and documents (of which Telegram fetches
//! only GIF, PDF and ZIP, and which lose their name on the way), are uploaded.

use contract::{Attachment, Draft, MediaKind, Unsupported};
use serde_json::{Value, json};

use crate::{
    limits, render,
    settings::Settings,
    step::{Message, MethodCall, Upload},
};

/// A method that sends one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Method {
    name: &'static str,
    /// The parameter that is the file.
    parameter: &'static str,
    /// The greatest size that Telegram fetches itself, in bytes; 0: it is always uploaded.
    by_url: u64,
    has_duration: bool,
}

const PHOTO: Method =
    Method { name: "sendPhoto", parameter: "photo", by_url: limits::PHOTO_BY_URL, has_duration: false };
const ANIMATION: Method = timed("sendAnimation", "animation", limits::FILE_BY_URL);
const VIDEO: Method = timed("sendVideo", "video", limits::FILE_BY_URL);
const AUDIO: Method = timed("sendAudio", "audio", limits::FILE_BY_URL);
const VOICE: Method = timed("sendVoice", "voice", limits::VOICE_BY_URL);
const DOCUMENT: Method = Method { name: "sendDocument", parameter: "document", by_url: 0, has_duration: false };

const fn timed(name: &'static str, parameter: &'static str, by_url: u64) -> Method {
    Method { name, parameter, by_url, has_duration: true }
}

impl Method {
    /// The best one for a file that is declared.
    fn of(file: &Attachment) -> Self {
        match (file.kind, compose::mime_of(file).as_str()) {
            (MediaKind::Image | MediaKind::File, "image/gif") => ANIMATION,
            (MediaKind::Image, _) => PHOTO,
            (MediaKind::Video, _) => VIDEO,
            // Telegram plays OGG with OPUS alone; what a recorder calls so is.
            (MediaKind::Audio, "audio/ogg" | "audio/opus") => VOICE,
            (MediaKind::Audio, _) => AUDIO,
            (MediaKind::File, _) => DOCUMENT,
        }
    }

    fn fetches(self, file: &Attachment) -> bool {
        self.by_url > 0 && file.size.is_none_or(|size| size <= self.by_url)
    }

    fn call(self, url: &str, file: &Attachment, caption: Option<&str>) -> MethodCall {
        let seconds = file.duration_ms.filter(|_| self.has_duration).map(|ms| ms.div_ceil(1_000));
        let call = MethodCall::new(self.name, Value::Null).with_some("caption", caption).with_some("duration", seconds);
        match self.fetches(file) {
            true => call.with(self.parameter, url),
            false => MethodCall { upload: Some(Upload::of(self.parameter, url, file)), ..call },
        }
    }
}

/// One file. What Telegram cannot show as a picture or film it takes as a document; a document that it does not take is a
/// link.
pub(crate) fn media(file: &Attachment, draft: &Draft<'_, Settings>) -> Result<Vec<Message>, Unsupported> {
    let url = address_of(file)?;
    let method = Method::of(file);
    let mut messages = Vec::new();
    let mut caption = file.caption.as_deref().map(|caption| draft.named(caption));
    // It fits without the agent's name.
    if let Some(long) = caption.take_if(|caption| limits::utf16(caption) > limits::CAPTION) {
        draft.note("caption → text message: it is too long for a caption");
        messages = render::texts(&long, 0, Vec::new());
    }
    let caption = caption.as_deref();
    let fallback = match method == DOCUMENT {
        false => DOCUMENT.call(url, file, caption),
        true => {
            let lines = [caption.unwrap_or_default(), &compose::file_link(file)].join("\n");
            MethodCall::text(limits::clip(lines.trim(), limits::TEXT))
        }
    };
    messages.push(Message::from(method.call(url, file, caption)).or(fallback));
    Ok(messages)
}

/// Pictures and films side by side: <https://core.telegram.org/bots/api#sendmediagroup>. An album has no moving pictures,
/// and what must be uploaded is sent alone.
pub(crate) fn album(files: &[Attachment], draft: &Draft<'_, Settings>) -> Result<Vec<Message>, Unsupported> {
    let (mut media, mut links) = (Vec::new(), Vec::new());
    for file in files {
        let url = address_of(file)?;
        let method = Method::of(file);
        let kind = match method {
            PHOTO => "photo",
            VIDEO => "video",
            _ => return Err("an album has pictures and films alone".into()),
        };
        if !method.fetches(file) {
            return Err("Telegram fetches no file of this size for an album".into());
        }
        let mut item = json!({ "type": kind, "media": url });
        if let Some(caption) = file.caption.as_deref().filter(|caption| !caption.trim().is_empty()) {
            let caption = draft.named(caption);
            if limits::utf16(&caption) > limits::CAPTION {
                return Err("its words are too long for a caption".into());
            }
            links.push(caption.clone());
            item["caption"] = caption.into();
        }
        links.push(compose::file_link(file));
        media.push(item);
    }
    let fallback = MethodCall::text(limits::clip(&links.join("\n"), limits::TEXT));
    Ok(vec![Message::from(MethodCall::new("sendMediaGroup", json!({ "media": media }))).or(fallback)])
}

fn address_of(file: &Attachment) -> Result<&str, Unsupported> {
    let url = file.url().filter(|url| limits::is_web_address(url));
    url.ok_or_else(|| "it has no address that Telegram could fetch it from".into())
}

/// A picture or film at an address, above words in bold up to `bold` UTF-16 units and a keyboard. Where Telegram cannot
/// fetch it, the words come alone.
pub(crate) fn above(
    words: &str,
    bold: usize,
    (method, parameter, url): (&'static str, &'static str, &str),
    keyboard: Option<Value>,
) -> Message {
    let entities = (bold > 0 && !words.is_empty()).then(|| render::bold(bold));
    let caption = Some(words).filter(|words| !words.is_empty());
    let call = MethodCall::new(method, Value::Null)
        .with(parameter, url)
        .with_some("caption", caption)
        .with_some("caption_entities", entities.clone())
        .with_some("reply_markup", keyboard.clone());
    let instead = caption.map_or_else(|| format!("🖼 {url}"), str::to_owned);
    let fallback = MethodCall::text(instead).with_some("entities", entities).with_some("reply_markup", keyboard);
    Message::from(call).or(fallback)
}

/// A picture without words.
pub(crate) fn picture(url: &str) -> Message {
    above("", 0, ("sendPhoto", "photo", url), None)
}
