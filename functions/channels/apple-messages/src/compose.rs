//! What the agent says, as Apple's messages:
//! <https://register.apple.com/resources/messages/msp-rest-api/messages-sent>.

use contract::{
    Attachment, Choice, Content, Location, MediaKind, Sticker,
    descriptor::{TextLimit, TextUnit},
    text,
};
use serde_json::{Value, json};

use crate::{descriptor, device::Device, files, links, links::Piece, pickers, wire::OBJECT};

/// Title of a balloon, in UTF-16 units. Longer words are sent as a text before.
pub(crate) const TITLE: TextLimit = TextLimit { max: 512, unit: TextUnit::Utf16 };
/// Stands in the place of a question without words.
pub(crate) const POINT: &str = "👇";

/// One message to be: without ids, which depend on its place.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) message: Value,
    /// Whether pictures or files in it are named by their address only.
    pub(crate) files: bool,
    /// `message`, or `authenticate`.
    pub(crate) endpoint: &'static str,
}

impl Part {
    pub(crate) fn new(message: Value) -> Self {
        Self { message, files: false, endpoint: "message" }
    }

    pub(crate) fn with_files(message: Value) -> Self {
        Self { files: true, ..Self::new(message) }
    }
}

/// Collects the messages of one message of the agent's.
pub(crate) struct Composer<'a> {
    parts: Vec<Part>,
    degradations: Vec<String>,
    /// The options that are shown as numbered text.
    pub(crate) numbered: Vec<Choice>,
    /// The agent's name, until it was put before a text.
    name: Option<&'a str>,
    pub(crate) device: Device,
}

impl<'a> Composer<'a> {
    /// Nothing said yet, by this agent if the tenant wants the name shown, on this device.
    pub(crate) fn new(agent_name: Option<&'a str>, device: Device) -> Self {
        let name = agent_name.filter(|name| !name.trim().is_empty());
        Self { parts: Vec::new(), degradations: Vec::new(), numbered: Vec::new(), name, device }
    }

    /// Adds one content. What is no message is not for here and adds nothing.
    pub(crate) fn add(&mut self, content: &Content) {
        match content {
            Content::Text { text } => self.text(text),
            Content::Attachment(file) => self.attachment(file),
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
                self.note("edit → new message: a message cannot be changed");
                self.text(&format!("✏️ {text}"));
            }
            Content::Note { .. } | Content::Receipt(_) | Content::Typing { .. } | Content::Presence { .. } => {}
        }
    }

    /// The messages, in order; what had to be shown in another form; the options that are numbered.
    pub(crate) fn finish(mut self) -> (Vec<Part>, Vec<String>, Vec<Choice>) {
        self.degradations.dedup();
        (self.parts, self.degradations, self.numbered)
    }

    pub(crate) fn push(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// Remembers what had to be shown in another form.
    pub(crate) fn note(&mut self, degradation: impl Into<String>) {
        self.degradations.push(degradation.into());
    }

    /// Words with the agent's name before them, once.
    fn named(&mut self, words: &str) -> String {
        match self.name.take() {
            Some(name) => format!("{name}: {words}"),
            None => words.to_owned(),
        }
    }

    /// A text, in as many parts as it needs, and its addresses as rich links: Apple approves no service without.
    pub(crate) fn text(&mut self, words: &str) {
        if words.trim().is_empty() {
            return;
        }
        let named = self.named(words);
        for piece in links::pieces(&named) {
            match piece {
                Piece::Text(words) => self.words(words),
                Piece::Link(url) => self.link(url, None, None),
            }
        }
    }

    fn words(&mut self, words: &str) {
        for part in text::split(words, descriptor::TEXT) {
            if !part.trim().is_empty() {
                self.push(Part::new(json!({ "type": "text", "body": part })));
            }
        }
    }

    /// A question's words for the title of a balloon. What is too long for one is sent in full before it.
    pub(crate) fn title(&mut self, words: &str) -> String {
        let words = if words.trim().is_empty() { POINT } else { words.trim() };
        let named = self.named(words);
        if TITLE.unit.measure(&named) > TITLE.max {
            self.note("title → text: it is too long for a balloon");
            self.words(&named);
        }
        text::truncate(&named, TITLE)
    }

    /// A rich link. Where there is no picture, a plain one stands in: Apple takes no rich link without.
    pub(crate) fn link(&mut self, url: &str, title: Option<&str>, image: Option<&str>) {
        let host = || links::host(url).unwrap_or_else(|| url.to_owned());
        let title = title.map(str::trim).filter(|title| !title.is_empty()).map_or_else(host, str::to_owned);
        let image = image.filter(|url| links::is_address(url));
        let picture = match image {
            Some(url) => json!({ "url": url }),
            None => files::plain_picture(),
        };
        let data = json!({ "url": url, "title": text::truncate(&title, TITLE), "assets": { "image": picture } });
        let message = json!({ "type": "richLink", "richLinkData": data });
        self.push(if image.is_some() { Part::with_files(message) } else { Part::new(message) });
    }

    /// There is no such message; Apple Maps knows the place, and its links show a map.
    fn location(&mut self, place: &Location) {
        self.note("location → rich link to a map: there is no such message");
        let words = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let name = words(&place.title).or_else(|| words(&place.address));
        let title = name.clone().unwrap_or_else(|| format!("{}, {}", place.latitude, place.longitude));
        if let Some(address) = words(&place.address).filter(|address| *address != title) {
            self.text(&address);
        }
        self.link(&links::map(place.latitude, place.longitude, name.as_deref()), Some(&title), None);
    }

    fn sticker(&mut self, sticker: &Sticker) {
        match sticker.image_url.as_deref().filter(|url| links::is_address(url)) {
            Some(url) => {
                self.note("sticker → picture: there is no such message");
                self.attachment(&Attachment::at_url(MediaKind::Image, url));
            }
            None => {
                self.note("sticker → text: it has no picture");
                self.text(sticker.text.as_deref().unwrap_or("🙂"));
            }
        }
    }

    /// A file, which `send` encrypts and uploads.
    pub(crate) fn attachment(&mut self, file: &Attachment) {
        if let Some(caption) = &file.caption {
            self.text(caption);
        }
        let name = file.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let Some(url) = file.url().filter(|url| links::is_address(url)) else {
            self.note(format!("{} → text: it has no address to fetch it from", file.kind.word()));
            return self.text(&format!("📎 {}", name.unwrap_or(file.kind.word())));
        };
        if file.size.is_some_and(|size| size > files::MAX_BYTES) {
            self.note(format!("{} → rich link: it is larger than 50 MB", file.kind.word()));
            return self.link(url, name, None);
        }
        let mut attachment = json!({ "sourceUrl": url });
        for (field, value) in [("name", name), ("mimeType", file.mime.as_deref())] {
            if let Some(value) = value {
                attachment[field] = value.into();
            }
        }
        self.push(Part::with_files(json!({
            "type": "text", "body": OBJECT.to_string(), "attachments": [attachment],
        })));
    }

    /// Options as a numbered text, for a device that shows nothing better.
    pub(crate) fn ask_in_words(&mut self, words: &str, options: &[Choice]) {
        let mut lines: Vec<String> = Vec::with_capacity(options.len() + 1);
        lines.extend((!words.trim().is_empty()).then(|| words.trim().to_owned()));
        for option in options {
            let text = pickers::words(option);
            let payload = if option.payload.trim().is_empty() { text } else { &option.payload };
            self.numbered.push(Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None });
            lines.push(format!("{}. {text}", self.numbered.len()));
        }
        self.text(&lines.join("\n"));
    }
}
