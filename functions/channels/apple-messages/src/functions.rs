//! The Lambda functions of Apple Messages for Business.

use aws::lambda::{Function, Grant};
use engine;

use crate::{AppleMessages, register::Register};

/// Takes Apple's webhooks, for all tenants: `POST /amb/message`.
pub fn webhook() -> Function {
    of_the_deployment(engine::channel_webhook("apple-messages-webhook", AppleMessages)).route("POST", "/amb/message")
}

/// Delivers agents' messages.
pub fn deliver() -> Function {
    of_the_deployment(engine::deliver_outbound("apple-messages-deliver", AppleMessages, attachments::storages()))
}

/// The landing page that Apple opens for a business which chose this deployment: `GET` and `POST /amb/register`.
pub fn register() -> Function {
    Function::http("apple-messages-register", Register)
        .description("The page that Apple opens for a business which chose this deployment.")
        .route("GET", "/amb/register")
        .route("POST", "/amb/register")
        .grant(Grant::Registrations)
}

/// With what Apple gave the deployment as a messaging service provider.
fn of_the_deployment(function: Function) -> Function {
    function.setting("UM_AMB_MSP_ID", "AmbMspId").secret_setting("UM_AMB_MSP_SECRET", "AmbMspKeyParameter")
}

/// All of them.
pub fn functions() -> Vec<Function> {
    vec![webhook(), deliver(), register()]
}
