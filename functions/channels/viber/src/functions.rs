//! Viber's Lambda functions.

use aws::lambda::Function;
use engine;

use crate::Viber;

/// Takes Viber's callbacks.
pub fn webhook() -> Function {
    engine::channel_webhook("viber-webhook", Viber)
}

/// Delivers agents' messages.
pub fn deliver() -> Function {
    engine::deliver_outbound("viber-deliver", Viber, attachments::storages())
}

/// All of them.
pub fn functions() -> Vec<Function> {
    vec![webhook(), deliver()]
}
