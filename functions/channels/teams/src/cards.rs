//! Adaptive Cards: <https://adaptivecards.io/explorer/>, up to version 1.4, which every Teams shows.
//!
//! Words stand in rich text blocks, which know no Markdown: a TextBlock would take a guest's `snake_case` for emphasis.

use contract::{Card, CardAction, Choice, descriptor::TextUnit};
use serde_json::{Value, json};
use url::Url;

use crate::{answers, limits, render::Composer};

/// An Adaptive Card as an attachment.
pub(crate) const ADAPTIVE: &str = "application/vnd.microsoft.card.adaptive";
const SCHEMA: &str = "http://adaptivecards.io/schemas/adaptive-card.json";
/// What shows that words stand elsewhere.
pub(crate) const POINT: &str = "…";

/// How words look.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Look {
    Title,
    Body,
}

/// Words, a block for each line.
pub(crate) fn words(text: &str, look: Look) -> Vec<Value> {
    let lines = text.trim().lines().enumerate();
    let blocks = lines.filter(|(_, line)| !line.trim().is_empty()).map(|(index, line)| {
        let mut run = json!({ "type": "TextRun", "text": line });
        if look == Look::Title {
            run["weight"] = "Bolder".into();
            run["size"] = "Medium".into();
        }
        let mut block = json!({ "type": "RichTextBlock", "inlines": [run] });
        if index > 0 {
            block["spacing"] = "None".into();
        }
        block
    });
    blocks.collect()
}

/// A picture as wide as the card.
pub(crate) fn picture(url: &str, says: &str) -> Value {
    json!({ "type": "Image", "url": url, "size": "Stretch", "altText": limits::clip(says, 200) })
}

/// A button that sends an answer, and has it stand in the chat as said by the guest.
fn submit(kind: &str, title: &str, payload: &str) -> Value {
    json!({ "type": "Action.Submit", "title": title, "data": {
        answers::MARK: kind,
        "text": title,
        "payload": payload,
        "msteams": { "type": "messageBack", "displayText": title, "text": title },
    } })
}

/// A button that sends what was filled in.
pub(crate) fn submit_fields(data: Value) -> Value {
    json!({ "type": "Action.Submit", "title": "✓", "data": data })
}

/// Body and buttons as an attachment. More buttons than are shown side by side stand in sets below each other.
pub(crate) fn attachment(mut body: Vec<Value>, mut actions: Vec<Value>, select: Option<Value>) -> Value {
    if actions.len() > limits::BUTTONS {
        let sets = actions.chunks(limits::BUTTONS).map(|set| json!({ "type": "ActionSet", "actions": set }));
        body.extend(sets);
        actions.clear();
    }
    let mut card = json!({ "type": "AdaptiveCard", "$schema": SCHEMA, "version": "1.4", "body": body });
    if !actions.is_empty() {
        card["actions"] = actions.into();
    }
    if let Some(select) = select {
        card["selectAction"] = select;
    }
    json!({ "contentType": ADAPTIVE, "content": card })
}

/// A tenant's own card, with what its author may leave out.
pub(crate) fn completed(card: &Value) -> Value {
    let mut card = card.clone();
    for (name, value) in [("$schema", SCHEMA), ("version", "1.4")] {
        if !card[name].is_string() {
            card[name] = value.into();
        }
    }
    json!({ "contentType": ADAPTIVE, "content": card })
}

/// Whether Teams fetches a picture or opens a page there.
pub(crate) fn is_web_address(url: &str) -> bool {
    TextUnit::Utf16.measure(url) <= limits::ADDRESS
        && Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.host_str().is_some())
}

