//! What LINE's refusals mean: <https://developers.line.biz/en/reference/messaging-api/#error-responses>.

use contract::{SendError, SendErrorKind, http::Response};
use jiff::Timestamp;
use serde::Deserialize;

use crate::limits;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    message: String,
    details: Vec<Detail>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    message: String,
    property: String,
}

fn body(response: &Response) -> Body {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

/// Whether a reply was refused because its token is too old or used.
pub(crate) fn is_invalid_reply_token(response: &Response) -> bool {
    response.status == http::StatusCode::BAD_REQUEST
        && body(response).message.to_ascii_lowercase().contains("reply token")
}

/// Whether a reply was refused, but not for what it says: LINE names no field of it. A push then tells the truth.
pub(crate) fn is_unexplained(response: &Response) -> bool {
    let body = body(response);
    response.status == http::StatusCode::BAD_REQUEST && !body.message.is_empty() && body.details.is_empty()
}

/// The error that an answer means; none for success.
pub(crate) fn error_of(response: &Response, now: Timestamp) -> Option<SendError> {
    let error = response.error(now)?;
    let body = body(response);
    let says = body.message.to_ascii_lowercase();
    Some(match response.status.as_u16() {
        // LINE does not tell who blocked the account (it takes the message and drops it); these are ids that do not
        // exist, belong to another provider's account, or a group that was left.
        400 if says.contains("failed to send messages") || says.contains("property, 'to'") => {
            SendError { kind: SendErrorKind::UnknownRecipient, ..error }
                .saying(SendErrorKind::UnknownRecipient.sentence())
        }
        400 if !body.message.is_empty() => error.saying(in_words(&body)),
        429 if says.contains("monthly limit") => SendError { kind: SendErrorKind::QuotaExhausted, ..error }
            .saying("The monthly message limit of the LINE account is reached. Please tell the administrator."),
        _ => error,
    })
}

/// "LINE refused this message: The request body has 1 error(s) (messages[0].text: May not be empty)." No word of the
/// message itself is in there.
fn in_words(body: &Body) -> String {
    let message = limits::clip(body.message.trim_end_matches('.'), 200);
    match body.details.first() {
        Some(detail) => {
            let (at, what) = (limits::clip(&detail.property, 100), limits::clip(&detail.message, 200));
            format!("LINE refused this message: {message} ({at}: {what}).")
        }
        None => format!("LINE refused this message: {message}."),
    }
}
