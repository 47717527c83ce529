//! A Genesys Cloud organization, played by us: its login, the Open Messaging part of its API with the API's own validation,
//! and an agent's desk. Everything is kept in memory.
//!
//! What it does not have: users, queues, flows, permissions, and the limit of 300 requests a minute. An agent may write to a
//! guest who never wrote: the real one needs an agentless message for that.

mod desk;
mod faults;
mod inbound;
mod integrations;
mod organization;
mod routes;
mod structured;
mod webhooks;

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Value, json};
use simulation::{Action, Link, Simulator, Stage};

use self::organization::Organization;
use crate::DESCRIPTOR;

/// The OAuth client of the demo tenant.
const DEMO_CLIENT: (&str, &str) = ("7d1b8a52-0f7a-4f0e-9d5c-5c8a0d3f9b11", "demo-client-secret");

/// The integration of the demo tenant. It exists from the start, so that the demo works without being registered.
const DEMO_INTEGRATION: &str = "34071108-1569-4cb0-9137-a326b8a9e815";

/// A simulated organization. Clones are the same organization.
#[derive(Clone)]
pub struct GenesysCloudSimulator {
    inner: Arc<Inner>,
}

struct Inner {
    organization: Mutex<Organization>,
    stage: Stage,
    origin: Mutex<String>,
    http: OnceLock<reqwest::Client>,
    retry_delay: Duration,
}

impl Default for GenesysCloudSimulator {
    fn default() -> Self {
        Self::with_retry_delay(Duration::from_secs(5))
    }
}

impl GenesysCloudSimulator {
    /// An organization whose webhooks are tried again after this time; Genesys Cloud waits 5 s.
    pub fn with_retry_delay(retry_delay: Duration) -> Self {
        let mut organization = Organization::default();
        organization.clients.insert(DEMO_CLIENT.0.to_owned(), DEMO_CLIENT.1.to_owned());
        Self {
            inner: Arc::new(Inner {
                organization: Mutex::new(organization),
                stage: Stage::default(),
                origin: Mutex::default(),
                http: OnceLock::new(),
                retry_delay,
            }),
        }
    }

    /// Makes every access token given out so far invalid.
    pub fn revoke_tokens(&self) {
        self.inner.organization().tokens.clear();
    }
}

impl Inner {
    /// Nothing in here panics half-way, so a poisoned lock still guards good data.
    fn organization(&self) -> MutexGuard<'_, Organization> {
        self.organization.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn origin(&self) -> String {
        self.origin.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn http(&self) -> &reqwest::Client {
        self.http.get_or_init(|| {
            // It only ever calls the machine it runs on: never through a proxy.
            reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap_or_default()
        })
    }
}

#[async_trait]
impl Simulator for GenesysCloudSimulator {
    fn connector(&self) -> &'static str {
        DESCRIPTOR.id
    }

    fn stage(&self) -> &Stage {
        &self.inner.stage
    }

    fn router(&self) -> axum::Router {
        routes::router(self.inner.clone())
    }

    fn mounted(&self, origin: &str) {
        *self.inner.origin.lock().unwrap_or_else(PoisonError::into_inner) = origin.trim_end_matches('/').to_owned();
    }

    fn demo_settings(&self) -> Value {
        json!({
            "region": "mypurecloud.jp",
            "clientId": DEMO_CLIENT.0,
            "clientSecret": DEMO_CLIENT.1,
            "integrationName": "Universal Messaging Demo",
            "integrationId": DEMO_INTEGRATION,
            "integrationManaged": true,
            "webhookToken": "demo-webhook-signature-token",
        })
    }

    async fn act(&self, link: &Link, guest: &str, action: Action) -> Result<(), String> {
        desk::act(&self.inner, link, guest, action).await
    }
}
