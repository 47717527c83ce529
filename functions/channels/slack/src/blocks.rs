//! What the agent says, in Block Kit: <https://docs.slack.dev/reference/block-kit/>.

use contract::{Attachment, Card, CardAction, Content, Location, Sticker, text};
use serde_json::{Value, json};

use crate::{
    action_ids::{LINK, TAP},
    limits, mrkdwn,
};

/// One thing to be sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// A message: its text, which notifications show too, and its blocks if it has any; or a native one's fields.
    Post(Value),
    /// A message that replaces an earlier one, by the id of that.
    Update { message_id: String, text: String },
    /// The same as the tenant writes it: the fields of `chat.update`.
    Change { message_id: String, fields: Value },
    /// An earlier message is taken back.
    TakeBack { message_id: String },
    /// A file, to be uploaded.
    File(Attachment),
}

/// Collects the pieces of one message of the agent's.
#[derive(Default)]
pub(crate) struct Composer {
    pub(crate) pieces: Vec<Piece>,
    /// What had to be shown in another form.
    pub(crate) degradations: Vec<String>,
    /// Makes action ids differ within a message.
    next: usize,
}

impl Composer {
    /// Adds one content. What is no message (receipts, typing) is not for here and adds nothing.
    pub(crate) fn add(&mut self, content: &Content) {
        match content {
            Content::Text { text } => self.text(text),
            Content::Attachment(file) => self.file(file),
            Content::Location(location) => self.location(location),
            Content::Sticker(sticker) => self.sticker(sticker),
            Content::QuickReplies { text, options } => self.quick_replies(text, options),
            Content::Card(card) => self.cards(std::slice::from_ref(card)),
            Content::Carousel { cards } => {
                self.note("carousel → cards one below the other: Slack shows none side by side");
                self.cards(cards);
            }
            Content::List { title, items, multiple } => self.list(title, items, *multiple),
            Content::DatePicker(picker) => self.date_picker(picker),
            Content::Form { title, fields } => self.form(title, fields),
            Content::Native { connector, json } => self.native(connector.as_deref(), json),
            Content::Answer(answer) => self.text(&answer.text),
            Content::Edited { message_id, text } => self.edit(message_id, text),
            Content::Note { .. } | Content::Receipt(_) | Content::Typing { .. } | Content::Presence { .. } => {}
        }
    }

    /// Remembers what had to be shown in another form.
    pub(crate) fn note(&mut self, degradation: impl Into<String>) {
        self.degradations.push(degradation.into());
    }

    /// A text, in as many parts as it needs. Slack refuses a message of nothing.
    pub(crate) fn text(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        for part in text::split(text, limits::TEXT_LIMIT) {
            if !part.trim().is_empty() {
                self.pieces.push(Piece::Post(json!({ "text": mrkdwn::escape(part) })));
            }
        }
    }

    /// Blocks, in as many messages as they need. `text` is what notifications show.
    pub(crate) fn blocks(&mut self, text: &str, blocks: Vec<Value>) {
        let text = match section_text(text) {
            empty if empty.trim().is_empty() => "💬".to_owned(),
            text => text,
        };
        let (mut some, mut weight) = (Vec::new(), 0);
        let mut parts = Vec::new();
        for block in blocks {
            let more = limits::weight(&block);
            if !some.is_empty() && (some.len() >= limits::BLOCKS || weight + more > limits::BLOCKS_WEIGHT) {
                parts.push(std::mem::take(&mut some));
                weight = 0;
            }
            weight += more;
            some.push(block);
        }
        parts.push(some);
        for blocks in parts.into_iter().filter(|blocks| !blocks.is_empty()) {
            self.pieces.push(Piece::Post(json!({ "text": text, "blocks": blocks })));
        }
    }

    /// A name for an element, of its own within the message.
    pub(crate) fn action_id(&mut self, prefix: &str) -> String {
        let id = format!("{prefix}_{}", self.next);
        self.next += 1;
        id
    }

