//! What the simulated Viber remembers.

use std::collections::{BTreeMap, HashMap};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A guest who does not answer gets so many messages from one full hour to the next.
const UNANSWERED: u32 = 100;
/// Details of a guest are told so often in half a day.
const DETAILS: usize = 2;
const HALF_A_DAY_S: i64 = 12 * 3_600;
/// A file is kept for an hour.
const FILE_S: i64 = 3_600;

/// A bot, known by its token.
#[derive(Clone, Default)]
pub(super) struct Bot {
    pub(super) name: String,
    /// `None`: never set. Empty: removed.
    pub(super) webhook: Option<String>,
    /// Empty: all.
    pub(super) event_types: Vec<String>,
}

/// A guest of a bot's.
#[derive(Default)]
pub(super) struct Person {
    pub(super) unsubscribed: bool,
    /// What the last message to the guest carried.
    pub(super) tracking: Option<String>,
    /// Messages that were delivered and not yet looked at.
    pub(super) unseen: Vec<String>,
    unanswered: (i64, u32),
    asked: Vec<Timestamp>,
}

/// A file that a guest sent.
pub(super) struct File {
    pub(super) mime: String,
    pub(super) bytes: Bytes,
    pub(super) until: Timestamp,
}

#[derive(Default)]
pub(super) struct Memory {
    /// Where the simulator is reached.
    pub(super) origin: String,
    /// By token.
    pub(super) bots: HashMap<String, Bot>,
    /// By the bot's token and the guest's id.
    people: HashMap<(String, String), Person>,
    /// By name in the path.
    pub(super) files: HashMap<String, File>,
    /// The same picture sent a thousand times is kept once.
    bytes: HashMap<[u8; 32], Bytes>,
    /// The newest messages that were sent to guests, by token.
    pub(super) shown: BTreeMap<String, Value>,
    next: u64,
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

    /// A message's token: 19 digits, as Viber's have, and new after a restart too.
    pub(super) fn token(&mut self) -> String {
        let base = 5_000_000_000_000_000_000;
        self.next = (self.next + 1).max(base + Timestamp::now().as_microsecond().unsigned_abs());
        self.next.to_string()
    }

    /// Keeps a guest's file.
    pub(super) fn keep(&mut self, name: &str, mime: &str, bytes: Vec<u8>, now: Timestamp) {
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        let bytes = self.bytes.entry(hash).or_insert_with(|| bytes.into()).clone();
        let until = now.checked_add(jiff::SignedDuration::from_secs(FILE_S)).unwrap_or(Timestamp::MAX);
        self.files.insert(name.to_owned(), File { mime: mime.to_owned(), bytes, until });
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
