//! Slack's Lambda functions.

use aws::lambda::Function;
use engine;

use crate::{Slack, manifest::Manifest, register::Register};

/// Takes Slack's events and interactions: `POST /slack/{tenantId}/events` and `/slack/{tenantId}/interactivity`.
pub fn webhook() -> Function {
    engine::channel_webhook("slack-webhook", Slack)
}

/// Delivers agents' messages.
pub fn deliver() -> Function {
    engine::deliver_outbound("slack-deliver", Slack, attachments::storages())
}

/// Installs the app in a workspace: `GET /slack/register` and `GET /slack/oauth/callback`.
pub fn register() -> Function {
    engine::page_function(crate::DESCRIPTOR.id, &Register)
}

/// What Slack makes the app from: `GET /slack/{tenantId}/manifest`.
pub fn manifest() -> Function {
    engine::page_function(crate::DESCRIPTOR.id, &Manifest)
}

/// All of them.
pub fn functions() -> Vec<Function> {
    vec![webhook(), deliver(), register(), manifest()]
}
