//! Apple Messages for Business, spoken through the MSP REST API:
//! <https://register.apple.com/resources/messages/msp-rest-api/>.
//!
//! Apple knows one address and one pair of credentials for the whole deployment (the messaging service provider, MSP), and
//! names the tenant by its business id. Guest → agent: `webhook` checks Apple's token and inflates the body, `events` and
//! `answers` say what it means; what Apple keeps elsewhere (files, big answers) is fetched when it is delivered (`files`,
//! `references`). Agent → guest: `compose` and its neighbours turn a message into Apple's, as far as the guest's device
//! can show it (`device`); `send` puts pictures and files where Apple wants them, and posts.

mod answers;
mod api;
mod cards;
mod cipher;
mod compose;
mod descriptor;
mod device;
mod errors;
mod files;
mod inbound_media;
mod links;
mod native;
mod parse;
mod pickers;
mod references;
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
    Attachment, Call, Channel, Connector, Content, Draft, Fetched, Inbound, Io, Outbound, Page, Parsed, Part,
    Rejection, Rendering, SelfTest, SendContext, SendError, Sent, TenantId, Unsupported, WebhookRequest,
    descriptor::Descriptor,
};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

pub use descriptor::DESCRIPTOR;
pub use settings::Settings;

/// Apple's gateway, played by us.
#[cfg(feature = "simulator")]
pub fn simulator() -> simulator::AppleMessagesSimulator {
    simulator::AppleMessagesSimulator::default()
}

/// The Apple Messages for Business channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct AppleMessages;

#[async_trait]
impl Connector for AppleMessages {
    type Settings = Settings;

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, settings: &Settings) -> Vec<(&'static str, String)> {
        settings.faults()
    }

    fn verify(&self, request: &WebhookRequest, settings: &Settings, now: Timestamp) -> Result<(), Rejection> {
        verify::verify(request, settings, now)
    }

    fn refusal_status(&self, rejection: Rejection) -> StatusCode {
        verify::refusal_status(rejection)
    }

    fn webhook_path(&self, _: &TenantId) -> String {
        verify::PATH.to_owned()
    }

    fn account_of(&self, request: &WebhookRequest) -> Result<Option<String>, Rejection> {
        verify::account_of(request)
    }

    fn account(&self, settings: &Settings) -> Option<String> {
        Some(settings.account())
    }

    fn deployment_settings(&self) -> &'static [(&'static str, &'static str)] {
        settings::OF_THE_DEPLOYMENT
    }

    async fn self_test(&self, io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
        self_test::run(io).await
    }
}

#[async_trait]
impl Channel for AppleMessages {
    fn parse(&self, request: &WebhookRequest, settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
        parse::parse(request, settings)
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

    async fn resolve(&self, io: &Io<'_, Settings>, native: &Value) -> Result<Content, SendError> {
        references::resolve(io, native).await
    }

    fn invitation(&self, settings: &Settings) -> Option<String> {
        settings.invitation()
    }

    fn pages(&self) -> &'static [&'static dyn Page] {
        &[&register::Register]
    }
}
