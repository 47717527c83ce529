//! Viber, spoken through its chatbot REST API: <https://developers.viber.com/docs/api/rest-bot-api/>.
//!
//! Guest → agent: `verify` checks the signature, `parse` and `events` read the one event of a callback (`wire`). Agent →
//! guest: `render` turns each part into Viber's messages (`files`, `cards`, `keyboard`, `native`), `step` joins them, one
//! to a request of at most 30 kB, `send` hands them over, `errors` knows what Viber's answers mean: they stand in the body,
//! the HTTP status is always 200. `tracking` is how a tap finds its payload again, `register` what is set up at Viber.

mod api;
mod cards;
mod descriptor;
mod errors;
mod events;
mod files;
mod inbound_media;
mod keyboard;
mod limits;
mod native;
mod parse;
mod profile;
mod register;
mod render;
mod send;
mod settings;
#[cfg(feature = "simulator")]
pub mod simulator;
mod step;
mod tracking;
mod verify;
mod wire;

use async_trait::async_trait;
use contract::{
    Attachment, Channel, Connector, Draft, Fetched, Guest, Inbound, Io, Parsed, Part, Place, Profile, Provisioned,
    Rejection, SelfTest, SendError, Sent, Unsupported, WebhookRequest, descriptor::Descriptor,
};
use jiff::Timestamp;

pub use descriptor::DESCRIPTOR;
pub use settings::Settings;
pub use step::Step;

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
        verify::verify(request, settings)
    }

    async fn self_test(&self, io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
        register::self_test(io).await
    }

    async fn provision(&self, io: &Io<'_, Settings>, place: &Place) -> Result<Provisioned, SendError> {
        register::provision(io, place).await
    }

    async fn deprovision(&self, io: &Io<'_, Settings>) -> Result<(), SendError> {
        register::deprovision(io).await
    }
}

#[async_trait]
impl Channel for Viber {
    fn parse(&self, request: &WebhookRequest, settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
        parse::parse(&request.body, settings)
    }

    type Step = Step;

    fn render(&self, part: &Part<'_>, draft: &Draft<'_, Settings>) -> Result<Vec<Step>, Unsupported> {
        render::render(part, draft)
    }

    fn assemble(&self, steps: Vec<Step>, draft: &Draft<'_, Settings>) -> Vec<Step> {
        step::assemble(steps, draft)
    }

    async fn send(&self, io: &Io<'_, Settings>, step: &Step) -> Result<Sent, SendError> {
        send::send(io, step).await
    }

    async fn fetch(&self, io: &Io<'_, Settings>, attachment: &Attachment) -> Result<Fetched, SendError> {
        inbound_media::fetch(io, attachment).await
    }

    async fn profile(&self, io: &Io<'_, Settings>, guest: &Guest) -> Result<Option<Profile>, SendError> {
        profile::look_up(io, guest).await
    }

    fn invitation(&self, settings: &Settings) -> Option<String> {
        settings.invitation()
    }
}
