//! LINE, spoken through its Messaging API: <https://developers.line.biz/en/reference/messaging-api/>.
//!
//! Guest → agent: `verify` checks the signature, `wire` is what LINE posts, `parse` what it means. Agent → guest: `render`
//! makes LINE's message objects of each part (`media`, `options`, `cards`, `native`) and puts five of them into a request
//! ([`Step`]); `send` makes it with the reply token while that lives (free of charge), else as a push under a retry key, and
//! to a telephone number as a notification message; `errors` is what LINE answers.

mod actions;
mod cards;
mod descriptor;
mod errors;
mod inbound_media;
mod limits;
mod media;
mod native;
mod notification;
mod options;
mod parse;
mod profile;
mod render;
mod self_test;
mod send;
mod settings;
#[cfg(feature = "simulator")]
pub mod simulator;
mod step;
mod switcher;
mod token;
mod verify;
mod wire;

use async_trait::async_trait;
use contract::{
    Attachment, Capabilities, Channel, Connector, Fetched, Guest, GuestId, Inbound, Io, Parsed, Part, Profile,
    Rejection, SelfTest, SendError, Sent, Unsupported, WebhookRequest, descriptor::Descriptor,
};
use jiff::Timestamp;

pub use descriptor::DESCRIPTOR;
pub use settings::Settings;
pub use step::{Messages, Step};

type Draft<'a> = contract::Draft<'a, Settings>;

/// LINE itself, played by us.
#[cfg(feature = "simulator")]
pub fn simulator() -> simulator::LineSimulator {
    simulator::LineSimulator::default()
}

/// The LINE channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line;

#[async_trait]
impl Connector for Line {
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
        self_test::run(io).await
    }
}

#[async_trait]
impl Channel for Line {
    type Step = Step;

    fn parse(&self, request: &WebhookRequest, _settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
        parse::parse(&request.body)
    }

    fn capabilities(&self, draft: &Draft<'_>) -> Capabilities {
        render::capabilities(draft)
    }

    fn render(&self, part: &Part<'_>, draft: &Draft<'_>) -> Result<Vec<Step>, Unsupported> {
        render::render(part, draft)
    }

    fn assemble(&self, steps: Vec<Step>, draft: &Draft<'_>) -> Vec<Step> {
        render::assemble(steps, draft)
    }

    fn is_best_effort(&self, step: &Step) -> bool {
        matches!(step, Step::Loading { .. } | Step::MarkAsRead { .. })
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

    fn guest(&self, user: &str) -> GuestId {
        notification::guest(user).unwrap_or_else(|| user.to_owned()).into()
    }

    /// <https://developers.line.biz/en/docs/messaging-api/using-line-url-scheme/#opening-user-profile-screen>
    fn invitation(&self, settings: &Settings) -> Option<String> {
        let name = settings.bot_basic_id.strip_prefix('@')?;
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        plain.then(|| format!("https://line.me/R/ti/p/%40{name}"))
    }

    async fn switch(&self, io: &Io<'_, Settings>, guest: &GuestId, destination: Option<&str>) -> Result<(), SendError> {
        switcher::switch(io, guest, destination).await
    }
}
