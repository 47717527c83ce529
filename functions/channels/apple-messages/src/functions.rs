//! The Lambda functions of Apple Messages for Business.

use aws::lambda::Function;
use engine;

use crate::{AppleMessages, register::Register};

/// Takes Apple's webhooks, for all tenants: `POST /amb/message`.
pub fn webhook() -> Function {
    engine::channel_webhook("apple-messages-webhook", AppleMessages)
}

/// Delivers agents' messages.
pub fn deliver() -> Function {
    engine::deliver_outbound("apple-messages-deliver", AppleMessages, attachments::storages())
}

/// The landing page that Apple opens for a business which chose this deployment: `GET` and `POST /amb/register`.
pub fn register() -> Function {
    engine::page_function(crate::DESCRIPTOR.id, &Register)
}

/// All of them.
pub fn functions() -> Vec<Function> {
    vec![webhook(), deliver(), register()]
}
