//! Telegram, spoken through its Bot API: <https://core.telegram.org/bots/api>.
//!
//! Guest → agent: [`webhook`](self) checks the secret token and reads the update. Agent → guest: a message is rendered into
//! calls of the Bot API, one for each thing said. Room by room: `wire` is what Telegram posts, `events` and `said` what it
//! means, `address` who is meant; `messages`, `files`, `keyboards`, `options`, `cards` and `native` are what we post, `send`
//! and `refusal` what Telegram answers; `registration` puts our webhook in place.

mod address;
mod api;
mod cards;
mod content;
mod descriptor;
mod events;
mod files;
mod keyboards;
mod limits;
mod messages;
mod native;
mod options;
mod profile;
mod refusal;
mod registration;
mod render;
mod said;
mod selftest;
mod send;
mod settings;
#[cfg(feature = "simulator")]
pub mod simulator;
mod upload;
mod webhook;
mod wire;

use async_trait::async_trait;
use contract::{
    Attachment, Call, Channel, Connector, Deployment, Draft, Fetched, Guest, Inbound, Io, Outbound, Parsed, Part,
    Place, Profile, Provisioned, Purpose, Rejection, Rendering, SelfTest, SendContext, SendError, Sent, Unsupported,
    WebhookRequest, descriptor::Descriptor,
};
use jiff::Timestamp;

pub use descriptor::DESCRIPTOR;
pub use settings::Settings;

/// Telegram, played by us.
#[cfg(feature = "simulator")]
pub fn simulator() -> simulator::TelegramSimulator {
    simulator::TelegramSimulator::default()
}

/// The Telegram channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Telegram;

#[async_trait]
impl Connector for Telegram {
    type Settings = Settings;

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn deployment(&self, deployment: Deployment) -> Deployment {
        match deployment.purpose {
            // Enough to upload a file of tens of megabytes.
            Purpose::Deliver => deployment.timeout(120),
            _ => deployment,
        }
    }

    fn check(&self, settings: &Settings) -> Vec<(&'static str, String)> {
        settings.faults()
    }

    fn verify(&self, request: &WebhookRequest, settings: &Settings, _now: Timestamp) -> Result<(), Rejection> {
        webhook::verify(request, settings)
    }

    async fn self_test(&self, io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
        selftest::run(io).await
    }

    async fn provision(&self, io: &Io<'_, Settings>, place: &Place) -> Result<Provisioned, SendError> {
        registration::register(io, place).await
    }

    async fn deprovision(&self, io: &Io<'_, Settings>) -> Result<(), SendError> {
        registration::take_back(io).await
    }
}

#[async_trait]
impl Channel for Telegram {
    fn parse(&self, request: &WebhookRequest, settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
        webhook::parse(request, settings)
    }

    type Step = Call;

    fn render(&self, _part: &Part<'_>, _draft: &Draft<'_, Settings>) -> Result<Vec<Call>, Unsupported> {
        Err("messages are rendered as a whole".into())
    }

    fn render_whole(&self, message: &Outbound, _settings: &Settings, context: &SendContext) -> Option<Rendering<Call>> {
        Some(render::render(message, context))
    }

    fn is_best_effort(&self, call: &Call) -> bool {
        call.best_effort
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
