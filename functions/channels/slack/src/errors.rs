//! What Slack's error codes mean. Slack answers 200 and says `"ok": false`; of the statuses only 429 has a meaning of its own.
//! <https://docs.slack.dev/reference/methods/chat.postMessage#errors>, <https://docs.slack.dev/apis/web-api/rate-limits>

use std::time::Duration;

use contract::{SendError, SendErrorKind, http::Response};
use jiff::Timestamp;
use serde::Deserialize;

use crate::limits;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    ok: Option<bool>,
    error: Option<String>,
    needed: Option<String>,
    response_metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    messages: Vec<String>,
}

/// Slack's error code; `None` when all is well.
pub(crate) fn word(response: &Response) -> Option<String> {
    let body: Body = serde_json::from_slice(&response.body).unwrap_or_default();
    match body.ok {
        Some(true) => None,
        _ => body.error,
    }
}

/// Whether the token is what is wrong.
pub(crate) fn is_of_token(response: &Response) -> bool {
    const CODES: [&str; 6] =
        ["invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "org_login_required"];
    response.status == http::StatusCode::UNAUTHORIZED
        || word(response).is_some_and(|code| CODES.contains(&code.as_str()))
}

/// Whether another form of the message may be taken.
pub(crate) fn is_of_form(error: &SendError) -> bool {
    const CODES: [&str; 13] = [
        "missing_scope",
        "not_allowed_token_type",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_attachments",
        "cant_update_message",
        "edit_window_closed",
        "message_not_found",
        "update_failed",
        "file_update_failed",
        "file_uploads_disabled",
        "file_upload_size_restricted",
        "blocked_file_type",
    ];
    error.code.as_deref().is_some_and(|code| CODES.contains(&code.split(' ').next().unwrap_or_default()))
        || matches!(error.kind, SendErrorKind::TooLarge | SendErrorKind::MediaNotAllowed | SendErrorKind::Unsupported)
}

/// The error that an answer means; `None` for success.
pub(crate) fn of(response: &Response, now: Timestamp) -> Option<SendError> {
    let parsed: Result<Body, _> = serde_json::from_slice(&response.body);
    let status = response.error(now);
    if status.as_ref().is_some_and(|error| error.kind == SendErrorKind::RateLimited) {
        return status;
    }
    match (parsed, status) {
        (Ok(Body { ok: Some(true), .. }), None) => None,
        (Ok(body), status) if body.error.is_some() => {
            let kind = kind_of(body.error.as_deref().unwrap_or_default());
            let error = with_sentence(&body, kind.or(status.map(|error| error.kind)));
            let wait = response.retry_after(now).or(error.retry_after);
            Some(error.after(wait))
        }
        (_, Some(error)) => Some(error),
        (_, None) => Some(SendError::new(SendErrorKind::Garbled).coded("200")),
    }
}

/// `None` for a code that was not documented when this was written.
fn kind_of(code: &str) -> Option<SendErrorKind> {
    use SendErrorKind::*;
    Some(match code {
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => RateLimited,
        "internal_error"
        | "fatal_error"
        | "service_unavailable"
        | "team_added_to_org"
        | "external_channel_migrating"
        | "accesslimited" => Unavailable,
        "request_timeout" => Timeout,
        "invalid_auth"
        | "not_authed"
        | "token_revoked"
        | "token_expired"
        | "account_inactive"
        | "org_login_required"
        | "invalid_client_id"
        | "bad_client_secret"
        | "invalid_refresh_token" => Unauthorized,
        "missing_scope"
        | "no_permission"
        | "not_allowed_token_type"
        | "ekm_access_denied"
        | "access_denied"
        | "restricted_action"
        | "restricted_action_read_only_channel"
        | "restricted_action_thread_only_channel"
        | "restricted_action_thread_locked"
        | "restricted_action_non_threadable_channel"
        | "not_in_channel"
        | "team_access_not_granted"
        | "enterprise_is_restricted"
        | "two_factor_setup_required"
        | "method_not_supported_for_channel_type"
        | "as_user_not_supported" => Forbidden,
        "channel_not_found"
        | "user_not_found"
        | "users_not_found"
        | "is_archived"
        | "user_disabled"
        | "cannot_dm_bot"
        | "thread_not_found"
        | "invalid_users"
        | "user_not_visible"
        | "channel_is_archived" => UnknownRecipient,
        "messages_tab_disabled" => RecipientOptedOut,
        "msg_too_long"
        | "msg_blocks_too_long"
        | "too_many_attachments"
        | "metadata_too_large"
        | "file_upload_size_restricted" => TooLarge,
        "blocked_file_type" | "file_uploads_disabled" => MediaNotAllowed,
        "file_not_found" | "file_deleted" => MediaUnavailable,
        "storage_limit_reached" | "team_quota_exceeded" => QuotaExhausted,
        "no_text"
        | "invalid_blocks"
        | "invalid_blocks_format"
        | "invalid_attachments"
        | "invalid_arguments"
        | "invalid_arg_name"
        | "invalid_form_data"
        | "invalid_json"
        | "message_not_found"
        | "cant_update_message"
        | "edit_window_closed"
        | "block_mismatch"
        | "invalid_metadata_format" => InvalidMessage,
        _ => return None,
    })
}

/// The error, with a sentence that repeats nothing of the message itself.
fn with_sentence(body: &Body, kind: Option<SendErrorKind>) -> SendError {
    let code = limits::clip(body.error.as_deref().unwrap_or_default(), 100);
    // Codes of tomorrow are refusals, too: to try again for hours would not change Slack's mind.
    let error = SendError::new(kind.unwrap_or(SendErrorKind::InvalidMessage));
    let sentence = match (error.kind, code.as_str()) {
        (SendErrorKind::RateLimited, _) => return error.coded(code).after(Some(Duration::from_secs(1))),
        (SendErrorKind::Unauthorized, _) => REINSTALL.to_owned(),
        (_, "missing_scope") => {
            let scope = limits::clip(body.needed.as_deref().unwrap_or("a permission"), 100);
            let sentence = format!(
                "The Slack app lacks {scope} in this workspace. Please tell the administrator: it must be installed again."
            );
            return error.coded(format!("missing_scope {scope}")).saying(sentence);
        }
        (_, "messages_tab_disabled") => {
            "The app's messages tab is switched off in Slack, so that nobody can be written to directly.".to_owned()
        }
        (_, "not_in_channel") => "The Slack app is no longer a member of the channel.".to_owned(),
        (SendErrorKind::InvalidMessage, _) => match body.response_metadata.messages.first() {
            Some(detail) => format!("Slack refused this message: {code} ({}).", limits::clip(detail, 200)),
            None => format!("Slack refused this message: {code}."),
        },
        _ => return error.coded(code),
    };
    error.coded(code).saying(sentence)
}

/// Why nothing can be sent to a workspace.
pub(crate) const REINSTALL: &str =
    "The Slack app is not (or no longer) installed in this workspace. Please tell the administrator.";
