//! What the simulated Teams remembers.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};
use simulation::Recent;

use super::State;

/// A token's life, in seconds.
pub(super) const TOKEN_S: i64 = 3_600;

/// Bots, their tokens, and what they sent.
#[derive(Default)]
pub struct Memory {
    /// Client secrets by bot.
    bots: HashMap<String, String>,
    /// Tokens: whose, and until when.
    tokens: HashMap<String, (String, Timestamp)>,
    /// Places that wait for an upload.
    pub(super) uploads: HashSet<String>,
    /// The newest activities, by id: the guest, and what was sent.
    pub(super) shown: Recent<(String, Value)>,
}

impl Memory {
    /// Remembers a bot, so that its credentials are taken.
    pub(super) fn learn(&mut self, bot: &str, secret: &str) {
        self.bots.insert(bot.to_owned(), secret.to_owned());
    }

    /// Gives a token to a bot. One that nobody has heard of is taken at its word; a known one must give its secret.
    pub(super) fn issue(&mut self, bot: &str, secret: &str, token: String, now: Timestamp) -> Option<String> {
        if bot.is_empty() || secret.is_empty() {
            return None;
        }
        match self.bots.get(bot) {
            Some(known) if known != secret => return None,
            Some(_) => {}
            None => self.learn(bot, secret),
        }
        self.tokens.retain(|_, (_, until)| *until > now);
        let until = now.checked_add(SignedDuration::from_secs(TOKEN_S)).unwrap_or(Timestamp::MAX);
        self.tokens.insert(token.clone(), (bot.to_owned(), until));
        Some(token)
    }

    /// Whether a token is good.
    pub(super) fn is_good(&self, token: &str, now: Timestamp) -> bool {
        self.tokens.get(token).is_some_and(|(_, until)| *until > now)
    }
}

/// The id of a new message: the milliseconds of its time, as in Teams, and new after a restart too.
pub(super) fn message_id(state: &mut State) -> String {
    let least = state.now().as_millisecond().unsigned_abs();
    state.ids.number(least).to_string()
}

/// A person's id as the Bot Framework forms them, always the same for the same name.
pub(super) fn person(name: &str) -> String {
    format!("29:1{}", hex::encode(&Sha256::digest(name.as_bytes())[..20]))
}

/// The conversation of a private chat; a group's or channel's is its own id.
pub(super) fn conversation_of(guest: &str) -> String {
    match guest.strip_prefix("29:") {
        Some(rest) => format!("a:{rest}"),
        None => guest.to_owned(),
    }
}

/// Whose conversation it is.
pub(super) fn guest_of(conversation: &str) -> String {
    match conversation.strip_prefix("a:") {
        Some(rest) => format!("29:{rest}"),
        None => conversation.to_owned(),
    }
}

/// What a person is called. Nobody in particular.
pub(super) fn nickname(person: &str) -> String {
    format!("Guest {}", person.chars().skip(4).take(4).collect::<String>())
}
