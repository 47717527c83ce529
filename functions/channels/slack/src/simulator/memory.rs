//! What the simulated Slack remembers.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;
use simulation::Ids;

use super::{State, WORKSPACE};
use crate::conversation_key::{self, ConversationKey};

/// An app, as its settings page shows it.
pub(super) struct App {
    pub(super) secret: String,
    pub(super) id: String,
}

/// Apps, tokens and conversations.
#[derive(Default)]
pub struct Memory {
    /// By client id.
    pub(super) apps: HashMap<String, App>,
    pub(super) tokens: HashSet<String>,
    /// Codes that were not used yet, and for which client and address.
    codes: HashMap<String, (String, String)>,
    /// Webhooks whose tenants have a token of ours.
    pub(super) installed: HashSet<String>,
    /// The lengths of files that were announced, in bytes.
    pub(super) announced: HashMap<String, usize>,
    /// By conversation and timestamp.
    pub(super) messages: BTreeMap<(String, String), Value>,
    /// The last message of each guest, for taking it back.
    pub(super) last: HashMap<String, Value>,
}

impl Memory {
    /// Remembers an app, so that its credentials are taken.
    pub(super) fn learn(&mut self, client: &str, secret: &str, id: &str) {
        self.apps.insert(client.to_owned(), App { secret: secret.to_owned(), id: id.to_owned() });
    }

    /// Remembers a code for the consent page to give away.
    pub(super) fn code(&mut self, code: &str, client: &str, address: &str) {
        self.codes.insert(code.to_owned(), (client.to_owned(), address.to_owned()));
    }

    /// Takes a token for a code, once.
    pub(super) fn redeem(&mut self, code: &str, client: &str, address: &str, token: &str) -> bool {
        let good = self.codes.remove(code).is_some_and(|(wanted, from)| wanted == client && from == address);
        if good {
            self.tokens.insert(token.to_owned());
        }
        good
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

/// A new message's timestamp: no two are alike.
pub(super) fn ts(state: &mut State) -> String {
    let least = state.micros();
    let number = state.ids.number(least);
    format!("{}.{:06}", number / 1_000_000, number % 1_000_000)
}

/// An id in capitals and digits.
pub(super) fn id(ids: &mut Ids, letter: char) -> String {
    format!("{letter}{}", ids.capitals(10))
}

/// A new code for the consent page to give away.
pub(super) fn new_code(state: &mut State, client: &str, address: &str) -> String {
    let code = format!("{}.{}", id(&mut state.ids, '1'), id(&mut state.ids, '2'));
    state.memory.code(&code, client, address);
    code
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
