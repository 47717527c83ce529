//! From an agent's message to activities, one request for each:
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-send-and-receive-messages>.

use contract::{
    Attachment, Call, Choice, Content, Location, MediaKind, Outbound, Rendering, SendContext, Sticker, http::Request,
    text,
};
use http::Method;
use serde_json::{Value, json};

use crate::{
    address::{self, Address},
    cards::{self, Look},
    file_consent, limits,
    settings::Settings,
};

/// Messages first and what may fail after them.
pub(crate) fn render(message: &Outbound, settings: &Settings, context: &SendContext) -> Rendering<Call> {
    let address = Address::to_send(context, message.to.as_str());
    let activities = address.activities();
    let mut composer = Composer {
        settings,
        private: address::is_person(message.to.as_str()),
        name: context.agent_name.as_deref().filter(|name| !name.trim().is_empty()),
        pieces: Vec::new(),
        degradations: Vec::new(),
        numbered: Vec::new(),
    };
    let mut typing = false;
    for content in &message.contents {
        match content {
            Content::Typing { on: true, .. } => typing = true,
            content => composer.add(content),
        }
    }
    let post = |activity: &Value| Request::post_json(&activities, activity);
    let mut calls: Vec<Call> = composer
        .pieces
        .iter()
        .map(|piece| match piece {
            Piece::Post(activity) => Call::new(post(activity)),
            Piece::Replace { id, by, instead } => {
                let call = Call::new(Request::new(Method::PUT, address.activity(id)).json(by));
                match instead {
                    Some(instead) => call.or(post(instead)),
                    None => call,
                }
            }
            Piece::TakeBack { id } => Call::new(Request::new(Method::DELETE, address.activity(id))),
        })
        .collect();
    // Who has not opened the chat would have it opened by an agent who only types.
    if typing && address::unopened(&activities).is_none() {
        calls.push(Call::best_effort(Request::post_json(&activities, &json!({ "type": "typing" }))));
    }
    composer.degradations.dedup();
    Rendering { steps: calls, degradations: composer.degradations, numbered: composer.numbered, ..Rendering::default() }
}

/// One thing to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// An activity.
    Post(Value),
    /// Another in the place of one of ours; `instead` is sent when that cannot be changed.
    Replace { id: String, by: Value, instead: Option<Value> },
    /// One of ours is taken back.
    TakeBack { id: String },
}

/// Collects the activities of one message of the agent's.
pub(crate) struct Composer<'a> {
    settings: &'a Settings,
    /// Whether the guest is one person: only then files are handed over.
    private: bool,
    /// The agent's name, until it was put before a text.
    name: Option<&'a str>,
    pub(crate) pieces: Vec<Piece>,
    /// What had to be shown in another form.
    degradations: Vec<String>,
    /// The options that are shown as numbered text.
    pub(crate) numbered: Vec<Choice>,
}

