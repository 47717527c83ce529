//! Handing a request to the connector service.
//!
//! It knows no idempotency key: a message that was taken just before the function died is sent again, and the guest reads
//! it twice.

use contract::{
    Call, Io, SendError, SendErrorKind, Sent,
    http::{Request, Response},
};
use http::Method;
use serde::Deserialize;
use serde_json::json;

use crate::{address, errors, settings::Settings, token};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Taken {
    id: String,
}

/// Makes one call; in its other form, should Teams not change the message that is meant.
pub(crate) async fn send(io: &Io<'_, Settings>, call: &Call) -> Result<Sent, SendError> {
    use SendErrorKind::*;
    let outcome = once(io, &call.request).await;
    match (&outcome, &call.fallback) {
        (Err(error), Some(other)) if matches!(error.kind, InvalidMessage | UnknownRecipient | Forbidden) => {
            once(io, other).await
        }
        // What is to be taken back is gone already.
        (Err(error), None) if call.request.method == Method::DELETE && error.kind == UnknownRecipient => {
            Ok(Sent::default())
        }
        _ => outcome,
    }
}

/// A chat that was never opened is opened first; opening one that is open gives its id again.
async fn once(io: &Io<'_, Settings>, request: &Request) -> Result<Sent, SendError> {
    let mut request = request.clone();
    if let Some((service, person)) = address::unopened(&request.url) {
        let conversation = open(io, service, &person).await?;
        let address = address::Address::of(Some(&address::context(service, &conversation)), &person);
        request.url = address.activities();
    }
    taken(io, &token::authorized(io, &request).await?)
}

/// An answer without an id is one all the same: sending again would say it twice.
fn taken(io: &Io<'_, Settings>, response: &Response) -> Result<Sent, SendError> {
    if let Some(error) = errors::of(response, io.now()) {
        return Err(error);
    }
    let taken: Taken = serde_json::from_slice(&response.body).unwrap_or_default();
    Ok(Sent { message_ids: Some(taken.id).filter(|id| !id.is_empty()).into_iter().collect(), ..Sent::default() })
}

/// Opens a private chat: <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#create-conversation>.
async fn open(io: &Io<'_, Settings>, service: &str, person: &str) -> Result<String, SendError> {
    let mut body = json!({ "bot": { "id": io.settings.bot() }, "members": [{ "id": person }], "isGroup": false });
    if let Some(tenant) = &io.settings.app_tenant_id {
        body["tenantId"] = tenant.as_str().into();
        body["channelData"] = json!({ "tenant": { "id": tenant } });
    }
    let response = token::authorized(io, &Request::post_json(format!("{service}/v3/conversations"), &body)).await?;
    if let Some(error) = errors::of(&response, io.now()) {
        return Err(error);
    }
    let id = response.parse::<Taken>()?.id;
    if id.is_empty() { Err(SendError::new(SendErrorKind::Garbled).coded("conversation")) } else { Ok(id) }
}