    /// Words for a section. When they are too long for one, they are sent in full before it.
    pub(crate) fn spill(&mut self, words: &str) -> String {
        let shown = section_text(words);
        if shown != mrkdwn::escape(words) {
            self.note(format!("text → message of its own: a section of Slack's holds {} characters", limits::SECTION));
            self.text(words);
        }
        shown
    }

    /// A label on a button or in a menu. Never empty.
    pub(crate) fn label(&mut self, text: &str) -> Value {
        let text = text.trim();
        let clipped = limits::clip(text, limits::LABEL);
        if clipped.len() != text.len() {
            self.note(format!("label shortened: Slack shows at most {} characters", limits::LABEL));
        }
        let shown = if clipped.trim().is_empty() { "…".to_owned() } else { clipped };
        json!({ "type": "plain_text", "text": shown, "emoji": true })
    }

    /// A button that answers.
    pub(crate) fn button(&mut self, prefix: &str, text: &str, payload: &str) -> Value {
        let text = if text.trim().is_empty() { payload } else { text };
        let payload = if payload.is_empty() { text } else { payload };
        let value = if limits::length(payload) > limits::BUTTON_VALUE {
            self.note(format!("answer → its words: Slack's buttons carry at most {} characters", limits::BUTTON_VALUE));
            limits::clip(text, limits::BUTTON_VALUE)
        } else {
            payload.to_owned()
        };
        let (label, id) = (self.label(text), self.action_id(prefix));
        json!({ "type": "button", "action_id": id, "text": label, "value": value })
    }

    /// Buttons, 25 to a block.
    pub(crate) fn rows(&self, elements: Vec<Value>) -> Vec<Value> {
        let (mut rows, mut row, mut weight) = (Vec::new(), Vec::new(), 0);
        for element in elements {
            let more = limits::weight(&element);
            if row.len() >= limits::ELEMENTS || (!row.is_empty() && weight + more > limits::BLOCKS_WEIGHT) {
                rows.push(json!({ "type": "actions", "elements": std::mem::take(&mut row) }));
                weight = 0;
            }
            weight += more;
            row.push(element);
        }
        if !row.is_empty() {
            rows.push(json!({ "type": "actions", "elements": row }));
        }
        rows
    }

    fn edit(&mut self, message_id: &str, text: &str) {
        if limits::TEXT_LIMIT.unit.measure(text) <= limits::TEXT && !text.trim().is_empty() {
            self.pieces.push(Piece::Update { message_id: message_id.to_owned(), text: mrkdwn::escape(text) });
        } else {
            self.note("edit → new message: it does not fit into one");
            self.text(&format!("✏️ {text}"));
        }
    }

    fn file(&mut self, file: &Attachment) {
        if file.size.is_some_and(|size| size > limits::FILE) {
            self.note("file → link: it is larger than 50 MB");
            return self.text(&link(file));
        }
        match file.url() {
            Some(_) => self.pieces.push(Piece::File(file.clone())),
            None => self.text(&link(file)),
        }
    }

    fn location(&mut self, location: &Location) {
        self.note("location → text with a link to a map: Slack has no message for places");
        self.text(&format!("📍 {}", location.describe()));
    }

    fn sticker(&mut self, sticker: &Sticker) {
        self.note("sticker → picture or text: Slack has none");
        let words = sticker.text.as_deref().filter(|text| !text.trim().is_empty());
        match sticker.image_url.as_deref().and_then(|url| picture(url, words.unwrap_or("🙂"))) {
            Some(picture) => self.blocks(words.unwrap_or("🙂"), vec![picture]),
            None => self.text(words.unwrap_or("🙂")),
        }
    }

    fn cards(&mut self, cards: &[Card]) {
        let mut blocks = Vec::new();
        for card in cards {
            let face = self.face(card);
            if !blocks.is_empty() && !face.is_empty() {
                blocks.push(json!({ "type": "divider" }));
            }
            blocks.extend(face);
        }
        let headline = cards.iter().map(|card| card.title.as_str()).find(|title| !title.trim().is_empty());
        self.blocks(headline.unwrap_or_default(), blocks);
    }

