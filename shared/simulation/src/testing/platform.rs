//! An agent's desk: a contact-centre platform's connector against the simulated platform.

use std::ops::{Deref, DerefMut};

use contract::{Call, CxPlatform, Inbound, InboundContext, Outbound, SendError, Sent, parse_settings};

use super::joined::{Joined, faults};
use crate::{Action, Faults, Network};

/// A tenant's agents, and a guest who is somewhere else.
pub struct PlatformChat<P: CxPlatform, N: Network> {
    joined: Joined<P, N, Outbound>,
}

impl<P: CxPlatform, N: Network> Deref for PlatformChat<P, N> {
    type Target = Joined<P, N, Outbound>;

    fn deref(&self) -> &Self::Target {
        &self.joined
    }
}

impl<P: CxPlatform, N: Network> DerefMut for PlatformChat<P, N> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.joined
    }
}

impl<P: CxPlatform, N: Network> PlatformChat<P, N> {
    /// A platform where nothing has happened yet, and its demo tenant.
    pub async fn open(platform: P, network: N) -> Self {
        Self { joined: Joined::open(platform, network, P::parse).await }
    }

    /// Does something as an agent in the chat with the guest: what the webhook took. The error is what the agent is told.
    pub async fn act(&self, action: Action) -> Result<Vec<Outbound>, String> {
        self.act_as(&self.guest, action).await
    }

    /// Renders and sends what a guest wrote: the calls that were taken, or the first error.
    pub async fn send(&self, message: &Inbound, context: &InboundContext) -> Result<Vec<Sent>, SendError> {
        let settings = parse_settings(&self.settings).expect("the settings are valid");
        let mut sent = Vec::new();
        for call in &self.connector.render(message, &settings, context).steps {
            sent.push(self.call(call).await?);
        }
        Ok(sent)
    }

    /// Makes one call.
    pub async fn call(&self, call: &Call) -> Result<Sent, SendError> {
        let settings = parse_settings(&self.settings).expect("the settings are valid");
        self.connector.send(&self.typed_io(&settings), call).await
    }

    /// Each fault strikes, and is understood; then there are none. The message is the same each time.
    pub async fn faults_strike(&self, message: &Inbound, context: &InboundContext) {
        for (faults, expected) in faults() {
            self.set_faults(faults);
            let error = self.send(message, context).await.expect_err("a fault");
            assert_eq!(error.kind, expected, "{faults:?}");
        }
        self.set_faults(Faults::default());
    }
}
