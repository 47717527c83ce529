//! Genesys Cloud's Lambda functions.

use aws::lambda::Function;
use engine;

use crate::GenesysCloud;

/// Takes Genesys Cloud's webhooks.
pub fn webhook() -> Function {
    // Genesys Cloud counts an answer after 10 s as a failure.
    engine::platform_webhook("genesys-cloud-webhook", GenesysCloud::default()).timeout(9)
}

/// Delivers guests' messages.
pub fn deliver() -> Function {
    let platform = GenesysCloud::default();
    engine::deliver_inbound("genesys-cloud-deliver", platform, channels::find, attachments::storages())
}

/// Asks, every minute, what Genesys Cloud does not tell: the ends of conversations, integrations that are being made.
pub fn watch() -> Function {
    engine::platform_watch("genesys-cloud-watch", GenesysCloud::default(), channels::find)
}

/// All of them.
pub fn functions() -> Vec<Function> {
    vec![webhook(), deliver(), watch()]
}
