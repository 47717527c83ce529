//! The ladder: one content after another, each in the best form that is shown.

use contract::{
    Content, Location, MediaKind, Part, ReceiptStatus, SendError, SendErrorKind, Sticker, Unsupported,
    descriptor::Support, text,
};
use serde_json::Value;

use crate::{Renderer, words};

/// Walks through the contents of a message.
pub struct Ladder<'r, R: Renderer> {
    pub(crate) renderer: &'r R,
    pub(crate) steps: Vec<R::Step>,
    refused: Option<SendError>,
}

impl<'r, R: Renderer> Ladder<'r, R> {
    /// Nothing shown yet.
    pub fn new(renderer: &'r R) -> Self {
        Self { renderer, steps: Vec::new(), refused: None }
    }

    /// Shows all contents, in order. Gives the steps, and why something could not be shown at all.
    pub fn contents(mut self, contents: &[Content]) -> (Vec<R::Step>, Option<SendError>) {
        let mut rest = contents;
        while let Some((first, others)) = rest.split_first() {
            let album = self.album(rest);
            if album > 1 {
                rest = &rest[album..];
            } else {
                self.content(first);
                rest = others;
            }
        }
        (self.steps, self.refused)
    }

    fn content(&mut self, content: &Content) {
        match content {
            Content::Text { text } => self.text(text),
            Content::Attachment(file) => self.file(file),
            Content::Location(location) => self.location(location),
            Content::Sticker(sticker) => self.sticker(sticker),
            Content::QuickReplies { text, options } => self.options(text, options),
            Content::Card(card) => self.card(card),
            Content::Carousel { cards } => self.carousel(cards),
            Content::List { title, items, multiple } => self.list(title, items, *multiple),
            Content::DatePicker(picker) => self.date(picker),
            Content::Form { title, fields } => self.form(title, fields),
            Content::Native { connector, json } => self.native(connector.as_deref(), json),
            Content::Answer(answer) => self.text(&answer.text),
            Content::Edited { message_id, text } => self.edit(message_id, text),
            Content::Typing { on, duration_ms } => {
                if self.renderer.capabilities().typing_to_guest {
                    // What cannot be shown of it is not missed.
                    let _ = self.part(&Part::Typing { on: *on, duration_ms: *duration_ms });
                }
            }
            Content::Receipt(receipt) if receipt.status == ReceiptStatus::Read => {
                if self.renderer.capabilities().read_marks {
                    let _ = self.part(&Part::Read);
                }
            }
            Content::Note { .. } | Content::Receipt(_) | Content::Presence { .. } => {}
        }
    }

    /// Shows a part, or says why not.
    pub(crate) fn part(&mut self, part: &Part<'_>) -> Result<(), Unsupported> {
        self.steps.extend(self.renderer.render(part)?);
        Ok(())
    }

    /// The same, where it is asked at all. The reason names the network where it was not.
    pub(crate) fn part_if(&mut self, support: Support, part: &Part<'_>) -> Result<(), Unsupported> {
        if support.is_asked() { self.part(part) } else { Err(self.has_none()) }
    }

    pub(crate) fn has_none(&self) -> Unsupported {
        self.renderer.has_none()
    }

    /// Notes what is shown as what, and why.
    pub(crate) fn note(&self, what: &str, instead: &str, reason: &Unsupported) {
        self.renderer.note(format!("{what} → {instead}: {}", reason.0));
    }

    /// A text in as many parts as it needs, with the agent's name before the first of the message. Nothing for blanks.
    pub(crate) fn text(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let named = self.renderer.named(text);
        for part in text::split(&named, self.renderer.text_limit()) {
            if !part.trim().is_empty()
                && let Err(reason) = self.part(&Part::Text(part))
            {
                self.refuse(format!("The text cannot be shown: {}.", reason.0));
            }
        }
    }

    /// What cannot be shown in any form is told to the agent, if nothing else of the message is shown.
    fn refuse(&mut self, sentence: String) {
        let error = SendError::new(SendErrorKind::InvalidMessage).coded("notShown").saying(sentence);
        self.refused.get_or_insert(error);
    }

    fn location(&mut self, location: &Location) {
        let (latitude, longitude) = (location.latitude, location.longitude);
        let known = latitude.is_finite() && longitude.is_finite();
        if !known || latitude.abs() > 90.0 || longitude.abs() > 180.0 {
            self.note("location", "text", &"it is not on the map".into());
            return self.text(&words::place_name(location));
        }
        let support = self.renderer.capabilities().location;
        if let Err(reason) = self.part_if(support, &Part::Location(location)) {
            self.note("location", "text with a link to a map", &reason);
            self.text(&words::place_words(location));
        }
    }

    fn sticker(&mut self, sticker: &Sticker) {
        let support = self.renderer.capabilities().sticker;
        let Err(reason) = self.part_if(support, &Part::Sticker(sticker)) else { return };
        if let Some(url) = sticker.image_url.as_deref().filter(|_| self.renderer.capabilities().image.is_some()) {
            let picture = contract::Attachment::at_url(MediaKind::Image, url);
            if self.media(&picture).is_ok() {
                return self.note("sticker", "picture", &reason);
            }
        }
        self.note("sticker", "text", &reason);
        let said = [sticker.text.as_deref(), sticker.image_url.as_deref()].into_iter().flatten();
        self.text(said.map(str::trim).find(|words| !words.is_empty()).unwrap_or("🙂"));
    }

    fn edit(&mut self, message_id: &str, text: &str) {
        let support = self.renderer.capabilities().edit;
        let asked = if text.trim().is_empty() {
            Err("nothing would be left of it".into())
        } else if message_id.trim().is_empty() {
            Err("which message is meant is not known".into())
        } else if support.is_asked() {
            self.part(&Part::Edit { message_id, text })
        } else {
            Err(Unsupported::from(format!("messages of {} cannot be changed", self.renderer.network())))
        };
        if let Err(reason) = asked {
            self.note("edit", "new message", &reason);
            self.text(&format!("✏️ {text}"));
        }
    }

    /// JSON goes to the network that it is written for, and to no other.
    fn native(&mut self, connector: Option<&str>, json: &Value) {
        let network = self.renderer.network();
        let asked = match connector {
            Some(other) if other != self.renderer.connector() => Err("it is written for another channel".into()),
            _ => self.part_if(self.renderer.capabilities().native, &Part::Native(json)),
        };
        if let Err(reason) = asked {
            self.note("native", "nothing", &reason);
            self.refuse(format!("The message was not sent to {network}: {}.", reason.0));
        }
    }
}
