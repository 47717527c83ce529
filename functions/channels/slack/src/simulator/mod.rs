//! Slack, played by us: its Web API at its real paths and with its real refusals, its files and its consent page, and the
//! people of one workspace. So everything runs with no Slack workspace.
//!
//! [`api`] answers what we call, [`files`] keeps what is uploaded, [`rules`] refuses what Slack would refuse, [`screen`] turns
//! blocks into what a guest sees, [`guest`] posts signed events and installs the app through our own pages.

mod api;
mod files;
mod guest;
mod memory;
mod post;
pub mod rules;
mod screen;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use memory::Memory;
use serde_json::{Value, json};
use simulation::{Action, Link, Simulator, Stage};

/// A Slack of our own, with one workspace, one app at first, and any number of people.
#[derive(Clone)]
pub struct SlackSimulator {
    stage: Stage,
    memory: Arc<Mutex<Memory>>,
    http: reqwest::Client,
}

/// The workspace.
pub const WORKSPACE: &str = "T0DEMO00001";
/// Its name.
pub const WORKSPACE_NAME: &str = "Demo workspace";
/// The app's user in it.
pub const BOT: &str = "U0DEMOBOT01";
/// The channel that everybody is in.
pub const CHANNEL: &str = "C0GENERAL01";
/// A token that is always good. It opens nothing but the simulator.
pub const TOKEN: &str = "xoxb-demo";

const APP: &str = "A0DEMO00001";
const CLIENT: &str = "1000000000001.2000000000002";
const CLIENT_SECRET: &str = "5eed5eed5eed5eed5eed5eed5eed5eed";
const SIGNING_SECRET: &str = "5169165169165169165169165169dead";

impl SlackSimulator {
    /// A Slack where nothing has happened yet.
    pub fn new() -> Self {
        let mut memory = Memory::default();
        memory.learn(CLIENT, CLIENT_SECRET, APP);
        memory.tokens.insert(TOKEN.to_owned());
        // Webhooks are on this machine: a proxy of the environment's does not know the way.
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        Self { stage: Stage::default(), memory: Arc::new(Mutex::new(memory)), http: http.unwrap_or_default() }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for SlackSimulator {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Simulator for SlackSimulator {
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
        format!("{WORKSPACE}:U0GUEST{number:04}")
    }

    fn demo_settings(&self) -> Value {
        json!({ "appId": APP, "clientId": CLIENT, "clientSecret": CLIENT_SECRET, "signingSecret": SIGNING_SECRET })
    }

    async fn act(&self, link: &Link, guest: &str, action: Action) -> Result<(), String> {
        guest::act(self, link, guest, action).await
    }
}
