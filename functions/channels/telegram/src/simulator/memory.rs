//! What the simulated Telegram remembers.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A bot.
pub(super) struct Bot {
    pub(super) token: String,
    pub(super) username: String,
    pub(super) webhook: Option<Webhook>,
}

/// Where a bot wants its updates.
#[derive(Clone)]
pub(super) struct Webhook {
    pub(super) url: String,
    pub(super) secret_token: Option<String>,
    pub(super) allowed: Vec<String>,
}

/// A file that a guest or a bot sent.
#[derive(Clone)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) mime: String,
    pub(super) bytes: Bytes,
}

#[derive(Default)]
pub(super) struct Memory {
    /// Where the simulator is reached.
    pub(super) origin: String,
    /// By user id.
    bots: HashMap<i64, Bot>,
    /// By file id.
    pub(super) files: HashMap<String, File>,
    /// The same picture sent a thousand times is kept once.
    bytes: HashMap<[u8; 32], Bytes>,
    pub(super) blocked: HashSet<i64>,
    /// Groups that became supergroups.
    pub(super) moved: HashMap<i64, i64>,
    /// The newest messages that were sent to guests, by message id.
    pub(super) shown: BTreeMap<i64, Value>,
    /// Taps that wait for an acknowledgement, by their ids.
    pub(super) taps: HashSet<String>,
    pub(super) acknowledged: Vec<String>,
    next: i64,
}

/// The number before the colon.
pub(super) fn id_of(token: &str) -> Option<i64> {
    let (id, rest) = token.split_once(':')?;
    (!rest.is_empty()).then(|| id.parse().ok())?
}

impl Memory {
    /// Remembers a bot, so that its token is taken.
    pub(super) fn learn(&mut self, token: &str, username: Option<&str>) {
        let Some(id) = id_of(token) else { return };
        match self.bots.get_mut(&id) {
            Some(bot) => bot.token = token.to_owned(),
            None => {
                let username = username.map_or_else(|| format!("bot{id}_bot"), str::to_owned);
                self.bots.insert(id, Bot { token: token.to_owned(), username, webhook: None });
            }
        }
    }

    /// A token's bot. One that nobody has heard of is taken at its word; a known one must give its token.
    pub(super) fn bot(&mut self, token: &str) -> Option<&mut Bot> {
        let id = id_of(token)?;
        if !self.bots.contains_key(&id) {
            self.learn(token, None);
        }
        self.bots.get_mut(&id).filter(|bot| bot.token == token)
    }

    /// A number that is new, after a restart too.
    pub(super) fn number(&mut self) -> i64 {
        // Hundredths of a second since 2025.
        let now = (Timestamp::now().as_millisecond() - 1_735_689_600_000) / 10;
        self.next = (self.next + 1).max(now);
        self.next
    }

    /// Keeps a file and gives it an id.
    pub(super) fn keep(&mut self, folder: &str, name: &str, mime: &str, bytes: Bytes) -> String {
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        let bytes = self.bytes.entry(hash).or_insert_with(|| bytes).clone();
        let number = self.number();
        let extension: String = name
            .rsplit_once('.')
            .map_or("", |(_, ending)| ending)
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let path = match extension.as_str() {
            "" => format!("{folder}/file_{number}"),
            extension => format!("{folder}/file_{number}.{extension}"),
        };
        let id = format!("BQACAgQAAxkB{number:016}-file_id");
        self.files.insert(id.clone(), File { path, mime: mime.to_owned(), bytes });
        id
    }
}
