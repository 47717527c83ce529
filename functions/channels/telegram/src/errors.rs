//! What Telegram's errors mean. Telegram promises the status (in `error_code` again) and `parameters`; the descriptions are
//! not documented and may change, so that what is not known of them falls back to the status.
//! <https://core.telegram.org/bots/api#responseparameters>

use std::time::Duration;

use contract::{SendError, SendErrorKind, http::Response};
use jiff::Timestamp;
use serde::Deserialize;

use crate::limits;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    ok: bool,
    error_code: u16,
    description: String,
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

fn body(response: &Response) -> Option<Body> {
    serde_json::from_slice(&response.body).ok()
}

/// The group's new number, when a call failed because it became a supergroup.
pub(crate) fn migrated_to(response: &Response) -> Option<i64> {
    if response.status.is_success() {
        return None;
    }
    body(response)?.parameters.migrate_to_chat_id
}

/// The error that an answer means; none for success. A file's bytes are an answer without a refusal, too.
pub(crate) fn of(response: &Response, now: Timestamp) -> Option<SendError> {
    let by_status = response.error(now);
    let Some(body) = body(response) else { return by_status.map(|error| token_is_in_the_path(error, response)) };
    let error = match by_status {
        Some(error) => error,
        None if body.ok || body.error_code == 0 => return None,
        // 200 with a refusal inside: not documented, and better not taken for success.
        None => Response::new(body.error_code).error(now)?,
    };
    let kind = kind_of(&body.description).unwrap_or(error.kind);
    let error = token_is_in_the_path(SendError { kind, ..error }, response);
    let asked = body.parameters.retry_after.map(Duration::from_secs);
    let error = SendError { retry_after: asked.or(error.retry_after), ..error };
    Some(match sentence_of(&body.description, error.kind) {
        Some(sentence) => error.saying(sentence),
        None => SendError { sentence: error.kind.sentence().to_owned(), ..error },
    })
}

/// 404 says that there is no such bot.
fn token_is_in_the_path(error: SendError, response: &Response) -> SendError {
    if response.status != http::StatusCode::NOT_FOUND || error.kind != SendErrorKind::UnknownRecipient {
        return error;
    }
    SendError { kind: SendErrorKind::Unauthorized, ..error }.saying(SendErrorKind::Unauthorized.sentence())
}

/// What Telegram's descriptions are known to mean: a part of each, in lower case.
const MEANINGS: [(&str, SendErrorKind); 34] = {
    use SendErrorKind::*;
    [
        ("bot was blocked by the user", RecipientOptedOut),
        ("bot was kicked", RecipientOptedOut),
        ("bot is not a member", RecipientOptedOut),
        ("user is deactivated", UnknownRecipient),
        ("bot can't initiate conversation", UnknownRecipient),
        ("bots can't send messages to bots", UnknownRecipient),
        ("bot can't send messages to bots", UnknownRecipient),
        ("chat not found", UnknownRecipient),
        ("user not found", UnknownRecipient),
        ("peer_id_invalid", UnknownRecipient),
        ("chat_id_invalid", UnknownRecipient),
        ("group is deactivated", UnknownRecipient),
        ("group chat was deactivated", UnknownRecipient),
        ("message thread not found", UnknownRecipient),
        ("message is too long", TooLarge),
        ("caption is too long", TooLarge),
        ("media_caption_too_long", TooLarge),
        ("file is too big", TooLarge),
        ("file too large", TooLarge),
        ("request entity too large", TooLarge),
        ("wrong file identifier", MediaUnavailable),
        ("wrong remote file identifier", MediaUnavailable),
        ("wrong file_id", MediaUnavailable),
        ("failed to get http url content", MediaUnavailable),
        ("file reference", MediaUnavailable),
        ("wrong type of the web page content", MediaNotAllowed),
        ("image_process_failed", MediaNotAllowed),
        ("photo_invalid_dimensions", MediaNotAllowed),
        ("voice_messages_forbidden", MediaNotAllowed),
        ("not enough rights", Forbidden),
        ("have no rights", Forbidden),
        ("chat_write_forbidden", Forbidden),
        ("topic_closed", Forbidden),
        ("query is too old", Expired),
    ]
};

fn kind_of(description: &str) -> Option<SendErrorKind> {
    let description = description.to_ascii_lowercase();
    MEANINGS.iter().find(|(part, _)| description.contains(part)).map(|(_, kind)| *kind)
}

/// Words for the agent where the kind's own would not do. Telegram's repeat nothing of the message.
fn sentence_of(description: &str, kind: SendErrorKind) -> Option<String> {
    let lower = description.to_ascii_lowercase();
    if lower.contains("bot was kicked") || lower.contains("bot is not a member") {
        return Some("The bot is no longer in this group.".to_owned());
    }
    if lower.contains("initiate conversation") {
        return Some("The guest has not started a chat with the bot yet.".to_owned());
    }
    let reason = description.trim().trim_start_matches("Bad Request: ").trim_end_matches('.');
    match kind {
        SendErrorKind::InvalidMessage | SendErrorKind::MediaNotAllowed | SendErrorKind::MediaUnavailable
            if !reason.is_empty() =>
        {
            Some(format!("Telegram refused this message: {}.", limits::clip(reason, 300)))
        }
        SendErrorKind::Forbidden if !reason.is_empty() => {
            Some(format!("Telegram does not let the bot do that: {}.", limits::clip(reason, 300)))
        }
        _ => None,
    }
}
