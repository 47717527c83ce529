//! LINE's Lambda functions.

use aws::lambda::Function;
use engine;

use crate::Line;

/// Takes LINE's webhooks.
pub fn webhook() -> Function {
    engine::channel_webhook("line-webhook", Line)
}

/// Delivers agents' messages.
pub fn deliver() -> Function {
    engine::deliver_outbound("line-deliver", Line, attachments::storages())
}

/// All of them.
pub fn functions() -> Vec<Function> {
    vec![webhook(), deliver()]
}
