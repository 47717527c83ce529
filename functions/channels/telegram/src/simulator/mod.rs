//! Telegram, played by us: its Bot API at its real paths and with its real refusals, and guests with telephones. So
//! everything runs with no Telegram account.
//!
//! [`api`] answers what we call, [`rules`] refuses what Telegram would refuse, [`screen`] turns messages into what a guest
//! sees, [`guest`] posts updates.

mod api;
mod form;
mod guest;
mod memory;
pub mod rules;
mod screen;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use memory::Memory;
use serde_json::{Value, json};
use simulation::{Action, Link, Simulator, Stage};

/// A Telegram of our own, with one demo bot and any number of guests.
#[derive(Clone)]
pub struct TelegramSimulator {
    stage: Stage,
    memory: Arc<Mutex<Memory>>,
    http: reqwest::Client,
}

/// The demo bot's API token: no secret at all, it opens nothing but the simulator.
const API_TOKEN: &str = "7000000000:demo-token-that-opens-nothing";
/// The first guest's user id is one more than this.
const GUESTS: u32 = 2_000_000_000;

impl TelegramSimulator {
    /// A Telegram where nothing has happened yet.
    pub fn new() -> Self {
        let mut memory = Memory::default();
        memory.learn(API_TOKEN, Some("demo_bot"));
        // Webhooks are on this machine: a proxy of the environment's does not know the way.
        let http = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
        Self { stage: Stage::default(), memory: Arc::new(Mutex::new(memory)), http }
    }

    /// Makes a group a supergroup with another number: what is sent to the old one is refused from now on.
    pub fn migrate(&self, group: i64, supergroup: i64) {
        self.memory().moved.insert(group, supergroup);
    }

    /// The taps that were acknowledged so far, by the ids of their queries.
    pub fn acknowledged(&self) -> Vec<String> {
        self.memory().acknowledged.clone()
    }

    /// The webhook's address that a bot registered; none when it has none.
    pub fn webhook_of(&self, api_token: &str) -> Option<String> {
        self.memory().bot(api_token).and_then(|bot| Some(bot.webhook.as_ref()?.url.clone()))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for TelegramSimulator {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Simulator for TelegramSimulator {
    fn connector(&self) -> &'static str {
        crate::DESCRIPTOR.id
    }

    fn stage(&self) -> &Stage {
        &self.stage
    }

    fn router(&self) -> axum::Router {
        api::router(self.clone())
    }

    fn mounted(&self, origin: &str) {
        self.memory().origin = origin.trim_end_matches('/').to_owned();
    }

    fn guest_id(&self, number: u32) -> String {
        GUESTS.saturating_add(number).to_string()
    }

    fn demo_settings(&self) -> Value {
        json!({ "apiToken": API_TOKEN })
    }

    async fn act(&self, link: &Link, guest: &str, action: Action) -> Result<(), String> {
        guest::act(self, link, guest, action).await
    }
}