    fn face(&mut self, card: &Card) -> Vec<Value> {
        let mut blocks = Vec::new();
        if let Some(url) = &card.image_url {
            match picture(url, &card.title) {
                Some(picture) => blocks.push(picture),
                None => self.note("card without its picture: Slack cannot fetch this address"),
            }
        }
        let mut lines = Vec::new();
        let title = mrkdwn::escape(&limits::clip(card.title.trim(), 500));
        if !title.is_empty() {
            lines.push(match &card.default_action {
                Some(CardAction::Link { url, .. }) if limits::is_web_address(url) && limits::length(url) < 300 => {
                    format!("*<{}|{title}>*", mrkdwn::escape(url).replace('|', "%7C"))
                }
                _ => format!("*{title}*"),
            });
        }
        let mut buttons = Vec::new();
        if let Some(url) = &card.video_url {
            self.note("card with a video → button: Slack plays none in a card");
            buttons.extend(self.link_button("▶", url));
        }
        let mut words = Vec::new();
        for action in &card.actions {
            match action {
                CardAction::Postback { text, payload } if text.trim().is_empty() && payload.is_empty() => {}
                CardAction::Postback { text, payload } => buttons.push(self.button(TAP, text, payload)),
                CardAction::Link { text, url } => match self.link_button(text, url) {
                    Some(button) => buttons.push(button),
                    None => words.push(format!("{text}: {url}")),
                },
                CardAction::Call { text, phone_number } => words.push(format!("☎ {text}: {phone_number}")),
            }
        }
        if !words.is_empty() {
            self.note("button → text: Slack's buttons open web pages alone");
        }
        let description = card.description.as_deref().unwrap_or_default().trim();
        let body: Vec<&str> = std::iter::once(description)
            .chain(words.iter().map(|w| w.as_str()))
            .filter(|line| !line.is_empty())
            .collect();
        let body = body.join("\n");
        let shown = mrkdwn::escape(&body);
        let fits = limits::length(&shown) + lines.iter().map(|line| limits::length(line) + 1).sum::<usize>();
        if fits <= limits::SECTION {
            lines.extend((!shown.is_empty()).then_some(shown));
        } else {
            if let Some(title) = lines.pop() {
                blocks.push(section(&title));
            }
            lines.push(self.spill(&body));
        }
        if !lines.is_empty() {
            blocks.push(section(&lines.join("\n")));
        }
        blocks.extend(self.rows(buttons));
        blocks
    }

    fn link_button(&mut self, text: &str, url: &str) -> Option<Value> {
        if !limits::is_web_address(url) {
            return None;
        }
        let label = self.label(if text.trim().is_empty() { url } else { text });
        let id = self.action_id(LINK);
        Some(json!({ "type": "button", "action_id": id, "text": label, "url": url }))
    }
}

/// A section of words that are escaped and fit.
pub(crate) fn section(words: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": words } })
}

/// A picture from the web; none when Slack cannot fetch it.
pub(crate) fn picture(url: &str, alt_text: &str) -> Option<Value> {
    let alt_text = if alt_text.trim().is_empty() { "🖼" } else { alt_text };
    limits::is_web_address(url)
        .then(|| json!({ "type": "image", "image_url": url, "alt_text": limits::clip(alt_text, limits::ALT_TEXT) }))
}

/// Words escaped, and cut to what a section holds.
fn section_text(words: &str) -> String {
    for most in [limits::SECTION, limits::SECTION / 5] {
        let escaped = mrkdwn::escape(&limits::clip(words, most));
        if limits::length(&escaped) <= limits::SECTION {
            return escaped;
        }
    }
    String::new()
}

/// A file that Slack does not get: its name, where it is, its caption.
pub(crate) fn link(file: &Attachment) -> String {
    let name = file.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let named = format!("📎 {}", name.unwrap_or(file.kind.word()));
    [file.caption.as_deref(), Some(named.as_str()), file.url()]
        .into_iter()
        .flatten()
        .filter(|line| !line.trim().is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}
