//! Microsoft Teams, spoken to as a bot of the Bot Framework:
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-concepts>.
//!
//! Guest → agent: `verify` checks the token that Microsoft signs each request with, `parse` reads the activity, `answers`
//! what a card was answered with, `inbound_media` the files. Agent → guest: `render` makes activities, with `cards`,
//! `options`, `native` and `file_consent` (a file is handed over when the guest agrees); `address` says where they go;
//! `send`, `token` and `errors` speak with the connector service. `package` and `register` are what an administrator and a
//! customer see of it.

mod adaptive_card;
mod address;
mod answers;
mod cards;
mod descriptor;
mod errors;
mod file_consent;
mod inbound_media;
mod keys;
mod limits;
mod native;
mod options;
mod package;
mod parse;
mod profile;
mod register;
mod render;
mod self_test;
mod send;
mod settings;
#[cfg(feature = "simulator")]
pub mod simulator;
mod token;
mod verify;
mod wire;

use async_trait::async_trait;
use contract::{
    Attachment, Capabilities, Channel, Connector, Content, Deployment, Draft, Fetched, Grant, Guest, Inbound, Io, Page,
    Parsed, Part, Profile, PublishedKeys, Purpose, Rejection, SelfTest, SendError, Sent, Unsupported, WebhookRequest,
    descriptor::Descriptor, http::Transport,
};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

pub use descriptor::DESCRIPTOR;
pub use send::Step;
pub use settings::{AppType, Settings};

use address::Destination;

/// Teams, played by us.
#[cfg(feature = "simulator")]
pub fn simulator() -> simulator::TeamsSimulator {
    simulator::TeamsSimulator::default()
}

/// The Teams channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Teams;

#[async_trait]
impl Connector for Teams {
    type Settings = Settings;

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn deployment(&self, deployment: Deployment) -> Deployment {
        match deployment.purpose {
            // For Microsoft's published keys.
            Purpose::Webhook => deployment.grant(Grant::OutgoingRequests),
            _ => deployment,
        }
    }

    fn check(&self, settings: &Settings) -> Vec<(&'static str, String)> {
        settings.faults()
    }

    /// Without the keys that Microsoft publishes nothing is taken.
    fn verify(&self, request: &WebhookRequest, settings: &Settings, now: Timestamp) -> Result<(), Rejection> {
        verify::verify(request, settings, &PublishedKeys::default(), now)
    }

    fn verify_with(
        &self,
        request: &WebhookRequest,
        settings: &Settings,
        keys: &PublishedKeys,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        verify::verify(request, settings, keys, now)
    }

    async fn published_keys(&self, http: &dyn Transport) -> Result<PublishedKeys, SendError> {
        keys::fetch(http).await
    }

    /// Microsoft wants 403 for whatever is wrong with a token:
    /// <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication>.
    fn refusal_status(&self, rejection: Rejection) -> StatusCode {
        match rejection {
            Rejection::Malformed => StatusCode::BAD_REQUEST,
            _ => StatusCode::FORBIDDEN,
        }
    }

    async fn self_test(&self, io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
        self_test::run(io).await
    }
}

#[async_trait]
impl Channel for Teams {
    type Step = Step;

    fn parse(&self, request: &WebhookRequest, settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
        parse::parse(&request.body, settings)
    }

    fn capabilities(&self, draft: &Draft<'_, Settings>) -> Capabilities {
        descriptor::capabilities(draft)
    }

    fn render(&self, part: &Part<'_>, draft: &Draft<'_, Settings>) -> Result<Vec<Step>, Unsupported> {
        let to = Destination::of_draft(draft);
        let actions = render::render(part, draft)?;
        Ok(actions.into_iter().map(|action| Step { to: to.clone(), action }).collect())
    }

    fn is_best_effort(&self, step: &Step) -> bool {
        step.is_best_effort()
    }

    async fn send(&self, io: &Io<'_, Settings>, step: &Step) -> Result<Sent, SendError> {
        send::send(io, step).await
    }

    async fn fetch(&self, io: &Io<'_, Settings>, attachment: &Attachment) -> Result<Fetched, SendError> {
        inbound_media::fetch(io, attachment).await
    }

    async fn profile(&self, io: &Io<'_, Settings>, guest: &Guest) -> Result<Option<Profile>, SendError> {
        profile::look_up(io, guest, None).await
    }

    async fn profile_in(
        &self,
        io: &Io<'_, Settings>,
        guest: &Guest,
        context: Option<&Value>,
    ) -> Result<Option<Profile>, SendError> {
        profile::look_up(io, guest, context).await
    }

    async fn resolve(&self, io: &Io<'_, Settings>, native: &Value) -> Result<Content, SendError> {
        file_consent::upload_accepted(io, native).await
    }

    fn invitation(&self, settings: &Settings) -> Option<String> {
        settings.invitation()
    }

    fn pages(&self) -> &'static [&'static dyn Page] {
        &[&register::Register, &package::Package]
    }
}
