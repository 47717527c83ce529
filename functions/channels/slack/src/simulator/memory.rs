//! What the simulated Slack remembers.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::WORKSPACE;
use crate::conversation_key::{self, ConversationKey};

/// An app, as its settings page shows it.
pub(super) struct App {
    pub(super) secret: String,
    pub(super) id: String,
}

/// A file.
pub(super) struct File {
    pub(super) name: String,
    pub(super) mime: String,
    /// As it was announced.
    pub(super) length: usize,
    pub(super) bytes: Bytes,
}

#[derive(Default)]
pub(super) struct Memory {
    /// Where the simulator is reached.
    pub(super) origin: String,
    /// By client id.
    pub(super) apps: HashMap<String, App>,
    pub(super) tokens: HashSet<String>,
    /// Codes that were not used yet, and for which client and address.
    pub(super) codes: HashMap<String, (String, String)>,
    /// Webhooks whose tenants have a token of ours.
    pub(super) installed: HashSet<String>,
    pub(super) files: HashMap<String, File>,
    /// By conversation and timestamp.
    pub(super) messages: BTreeMap<(String, String), Value>,
    /// The last message of each guest, for taking it back.
    pub(super) last: HashMap<String, Value>,
    next: u64,
}

impl Memory {
    /// Remembers an app, so that its credentials are taken.
    pub(super) fn learn(&mut self, client: &str, secret: &str, id: &str) {
        self.apps.insert(client.to_owned(), App { secret: secret.to_owned(), id: id.to_owned() });
    }

    /// A new message's timestamp: no two are alike.
    pub(super) fn ts(&mut self) -> String {
        self.next = (self.next + 1).max(Timestamp::now().as_microsecond().unsigned_abs());
        format!("{}.{:06}", self.next / 1_000_000, self.next % 1_000_000)
    }

    /// An id in capitals and digits.
    pub(super) fn id(letter: char) -> String {
        let digits: String = Uuid::new_v4().simple().to_string().to_uppercase().chars().take(10).collect();
        format!("{letter}{digits}")
    }

    /// A code for the consent page to give away.
    pub(super) fn code(&mut self, client: &str, address: &str) -> String {
        let code = format!("{}.{}", Self::id('1'), Self::id('2'));
        self.codes.insert(code.clone(), (client.to_owned(), address.to_owned()));
        code
    }

    /// A token for a code, once.
    pub(super) fn redeem(&mut self, code: &str, client: &str, address: &str) -> Option<String> {
        let (wanted, from) = self.codes.remove(code)?;
        if wanted != client || from != address {
            return None;
        }
        let token = format!("xoxb-{}", Uuid::new_v4().simple());
        self.tokens.insert(token.clone());
        Some(token)
    }

    /// Keeps a message. The oldest are forgotten.
    pub(super) fn keep(&mut self, channel: &str, message: Value) {
        let ts = message["ts"].as_str().unwrap_or_default().to_owned();
        self.messages.insert((channel.to_owned(), ts), message);
        if self.messages.len() > 5_000 {
            self.messages.pop_first();
        }
    }
}

/// A person's direct messages with the app.
pub(super) fn direct(user: &str) -> String {
    format!("D{}", user.trim_start_matches(['U', 'W']))
}

/// The chat that a message in a conversation appears in: the guest's id.
pub(super) fn chat(channel: &str, thread: Option<&str>) -> String {
    match channel.strip_prefix('D') {
        Some(user) => conversation_key::guest_id(WORKSPACE, WORKSPACE, &format!("U{user}"), None),
        None => conversation_key::guest_id(WORKSPACE, WORKSPACE, channel, thread),
    }
}

/// Where a guest writes, and who it is.
pub(super) fn seat(guest: &str) -> Result<(String, String, Option<String>), String> {
    let key = ConversationKey::parse(guest).ok_or_else(|| "This is no place of Slack's.".to_owned())?;
    Ok(if key.is_direct() {
        (direct(key.channel), key.channel.to_owned(), None)
    } else {
        (key.channel.to_owned(), "U0GUEST0001".to_owned(), key.thread.map(str::to_owned))
    })
}
