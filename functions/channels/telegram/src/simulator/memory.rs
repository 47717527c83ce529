//! What the simulated Telegram remembers.

use std::collections::{HashMap, HashSet};

use simulation::File;

use super::State;

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

/// Bots, and what became of chats and taps.
#[derive(Default)]
pub struct Memory {
    /// By user id.
    bots: HashMap<i64, Bot>,
    /// Where files lie, by their ids.
    pub(super) paths: HashMap<String, String>,
    /// Groups that became supergroups, with their new numbers: what is sent to the old ones is refused.
    pub moved: HashMap<i64, i64>,
    /// Taps that wait for an acknowledgement, by the ids of their queries.
    pub(super) taps: HashSet<String>,
    /// Taps that were acknowledged so far, by the ids of their queries.
    pub acknowledged: Vec<String>,
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

    /// The webhook's address that a bot registered; none when it has none.
    pub fn webhook_of(&mut self, api_token: &str) -> Option<String> {
        self.bot(api_token).and_then(|bot| Some(bot.webhook.as_ref()?.url.clone()))
    }
}

/// A number that is new, after a restart too: hundredths of a second since 2025.
pub(super) fn number(state: &mut State) -> u64 {
    let least = (state.now().as_millisecond() - 1_735_689_600_000).max(0).unsigned_abs() / 10;
    state.ids.number(least)
}

/// Keeps a file and gives it an id.
pub(super) fn keep(state: &mut State, folder: &str, file: File) -> String {
    let number = number(state);
    let ending = file.name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let ending: String = ending.chars().filter(char::is_ascii_alphanumeric).collect();
    let path = match ending.as_str() {
        "" => format!("{folder}/file_{number}"),
        ending => format!("{folder}/file_{number}.{ending}"),
    };
    let id = format!("BQACAgQAAxkB{number:016}-file_id");
    state.memory.paths.insert(id.clone(), path);
    state.files.insert(id.as_str(), file);
    id
}
