//! Teams, played by us: Microsoft's tokens and keys, the connector service at its real paths and with its real refusals,
//! OneDrive as far as files change hands, and people who chat. So everything runs with no Microsoft account.
//!
//! [`api`] answers what we call, [`rules`] refuses what Teams would refuse, [`screen`] turns activities into what a guest
//! sees, [`guest`] posts activities under tokens that [`authority`] signs.

mod api;
pub mod authority;
mod guest;
mod memory;
pub mod rules;
mod screen;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use authority::Authority;
use memory::Memory;
use serde_json::{Value, json};
use simulation::{Action, Link, Simulator, Stage};

/// A Teams of our own, with one demo bot and any number of people.
#[derive(Clone)]
pub struct TeamsSimulator {
    stage: Stage,
    memory: Arc<Mutex<Memory>>,
    authority: Arc<Authority>,
    http: reqwest::Client,
}

/// The demo bot.
const BOT_ID: &str = "00000000-0000-4000-8000-00000000b071";
/// Its client secret: no secret at all, it opens nothing but the simulator.
const CLIENT_SECRET: &str = "5eed~5eed5eed5eed5eed5eed5eed5eed5eed5eed";
/// The Entra tenant where it was made.
const TENANT_ID: &str = "00000000-0000-4000-8000-00000000e47a";
/// Its name.
const BOT_NAME: &str = "Demo";

impl TeamsSimulator {
    /// A Teams where nothing has happened yet.
    pub fn new() -> Self {
        let mut memory = Memory::default();
        memory.learn(BOT_ID, CLIENT_SECRET);
        // Webhooks are on this machine: a proxy of the environment's does not know the way.
        let http = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
        Self { stage: Stage::default(), memory: Arc::new(Mutex::new(memory)), authority: Arc::default(), http }
    }

    /// Who signs its events.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for TeamsSimulator {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Simulator for TeamsSimulator {
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
        memory::person(&format!("guest {number}"))
    }

    fn demo_settings(&self) -> Value {
        json!({
            "botId": BOT_ID,
            "clientSecret": CLIENT_SECRET,
            "appTenantId": TENANT_ID,
            "appType": "SingleTenant",
            "botName": BOT_NAME,
            "accentColor": "#5B5FC7",
        })
    }

    async fn act(&self, link: &Link, guest: &str, action: Action) -> Result<(), String> {
        guest::act(self, link, guest, action).await
    }
}