impl Composer<'_> {
    /// One card.
    pub(crate) fn card(&mut self, card: &Card) {
        if let Some(attachment) = self.face(card) {
            self.attach(vec![attachment]);
        }
    }

    /// Cards in a row, ten at most, as many rows as they need.
    pub(crate) fn carousel(&mut self, cards: &[Card]) {
        let mut rows: Vec<Vec<Value>> = Vec::new();
        let mut weight = 0;
        for card in cards {
            let Some(attachment) = self.face(card) else { continue };
            let size = limits::weight(&attachment);
            match rows.last_mut() {
                Some(row) if row.len() < limits::ROW && weight + size <= limits::CARDS => {
                    row.push(attachment);
                    weight += size;
                }
                _ => {
                    rows.push(vec![attachment]);
                    weight = size;
                }
            }
        }
        for row in rows {
            self.attach(row);
        }
    }

    /// The card as an attachment; none when there is nothing to show. What a card cannot hold is said before it.
    fn face(&mut self, card: &Card) -> Option<Value> {
        let title = self.spill(&card.title);
        let mut body = Vec::new();
        if let Some(url) = card.image_url.as_deref() {
            match is_web_address(url) {
                true => body.push(picture(url, &card.title)),
                false => self.note("card without its picture: Teams cannot fetch this address"),
            }
        }
        body.extend(words(&title, Look::Title));
        if let Some(text) = card.description.as_deref() {
            let text = self.spill(text);
            body.extend(words(&text, Look::Body));
        }
        let mut actions = Vec::new();
        if let Some(url) = &card.video_url {
            self.note("card with a video → button: Teams's cards play only films of its own stores");
            actions.extend(self.button(&CardAction::Link { text: "▶".to_owned(), url: url.clone() }, &mut body));
        }
        for action in &card.actions {
            actions.extend(self.button(action, &mut body));
        }
        let select = card.default_action.as_ref().and_then(|action| self.button(action, &mut body));
        if body.is_empty() && actions.is_empty() {
            return None;
        }
        let face = attachment(body, actions, select);
        if limits::weight(&face) <= limits::CARD {
            return Some(face);
        }
        self.note("card → text: it is too big for Teams");
        let mut lines: Vec<String> =
            [Some(&card.title), card.description.as_ref()].into_iter().flatten().cloned().collect();
        for action in &card.actions {
            lines.push(match action {
                CardAction::Postback { text, payload } => self.number(text, payload),
                CardAction::Link { .. } | CardAction::Call { .. } => in_words(action),
            });
        }
        lines.retain(|line| !line.trim().is_empty());
        self.text(&lines.join("\n"));
        None
    }

    /// A card's button; one that Teams cannot open stands in the card as words.
    fn button(&mut self, action: &CardAction, body: &mut Vec<Value>) -> Option<Value> {
        match action {
            CardAction::Postback { text, payload } => self.answer("button", text, payload),
            CardAction::Link { text, url } if is_web_address(url) => Some(open(text, url)),
            CardAction::Link { .. } => {
                self.note("button → text: Teams cannot open this address");
                body.extend(words(&in_words(action), Look::Body));
                None
            }
            CardAction::Call { text, phone_number } => {
                let number: String = phone_number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
                Some(open(text, &format!("tel:{number}")))
            }
        }
    }

    /// A button that answers; its text stands for a payload that is too long to travel, a payload for a text that is missing.
    pub(crate) fn answer(&mut self, kind: &str, text: &str, payload: &str) -> Option<Value> {
        let words = if text.trim().is_empty() { payload.trim() } else { text.trim() };
        if words.is_empty() {
            return None;
        }
        let title = limits::clip(words, limits::LABEL);
        if TextUnit::Utf16.measure(payload) > limits::PAYLOAD {
            self.note(format!("payload → text: Teams's cards carry at most {} characters of it", limits::PAYLOAD));
            return Some(submit(kind, &title, &title));
        }
        Some(submit(kind, &title, payload))
    }

    /// An option as a line of numbered text; empty when there is nothing to choose.
    fn number(&mut self, text: &str, payload: &str) -> String {
        let words = if text.trim().is_empty() { payload.trim() } else { text.trim() };
        if words.is_empty() {
            return String::new();
        }
        let payload = if payload.is_empty() { words } else { payload };
        self.numbered.push(Choice { text: words.to_owned(), payload: payload.to_owned(), image_url: None });
        format!("{}. {words}", self.numbered.len())
    }

    /// Words that go into a card. When they are too long for one, they are sent in full before it.
    pub(crate) fn spill(&mut self, words: &str) -> String {
        let lines = || words.trim().lines();
        if TextUnit::Utf16.measure(words) <= limits::CARD_TEXT && lines().nth(limits::CARD_LINES).is_none() {
            return words.trim().to_owned();
        }
        self.note("card's text → text message: it is too long for a card");
        self.text(words);
        let first = lines().take(limits::CARD_LINES).collect::<Vec<_>>().join("\n");
        limits::clip(&first, limits::CARD_TEXT)
    }
}

/// A button that opens something.
pub(crate) fn open(text: &str, url: &str) -> Value {
    let title = if text.trim().is_empty() { POINT } else { text.trim() };
    json!({ "type": "Action.OpenUrl", "title": limits::clip(title, limits::LABEL), "url": url })
}

fn in_words(action: &CardAction) -> String {
    let (text, target) = match action {
        CardAction::Postback { text, .. } => (text, ""),
        CardAction::Link { text, url } => (text, url.as_str()),
        CardAction::Call { text, phone_number } => (text, phone_number.as_str()),
    };
    [text.trim(), target.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}
