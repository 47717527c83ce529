//! Slack's Lambda functions.

use aws::lambda::{Function, Handler};
use engine;

use crate::{Slack, door::Door, manifest::Manifest, register::Register};

/// Takes Slack's events and interactions: `POST /slack/{tenantId}/events` and `/slack/{tenantId}/interactivity`.
pub fn webhook() -> Function {
    let Function { name, handler } = engine::channel_webhook("slack-webhook", Slack);
    match handler {
        Handler::Http(engine) => Function::http(name, Door { engine }),
        // A webhook is never anything else.
        handler => Function { name, handler },
    }
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
