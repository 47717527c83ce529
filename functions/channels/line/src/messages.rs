//! What the agent says, as LINE's message objects: <https://developers.line.biz/en/reference/messaging-api/#message-objects>.

use contract::{Attachment, Content, Location, MediaKind, Sticker, text};
use serde_json::{Value, json};

use crate::limits;

/// Collects the message objects of one message of the agent's.
#[derive(Default)]
pub(crate) struct Composer<'a> {
    messages: Vec<Value>,
    /// Quick replies so far. They are shown below the newest message only, so that they go to the last of all.
    pub(crate) quick: Vec<Value>,
    /// What had to be shown in another form.
    pub(crate) degradations: Vec<String>,
    /// The agent's name, until it was put before a text.
    name: Option<&'a str>,
    /// Pictures, films and sounds must be links.
    wordy: bool,
}

impl<'a> Composer<'a> {
    /// Nothing said yet, by this agent if the tenant wants the name shown.
    pub(crate) fn new(agent_name: Option<&'a str>) -> Self {
        Self { name: agent_name.filter(|name| !name.trim().is_empty()), ..Self::default() }
    }

    /// As [`Composer::new`], for what may hold no pictures, films and sounds.
    pub(crate) fn without_media(agent_name: Option<&'a str>) -> Self {
        Self { wordy: true, ..Self::new(agent_name) }
    }

    /// Adds one content. What is no message (receipts, typing) is not for here and adds nothing.
    pub(crate) fn add(&mut self, content: &Content) {
        match content {
            Content::Text { text } => self.text(text),
            Content::Attachment(attachment) => self.attachment(attachment),
            Content::Location(location) => self.location(location),
            Content::Sticker(sticker) => self.sticker(sticker),
            Content::QuickReplies { text, options } => self.quick_replies(text, options),
            Content::Card(card) => self.card(card),
            Content::Carousel { cards } => self.carousel(cards),
            Content::List { title, items, multiple } => self.list(title, items, *multiple),
            Content::DatePicker(picker) => self.date_picker(picker),
            Content::Form { title, fields } => self.form(title, fields),
            Content::Native { connector, json } => self.native(connector.as_deref(), json),
            Content::Answer(answer) => self.text(&answer.text),
            Content::Edited { text, .. } => {
                self.note("edit → new message: LINE's messages cannot be changed");
                self.text(&format!("✏️ {text}"));
            }
            Content::Note { .. } | Content::Receipt(_) | Content::Typing { .. } | Content::Presence { .. } => {}
        }
    }

    /// The message objects, in order, and what had to be shown in another form.
    pub(crate) fn finish(mut self) -> (Vec<Value>, Vec<String>) {
        if let Some(last) = self.messages.last_mut()
            && !self.quick.is_empty()
        {
            // A native message may bring its own.
            let mut items = last["quickReply"]["items"].as_array().cloned().unwrap_or_default();
            items.append(&mut self.quick);
            items.truncate(limits::QUICK_REPLIES);
            last["quickReply"] = json!({ "items": items });
        }
        self.degradations.dedup();
        (self.messages, self.degradations)
    }

    /// Adds a message object.
    pub(crate) fn push(&mut self, message: Value) {
        self.messages.push(message);
    }

    /// Remembers what had to be shown in another form.
    pub(crate) fn note(&mut self, degradation: impl Into<String>) {
        self.degradations.push(degradation.into());
    }

    /// A text, in as many parts as it needs. LINE refuses a message of nothing but white space.
    pub(crate) fn text(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let named;
        let text = match self.name.take() {
            Some(name) => {
                named = format!("{name}: {text}");
                &named
            }
            None => text,
        };
        for part in text::split(text, limits::TEXT_LIMIT) {
            if !part.trim().is_empty() {
                self.messages.push(json!({ "type": "text", "text": part }));
            }
        }
    }

    fn location(&mut self, location: &Location) {
        // Both are required, and must not be empty.
        let words = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let degrees = || format!("{}, {}", location.latitude, location.longitude);
        let title = words(&location.title).or_else(|| words(&location.address)).unwrap_or_else(degrees);
        let address = words(&location.address).unwrap_or_else(|| title.clone());
        if limits::utf16(&title).max(limits::utf16(&address)) > limits::PLACE {
            self.note(format!("location shortened: LINE shows {} characters of title and address", limits::PLACE));
        }
        let known = location.latitude.is_finite() && location.longitude.is_finite();
        if !known || location.latitude.abs() > 90.0 || location.longitude.abs() > 180.0 {
            self.note("location → text: it is not on the map");
            return self.text(&[title, address].join("\n"));
        }
        self.push(json!({
            "type": "location",
            "title": limits::clip(&title, limits::PLACE),
            "address": limits::clip(&address, limits::PLACE),
            "latitude": location.latitude,
            "longitude": location.longitude,
        }));
    }

