//! LINE, played by us: its Messaging API at its real paths and with its real refusals, and guests with telephones. So
//! everything runs with no LINE account.
//!
//! [`api`] answers what we call, [`rules`] refuses what LINE would refuse, [`screen`] turns message objects into what a
//! guest sees, [`guest`] posts signed webhooks.

mod api;
mod guest;
mod memory;
pub mod rules;
mod screen;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use memory::Memory;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulation::{Action, Link, Simulator, Stage};

/// A LINE of our own, with one demo account and any number of guests.
#[derive(Clone)]
pub struct LineSimulator {
    stage: Stage,
    memory: Arc<Mutex<Memory>>,
    http: reqwest::Client,
}

/// The channel ID of the demo account.
const CHANNEL_ID: &str = "2000000001";
/// Its channel secret: no secret at all, it opens nothing but the simulator.
const CHANNEL_SECRET: &str = "5eed5eed5eed5eed5eed5eed5eed5eed";
/// Its basic ID.
const BASIC_ID: &str = "@demo";
/// The telephone number of the first guest.
const NUMBER: &str = "+819012345678";

impl LineSimulator {
    /// A LINE where nothing has happened yet.
    pub fn new() -> Self {
        let mut memory = Memory::default();
        memory.learn(CHANNEL_ID, CHANNEL_SECRET, None, BASIC_ID);
        let hash = hex::encode(Sha256::digest(NUMBER.as_bytes()));
        memory.numbers.insert(hash, memory::line_id('U', "guest 1"));
        // Webhooks are on this machine: a proxy of the environment's does not know the way.
        let http = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
        Self { stage: Stage::default(), memory: Arc::new(Mutex::new(memory)), http }
    }

    /// Limits the messages that may be pushed in all; no limit with `None`, as at the start.
    pub fn set_quota(&self, limit: Option<u64>) {
        self.memory().quota = limit;
    }

    /// The bot that a guest was switched to.
    pub fn switched(&self, guest: &str) -> Option<String> {
        self.memory().switched.get(guest).cloned()
    }

    /// Posts the event that a notification message arrived, as LINE does within a day.
    pub async fn arrived(&self, link: &Link, tag: &str) -> Result<(), String> {
        guest::arrived(self, link, tag).await
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for LineSimulator {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Simulator for LineSimulator {
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
        memory::line_id('U', &format!("guest {number}"))
    }

    fn demo_settings(&self) -> Value {
        json!({
            "channelId": CHANNEL_ID,
            "channelSecret": CHANNEL_SECRET,
            "channelAccessToken": null,
            "botBasicId": BASIC_ID,
        })
    }

    async fn act(&self, link: &Link, guest: &str, action: Action) -> Result<(), String> {
        guest::act(self, link, guest, action).await
    }
}
