//! Handing a call to Telegram.
//!
//! The Bot API knows no idempotency key. When the answer to a call is lost, the message may have been taken, and the next
//! attempt says it again: there is no way to ask.

use contract::{Call, Io, SendError, SendErrorKind, Sent, http::Request};
use serde::Deserialize;
use serde_json::Value;

use crate::{api, refusal, settings::Settings, upload};

/// What a call results in: a message, several (an album), or just `true`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Taken {
    Message(MessageId),
    Album(Vec<MessageId>),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct MessageId {
    message_id: i64,
}

/// Makes one call; in its other form, should Telegram refuse the first for what it says.
pub(crate) async fn send(io: &Io<'_, Settings>, call: &Call) -> Result<Sent, SendError> {
    let outcome = once(io, &call.request).await;
    match (&outcome, &call.fallback) {
        (Err(error), Some(other)) if is_of_the_message(error.kind) => once(io, other).await,
        _ => outcome,
    }
}

async fn once(io: &Io<'_, Settings>, request: &Request) -> Result<Sent, SendError> {
    let request = upload::with_bytes(io, api::authorized(io, request)?).await?;
    let mut response = io.http.send(request.clone()).await?;
    if let Some(chat) = refusal::migrated_to(&response)
        && let Some(moved) = to_chat(&request, chat)
    {
        response = io.http.send(moved).await?;
    }
    let ids = match api::result_of::<Taken>(&response, io)? {
        Taken::Message(message) => vec![message.message_id.to_string()],
        Taken::Album(messages) => messages.iter().map(|message| message.message_id.to_string()).collect(),
        Taken::Other(_) => Vec::new(),
    };
    Ok(Sent { message_ids: ids, ..Sent::default() })
}

/// The same call to another chat: the group's new number. A form with a file in it is not written anew; its next attempt
/// knows the number from the group's own message.
fn to_chat(request: &Request, chat: i64) -> Option<Request> {
    let mut body: Value = serde_json::from_slice(&request.body).ok()?;
    body["chat_id"] = chat.into();
    // The message that is answered has another number there.
    body.as_object_mut()?.remove("reply_parameters");
    Some(request.clone().json(&body))
}

/// Whether a message was refused for itself, so that another form may be taken.
fn is_of_the_message(kind: SendErrorKind) -> bool {
    use SendErrorKind::*;
    matches!(kind, InvalidMessage | MediaNotAllowed | MediaUnavailable | TooLarge)
}
