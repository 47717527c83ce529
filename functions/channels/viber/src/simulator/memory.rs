//! What the simulated Viber remembers.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A guest who does not answer gets so many messages from one full hour to the next.
const UNANSWERED: u32 = 100;
/// Details of a guest are told so often in half a day.
const DETAILS: usize = 2;
const HALF_A_DAY_S: i64 = 12 * 3_600;

/// A bot, known by its token.
#[derive(Clone, Default)]
pub(super) struct Bot {
    pub(super) name: String,
    /// `None`: never set. Empty: removed.
    pub(super) webhook: Option<String>,
    /// Empty: all.
    pub(super) event_types: Vec<String>,
}

impl Bot {
    /// Where an event goes, if the bot wants to hear of it.
    pub(super) fn wants(&self, event: &Value) -> Option<String> {
        let kind = event["event"].as_str().unwrap_or_default();
        let always = ["message", "unsubscribed"].contains(&kind);
        let wanted = always || self.event_types.is_empty() || self.event_types.iter().any(|wanted| wanted == kind);
        self.webhook.clone().filter(|url| wanted && !url.is_empty())
    }
}

/// A guest of a bot's.
#[derive(Default)]
pub(super) struct Person {
    pub(super) unsubscribed: bool,
    /// What the last message to the guest carried.
    pub(super) tracking: Option<String>,
    /// Messages that were delivered and not yet looked at.
    pub(super) unseen: Vec<u64>,
    unanswered: (i64, u32),
    asked: Vec<Timestamp>,
}

/// Bots and their guests.
#[derive(Default)]
pub struct Memory {
    /// By token.
    pub(super) bots: HashMap<String, Bot>,
    /// By the bot's token and the guest's id.
    people: HashMap<(String, String), Person>,
}

impl Memory {
    /// A bot; a token that nobody has used before is a new bot's, if it looks like one.
    pub(super) fn bot(&mut self, token: &str) -> Option<&mut Bot> {
        let groups: Vec<&str> = token.split('-').collect();
        let formed = groups.len() == 3
            && groups.iter().all(|group| group.len() == 16 && group.bytes().all(|b| b.is_ascii_alphanumeric()));
        formed.then(|| self.bots.entry(token.to_owned()).or_default())
    }

    /// A bot's guest.
    pub(super) fn person(&mut self, bot: &str, guest: &str) -> &mut Person {
        self.people.entry((bot.to_owned(), guest.to_owned())).or_default()
    }

    /// How many have not unsubscribed.
    pub(super) fn subscribers(&self, bot: &str) -> usize {
        self.people.iter().filter(|((of, _), person)| of == bot && !person.unsubscribed).count()
    }
}

impl Person {
    /// Counts a message to the guest; whether it may be sent.
    pub(super) fn may_be_written_to(&mut self, now: Timestamp) -> bool {
        let hour = now.as_second().div_euclid(3_600);
        if self.unanswered.0 != hour {
            self.unanswered = (hour, 0);
        }
        self.unanswered.1 += 1;
        self.unanswered.1 <= UNANSWERED
    }

    /// The guest wrote: a subscriber from now on.
    pub(super) fn wrote(&mut self) {
        self.unanswered.1 = 0;
        self.unsubscribed = false;
    }

    /// Counts a question about the guest; whether it is answered.
    pub(super) fn may_be_asked_about(&mut self, now: Timestamp) -> bool {
        self.asked.retain(|at| now.as_second() - at.as_second() < HALF_A_DAY_S);
        let may = self.asked.len() < DETAILS;
        if may {
            self.asked.push(now);
        }
        may
    }
}

/// An id as Viber forms them: 16 bytes in base 64, always the same for the same name.
pub(super) fn viber_id(name: &str) -> String {
    STANDARD.encode(&Sha256::digest(name.as_bytes())[..16])
}
