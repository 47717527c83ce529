//! What the connector service's refusals mean:
//! <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages#considerations>
//! and `…/bots/how-to/rate-limit`.

use contract::{SendError, SendErrorKind, http::Response};
use jiff::Timestamp;
use serde::Deserialize;

use crate::limits;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    error: Refusal,
    /// Some refusals come without an envelope.
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    code: String,
    message: String,
}

/// The error that an answer means, if it is not success.
pub(crate) fn check(response: &Response, now: Timestamp) -> Result<(), SendError> {
    use SendErrorKind::*;
    let Some(error) = response.error(now) else { return Ok(()) };
    let body: Body = serde_json::from_slice(&response.body).unwrap_or_default();
    let code = body.error.code.as_str();
    let becomes = |kind: SendErrorKind| SendError { kind, ..error.clone() }.saying(kind.sentence());
    let refused = match (response.status.as_u16(), code) {
        (400, _) if !body.error.message.is_empty() || !body.message.is_empty() => {
            let says = if body.error.message.is_empty() { &body.message } else { &body.error.message };
            let says = limits::clip(says.trim_end_matches('.'), 200);
            error.saying(format!("Teams refused this message: {says}."))
        }
        (403, "MessageWritesBlocked" | "ConversationBlockedByUser") => becomes(RecipientOptedOut),
        (403, "BotNotInConversationRoster") => becomes(RecipientOptedOut)
            .saying("The bot was removed from this chat or team, so that nothing can be sent there."),
        (403, "BotDisabledByAdmin" | "NotEnoughPermissions" | "BotNotRegistered" | "InvalidBotApiHost") => {
            error.saying("The organisation's administrator does not allow this bot to write there.")
        }
        (404, _) => becomes(UnknownRecipient),
        // Somebody else changes the same thing, or the service is between two states: documented as worth another try.
        (412, _) => becomes(Unavailable),
        _ => error,
    };
    Err(if code.is_empty() { refused } else { refused.coded(code) })
}
