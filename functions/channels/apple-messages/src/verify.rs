//! Whose a request is, and whether it is Apple's: the token in its header, which does not cover the body.

use contract::{Rejection, WebhookRequest};
use http::StatusCode;
use jiff::Timestamp;

use crate::{settings::Settings, token};

/// Where Apple posts the messages of all tenants.
pub(crate) const PATH: &str = "/amb/message";

/// The business that a message is for, which Apple names in a header.
pub(crate) fn account_of(request: &WebhookRequest) -> Result<Option<String>, Rejection> {
    if request.path.trim_end_matches('/') != PATH {
        return Ok(None);
    }
    let business = request.header("destination-id").filter(|id| (1..=128).contains(&id.len()));
    business.map(|id| Some(id.to_ascii_lowercase())).ok_or(Rejection::Malformed)
}

/// Apple's answers to what is wrong with a request: <https://register.apple.com/resources/messages/msp-rest-api/common-specs>.
pub(crate) fn refusal_status(rejection: Rejection) -> StatusCode {
    match rejection {
        Rejection::Unsigned => StatusCode::UNAUTHORIZED,
        Rejection::Malformed => StatusCode::BAD_REQUEST,
        Rejection::WrongAccount => StatusCode::NOT_FOUND,
        Rejection::BadSignature | Rejection::Stale | Rejection::UnknownKey => StatusCode::FORBIDDEN,
    }
}

pub(crate) fn verify(request: &WebhookRequest, settings: &Settings, now: Timestamp) -> Result<(), Rejection> {
    let authorization = request.header("authorization").ok_or(Rejection::Unsigned)?;
    let (scheme, token) = authorization.split_once(' ').ok_or(Rejection::BadSignature)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Rejection::BadSignature);
    }
    token::verify(token.trim(), settings, now)
}
