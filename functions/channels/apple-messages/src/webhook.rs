//! The door: is it Apple's, whose is it, and what does it say?

use std::{borrow::Cow, io::Read};

use contract::{Inbound, Parsed, Rejection, WebhookRequest};
use flate2::read::MultiGzDecoder;
use http::StatusCode;
use jiff::Timestamp;

use crate::{events, settings::Settings, token, wire::Message};

/// Where Apple posts the messages of all tenants.
pub(crate) const PATH: &str = "/amb/message";
/// The longest body after it is inflated, in bytes.
const INFLATED_MAX: u64 = 10 << 20;

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

/// The events of a request. Apple tells no time: the engine puts in when the request came.
pub(crate) fn parse(request: &WebhookRequest, settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
    let header = |name| request.header(name).filter(|value| !value.is_empty()).ok_or(Rejection::Malformed);
    let (id, guest, business) = (header("id")?, header("source-id")?, header("destination-id")?);
    let body = inflated(&request.body)?;
    let message: Message = serde_json::from_slice(&body).map_err(|_| Rejection::Malformed)?;
    let named = message.destination_id.as_deref().unwrap_or(business);
    if !business.eq_ignore_ascii_case(&settings.business_id) || !named.eq_ignore_ascii_case(business) {
        return Err(Rejection::WrongAccount);
    }
    let envelope = events::Envelope {
        id: message.id.clone().filter(|id| !id.is_empty()).unwrap_or_else(|| id.to_owned()),
        guest: message.source_id.clone().filter(|id| !id.is_empty()).unwrap_or_else(|| guest.to_owned()),
        capabilities: request.header("capability-list"),
        locale: message.locale.as_deref().or(request.header("locale")),
    };
    Ok(events::read(&message, &envelope))
}

/// The body, inflated if it is gzip. Apple's own samples look at the bytes, not at `Content-Encoding`, and so does this.
fn inflated(body: &[u8]) -> Result<Cow<'_, [u8]>, Rejection> {
    if !body.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(body));
    }
    let mut inflated = Vec::new();
    let read = MultiGzDecoder::new(body).take(INFLATED_MAX + 1).read_to_end(&mut inflated);
    match read {
        Ok(_) if inflated.len() as u64 <= INFLATED_MAX => Ok(Cow::Owned(inflated)),
        _ => Err(Rejection::Malformed),
    }
}
