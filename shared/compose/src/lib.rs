//! The agent's message as what a network can show. One ladder of other forms, one splitting, one numbering and one naming
//! of the agent, for every channel and for the contact-centre platforms.
//!
//! A connector declares what its network shows ([`Capabilities`]) and renders [`Part`]s. It is never asked for what it has
//! not declared; where it answers "not like this" ([`Unsupported`]), the next form is tried:
//!
//! ```text
//! carousel → cards → picture, words and options → numbered text
//! list → options → numbered text         options → list → numbered text
//! date with times → options              any day → text              form → numbered questions
//! sticker → picture → its words          place → words and a link to a map
//! picture → its preview → file → link    film, sound → file → link   edit → new text
//! JSON of another network → not sent, and the agent is told why
//! ```
//!
//! Everything here is pure.

mod choices;
mod ladder;
mod media;
mod words;

use contract::descriptor::{Descriptor, TextLimit};
use contract::{Capabilities, Channel, Choice, Draft, Outbound, Part, Rendering, SendContext, Unsupported};

pub use ladder::Ladder;
pub use media::mime_of;
pub use words::{card_words, day_range, file_link, form_words, picker_words, place_words};

/// Where the ladder ends: whoever renders parts.
pub trait Renderer {
    /// What a part becomes.
    type Step;
    /// The connector's id, as native messages name it.
    fn connector(&self) -> &'static str;
    /// The network's name, for reasons.
    fn network(&self) -> &'static str;
    /// What is shown, with its limits.
    fn capabilities(&self) -> &Capabilities;
    /// The longest text of one message.
    fn text_limit(&self) -> TextLimit;
    /// Why it is not asked for what it does not declare.
    fn has_none(&self) -> Unsupported {
        format!("{} has none", self.network()).into()
    }
    /// Shows a part.
    fn render(&self, part: &Part<'_>) -> Result<Vec<Self::Step>, Unsupported>;
    /// Notes what is shown in another form.
    fn note(&self, degradation: String);
    /// Words with the agent's name before them, once.
    fn named(&self, words: &str) -> String;
    /// Counts an option that is shown as numbered text, and gives its number.
    fn number(&self, option: &Choice) -> usize;
}

/// Composes an agent's message for a channel.
pub fn compose<C: Channel>(
    channel: &C,
    message: &Outbound,
    settings: &C::Settings,
    context: &SendContext,
) -> Rendering<C::Step> {
    let draft = Draft::new(message, settings, context);
    let (steps, refused) = {
        let outlet = Outlet { channel, draft: &draft, capabilities: channel.capabilities(&draft) };
        let (steps, refused) = Ladder::new(&outlet).contents(&message.contents);
        (channel.assemble(steps, &draft), refused)
    };
    let refused = refused.filter(|_| steps.is_empty());
    Rendering { refused, ..draft.finish(steps) }
}

/// A channel as the end of the ladder.
struct Outlet<'a, 'd, C: Channel> {
    channel: &'a C,
    draft: &'a Draft<'d, C::Settings>,
    capabilities: Capabilities,
}

impl<C: Channel> Outlet<'_, '_, C> {
    fn descriptor(&self) -> &'static Descriptor {
        self.channel.descriptor()
    }
}

impl<C: Channel> Renderer for Outlet<'_, '_, C> {
    type Step = C::Step;

    fn connector(&self) -> &'static str {
        self.descriptor().id
    }

    fn network(&self) -> &'static str {
        self.descriptor().name
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn text_limit(&self) -> TextLimit {
        self.descriptor().text_limit
    }

    fn has_none(&self) -> Unsupported {
        let for_everybody = self.capabilities == self.descriptor().capabilities;
        let none = if for_everybody { "has none" } else { "shows this guest none" };
        format!("{} {none}", self.network()).into()
    }

    fn render(&self, part: &Part<'_>) -> Result<Vec<C::Step>, Unsupported> {
        self.draft.attempt(|| self.channel.render(part, self.draft))
    }

    fn note(&self, degradation: String) {
        self.draft.note(degradation);
    }

    fn named(&self, words: &str) -> String {
        if self.capabilities.shows_sender { words.to_owned() } else { self.draft.named(words) }
    }

    fn number(&self, option: &Choice) -> usize {
        self.draft.number(option)
    }
}
