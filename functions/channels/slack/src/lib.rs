//! Slack: one app of the tenant's, installed in any number of workspaces. <https://docs.slack.dev/>
//!
//! Guest → agent: `verify` checks the signature, `parse` reads the request: `events` what was written, `answers` what was
//! tapped and submitted.
//! Agent → guest: the parts of a message are rendered into Block Kit (`render`; `blocks`, `options`, `cards`, `forms`,
//! `native`) as [`Step`]s, and sent with the bot token of the workspace that the guest's id names; files are uploaded
//! (`upload`). Tokens come from installations: `register` is the page and the OAuth flow, `install` what is kept of it,
//! and forgotten when the app is removed.

mod action_ids;
mod answers;
mod blocks;
mod cards;
mod conversation_key;
mod descriptor;
mod errors;
mod events;
mod forms;
mod inbound_media;
mod install;
mod limits;
mod manifest;
mod mrkdwn;
mod native;
mod options;
mod page;
mod parse;
mod profile;
mod register;
mod render;
mod self_test;
mod send;
mod settings;
#[cfg(feature = "simulator")]
pub mod simulator;
mod state;
mod step;
mod upload;
mod verify;
mod wire;

use async_trait::async_trait;
use contract::{
    Attachment, Channel, Connector, Deployment, Draft, Fetched, Grant, Guest, Inbound, Io, Page, Parsed, Part, Profile,
    Purpose, Rejection, SelfTest, SendError, Sent, Unsubscription, Unsupported, WebhookRequest, descriptor::Descriptor,
};
use jiff::Timestamp;

pub use descriptor::DESCRIPTOR;
pub use settings::Settings;
pub use step::{Destination, Message, MessageKey, Step, Upload};

/// Slack, played by us.
#[cfg(feature = "simulator")]
pub fn simulator() -> simulator::SlackSimulator {
    simulator::SlackSimulator::default()
}

/// The Slack channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slack;

#[async_trait]
impl Connector for Slack {
    type Settings = Settings;

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn deployment(&self, deployment: Deployment) -> Deployment {
        match deployment.purpose {
            Purpose::Webhook => deployment
                .route("POST", "/slack/{tenantId}/events")
                .route("POST", "/slack/{tenantId}/interactivity")
                // The token of a workspace that removed the app is forgotten.
                .grant(Grant::Tokens),
            // Enough to upload a file of tens of megabytes.
            Purpose::Deliver => deployment.timeout(120),
            _ => deployment,
        }
    }

    fn check(&self, settings: &Settings) -> Vec<(&'static str, String)> {
        settings.faults()
    }

    fn verify(&self, request: &WebhookRequest, settings: &Settings, now: Timestamp) -> Result<(), Rejection> {
        verify::verify(request, settings, now)
    }

    async fn self_test(&self, io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
        self_test::run(io).await
    }

    async fn deprovision(&self, io: &Io<'_, Settings>) -> Result<(), SendError> {
        install::revoke_all(io).await
    }
}

#[async_trait]
impl Channel for Slack {
    fn parse(&self, request: &WebhookRequest, _settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
        parse::parse(request)
    }

    type Step = Step;

    fn render(&self, part: &Part<'_>, draft: &Draft<'_, Settings>) -> Result<Vec<Step>, Unsupported> {
        render::render(part, draft)
    }

    fn assemble(&self, steps: Vec<Step>, draft: &Draft<'_, Settings>) -> Vec<Step> {
        render::assemble(steps, draft)
    }

    fn is_best_effort(&self, step: &Step) -> bool {
        matches!(step, Step::RemoveButtons { .. })
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

    fn unsubscription(&self) -> Option<&'static dyn Unsubscription> {
        Some(&install::Removal)
    }

    fn pages(&self) -> &'static [&'static dyn Page] {
        &[&register::Register, &manifest::Manifest]
    }
}
