//! What the agent says, as Viber's messages: <https://developers.viber.com/docs/api/rest-bot-api/#message-types>.

use contract::{Choice, Content, Location, Sticker};
use serde_json::{Value, json};

use crate::{
    keyboard::{self, Keyboard},
    limits,
};

/// Shown in the place of a question without words: a text message must not be empty.
pub(crate) const POINT: &str = "👇";

/// A message without what all have: receiver, sender, version.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    /// Its fields.
    pub(crate) body: Value,
    /// What it says in words, for a telephone that cannot show it.
    pub(crate) in_words: Option<String>,
}

/// Collects the messages of one message of the agent's.
#[derive(Default)]
pub(crate) struct Composer {
    messages: Vec<Message>,
    /// Options so far. A keyboard stays only until the next message, so that they go to the last of all.
    options: Vec<Choice>,
    /// What had to be shown in another form.
    pub(crate) degradations: Vec<String>,
}

impl Composer {
    /// Adds one content. What is no message (receipts, typing) is not for here and adds nothing.
    pub(crate) fn add(&mut self, content: &Content) {
        match content {
            Content::Text { text } => self.text(text),
            Content::Attachment(attachment) => self.attachment(attachment),
            Content::Location(location) => self.location(location),
            Content::Sticker(sticker) => self.sticker(sticker),
            Content::QuickReplies { text, options } => self.quick_replies(text, options),
            Content::Card(card) => self.cards(std::slice::from_ref(card)),
            Content::Carousel { cards } => self.cards(cards),
            Content::List { title, items, multiple } => self.list(title, items, *multiple),
            Content::DatePicker(picker) => self.date_picker(picker),
            Content::Form { title, fields } => self.form(title, fields),
            Content::Native { connector, json } => self.native(connector.as_deref(), json),
            Content::Answer(answer) => self.text(&answer.text),
            Content::Edited { text, .. } => {
                self.note("edit → new message: Viber's messages cannot be changed");
                self.text(&format!("✏️ {text}"));
            }
            Content::Note { .. } | Content::Receipt(_) | Content::Typing { .. } | Content::Presence { .. } => {}
        }
    }

    /// The messages, in order, and what had to be shown in another form.
    pub(crate) fn finish(mut self) -> (Vec<Message>, Vec<String>) {
        if let Some(keyboard) = Keyboard::of(&self.options).filter(|_| !self.options.is_empty()) {
            if keyboard.mute > 0 {
                self.note(keyboard::MUTE);
            }
            self.hang(keyboard);
        }
        self.degradations.dedup();
        (self.messages, self.degradations)
    }

    fn hang(&mut self, keyboard: Keyboard) {
        if let Some(last) = self.messages.last_mut() {
            let mut body = last.body.clone();
            // A native message may bring its own, and a long text may leave no room.
            let taken = ["keyboard", "tracking_data"].iter().any(|field| body.get(field).is_some());
            body["keyboard"] = keyboard.keys.clone();
            if let Some(tracking) = &keyboard.tracking {
                body["tracking_data"] = tracking.as_str().into();
            }
            if !taken && limits::weight(&body) + limits::ENVELOPE_BYTES <= limits::REQUEST_BYTES {
                last.body = body;
                return;
            }
        }
        let mut body = json!({ "type": "text", "text": POINT, "keyboard": keyboard.keys });
        if let Some(tracking) = keyboard.tracking {
            body["tracking_data"] = tracking.into();
        }
        self.push(body);
    }

    /// Adds options to those shown at the end; whether there is room for all of them.
    pub(crate) fn offer(&mut self, options: &[Choice]) -> bool {
        let all = [self.options.as_slice(), options].concat();
        let room = Keyboard::of(&all).is_some();
        if room {
            self.options = all;
        }
        room
    }

    /// Adds a message.
    pub(crate) fn push(&mut self, body: Value) {
        self.messages.push(Message { body, in_words: None });
    }

    /// Adds a message that not every telephone can show.
    pub(crate) fn push_or(&mut self, body: Value, in_words: String) {
        self.messages.push(Message { body, in_words: Some(in_words) });
    }

    /// Remembers what had to be shown in another form.
    pub(crate) fn note(&mut self, degradation: impl Into<String>) {
        self.degradations.push(degradation.into());
    }

    /// A text, in as many parts as it needs. One of nothing but white space is none.
    pub(crate) fn text(&mut self, text: &str) {
        for part in limits::parts(text) {
            if !part.trim().is_empty() {
                self.push(json!({ "type": "text", "text": part }));
            }
        }
    }

    fn location(&mut self, location: &Location) {
        let words = [location.title.as_deref(), location.address.as_deref()];
        let words: Vec<&str> = words.into_iter().flatten().map(str::trim).filter(|text| !text.is_empty()).collect();
        let known = location.latitude.is_finite() && location.longitude.is_finite();
        if !known || location.latitude.abs() > 90.0 || location.longitude.abs() > 180.0 {
            self.note("location → text: it is not on the map");
            return self.text(&words.join("\n"));
        }
        // Viber's places have no name.
        self.text(&words.join("\n"));
        self.push(json!({
            "type": "location", "location": { "lat": location.latitude, "lon": location.longitude },
        }));
    }

    fn sticker(&mut self, sticker: &Sticker) {
        if let Ok(id) = sticker.sticker_id.parse::<u64>() {
            return self.push(json!({ "type": "sticker", "sticker_id": id }));
        }
        self.note("sticker → text: Viber's stickers are numbers");
        match sticker.text.as_deref().or(sticker.image_url.as_deref()).filter(|words| !words.trim().is_empty()) {
            Some(words) => self.text(words),
            None => self.text("🙂"),
        }
    }
}
