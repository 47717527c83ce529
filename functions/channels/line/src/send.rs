//! Handing a request to LINE.
//!
//! A push is safe to repeat: its retry key makes LINE answer 409 to the second. A reply has no such key, but its token is
//! good for one use. When the answer to a reply is lost, the same reply is sent again at once: either LINE takes it now,
//! or it says that the token is used, which proves that the first was taken. What remains is a reply whose answer is lost
//! three times in a row although LINE took one: its message is pushed on the next attempt, and the guest reads it twice.

use contract::{
    Call, Io, SendError, SendErrorKind, Sent,
    http::{Request, Response},
};
use serde::Deserialize;

use crate::{errors, notification, render, settings::Settings, token};

/// How often a reply is sent until LINE says what became of it.
const REPLIES: usize = 3;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Accepted {
    sent_messages: Vec<SentMessage>,
}

#[derive(Deserialize)]
struct SentMessage {
    id: String,
}

/// Makes one call.
pub(crate) async fn send(io: &Io<'_, Settings>, call: &Call) -> Result<Sent, SendError> {
    match &call.fallback {
        Some(push) if call.request.url == render::REPLY => reply(io, &call.request, push).await,
        // Once is enough; and a reply token that stands beside it was used just before, or had run out.
        None if call.request.url == render::MARK_AS_READ => {
            once(io, &call.request).await.map(|sent| Sent { context_spent: true, ..sent })
        }
        _ => once(io, &call.request).await,
    }
}

async fn once(io: &Io<'_, Settings>, request: &Request) -> Result<Sent, SendError> {
    let response = token::authorized(io, request).await?;
    if let Some(tag) = notification::tag(request) {
        // LINE gives no ids here; a delivery event names the tag.
        return match notification::refused(&response).or_else(|| errors::error_of(&response, io.now())) {
            Some(error) => Err(error),
            None => Ok(Sent { message_ids: vec![tag.to_owned()], awaits_receipt: true, ..Sent::default() }),
        };
    }
    let keyed = request.headers.contains_key(&render::RETRY_KEY);
    if keyed && response.status == http::StatusCode::CONFLICT {
        return Ok(Sent { already: true, ..sent(&response) });
    }
    match errors::error_of(&response, io.now()) {
        Some(error) => Err(error),
        None => Ok(sent(&response)),
    }
}

async fn reply(io: &Io<'_, Settings>, reply: &Request, push: &Request) -> Result<Sent, SendError> {
    // Whether an earlier try may have been taken.
    let mut doubt = None;
    for _ in 0..REPLIES {
        let error = match token::authorized(io, reply).await {
            Ok(response) if doubt.is_some() && errors::is_invalid_reply_token(&response) => {
                return Ok(Sent { already: true, context_spent: true, ..Sent::default() });
            }
            Ok(response) if errors::is_invalid_reply_token(&response) || errors::is_unexplained(&response) => {
                return Ok(Sent { context_spent: true, ..once(io, push).await? });
            }
            Ok(response) => match errors::error_of(&response, io.now()) {
                None => return Ok(Sent { context_spent: true, ..sent(&response) }),
                Some(error) => error,
            },
            Err(error) => error,
        };
        match error.kind {
            // LINE says that even a 5xx may have been delivered.
            SendErrorKind::Timeout | SendErrorKind::Connection | SendErrorKind::Unavailable => doubt = Some(error),
            // Asking again too soon is less bad than saying something twice.
            SendErrorKind::RateLimited if doubt.is_some() => doubt = Some(error),
            _ => return Err(error),
        }
    }
    Err(doubt.unwrap_or_else(|| SendErrorKind::Internal.into()))
}

/// LINE took it. An answer without ids is one all the same: sending again would say it twice.
fn sent(response: &Response) -> Sent {
    let accepted: Accepted = serde_json::from_slice(&response.body).unwrap_or_default();
    Sent { message_ids: accepted.sent_messages.into_iter().map(|message| message.id).collect(), ..Sent::default() }
}
