//! Teams's Lambda functions.

use aws::lambda::{Function, Grant};
use engine;

use crate::{Teams, package::Package, register::Register};

/// Takes the webhooks of the Bot Framework.
pub fn webhook() -> Function {
    // For Microsoft's published keys.
    engine::channel_webhook("teams-webhook", Teams).grant(Grant::OutgoingRequests)
}

/// Delivers agents' messages.
pub fn deliver() -> Function {
    engine::deliver_outbound("teams-deliver", Teams, attachments::storages())
}

/// Gives out a tenant's app package.
pub fn package() -> Function {
    Function::http("teams-package", Package)
        .description("Gives out the app package of a tenant.")
        .route("GET", "/teams/{tenantId}/package")
}

/// The page where customers register their organisation.
pub fn register() -> Function {
    Function::http("teams-register", Register)
        .description("The page where customers ask to be connected with Microsoft Teams.")
        .route("GET", "/teams/register")
        .route("POST", "/teams/register")
        .grant(Grant::Registrations)
}

/// All of them.
pub fn functions() -> Vec<Function> {
    vec![webhook(), deliver(), package(), register()]
}
