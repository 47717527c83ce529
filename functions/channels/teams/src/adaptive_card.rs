//! Adaptive Cards: <https://adaptivecards.io/explorer/>, up to version 1.4, which every Teams shows.
//!
//! Words stand in rich text blocks, which know no Markdown: a TextBlock would take a guest's `snake_case` for emphasis.

use contract::{Draft, Unsupported, descriptor::TextUnit};
use serde_json::{Value, json};

use crate::{
    answers, limits,
    render::texts,
    send::Action,
    settings::Settings,
    wire::{ADAPTIVE_CARD, message_with},
};

const SCHEMA: &str = "http://adaptivecards.io/schemas/adaptive-card.json";
/// In the place of words that stand elsewhere, or of none.
pub(crate) const PLACEHOLDER: &str = "…";

/// How words look.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum TextStyle {
    Heading,
    Paragraph,
}

/// A card in the making. Words too long for it are sent in full before it.
pub(crate) struct CardBuilder<'b, 'a> {
    pub(crate) draft: &'b Draft<'a, Settings>,
    /// Texts that go out before the card.
    before: Vec<Action>,
    pub(crate) body: Vec<Value>,
    pub(crate) buttons: Vec<Value>,
    /// What a tap on the card itself does.
    pub(crate) select: Option<Value>,
}

impl<'b, 'a> CardBuilder<'b, 'a> {
    pub(crate) fn new(draft: &'b Draft<'a, Settings>) -> Self {
        Self { draft, before: Vec::new(), body: Vec::new(), buttons: Vec::new(), select: None }
    }

    /// Words, with the agent's name before the first. Nothing for blanks.
    pub(crate) fn words(&mut self, words: &str, style: TextStyle) {
        if !words.trim().is_empty() {
            let shown = self.overflow_to_text(words);
            self.body.extend(text_blocks(&shown, style));
        }
    }

    /// The words as they stand on the card: when they are too long for it, they are a text before it, and shortened here.
    fn overflow_to_text(&mut self, words: &str) -> String {
        let lines = || words.trim().lines();
        let named = self.draft.named(words);
        if TextUnit::Utf16.measure(&named) <= limits::CARD_TEXT && lines().nth(limits::CARD_LINES).is_none() {
            return named;
        }
        self.draft.note("card's text → text message: it is too long for a card");
        self.before.extend(texts(&named));
        let first = lines().take(limits::CARD_LINES).collect::<Vec<_>>().join("\n");
        limits::clip(&first, limits::CARD_TEXT)
    }

    /// A picture as wide as the card.
    pub(crate) fn image(&mut self, url: &str, alt: &str) {
        self.body.push(json!({ "type": "Image", "url": url, "size": "Stretch", "altText": limits::clip(alt, 200) }));
    }

    /// A button that sends an answer, and has it stand in the chat as said by the guest. A payload that is too long to
    /// travel is replaced by the words, words that are missing by the payload; none where both are blank.
    pub(crate) fn answer(&self, kind: &str, text: &str, payload: &str) -> Option<Value> {
        let words = [text.trim(), payload.trim()].into_iter().find(|words| !words.is_empty())?;
        let title = limits::clip(words, limits::LABEL);
        let payload = if TextUnit::Utf16.measure(payload) <= limits::PAYLOAD {
            payload
        } else {
            self.draft
                .note(format!("payload → text: Teams's cards carry at most {} characters of it", limits::PAYLOAD));
            &title
        };
        Some(json!({ "type": "Action.Submit", "title": title, "data": {
            answers::MARK: kind,
            "text": title,
            "payload": payload,
            "msteams": { "type": "messageBack", "displayText": title, "text": title },
        } }))
    }

    /// A button that sends what was filled in.
    pub(crate) fn submit(&mut self, data: &Value) {
        self.buttons.push(json!({ "type": "Action.Submit", "title": "✓", "data": data }));
    }

    /// The texts before the card, and the card as an attachment.
    pub(crate) fn attachment(self) -> Result<(Vec<Action>, Value), Unsupported> {
        let card = attachment(self.body, self.buttons, self.select);
        if limits::weight(&card) > limits::CARD {
            return Err("it is too big for a card of Teams's".into());
        }
        Ok((self.before, card))
    }

    /// The texts before the card, and the card.
    pub(crate) fn message(self) -> Result<Vec<Action>, Unsupported> {
        let (mut actions, card) = self.attachment()?;
        actions.push(Action::Post(message_with(&[card])));
        Ok(actions)
    }

    /// The card with these buttons below it, and as many more cards as they need.
    pub(crate) fn messages(self, mut buttons: Vec<Value>) -> Vec<Action> {
        let placeholder = || text_blocks(PLACEHOLDER, TextStyle::Paragraph);
        let mut actions = self.before;
        let mut post = |card: Value| actions.push(Action::Post(message_with(&[card])));
        let mut body = if self.body.is_empty() { placeholder() } else { self.body };
        let with_one = attachment(body.clone(), buttons.iter().take(1).cloned().collect(), None);
        if limits::weight(&with_one) > limits::CARD {
            post(attachment(body, Vec::new(), None));
            body = placeholder();
        }
        while !buttons.is_empty() {
            // As many as fit, one at least.
            let mut count = buttons.len().min(limits::BUTTONS_ON_CARD);
            let card = loop {
                let card = attachment(body.clone(), buttons[..count].to_vec(), None);
                if count == 1 || limits::weight(&card) <= limits::CARD {
                    break card;
                }
                count = count.div_ceil(2);
            };
            buttons.drain(..count);
            post(card);
            body = placeholder();
        }
        actions
    }
}

/// Words, a block for each line.
pub(crate) fn text_blocks(text: &str, style: TextStyle) -> Vec<Value> {
    let lines = text.trim().lines().enumerate();
    let blocks = lines.filter(|(_, line)| !line.trim().is_empty()).map(|(index, line)| {
        let mut run = json!({ "type": "TextRun", "text": line });
        if style == TextStyle::Heading {
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

/// A button that opens something.
pub(crate) fn open(text: &str, url: &str) -> Value {
    let title = if text.trim().is_empty() { PLACEHOLDER } else { text.trim() };
    json!({ "type": "Action.OpenUrl", "title": limits::clip(title, limits::LABEL), "url": url })
}

/// Body and buttons as an attachment. More buttons than are shown side by side stand in sets below each other.
fn attachment(mut body: Vec<Value>, mut buttons: Vec<Value>, select: Option<Value>) -> Value {
    if buttons.len() > limits::BUTTONS {
        let sets = buttons.chunks(limits::BUTTONS).map(|set| json!({ "type": "ActionSet", "actions": set }));
        body.extend(sets);
        buttons.clear();
    }
    let mut card = json!({ "type": "AdaptiveCard", "$schema": SCHEMA, "version": "1.4", "body": body });
    if !buttons.is_empty() {
        card["actions"] = buttons.into();
    }
    if let Some(select) = select {
        card["selectAction"] = select;
    }
    json!({ "contentType": ADAPTIVE_CARD, "content": card })
}

/// A tenant's own card as an attachment, with what its author may leave out.
pub(crate) fn completed(card: &Value) -> Value {
    let mut card = card.clone();
    for (name, value) in [("$schema", SCHEMA), ("version", "1.4")] {
        if !card[name].is_string() {
            card[name] = value.into();
        }
    }
    json!({ "contentType": ADAPTIVE_CARD, "content": card })
}
