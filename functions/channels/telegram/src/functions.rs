//! Telegram's Lambda functions.

use aws::lambda::Function;
use engine;

use crate::Telegram;

/// Takes Telegram's webhooks.
pub fn webhook() -> Function {
    engine::channel_webhook("telegram-webhook", Telegram)
}

/// Delivers agents' messages.
pub fn deliver() -> Function {
    engine::deliver_outbound("telegram-deliver", Telegram, attachments::storages())
}

/// All of them.
pub fn functions() -> Vec<Function> {
    vec![webhook(), deliver()]
}
