//! What the simulated LINE remembers.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// A reply token lives for a minute.
const REPLY_TOKEN_S: i64 = 60;
/// A stateless token's life, in seconds.
pub(super) const TOKEN_S: i64 = 900;

/// A Messaging API channel.
pub(super) struct Account {
    pub(super) secret: String,
    pub(super) long_lived: Option<String>,
    pub(super) basic_id: String,
}

struct ReplyToken {
    guest: String,
    issued: Timestamp,
    used: bool,
}

/// A push that was accepted under a retry key.
#[derive(Clone)]
pub(super) struct Accepted {
    pub(super) request_id: String,
    pub(super) message_ids: Vec<String>,
}

/// Accounts, their tokens, and what guests may be sent.
#[derive(Default)]
pub struct Memory {
    pub(super) accounts: HashMap<String, Account>,
    /// Stateless tokens: whose, and until when.
    tokens: HashMap<String, (String, Timestamp)>,
    replies: HashMap<String, ReplyToken>,
    /// By account and key.
    pub(super) accepted: HashMap<(String, String), Accepted>,
    /// Files that were asked for: films and sounds are not ready when they are asked for first.
    pub(super) asked: HashSet<String>,
    /// The message that a token marks as read.
    pub(super) unread: HashMap<String, String>,
    /// Messages pushed this month.
    pub(super) pushed: u64,
    /// How many messages may be pushed in all; no limit at the start.
    pub quota: Option<u64>,
    pub(super) endpoint: Option<String>,
    /// Whose telephone number has this hash.
    pub(super) numbers: HashMap<String, String>,
    /// The bot that a guest was switched to.
    pub switched: HashMap<String, String>,
}

impl Memory {
    /// Remembers a channel, so that its credentials are taken.
    pub(super) fn learn(&mut self, id: &str, secret: &str, long_lived: Option<&str>, basic_id: &str) {
        let account = Account {
            secret: secret.to_owned(),
            long_lived: long_lived.map(str::to_owned),
            basic_id: basic_id.to_owned(),
        };
        self.accounts.insert(id.to_owned(), account);
    }

    /// Gives a stateless token away. A channel nobody has heard of is taken at its word; a known one must give its secret.
    pub(super) fn issue(&mut self, id: &str, secret: &str, token: String, now: Timestamp) -> Option<String> {
        if id.is_empty() || secret.is_empty() {
            return None;
        }
        match self.accounts.get(id) {
            Some(account) if account.secret != secret => return None,
            Some(_) => {}
            None => self.learn(id, secret, None, "@unknown"),
        }
        self.tokens.retain(|_, (_, until)| *until > now);
        self.tokens.insert(token.clone(), (id.to_owned(), after(now, TOKEN_S)));
        Some(token)
    }

    /// Whose token this is.
    pub(super) fn bearer(&self, token: &str, now: Timestamp) -> Option<String> {
        if let Some((id, until)) = self.tokens.get(token) {
            return (*until > now).then(|| id.clone());
        }
        let (id, _) = self.accounts.iter().find(|(_, account)| account.long_lived.as_deref() == Some(token))?;
        Some(id.clone())
    }

    /// Remembers a new reply token.
    pub(super) fn reply_token(&mut self, token: &str, guest: &str, now: Timestamp) {
        if self.replies.len() > 20_000 {
            self.replies.retain(|_, reply| after(reply.issued, REPLY_TOKEN_S) > now);
        }
        let reply = ReplyToken { guest: guest.to_owned(), issued: now, used: false };
        self.replies.insert(token.to_owned(), reply);
    }

    /// Whom a reply token answers, if it is still good.
    pub(super) fn replies_to(&self, token: &str, now: Timestamp) -> Option<String> {
        let reply = self.replies.get(token)?;
        (!reply.used && after(reply.issued, REPLY_TOKEN_S) > now).then(|| reply.guest.clone())
    }

    /// Uses a reply token up.
    pub(super) fn spend(&mut self, token: &str) {
        if let Some(reply) = self.replies.get_mut(token) {
            reply.used = true;
        }
    }
}

fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// An id as LINE forms them: a letter and 32 hexadecimal digits, always the same for the same name.
pub(super) fn line_id(letter: char, name: &str) -> String {
    format!("{letter}{}", hex::encode(&Sha256::digest(name.as_bytes())[..16]))
}
