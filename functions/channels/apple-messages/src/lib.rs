//! Apple Messages for Business, spoken through the MSP REST API:
//! <https://register.apple.com/resources/messages/msp-rest-api/>.
//!
//! Apple knows one address and one pair of credentials for the whole deployment (the messaging service provider, MSP), and
//! names the tenant by its business id. Guest → agent: `verify` checks Apple's token, `parse` inflates and reads the body,
//! `answers` what was chosen; what Apple keeps elsewhere is fetched when it is delivered (`inbound_media`, `references`).
//! Agent → guest: `render` turns each part into Apple's messages (`texts`, `links`, `pickers`, `dates`, `forms`, `cards`,
//! `native`), as far as the guest's `device` shows it; `step` gives each its id; `send` puts pictures and files (`files`)
//! where Apple wants them, and posts.

mod answers;
mod api;
mod cards;
mod cipher;
mod dates;
mod descriptor;
mod device;
mod errors;
mod files;
mod forms;
mod inbound_media;
mod interactive;
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
mod step;
mod texts;
mod token;
mod verify;
mod wire;

use async_trait::async_trait;
use contract::{
    Attachment, Capabilities, Channel, Connector, Content, Deployment, Draft, Fetched, Inbound, Io, Page, Parsed, Part,
    Purpose, Rejection, SelfTest, SendError, Sent, TenantId, Unsupported, WebhookRequest, descriptor::Descriptor,
};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use device::Device;

pub use descriptor::DESCRIPTOR;
pub use settings::Settings;
pub use step::{Address, Endpoint, File, Message, Step};

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

    fn deployment(&self, deployment: Deployment) -> Deployment {
        // With what Apple gave the deployment as a messaging service provider.
        let deployment =
            deployment.setting("UM_AMB_MSP_ID", "AmbMspId").secret_setting("UM_AMB_MSP_SECRET", "AmbMspKeyParameter");
        match deployment.purpose {
            Purpose::Webhook => deployment.route("POST", "/amb/message"),
            _ => deployment,
        }
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

    type Step = Step;

    fn capabilities(&self, draft: &Draft<'_, Settings>) -> Capabilities {
        Device::of(draft.reply()).capabilities()
    }

    fn render(&self, part: &Part<'_>, draft: &Draft<'_, Settings>) -> Result<Vec<Step>, Unsupported> {
        render::render(part, draft)
    }

    fn assemble(&self, steps: Vec<Step>, draft: &Draft<'_, Settings>) -> Vec<Step> {
        step::assemble(steps, draft)
    }

    fn is_best_effort(&self, step: &Step) -> bool {
        matches!(step, Step::Typing { .. })
    }

    async fn send(&self, io: &Io<'_, Settings>, step: &Step) -> Result<Sent, SendError> {
        send::send(io, step).await
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
