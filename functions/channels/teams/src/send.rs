//! What the connector service can be asked next, and asking it.
//!
//! It knows no idempotency key: a message that was taken just before the function died is sent again, and the guest reads
//! it twice.

use contract::{Io, SendError, SendErrorKind, Sent, http::Request};
use http::Method;
use serde_json::{Value, json};

use crate::{
    address::{Conversation, Destination, Service},
    errors,
    settings::Settings,
    token,
    wire::Created,
};

/// One thing to be done in one conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub(crate) to: Destination,
    pub(crate) action: Action,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// Posts an activity.
    Post(Value),
    /// Puts another activity in the place of a message of ours.
    Replace {
        message_id: String,
        activity: Value,
        /// Posted when Teams does not change that message.
        otherwise: Option<Value>,
    },
    /// Takes back a message of ours. One that is gone already is well.
    Delete { message_id: String },
    /// Shows for a few seconds that the agent types.
    Typing,
}

impl Step {
    /// A typing indicator that comes late says something wrong.
    pub(crate) fn is_best_effort(&self) -> bool {
        self.action == Action::Typing
    }
}

/// Takes a step.
pub(crate) async fn send(io: &Io<'_, Settings>, step: &Step) -> Result<Sent, SendError> {
    use SendErrorKind::*;
    let conversation = match &step.to {
        Destination::Conversation(conversation) => conversation.clone(),
        Destination::Person { service, id } => open(io, service, id).await?,
    };
    match &step.action {
        Action::Post(activity) => post(io, &conversation, activity).await,
        Action::Typing => post(io, &conversation, &json!({ "type": "typing" })).await,
        Action::Replace { message_id, activity, otherwise } => {
            let replace = Request::new(Method::PUT, conversation.activity(message_id)).json(activity);
            match (request(io, &replace).await, otherwise) {
                (Err(error), Some(other)) if matches!(error.kind, InvalidMessage | UnknownRecipient | Forbidden) => {
                    post(io, &conversation, other).await
                }
                (outcome, _) => outcome,
            }
        }
        Action::Delete { message_id } => {
            match request(io, &Request::new(Method::DELETE, conversation.activity(message_id))).await {
                Err(error) if error.kind == UnknownRecipient => Ok(Sent::default()),
                outcome => outcome,
            }
        }
    }
}

async fn post(io: &Io<'_, Settings>, conversation: &Conversation, activity: &Value) -> Result<Sent, SendError> {
    request(io, &Request::post_json(conversation.activities(), activity)).await
}

/// An answer without an id is one all the same: sending again would say it twice.
async fn request(io: &Io<'_, Settings>, request: &Request) -> Result<Sent, SendError> {
    let response = token::authorized(io, request).await?;
    errors::check(&response, io.now())?;
    let created: Created = serde_json::from_slice(&response.body).unwrap_or_default();
    Ok(Sent { message_ids: Some(created.id).filter(|id| !id.is_empty()).into_iter().collect(), ..Sent::default() })
}

/// Opens a private chat; opening one that is open gives its id again:
/// <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#create-conversation>.
async fn open(io: &Io<'_, Settings>, service: &Service, person: &str) -> Result<Conversation, SendError> {
    let mut body = json!({ "bot": { "id": io.settings.bot() }, "members": [{ "id": person }], "isGroup": false });
    if let Some(tenant) = &io.settings.app_tenant_id {
        body["tenantId"] = tenant.as_str().into();
        body["channelData"] = json!({ "tenant": { "id": tenant } });
    }
    let response = token::authorized(io, &Request::post_json(service.conversations(), &body)).await?;
    errors::check(&response, io.now())?;
    let id = response.parse::<Created>()?.id;
    if id.is_empty() {
        return Err(SendError::new(SendErrorKind::Garbled).coded("conversation"));
    }
    Ok(Conversation { service: service.clone(), id })
}
