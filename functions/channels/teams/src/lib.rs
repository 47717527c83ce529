//! Microsoft Teams, spoken to as a bot of the Bot Framework:
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-concepts>.
//!
//! Guest → agent: `verify` checks the token that Microsoft signs each request with, `parse` reads the activity,
//! `answers` what a card was answered with. Agent → guest: `render`, `cards`, `options` and `native` make activities,
//! `address` says where they go, `send`, `token` and `errors` speak with the connector service. A file changes hands only
//! when the guest agrees (`file_consent`). `package` and `register` are what an administrator and a customer see of it.

mod address;
mod answers;
mod cards;
mod descriptor;
mod errors;
mod file_consent;
mod functions;
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

use async_trait::async_trait;
use contract::{
    Attachment, Call, Channel, Connector, Content, Draft, Fetched, Guest, Inbound, Io, Outbound, Parsed, Part, Profile,
    PublishedKeys, Rejection, Rendering, SelfTest, SendContext, SendError, Sent, Unsupported, WebhookRequest,
    descriptor::Descriptor, http::Transport,
};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

pub use descriptor::DESCRIPTOR;
pub use functions::{deliver, functions, package, register, webhook};
pub use settings::{AppType, Settings};

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
    fn parse(&self, request: &WebhookRequest, settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
        parse::parse(&request.body, settings)
    }

    type Step = Call;

    fn render(&self, _part: &Part<'_>, _draft: &Draft<'_, Settings>) -> Result<Vec<Call>, Unsupported> {
        Err("messages are rendered as a whole".into())
    }

    fn render_whole(&self, message: &Outbound, settings: &Settings, context: &SendContext) -> Option<Rendering<Call>> {
        Some(render::render(message, settings, context))
    }

    fn is_best_effort(&self, call: &Call) -> bool {
        call.best_effort
    }

    async fn send(&self, io: &Io<'_, Settings>, call: &Call) -> Result<Sent, SendError> {
        send::send(io, call).await
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
        file_consent::hand_over(io, native).await
    }

    fn invitation(&self, settings: &Settings) -> Option<String> {
        settings.invitation()
    }
}
