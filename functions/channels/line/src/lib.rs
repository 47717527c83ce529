//! LINE, spoken through its Messaging API: <https://developers.line.biz/en/reference/messaging-api/>.
//!
//! Guest → agent: [`webhook`](self) checks the signature and reads the events, one by one. Agent → guest: a message is
//! rendered into LINE's message objects, five to a request, and sent with the reply token while it lives (free of
//! charge), else pushed under a retry key; to a telephone number it goes as a notification message. Room by room: `wire` is what LINE posts, `events` what it means, `messages`,
//! `cards`, `options` and `native` are what we post, `send` and `refusal` what LINE answers.

mod actions;
mod cards;
mod descriptor;
mod errors;
mod functions;
mod inbound_media;
mod limits;
mod messages;
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
mod switcher;
mod token;
mod verify;
mod wire;

use async_trait::async_trait;
use contract::{
    Attachment, Call, Channel, Connector, Draft, Fetched, Guest, GuestId, Inbound, Io, Outbound, Parsed, Part, Profile,
    Rejection, Rendering, SelfTest, SendContext, SendError, Sent, Unsupported, WebhookRequest, descriptor::Descriptor,
};
use jiff::Timestamp;

pub use descriptor::DESCRIPTOR;
pub use functions::{deliver, functions, webhook};
pub use settings::Settings;

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
    fn parse(&self, request: &WebhookRequest, _settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
        parse::parse(&request.body)
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
