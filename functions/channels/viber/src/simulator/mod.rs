//! Viber, played by us: its REST API at its real paths and with its real refusals, and guests with telephones. So everything
//! runs with no Viber account.
//!
//! [`api`] answers what we call, [`rules`] refuses what Viber would refuse, [`screen`] turns messages into what a guest
//! sees, [`guest`] posts signed callbacks.

mod api;
mod callback;
mod guest;
mod memory;
pub mod rules;
mod screen;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use memory::Memory;
use serde_json::{Value, json};
use simulation::{Action, Link, Simulator, Stage};

/// A Viber of our own, with one demo bot and any number of guests.
#[derive(Clone)]
pub struct ViberSimulator {
    stage: Stage,
    memory: Arc<Mutex<Memory>>,
    http: reqwest::Client,
}

/// The demo bot's token: no secret at all, it opens nothing but the simulator.
const TOKEN: &str = "5eed5eed5eed5eed-5eed5eed5eed5eed-5eed5eed5eed5eed";

impl ViberSimulator {
    /// A Viber where nothing has happened yet.
    pub fn new() -> Self {
        // Callbacks go to this machine: a proxy of the environment's does not know the way.
        let http = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
        Self { stage: Stage::default(), memory: Arc::default(), http }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ViberSimulator {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Simulator for ViberSimulator {
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
        memory::viber_id(&format!("guest {number}"))
    }

    fn demo_settings(&self) -> Value {
        json!({
            "authToken": TOKEN,
            "botName": "Demo",
            "botAvatar": null,
            "welcomeMessage": "Welcome! Write to us here.",
        })
    }

    async fn act(&self, link: &Link, guest: &str, action: Action) -> Result<(), String> {
        guest::act(self, link, guest, action).await
    }
}
