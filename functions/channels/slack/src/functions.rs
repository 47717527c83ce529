//! Slack's Lambda functions.

use std::sync::Arc;

use aws::lambda::{Function, Grant, Handler};
use engine;

use crate::{Slack, door::Door, manifest::Manifest, register::Register};

/// Takes Slack's events and interactions: `POST /slack/{tenantId}/events` and `/slack/{tenantId}/interactivity`.
pub fn webhook() -> Function {
    let webhook = engine::channel_webhook("slack-webhook", Slack)
        .route("POST", "/slack/{tenantId}/events")
        .route("POST", "/slack/{tenantId}/interactivity")
        .grant(Grant::Tokens)
        // A reply in a channel's thread counts when the thread is a conversation.
        .grant(Grant::Conversation);
    match webhook.handler {
        Handler::Http(engine) => Function { handler: Handler::Http(Arc::new(Door { engine })), ..webhook },
        // A webhook is never anything else.
        handler => Function { handler, ..webhook },
    }
}

/// Enough to upload a file of tens of megabytes, in seconds.
const UPLOAD_S: u32 = 120;

/// Delivers agents' messages.
pub fn deliver() -> Function {
    engine::deliver_outbound("slack-deliver", Slack, attachments::storages()).timeout(UPLOAD_S)
}

/// Installs the app in a workspace: `GET /slack/register` and `GET /slack/oauth/callback`.
pub fn register() -> Function {
    Function::http("slack-register", Register)
        .description("Installs a tenant's app in a workspace of Slack's.")
        .route("GET", "/slack/register")
        .route("GET", "/slack/oauth/callback")
        .grant(Grant::Tokens)
        .grant(Grant::OutgoingRequests)
}

/// What Slack makes the app from: `GET /slack/{tenantId}/manifest`.
pub fn manifest() -> Function {
    Function::http("slack-manifest", Manifest)
        .description("Tells Slack what the app of a tenant is made of.")
        .route("GET", "/slack/{tenantId}/manifest")
}

/// All of them.
pub fn functions() -> Vec<Function> {
    vec![webhook(), deliver(), register(), manifest()]
}
