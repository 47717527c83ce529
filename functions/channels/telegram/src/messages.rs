//! What the agent says, as calls of the Bot API: <https://core.telegram.org/bots/api#available-methods>.
//!
//! Texts go out as they are, with no `parse_mode`: nothing in them needs escaping, and nothing turns into markup by accident.
//! What is bold is said by `entities`.

use contract::{Choice, Content, FormField, Location, Sticker, text};
use serde_json::{Value, json};

use crate::{files, limits};

/// Shown in the place of words where Telegram demands some: below them hang buttons.
pub(crate) const POINT: &str = "👇";

/// One call, without the chat it goes to.
pub(crate) struct Part {
    /// The method.
    pub(crate) method: String,
    /// Its parameters.
    pub(crate) body: Value,
    /// What is tried when Telegram refuses that for what it says.
    pub(crate) instead: Option<(String, Value)>,
}

/// Collects the calls of one message of the agent's.
#[derive(Default)]
pub(crate) struct Composer<'a> {
    parts: Vec<Part>,
    /// What had to be shown in another form.
    pub(crate) degradations: Vec<String>,
    /// The options that are shown as numbered text.
    pub(crate) numbered: Vec<Choice>,
    /// The agent's name, until it was put before a text.
    name: Option<&'a str>,
}

impl<'a> Composer<'a> {
    /// Nothing said yet, by this agent if the tenant wants the name shown.
    pub(crate) fn new(agent_name: Option<&'a str>) -> Self {
        Self { name: agent_name.filter(|name| !name.trim().is_empty()), ..Self::default() }
    }

    /// Adds contents: pictures and films that follow each other as an album, the rest one by one.
    pub(crate) fn say(&mut self, contents: &[Content]) {
        let mut rest = contents;
        while let Some((first, others)) = rest.split_first() {
            let run = files::album(rest);
            if run.len() > 1 {
                self.album(&run);
                rest = &rest[run.len()..];
            } else {
                self.add(first);
                rest = others;
            }
        }
    }

    /// Adds one content. What is no message (receipts, typing) is not for here and adds nothing.
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
            Content::Edited { text, .. } => {
                self.note("edit → new message: which of Telegram's messages is meant is not known");
                self.text(&format!("✏️ {text}"));
            }
            Content::Note { .. } | Content::Receipt(_) | Content::Typing { .. } | Content::Presence { .. } => {}
        }
    }

    /// The calls, in order; what had to be shown in another form; the options that are numbered.
    pub(crate) fn finish(mut self) -> (Vec<Part>, Vec<String>, Vec<Choice>) {
        self.degradations.dedup();
        (self.parts, self.degradations, self.numbered)
    }

    /// Adds a call.
    pub(crate) fn push(&mut self, method: &str, body: Value) {
        self.parts.push(Part { method: method.to_owned(), body, instead: None });
    }

    /// Adds a call, and what to try when Telegram refuses it.
    pub(crate) fn push_or(&mut self, (method, body): (&str, Value), (other, instead): (&str, Value)) {
        let instead = Some((other.to_owned(), instead));
        self.parts.push(Part { method: method.to_owned(), body, instead });
    }

    /// Remembers what had to be shown in another form.
    pub(crate) fn note(&mut self, degradation: impl Into<String>) {
        self.degradations.push(degradation.into());
    }

    /// With the agent's name before it, if it was not said yet.
    pub(crate) fn named(&mut self, text: &str) -> String {
        match self.name.take() {
            Some(name) => format!("{name}: {text}"),
            None => text.to_owned(),
        }
    }

    /// A text, in as many parts as it needs.
    pub(crate) fn text(&mut self, text: &str) {
        self.text_with(text, None);
    }

    /// A text with buttons below its last part.
    pub(crate) fn text_with(&mut self, text: &str, markup: Option<Value>) {
        if text.trim().is_empty() {
            if let Some(markup) = markup {
                self.push("sendMessage", json!({ "text": POINT, "reply_markup": markup }));
            }
            return;
        }
        let text = self.named(text);
        self.plain(&text, 0, markup);
    }

    /// A text as it is, its first `bold` UTF-16 units in bold, in as many parts as it needs, with buttons below the last.
    /// Telegram refuses a message of nothing but white space.
    pub(crate) fn plain(&mut self, text: &str, bold: usize, markup: Option<Value>) {
        let parts = text::split(text, limits::TEXT_LIMIT);
        let mut parts: Vec<&str> = parts.into_iter().filter(|part| !part.trim().is_empty()).collect();
        if parts.is_empty() && markup.is_some() {
            parts.push(POINT);
        }
        let last = parts.len().saturating_sub(1);
        for (index, part) in parts.iter().enumerate() {
            let mut body = json!({ "text": part });
            if index == 0 && (1..=limits::utf16(part)).contains(&bold) {
                body["entities"] = json!([{ "type": "bold", "offset": 0, "length": bold }]);
            }
            if index == last
                && let Some(markup) = &markup
            {
                body["reply_markup"] = markup.clone();
            }
            self.push("sendMessage", body);
        }
    }

    fn location(&mut self, location: &Location) {
        let words = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let (title, address) = (words(&location.title), words(&location.address));
        let known = location.latitude.is_finite() && location.longitude.is_finite();
        if !known || location.latitude.abs() > 90.0 || location.longitude.abs() > 180.0 {
            self.note("location → text: it is not on the map");
            return self.text(&[title, address].into_iter().flatten().collect::<Vec<_>>().join("\n"));
        }
        let mut body = json!({ "latitude": location.latitude, "longitude": location.longitude });
        // Both are required of a venue.
        let Some(title) = title.or_else(|| address.clone()) else { return self.push("sendLocation", body) };
        let address = address.unwrap_or_else(|| title.clone());
        body["title"] = limits::clip(&title, limits::CAPTION).into();
        body["address"] = limits::clip(&address, limits::CAPTION).into();
        self.push("sendVenue", body);
    }

    fn sticker(&mut self, sticker: &Sticker) {
        // The id of a file of Telegram's, good for this bot alone.
        let id = sticker.sticker_id.as_str();
        let is_id = id.len() >= 16 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        let words = sticker.text.as_deref().or(sticker.image_url.as_deref()).filter(|words| !words.trim().is_empty());
        let words = limits::clip(words.unwrap_or("🙂"), limits::TEXT);
        if is_id {
            self.push_or(("sendSticker", json!({ "sticker": id })), ("sendMessage", json!({ "text": words })));
        } else {
            self.note("sticker → text: Telegram needs a sticker's file_id");
            self.text(&words);
        }
    }

    /// Questions with fields: Telegram has none, so the guest reads them and answers in words.
    fn form(&mut self, title: &str, fields: &[FormField]) {
        self.note("form → text: Telegram has no forms");
        let mut lines: Vec<String> = Vec::with_capacity(fields.len() + 1);
        if !title.trim().is_empty() {
            lines.push(title.to_owned());
        }
        for (number, field) in fields.iter().enumerate() {
            let options: Vec<&str> = field.options.iter().map(|option| option.text.as_str()).collect();
            let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" / ")) };
            lines.push(format!("{}. {}{options}", number + 1, field.label));
        }
        self.text(&lines.join("\n"));
    }
}
