//! Sending a step to LINE.
//!
//! A push is safe to repeat: its retry key makes LINE answer 409 to the second. A reply has no such key, but its token is
//! good for one use. When the answer to a reply is lost, the same reply is sent again at once: either LINE takes it now,
//! or it says that the token is used, which proves that the first was taken. What remains is a reply whose answer is lost
//! three times in a row although LINE took one: its message is pushed on the next attempt, and the guest reads it twice.

use std::time::Duration;

use contract::{
    Io, SendError, SendErrorKind, Sent,
    http::{Request, Response},
};
use http::HeaderName;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{errors, notification, settings::Settings, step::Step, token};

/// Answers an event, free of charge, once.
const REPLY: &str = "https://api.line.me/v2/bot/message/reply";
/// Writes to a guest, counted against the month's quota.
const PUSH: &str = "https://api.line.me/v2/bot/message/push";
/// Writes to a telephone number in any form that LINE has reviewed.
const NOTIFY: &str = "https://api.line.me/bot/pnp/push";
/// Writes to a telephone number in a form of LINE's own.
const NOTIFY_TEMPLATE: &str = "https://api.line.me/v2/bot/message/pnp/templated/push";
const LOADING: &str = "https://api.line.me/v2/bot/chat/loading/start";
const MARK_AS_READ: &str = "https://api.line.me/v2/bot/chat/markAsRead";

/// For pushes; replies must not carry it.
const RETRY_KEY: HeaderName = HeaderName::from_static("x-line-retry-key");
/// For notification messages.
const DELIVERY_TAG: HeaderName = HeaderName::from_static("x-line-delivery-tag");

/// How often a reply is sent until LINE says what became of it, and how long each may take: all of them are over within
/// the token's minute.
const REPLIES: usize = 3;
const REPLY_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Accepted {
    sent_messages: Vec<SentMessage>,
}

#[derive(Deserialize)]
struct SentMessage {
    id: String,
}

/// Takes one step.
pub(crate) async fn send(io: &Io<'_, Settings>, step: &Step) -> Result<Sent, SendError> {
    match step {
        Step::Message { to, messages, reply: token, key } => {
            let messages = messages.json();
            let push = Request::post_json(PUSH, &json!({ "to": to, "messages": messages })).header(RETRY_KEY, key);
            match token {
                Some(token) => {
                    let body = json!({ "replyToken": token, "messages": messages });
                    reply(io, &Request::post_json(REPLY, &body).timeout(REPLY_TIMEOUT), &push).await
                }
                None => self::push(io, &push).await,
            }
        }
        Step::Notification { to, messages, tag } => {
            notify(io, NOTIFY, &json!({ "to": to, "messages": messages.json() }), tag).await
        }
        Step::TemplateNotification { to, template_key, body, tag } => {
            notify(io, NOTIFY_TEMPLATE, &json!({ "to": to, "templateKey": template_key, "body": body }), tag).await
        }
        Step::Loading { guest, seconds } => {
            let body = json!({ "chatId": guest, "loadingSeconds": seconds });
            accepted(io, &token::authorized(io, &Request::post_json(LOADING, &body)).await?)
        }
        Step::MarkAsRead { token } => {
            let request = Request::post_json(MARK_AS_READ, &json!({ "markAsReadToken": token }));
            let sent = accepted(io, &token::authorized(io, &request).await?)?;
            // Once is enough; and a reply token that stands beside it was used just before, or had run out.
            Ok(Sent { context_spent: true, ..sent })
        }
    }
}

async fn push(io: &Io<'_, Settings>, push: &Request) -> Result<Sent, SendError> {
    let response = token::authorized(io, push).await?;
    if response.status == http::StatusCode::CONFLICT {
        return Ok(Sent { already: true, ..sent(&response) });
    }
    accepted(io, &response)
}

/// LINE gives no message ids for these; a delivery event names the tag.
async fn notify(io: &Io<'_, Settings>, url: &str, body: &Value, tag: &str) -> Result<Sent, SendError> {
    let response = token::authorized(io, &Request::post_json(url, body).header(DELIVERY_TAG, tag)).await?;
    match notification::refused(&response).or_else(|| errors::error_of(&response, io.now())) {
        Some(error) => Err(error),
        None => Ok(Sent { message_ids: vec![tag.to_owned()], awaits_receipt: true, ..Sent::default() }),
    }
}

async fn reply(io: &Io<'_, Settings>, reply: &Request, push: &Request) -> Result<Sent, SendError> {
    // Why an earlier try may have been taken all the same.
    let mut unanswered = None;
    for _ in 0..REPLIES {
        let error = match token::authorized(io, reply).await {
            Ok(response) if unanswered.is_some() && errors::is_invalid_reply_token(&response) => {
                return Ok(Sent { already: true, context_spent: true, ..Sent::default() });
            }
            Ok(response) if errors::is_invalid_reply_token(&response) || errors::is_unexplained(&response) => {
                return Ok(Sent { context_spent: true, ..self::push(io, push).await? });
            }
            Ok(response) => match accepted(io, &response) {
                Ok(sent) => return Ok(Sent { context_spent: true, ..sent }),
                Err(error) => error,
            },
            Err(error) => error,
        };
        match error.kind {
            // LINE says that even a 5xx may have been delivered.
            SendErrorKind::Timeout | SendErrorKind::Connection | SendErrorKind::Unavailable => unanswered = Some(error),
            // Asking again too soon is less bad than saying something twice.
            SendErrorKind::RateLimited if unanswered.is_some() => unanswered = Some(error),
            _ => return Err(error),
        }
    }
    Err(unanswered.unwrap_or_else(|| SendErrorKind::Internal.into()))
}

fn accepted(io: &Io<'_, Settings>, response: &Response) -> Result<Sent, SendError> {
    match errors::error_of(response, io.now()) {
        Some(error) => Err(error),
        None => Ok(sent(response)),
    }
}

/// LINE took it. An answer without ids is one all the same: sending again would say it twice.
fn sent(response: &Response) -> Sent {
    let accepted: Accepted = serde_json::from_slice(&response.body).unwrap_or_default();
    Sent { message_ids: accepted.sent_messages.into_iter().map(|message| message.id).collect(), ..Sent::default() }
}
