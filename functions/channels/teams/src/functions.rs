//! Teams's Lambda functions.

use aws::lambda::Function;
use engine;

use crate::{Teams, package::Package, register::Register};

/// Takes the webhooks of the Bot Framework.
pub fn webhook() -> Function {
    engine::channel_webhook("teams-webhook", Teams)
}

/// Delivers agents' messages.
pub fn deliver() -> Function {
    engine::deliver_outbound("teams-deliver", Teams, attachments::storages())
}

/// Gives out a tenant's app package.
pub fn package() -> Function {
    engine::page_function(crate::DESCRIPTOR.id, &Package)
}

/// The page where customers register their organisation.
pub fn register() -> Function {
    engine::page_function(crate::DESCRIPTOR.id, &Register)
}

/// All of them.
pub fn functions() -> Vec<Function> {
    vec![webhook(), deliver(), package(), register()]
}
