//! Telegram, spoken through its Bot API: <https://core.telegram.org/bots/api>.
//!
//! Guest → agent: `verify` checks the secret token, `parse` reads the update, `message_parser` a message, `mentions` whether
//! it is for the bot. Agent → guest: `render` makes each part of a message a call of the Bot API (`media`, `options`,
//! `keyboards`, `dates`, `cards` and `native` for what is more than words), `send` makes the call, `errors` says what
//! Telegram's refusals mean. `register` puts our webhook in place.

mod api;
mod cards;
mod chat;
mod dates;
mod descriptor;
mod errors;
mod inbound_media;
mod keyboards;
mod limits;
mod media;
mod mentions;
mod message_parser;
mod multipart;
mod native;
mod options;
mod parse;
mod profile;
mod register;
mod render;
mod self_test;
mod send;
mod settings;
#[cfg(feature = "simulator")]
pub mod simulator;
mod step;
mod verify;
mod wire;

use async_trait::async_trait;
use contract::{
    Attachment, Channel, Connector, Deployment, Draft, Fetched, Guest, Inbound, Io, Parsed, Part, Place, Profile,
    Provisioned, Purpose, Rejection, SelfTest, SendError, Sent, Unsupported, WebhookRequest, descriptor::Descriptor,
};
use jiff::Timestamp;

pub use chat::{Chat, ChatId};
pub use descriptor::DESCRIPTOR;
pub use settings::Settings;
pub use step::{Message, MethodCall, Step, Upload};

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
        verify::verify(request, settings)
    }

    async fn self_test(&self, io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
        self_test::self_test(io).await
    }

    async fn provision(&self, io: &Io<'_, Settings>, place: &Place) -> Result<Provisioned, SendError> {
        register::register(io, place).await
    }

    async fn deprovision(&self, io: &Io<'_, Settings>) -> Result<(), SendError> {
        register::unregister(io).await
    }
}

#[async_trait]
impl Channel for Telegram {
    fn parse(&self, request: &WebhookRequest, settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
        parse::parse(request, settings)
    }

    type Step = Step;

    fn render(&self, part: &Part<'_>, draft: &Draft<'_, Settings>) -> Result<Vec<Step>, Unsupported> {
        render::render(part, draft)
    }

    fn assemble(&self, steps: Vec<Step>, draft: &Draft<'_, Settings>) -> Vec<Step> {
        render::assemble(steps, draft)
    }

    fn is_best_effort(&self, step: &Step) -> bool {
        matches!(step, Step::Typing(_))
    }

    async fn send(&self, io: &Io<'_, Settings>, step: &Step) -> Result<Sent, SendError> {
        send::send(io, step).await
    }

    async fn fetch(&self, io: &Io<'_, Settings>, attachment: &Attachment) -> Result<Fetched, SendError> {
        inbound_media::fetch(io, attachment).await
    }

    async fn profile(&self, io: &Io<'_, Settings>, guest: &Guest) -> Result<Option<Profile>, SendError> {
        profile::profile(io, guest).await
    }

    fn invitation(&self, settings: &Settings) -> Option<String> {
        settings.invitation()
    }
}
