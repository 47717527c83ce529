//! HTTP as the connectors see it: a request and a response as plain values, and one [`Transport`] between them. The real
//! one is [`aws::client::HttpClient`]; tables use [`conformance::Script`], so that nothing leaves the machine.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{SendError, SendErrorKind};

/// A request to an outside system.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Its absolute URL, at the provider's own host: overrides are applied by the transport.
    pub url: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// How long to wait for the whole answer; the transport's default (10 s) when none.
    pub timeout: Option<Duration>,
    /// The longest body that is read; the transport's default (1 MiB) when none. Longer is an error.
    pub max_response: Option<u64>,
}

impl Request {
    /// A request without a body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: None,
            max_response: None,
        }
    }

    /// `GET`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// `POST` with a JSON body.
    pub fn post_json(url: impl Into<String>, body: &impl Serialize) -> Self {
        Self::new(Method::POST, url).json(body)
    }

    /// `POST` with a form body (`application/x-www-form-urlencoded`).
    pub fn post_form(url: impl Into<String>, fields: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        Self::new(Method::POST, url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.finish())
    }

    /// With a JSON body.
    pub fn json(self, body: &impl Serialize) -> Self {
        // Our own types serialise; a map with keys that are not strings is the only way to fail.
        let bytes = serde_json::to_vec(body).unwrap_or_default();
        self.header(header::CONTENT_TYPE, "application/json").body(bytes)
    }

    /// With a body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// With a header. A value that is no header value (a line break in a token) is left out: the provider's 401 then
    /// says what is wrong.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// With `Authorization: Bearer …`.
    pub fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// With its own time limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// With its own limit to the answer's size, in bytes.
    pub fn max_response(mut self, limit: u64) -> Self {
        self.max_response = Some(limit);
        self
    }
}

/// A provider's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Response {
    /// An answer with a status and nothing else.
    pub fn new(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// With a JSON body.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_vec(body).unwrap_or_default().into();
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self
    }

    /// With a body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// With a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// A header's text.
    pub fn header_str(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON of the type expected; [`SendErrorKind::Garbled`] when it is not.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, SendError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let fault = crate::error::json_fault(&error);
            SendError::new(SendErrorKind::Garbled).coded(format!("{} {fault}", self.status.as_u16()))
        })
    }

    /// `Retry-After`, in seconds or as an HTTP date seen from `now`.
    pub fn retry_after(&self, now: jiff::Timestamp) -> Option<Duration> {
        let text = self.header_str("retry-after")?.trim();
        if let Ok(seconds) = text.parse::<f64>() {
            return (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(86_400.0)));
        }
        let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
    }

    /// The error that this answer means by its status alone; `None` for 2xx. Connectors look at the body first, for what
    /// the status does not say.
    pub fn error(&self, now: jiff::Timestamp) -> Option<SendError> {
        use SendErrorKind::*;
        let kind = match self.status.as_u16() {
            200..=299 => return None,
            401 => Unauthorized,
            402 => QuotaExhausted,
            403 => Forbidden,
            404 | 410 => UnknownRecipient,
            408 | 425 => Timeout,
            413 => TooLarge,
            415 => MediaNotAllowed,
            429 => RateLimited,
            501 | 505 => InvalidMessage,
            500..=599 => Unavailable,
            400..=499 => InvalidMessage,
            _ => Garbled,
        };
        Some(SendError::new(kind).coded(self.status.as_u16().to_string()).after(self.retry_after(now)))
    }
}

/// Carries requests to outside systems.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request and reads its answer. Any status is an answer; errors are those of the way there:
    /// [`SendErrorKind::Timeout`], [`SendErrorKind::Connection`], [`SendErrorKind::TooLarge`] (the answer),
    /// [`SendErrorKind::Forbidden`] (an address that must not be fetched).
    async fn send(&self, request: Request) -> Result<Response, SendError>;

    /// Whether something stands in for the provider (`UM_ENDPOINT_…`): every request goes there, whatever host it names,
    /// so that hosts need no vetting.
    fn stands_in(&self) -> bool {
        false
    }

    /// Fetches a file that is not the provider's own: an agent's attachment, to be uploaded to the provider. Public https
    /// addresses only (see [`aws::guard`]), redirects followed, at most `max_bytes`.
    /// [`SendErrorKind::MediaUnavailable`] when it is gone, [`SendErrorKind::TooLarge`] when it is too big.
    async fn download(&self, url: &str, max_bytes: u64) -> Result<crate::Fetched, SendError> {
        let response = self.send(Request::get(url).max_response(max_bytes).timeout(Duration::from_secs(30))).await?;
        match response.status.as_u16() {
            200..=299 => Ok(crate::Fetched {
                mime: response.header_str("content-type").and_then(|m| m.split(';').next()).map(str::to_owned),
                name: None,
                bytes: response.body,
            }),
            status @ (408 | 425 | 429 | 500 | 502..=599) => {
                Err(SendError::new(SendErrorKind::Unavailable).coded(status.to_string()))
            }
            status => Err(SendError::new(SendErrorKind::MediaUnavailable).coded(status.to_string())),
        }
    }
}

/// One request and what came back, as the delivery log keeps it: secrets blacked out, bodies cut at 4 KiB.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// When the request was sent.
    pub at: jiff::Timestamp,
    /// Method and URL.
    pub request: String,
    /// The request's headers, secrets blacked out.
    pub request_headers: Vec<(String, String)>,
    /// The request's body.
    pub request_body: String,
    /// The answer's status, or none when there was no answer.
    pub status: Option<u16>,
    /// The answer's headers.
    pub response_headers: Vec<(String, String)>,
    /// The answer's body, or what went wrong on the way.
    pub response_body: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}
