//! What a connector's webhook is given and what it may say.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

/// A request as API Gateway handed it over, with the body's raw bytes: signatures are over these.
#[derive(Clone, Debug)]
pub struct WebhookRequest {
    /// Its method.
    pub method: Method,
    /// Its path, percent-encoded as it came.
    pub path: String,
    /// Its query, as it came, without the question mark.
    pub query: String,
    /// Its headers; names are case-insensitive.
    pub headers: HeaderMap,
    /// Its body, decoded from the base64 of the Lambda event if it was.
    pub body: Bytes,
}

/// Carries the caller's address from API Gateway's request context to the handler; what a caller sends under this name is
/// overwritten.
pub const SOURCE_IP: &str = "um-source-ip";

impl WebhookRequest {
    /// The caller's address, as API Gateway saw it.
    pub fn source_ip(&self) -> &str {
        self.header(SOURCE_IP).unwrap_or_default()
    }

    /// A header's text; none if it is missing or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookResponse {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl WebhookResponse {
    /// A status with no body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A body with its content type.
    pub fn with_body(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut response = Self::empty(status);
        response.headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
        response.body = body.into();
        response
    }
}

/// Why a webhook's request is refused. Nothing of it is stored or logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The network's signature or token is missing.
    #[error("the signature is missing")]
    Unsigned,
    /// The signature does not match.
    #[error("the signature does not match")]
    BadSignature,
    /// The signature is good but too old.
    #[error("the signature is too old")]
    Stale,
    /// Signed well, but not what the network sends.
    #[error("the body is not what the network sends")]
    Malformed,
    /// For another account than the tenant's.
    #[error("the event is for another account")]
    WrongAccount,
    /// Signed with a key that is not among those the network is known to publish.
    #[error("the signature's key is not known")]
    UnknownKey,
}

impl Rejection {
    /// The status most networks expect.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unsigned | Self::BadSignature | Self::Stale | Self::UnknownKey => StatusCode::UNAUTHORIZED,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::WrongAccount => StatusCode::FORBIDDEN,
        }
    }

    /// For metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::BadSignature => "badSignature",
            Self::Stale => "stale",
            Self::Malformed => "malformed",
            Self::WrongAccount => "wrongAccount",
            Self::UnknownKey => "unknownKey",
        }
    }
}

/// What a webhook's request held.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<T> {
    /// What happened, in the network's order.
    pub events: Vec<T>,
    /// What is deliberately not forwarded, with the reason: unknown types, our own echo.
    pub ignored: Vec<&'static str>,
    /// What to answer; `200` and an empty body when none.
    pub answer: Option<WebhookResponse>,
}

impl<T> Default for Parsed<T> {
    fn default() -> Self {
        Self { events: Vec::new(), ignored: Vec::new(), answer: None }
    }
}

impl<T> Parsed<T> {
    /// Events, and the network's usual answer.
    pub fn events(events: Vec<T>) -> Self {
        Self { events, ..Self::default() }
    }

    /// Nothing to forward, for this reason.
    pub fn ignored(reason: &'static str) -> Self {
        Self { ignored: vec![reason], ..Self::default() }
    }
}
