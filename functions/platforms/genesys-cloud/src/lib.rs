//! Genesys Cloud CX, spoken to through its Open Messaging API.
//!
//! A tenant's guests appear to Genesys Cloud as customers of one Open Messaging integration. Their messages are posted to
//! that integration; what agents, bots and flows say comes back as webhooks signed with the integration's token.
//!
//! Sources: <https://developer.genesys.cloud/commdigital/digital/openmessaging/>, and the official SDKs, which are
//! generated from the API's description.

mod api;
mod attributes;
mod canned;
mod conversation;
mod descriptor;
mod errors;
mod integration;
mod notification;
mod pacing;
mod provision;
mod receipts;
mod region;
mod render;
mod self_test;
mod send;
mod settings;
mod signature;
#[cfg(feature = "simulator")]
mod simulator;
mod structured;
mod token;
mod webhook;
mod wire;

use async_trait::async_trait;
use contract::{
    Call, Connector, CxPlatform, Deployment, Inbound, InboundContext, Io, Outbound, Parsed, Place, PlatformState,
    ProvisionStatus, Provisioned, Purpose, Rejection, Rendering, SelfTest, SendError, Sent, WebhookRequest,
    descriptor::Descriptor,
};
use jiff::Timestamp;

pub use descriptor::DESCRIPTOR;
pub use region::{REGIONS, Region, UnknownRegion};
pub use settings::Settings;
#[cfg(feature = "simulator")]
pub use simulator::GenesysCloudSimulator;

/// Genesys Cloud CX. Holds nothing but the times of the last minute's requests, for tenants that set
/// `requestsPerMinute`.
#[derive(Default)]
pub struct GenesysCloud {
    pace: pacing::Pace,
}

#[async_trait]
impl Connector for GenesysCloud {
    type Settings = Settings;

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn deployment(&self, deployment: Deployment) -> Deployment {
        match deployment.purpose {
            // Genesys Cloud counts an answer after 10 s as a failure.
            Purpose::Webhook => deployment.timeout(9),
            _ => deployment,
        }
    }

    fn check(&self, settings: &Settings) -> Vec<(&'static str, String)> {
        settings.faults()
    }

    fn verify(&self, request: &WebhookRequest, settings: &Settings, _now: Timestamp) -> Result<(), Rejection> {
        signature::verify(request, &settings.webhook_token)
    }

    async fn self_test(&self, io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
        self_test::self_test(io).await
    }

    async fn provision(&self, io: &Io<'_, Settings>, place: &Place) -> Result<Provisioned, SendError> {
        provision::provision(io, place).await
    }

    async fn provision_status(&self, io: &Io<'_, Settings>) -> Result<ProvisionStatus, SendError> {
        provision::status(io).await
    }

    async fn deprovision(&self, io: &Io<'_, Settings>) -> Result<(), SendError> {
        provision::deprovision(io).await
    }
}

#[async_trait]
impl CxPlatform for GenesysCloud {
    fn parse(&self, request: &WebhookRequest, settings: &Settings) -> Result<Parsed<Outbound>, Rejection> {
        webhook::parse(request, settings)
    }

    fn render(&self, message: &Inbound, settings: &Settings, context: &InboundContext) -> Rendering<Call> {
        render::render(message, settings, context)
    }

    async fn send(&self, io: &Io<'_, Settings>, call: &Call) -> Result<Sent, SendError> {
        self.pace.admit(io)?;
        send::send(io, call).await
    }

    async fn conversation_state(
        &self,
        io: &Io<'_, Settings>,
        platform_conversation_id: &str,
    ) -> Result<PlatformState, SendError> {
        self.pace.admit(io)?;
        conversation::state(io, platform_conversation_id).await
    }
}
