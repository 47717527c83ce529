//! Where a simulator's time, randomness and way out come from.

use std::{sync::Arc, time::Duration};

use contract::{Clock, http::Transport};

use crate::transport::WebhookClient;

/// What a simulator is started with.
#[derive(Clone)]
pub struct Environment {
    /// The time. A fixed clock is moved by whatever would have waited.
    pub clock: Clock,
    /// What ids and faults are drawn from: the same seed, the same ids.
    pub seed: u64,
    /// The way to the tenants' webhooks.
    pub http: Arc<dyn Transport>,
}

impl Default for Environment {
    /// The machine's clock, a random seed, real HTTP.
    fn default() -> Self {
        Self { clock: Clock::System, seed: fastrand::u64(..), http: Arc::new(WebhookClient::default()) }
    }
}

impl Environment {
    /// Whether time stands until it is moved.
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self.clock, Clock::Fixed(_))
    }

    /// Waits; a fixed clock is moved instead.
    pub(crate) async fn wait(&self, time: Duration) {
        if self.is_fixed() {
            self.clock.advance(time);
        } else {
            tokio::time::sleep(time).await;
        }
    }
}
