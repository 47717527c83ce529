//! What Viber's refusals mean: <https://developers.viber.com/docs/api/rest-bot-api/#error-codes>. They stand in the body of
//! an answer whose HTTP status is 200.

use std::time::Duration;

use contract::{SendError, SendErrorKind, http::Response};
use jiff::Timestamp;
use serde::Deserialize;

use crate::limits;

/// The guest's telephone cannot show the message; one in words it might.
pub(crate) fn is_of_device(error: &SendError) -> bool {
    matches!(error.code.as_deref(), Some("11" | "13" | "14"))
}

#[derive(Deserialize)]
struct Verdict {
    status: i64,
    #[serde(default)]
    status_message: String,
}

/// The error that an answer means; none for success.
pub(crate) fn of(response: &Response, now: Timestamp) -> Option<SendError> {
    use SendErrorKind::*;
    let verdict = serde_json::from_slice::<Verdict>(&response.body);
    // A refusal in the body says more than the status, whatever that is.
    let Ok(Verdict { status, status_message }) = verdict else {
        let garbled = || SendError::new(Garbled).coded(response.status.as_u16().to_string());
        return Some(response.error(now).unwrap_or_else(garbled));
    };
    if status == 0 {
        return response.error(now);
    }
    let says = limits::clip(status_message.trim().trim_end_matches('.'), 200);
    let refused = |kind: SendErrorKind| SendError::new(kind);
    let error = match status {
        1 => refused(InvalidMessage).saying(format!(
            "Viber does not take the address: {}.",
            or(&says, "it must be https, with a public certificate")
        )),
        2 => refused(Unauthorized),
        3 | 4 => refused(InvalidMessage).saying(format!("Viber refused this message: {}.", or(&says, "bad data"))),
        5 => refused(UnknownRecipient),
        6 => refused(RecipientOptedOut)
            .saying("The guest has not subscribed to the bot, or does not want its messages any more."),
        7 => refused(Forbidden).saying("Viber has blocked the bot. Please tell the administrator."),
        8 => refused(Unauthorized).saying("Viber does not know the bot of this tenant. Please tell the administrator."),
        9 => refused(Forbidden).saying("Viber has suspended the bot. Please tell the administrator."),
        10 => refused(Forbidden).saying(
            "No webhook is set at Viber for this bot: saving the tenant sets it. Please tell the administrator.",
        ),
        11 => refused(Unsupported).saying("None of the guest's devices can show messages of bots."),
        12 => slow_down(&status_message, response, now),
        13 | 14 => refused(Unsupported).saying("The guest's version of Viber cannot show this message."),
        15 => {
            refused(Forbidden).saying("Viber does not allow this bot to write messages. Please tell the administrator.")
        }
        16..=20 => refused(Forbidden),
        21 => refused(Forbidden).saying("Viber does not allow this bot to write to guests in this country."),
        22 => refused(Unsupported).saying("Payments are not possible on the guest's Viber."),
        23 => refused(QuotaExhausted)
            .saying("The free messages of the Viber bot are used up. Please tell the administrator."),
        24 => refused(QuotaExhausted).saying("The Viber bot has no balance left. Please tell the administrator."),
        // "General error": whatever it was, it may be over.
        _ => refused(Unavailable),
    };
    Some(error.coded(status.to_string()))
}

fn or<'a>(says: &'a str, otherwise: &'a str) -> &'a str {
    if says.is_empty() { otherwise } else { says }
}

/// Too many requests; or a hundred messages to a guest who has not answered, which are counted from one full hour to the
/// next.
fn slow_down(says: &str, response: &Response, now: Timestamp) -> SendError {
    let error = SendError::new(SendErrorKind::RateLimited);
    if !says.to_ascii_lowercase().contains("without reply") {
        return error.after(response.retry_after(now));
    }
    let left = 3_600 - now.as_second().rem_euclid(3_600);
    error
        .after(Some(Duration::from_secs(left.unsigned_abs())))
        .saying("Viber takes at most 100 messages an hour for a guest who does not answer.")
}