    fn sticker(&mut self, sticker: &Sticker) {
        match sticker.package_id.as_deref().filter(|id| !id.is_empty()) {
            Some(package) => {
                self.push(json!({ "type": "sticker", "packageId": package, "stickerId": sticker.sticker_id }));
            }
            None => {
                self.note("sticker → text: LINE needs a package id");
                match sticker.text.as_deref().or(sticker.image_url.as_deref()) {
                    Some(words) => self.text(words),
                    None => self.text("🙂"),
                }
            }
        }
    }

    fn attachment(&mut self, file: &Attachment) {
        if let Some(caption) = &file.caption {
            self.text(caption);
        }
        if self.wordy {
            self.note(format!("{} → link: a notification message holds none", file.kind.word()));
            return self.link(file);
        }
        let message = match media(file) {
            Ok(message) => message,
            Err(reason) => {
                self.note(format!("{} → link: {reason}", file.kind.word()));
                return self.link(file);
            }
        };
        self.push(message);
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

/// The file as LINE shows it, or why LINE cannot.
fn media(file: &Attachment) -> Result<Value, &'static str> {
    let url = file.url().ok_or("it has no address that LINE could fetch it from")?;
    let mime = file.mime.as_deref().unwrap_or_else(|| mime_of(file.name.as_deref().unwrap_or(url)));
    let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let too_big = |limit: u64| file.size.is_some_and(|size| size > limit);
    let addressable = |url: &str| limits::is_web_address(url, limits::MEDIA_URL);
    if !addressable(url) {
        return Err("LINE cannot fetch it from its address");
    }
    let preview = file.preview_url.as_deref().filter(|url| addressable(url));
    match file.kind {
        MediaKind::Image if !["image/jpeg", "image/jpg", "image/png", ""].contains(&mime.as_str()) => {
            Err("LINE shows only JPEG and PNG")
        }
        MediaKind::Image if too_big(limits::IMAGE_BYTES) => Err("LINE shows pictures of at most 10 MB"),
        MediaKind::Image => match preview.or((!too_big(limits::PREVIEW_BYTES)).then_some(url)) {
            Some(preview) => Ok(json!({ "type": "image", "originalContentUrl": url, "previewImageUrl": preview })),
            None => Err("LINE needs a preview of at most 1 MB beside it"),
        },
        MediaKind::Video if !["video/mp4", ""].contains(&mime.as_str()) => Err("LINE plays only MP4"),
        MediaKind::Video if too_big(limits::FILM_BYTES) => Err("LINE plays films of at most 200 MB"),
        MediaKind::Video => match preview {
            Some(preview) => Ok(json!({ "type": "video", "originalContentUrl": url, "previewImageUrl": preview })),
            None => Err("LINE needs a preview picture beside it"),
        },
        MediaKind::Audio if !AUDIO.contains(&mime.as_str()) => Err("LINE plays only MP3 and M4A"),
        MediaKind::Audio if too_big(limits::FILM_BYTES) => Err("LINE plays sounds of at most 200 MB"),
        MediaKind::Audio => {
            // Required, but only shown: a minute when nobody knows.
            let duration = file.duration_ms.filter(|ms| *ms > 0).unwrap_or(60_000);
            Ok(json!({ "type": "audio", "originalContentUrl": url, "duration": duration }))
        }
        MediaKind::File => Err("LINE has no message for files"),
    }
}

const AUDIO: [&str; 6] = ["audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a", ""];

/// The MIME type by the name's ending, among those that matter here; `application/octet-stream` for an ending that LINE
/// cannot show, and nothing without one.
fn mime_of(name: &str) -> &'static str {
    let name = name.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    match name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
        None => "",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("mp4") => "video/mp4",
        Some("mp3") => "audio/mpeg",
        Some("m4a") => "audio/m4a",
        Some(_) => "application/octet-stream",
    }
}