impl Composer<'_> {
    fn add(&mut self, content: &Content) {
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
            Content::Edited { message_id, text } => self.edit(message_id, text),
            Content::Note { .. } | Content::Receipt(_) | Content::Typing { .. } | Content::Presence { .. } => {}
        }
    }

    /// Adds an activity.
    pub(crate) fn push(&mut self, activity: Value) {
        self.pieces.push(Piece::Post(activity));
    }

    /// Adds a message with attachments: side by side when there are several.
    pub(crate) fn attach(&mut self, attachments: Vec<Value>) {
        match attachments.len() {
            0 => {}
            1 => self.push(json!({ "type": "message", "attachments": attachments })),
            _ => {
                self.push(json!({ "type": "message", "attachmentLayout": "carousel", "attachments": attachments }));
            }
        }
    }

    /// Remembers what had to be shown in another form.
    pub(crate) fn note(&mut self, degradation: impl Into<String>) {
        self.degradations.push(degradation.into());
    }

    /// A text, in as many parts as it needs. Plain: Teams would take asterisks and underscores for emphasis.
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
                self.push(json!({ "type": "message", "textFormat": "plain", "text": part }));
            }
        }
    }

    /// Our message, changed; a new one when it cannot be.
    fn edit(&mut self, id: &str, text: &str) {
        let anew = format!("✏️ {text}");
        let fits = limits::TEXT_LIMIT.unit.measure(&anew) <= limits::TEXT_LIMIT.max && !text.trim().is_empty();
        if !fits || id.trim().is_empty() {
            self.note("edit → new message: it does not fit into the one that is changed");
            return self.text(&anew);
        }
        let plain = |text: &str| json!({ "type": "message", "textFormat": "plain", "text": text });
        self.pieces.push(Piece::Replace { id: id.to_owned(), by: plain(text), instead: Some(plain(&anew)) });
    }

    fn location(&mut self, location: &Location) {
        self.note("location → card with a link: Teams has no places");
        let words = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let degrees = format!("{}, {}", location.latitude, location.longitude);
        let title = words(&location.title).or_else(|| words(&location.address)).unwrap_or(degrees);
        let mut body = cards::words(&self.spill(&title), Look::Title);
        if let Some(address) = words(&location.address).filter(|address| *address != title) {
            body.extend(cards::words(&self.spill(&address), Look::Body));
        }
        self.attach(vec![cards::attachment(body, vec![cards::open("🗺️", &location.map_url())], None)]);
    }

    fn sticker(&mut self, sticker: &Sticker) {
        match sticker.image_url.as_deref().filter(|url| cards::is_web_address(url)) {
            Some(url) => {
                self.note("sticker → picture: bots of Teams's have no stickers");
                self.attach(vec![json!({ "contentType": "image/png", "contentUrl": url })]);
            }
            None => {
                self.note("sticker → text: bots of Teams's have no stickers");
                self.text(sticker.text.as_deref().unwrap_or("🙂"));
            }
        }
    }

    fn attachment(&mut self, file: &Attachment) {
        let consent = if self.private { file_consent::consent(file, self.settings) } else { None };
        // The card that asks shows the caption itself.
        if let Some(caption) = file.caption.as_deref().filter(|_| consent.is_none() || shown(file).is_some()) {
            self.text(caption);
        }
        match (shown(file), consent) {
            (Some(picture), _) => self.attach(vec![picture]),
            (None, Some(card)) => self.attach(vec![card]),
            (None, None) => self.link(file),
        }
    }

    /// A file where it cannot be handed over: a card that opens it.
    fn link(&mut self, file: &Attachment) {
        let name = format!("📎 {}", file_consent::file_name(file));
        self.note(format!("{} → link: Teams takes a bot's files in private chats only, up to 50 MB", file.kind.word()));
        match file.url().filter(|url| cards::is_web_address(url)) {
            Some(url) => {
                let body = cards::words(&name, Look::Body);
                self.attach(vec![cards::attachment(body, vec![cards::open("⬇", url)], None)]);
            }
            None => self.text(&name),
        }
    }
}

/// A picture as Teams shows it in the text: PNG, JPEG or GIF of at most 1 MB. Of a bigger one its preview.
fn shown(file: &Attachment) -> Option<Value> {
    if file.kind != MediaKind::Image {
        return None;
    }
    let mime = file.mime.as_deref().unwrap_or("image/png").split(';').next().unwrap_or_default().trim();
    let shows = ["image/png", "image/jpeg", "image/jpg", "image/gif"].contains(&mime.to_ascii_lowercase().as_str());
    let small = file.size.is_none_or(|size| size <= limits::PICTURE_BYTES);
    let (mime, url) = match (file.url(), file.preview_url.as_deref()) {
        (Some(url), _) if shows && small => (mime, url),
        (_, Some(preview)) => ("image/jpeg", preview),
        _ => return None,
    };
    cards::is_web_address(url)
        .then(|| json!({ "contentType": mime, "contentUrl": url, "name": file_consent::file_name(file) }))
}
