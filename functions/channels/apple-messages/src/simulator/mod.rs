//! Apple's gateway, played by us: its API at its real paths and with its real refusals, its attachment server, and guests
//! with telephones. So everything runs without being registered with Apple.
//!
//! [`api`] answers what we call, [`rules`] refuses what Apple would refuse, [`screen`] turns messages into what a guest
//! sees, [`guest`] posts what a guest does, with a token as Apple makes it.

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

/// The id of the demo deployment as a messaging service provider.
pub const MSP_ID: &str = "de300000-0000-4000-8000-000000000001";
/// Its API secret: no secret at all, it opens nothing but the simulator.
pub const MSP_SECRET: &str = "c2ltdWxhdG9yLXNpbXVsYXRvci1zaW11bGF0b3IhISE=";
/// The demo business.
const BUSINESS_ID: &str = "de300000-0000-4000-8000-00000000b001";

/// A gateway of our own, with any number of guests.
#[derive(Clone)]
pub struct AppleMessagesSimulator {
    stage: Stage,
    memory: Arc<Mutex<Memory>>,
    http: reqwest::Client,
}

impl AppleMessagesSimulator {
    /// A gateway where nothing has happened yet.
    pub fn new() -> Self {
        // Webhooks are on this machine: a proxy of the environment's does not know the way.
        let http = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
        Self { stage: Stage::default(), memory: Arc::default(), http }
    }

    /// Sets what guests' devices say they can show: `QUICK,LIST,TIME,AUTH,AUTH2,FORM` at the start.
    pub fn set_capabilities(&self, list: &str) {
        list.clone_into(&mut self.memory().capabilities);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for AppleMessagesSimulator {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Simulator for AppleMessagesSimulator {
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
        let digest = hex::encode(&Sha256::digest(format!("guest {number}"))[..16]);
        format!("urn:mbid:AQAAY{digest}=")
    }

    fn demo_settings(&self) -> Value {
        json!({ "businessId": BUSINESS_ID })
    }

    fn variables(&self) -> Vec<(String, String)> {
        [("UM_AMB_MSP_ID", MSP_ID), ("UM_AMB_MSP_SECRET", MSP_SECRET)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    async fn act(&self, link: &Link, guest: &str, action: Action) -> Result<(), String> {
        guest::act(self, link, guest, action).await
    }
}
