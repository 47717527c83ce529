//! Telegram's Lambda functions.

use aws::lambda::Function;
use engine;

use crate::Telegram;

/// Takes Telegram's webhooks.
pub fn webhook() -> Function {
    engine::channel_webhook("telegram-webhook", Telegram)
}

/// Enough to upload a file of tens of megabytes, in seconds.
const UPLOAD_S: u32 = 120;

/// Delivers agents' messages.
pub fn deliver() -> Function {
    engine::deliver_outbound("telegram-deliver", Telegram, attachments::storages()).timeout(UPLOAD_S)
}

/// All of them.
pub fn functions() -> Vec<Function> {
    vec![webhook(), deliver()]
}
