//! What a channel is asked to show, and what it makes of it.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
};

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Attachment, Card, Choice, DatePicker, EventId, FormField, GuestId, Location, Outbound, SendContext, SendError,
    Sticker, ids::stable_uuid,
};

/// One thing to show, within what the connector's [`crate::Capabilities`] declare.
#[derive(Clone, Debug)]
pub enum Part<'m> {
    /// A text, never blank, within the text limit, with the agent's name before it where that is wanted.
    Text(&'m str),
    /// A file of a kind, type and size that is declared. A caption in it fits.
    Media(&'m Attachment),
    /// Pictures and films to be shown as one message.
    Album(&'m [Attachment]),
    /// A place that is on the map.
    Location(&'m Location),
    /// A sticker.
    Sticker(&'m Sticker),
    /// A question with at least one option, each with a text.
    Options {
        /// The question; may be blank.
        text: &'m str,
        /// The options.
        options: &'m [Choice],
    },
    /// A list with at least one item, each with a text.
    List {
        /// Its title; may be blank.
        title: &'m str,
        /// The items.
        items: &'m [Choice],
        /// Whether several may be chosen.
        multiple: bool,
    },
    /// A card.
    Card(&'m Card),
    /// Cards in a row.
    Carousel(&'m [Card]),
    /// Choosing a day or a time.
    Date(&'m DatePicker),
    /// Questions with at least one field.
    Form {
        /// Its title; may be blank.
        title: &'m str,
        /// The questions.
        fields: &'m [FormField],
    },
    /// The connector's own JSON.
    Native(&'m Value),
    /// An earlier message of ours, changed.
    Edit {
        /// The network's id of that message.
        message_id: &'m str,
        /// Its new text.
        text: &'m str,
    },
    /// The agent types, or stopped.
    Typing {
        /// Whether it begins.
        on: bool,
        /// For how long, in milliseconds.
        duration_ms: Option<u64>,
    },
    /// The agent has read what the guest wrote.
    Read,
}

/// "Not like this": `compose` shows the part in its next form. The reason is for the administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported(pub Cow<'static, str>);

impl<T: Into<Cow<'static, str>>> From<T> for Unsupported {
    fn from(reason: T) -> Self {
        Self(reason.into())
    }
}

/// A message while it is composed: who it is for, and what is noted on the way.
#[derive(Debug)]
pub struct Draft<'a, S> {
    /// The platform's id of the message.
    pub message_id: &'a EventId,
    /// When it was written, by the platform's clock.
    pub at: Timestamp,
    /// Who it is for.
    pub to: &'a GuestId,
    /// The tenant's settings.
    pub settings: &'a S,
    /// What else is known.
    pub context: &'a SendContext,
    /// The agent's name, until it stands before a text.
    name: Cell<Option<&'a str>>,
    degradations: RefCell<Vec<String>>,
    numbered: RefCell<Vec<Choice>>,
}

impl<'a, S> Draft<'a, S> {
    /// Nothing composed yet.
    pub fn new(message: &'a Outbound, settings: &'a S, context: &'a SendContext) -> Self {
        let name = context.agent_name.as_deref().filter(|name| !name.trim().is_empty());
        Self {
            message_id: &message.message_id,
            at: message.at,
            to: &message.to,
            settings,
            context,
            name: Cell::new(name),
            degradations: RefCell::default(),
            numbered: RefCell::default(),
        }
    }

    /// Notes what is shown in another form, and why: `carousel → cards: Slack shows none side by side`.
    pub fn note(&self, degradation: impl Into<String>) {
        self.degradations.borrow_mut().push(degradation.into());
    }

    /// Words with the agent's name before them, if it is wanted and stands nowhere yet.
    pub fn named(&self, words: &str) -> String {
        match self.name.take() {
            Some(name) => format!("{name}: {words}"),
            None => words.to_owned(),
        }
    }

    /// Counts an option that is shown as numbered text, and gives its number. Numbers go on through the whole message.
    pub fn number(&self, option: &Choice) -> usize {
        let mut numbered = self.numbered.borrow_mut();
        numbered.push(option.clone());
        numbered.len()
    }

    /// An id of the network's for the step at this place; the same when the message is tried again.
    pub fn step_id(&self, connector: &str, place: usize) -> String {
        stable_uuid(&[connector, self.message_id.as_str(), self.to.as_str(), &place.to_string()]).to_string()
    }

    /// What the newest of the guest's events said of how to answer ([`crate::Inbound::reply_context`]).
    pub fn reply(&self) -> Option<&'a Value> {
        self.context.reply.as_ref().map(|(reply, _)| reply)
    }

    /// Tries a form; what it noted, named and numbered is undone when the answer is "not like this".
    pub fn attempt<T>(&self, form: impl FnOnce() -> Result<T, Unsupported>) -> Result<T, Unsupported> {
        let name = self.name.get();
        let lengths = (self.degradations.borrow().len(), self.numbered.borrow().len());
        let outcome = form();
        if outcome.is_err() {
            self.name.set(name);
            self.degradations.borrow_mut().truncate(lengths.0);
            self.numbered.borrow_mut().truncate(lengths.1);
        }
        outcome
    }

    /// The rendering that these steps are.
    pub fn finish<T>(self, steps: Vec<T>) -> Rendering<T> {
        let mut degradations = self.degradations.into_inner();
        degradations.dedup();
        Rendering { steps, degradations, numbered: self.numbered.into_inner(), refused: None }
    }
}

/// What a message is rendered to.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendering<T> {
    /// The steps, in order. The engine records each before the next.
    pub steps: Vec<T>,
    /// What had to be shown in another form, and why: `carousel → numbered text: the channel has no cards`.
    pub degradations: Vec<String>,
    /// The options that are shown as numbered text, the first as number 1: a guest who writes a number means one of these.
    pub numbered: Vec<Choice>,
    /// Why nothing is sent, where there is nothing that could be: the agent is told.
    pub refused: Option<SendError>,
}

impl<T> Default for Rendering<T> {
    fn default() -> Self {
        Self { steps: Vec::new(), degradations: Vec::new(), numbered: Vec::new(), refused: None }
    }
}
