//! Viber, spoken through its chatbot REST API: <https://developers.viber.com/docs/api/rest-bot-api/>.
//!
//! Guest → agent: [`webhook`](self) checks the signature and reads the one event of a callback. Agent → guest: a message is
//! rendered into Viber's messages, one to a request of at most 30 kB, and what Viber says of it stands in the body: the
//! HTTP status is always 200. Room by room: `wire` is what Viber posts, `events` what it means, `messages`, `files`,
//! `cards`, `options`, `keyboard` and `native` are what we post, `tracking` is how a tap finds its payload again, `send`
//! and `refusal` what Viber answers, `account` what is registered there.

mod account;
mod api;
mod cards;
mod content;
mod descriptor;
mod events;
mod files;
mod keyboard;
mod limits;
mod messages;
mod native;
mod options;
mod profile;
mod refusal;
mod render;
mod send;
mod settings;
#[cfg(feature = "simulator")]
pub mod simulator;
mod tracking;
mod webhook;
mod wire;

use async_trait::async_trait;
use contract::{
    Attachment, Call, Channel, Connector, Fetched, Guest, Inbound, Io, Outbound, Parsed, Place, Profile, Provisioned,
    Rejection, Rendering, SelfTest, SendContext, SendError, Sent, WebhookRequest, descriptor::Descriptor,
};
use jiff::Timestamp;

pub use descriptor::DESCRIPTOR;
pub use settings::Settings;

/// Viber, played by us.
#[cfg(feature = "simulator")]
pub fn simulator() -> simulator::ViberSimulator {
    simulator::ViberSimulator::default()
}

/// The Viber channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Viber;

#[async_trait]
impl Connector for Viber {
    type Settings = Settings;

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, settings: &Settings) -> Vec<(&'static str, String)> {
        settings.faults()
    }

    fn verify(&self, request: &WebhookRequest, settings: &Settings, _now: Timestamp) -> Result<(), Rejection> {
        webhook::verify(request, settings)
    }

    async fn self_test(&self, io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
        account::self_test(io).await
    }

    async fn provision(&self, io: &Io<'_, Settings>, place: &Place) -> Result<Provisioned, SendError> {
        account::provision(io, place).await
    }

    async fn deprovision(&self, io: &Io<'_, Settings>) -> Result<(), SendError> {
        account::deprovision(io).await
    }
}

#[async_trait]
impl Channel for Viber {
    fn parse(&self, request: &WebhookRequest, settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
        webhook::parse(&request.body, settings)
    }

    fn render(&self, message: &Outbound, settings: &Settings, context: &SendContext) -> Rendering {
        render::render(message, settings, context)
    }

    async fn send(&self, io: &Io<'_, Settings>, call: &Call) -> Result<Sent, SendError> {
        send::send(io, call).await
    }

    async fn fetch(&self, io: &Io<'_, Settings>, attachment: &Attachment) -> Result<Fetched, SendError> {
        content::fetch(io, attachment).await
    }

    async fn profile(&self, io: &Io<'_, Settings>, guest: &Guest) -> Result<Option<Profile>, SendError> {
        profile::look_up(io, guest).await
    }

    fn invitation(&self, settings: &Settings) -> Option<String> {
        settings.invitation()
    }
}
