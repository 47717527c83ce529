//! Errors as the API tells them: problem details (RFC 9457), which name the field at fault.
//! <https://www.rfc-editor.org/rfc/rfc9457>

use std::{borrow::Cow, time::Duration};

use aws::store::StoreError;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;

/// The media type of problem details.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// Most faults named in one answer.
const FAULTS_MAX: usize = 100;

/// What can be wrong. Closed: scripts key on `type`, which is made of the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The request cannot be read.
    Malformed,
    /// No token, or one that is not good (any more).
    Unauthorized,
    /// Wrong user or password.
    LoginFailed,
    /// The caller's role does not allow it.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The path does not take this method.
    MethodNotAllowed,
    /// Another has that name.
    NameTaken,
    /// Another tenant uses that account of a network.
    AccountTaken,
    /// Something still needs it.
    InUse,
    /// It was changed by somebody else in between.
    Conflict,
    /// The first request with this idempotency key is not answered yet.
    UnderWay,
    /// The idempotency key was used for another request.
    KeyReused,
    /// It is not the version that `If-Match` names.
    VersionMismatch,
    /// The body is too long.
    TooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// The content is not valid; see `errors`.
    Invalid,
    /// Too many requests in too short a time.
    TooManyRequests,
    /// A fault of ours.
    Internal,
    /// A service behind is not available.
    Unavailable,
}

impl ProblemKind {
    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Unauthorized | Self::LoginFailed => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NameTaken | Self::AccountTaken | Self::InUse | Self::Conflict | Self::UnderWay => {
                StatusCode::CONFLICT
            }
            Self::VersionMismatch => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unauthorized => "unauthorized",
            Self::LoginFailed => "login-failed",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::NameTaken => "name-taken",
            Self::AccountTaken => "account-taken",
            Self::InUse => "in-use",
            Self::Conflict => "conflict",
            Self::UnderWay => "under-way",
            Self::KeyReused => "idempotency-key-reused",
            Self::VersionMismatch => "version-mismatch",
            Self::TooLarge => "too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::Invalid => "invalid",
            Self::TooManyRequests => "too-many-requests",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request cannot be read",
            Self::Unauthorized => "Not logged in",
            Self::LoginFailed => "Login failed",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::NameTaken => "The name is taken",
            Self::AccountTaken => "The account is taken",
            Self::InUse => "Still in use",
            Self::Conflict => "Changed meanwhile",
            Self::UnderWay => "Still under way",
            Self::KeyReused => "Idempotency key used before",
            Self::VersionMismatch => "Another version",
            Self::TooLarge => "Too large",
            Self::UnsupportedMediaType => "Not JSON",
            Self::Invalid => "Not valid",
            Self::TooManyRequests => "Too many requests",
            Self::Internal => "Internal error",
            Self::Unavailable => "Not available",
        }
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(rename = "FieldError")]
pub struct Fault {
    /// The field in the body, as a JSON pointer: `/messaging/settings/channelId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The parameter in the query: `limit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What is wrong with it, to be read after its name: `is required`.
    pub detail: String,
}

impl Fault {
    /// A field of the body.
    pub fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, detail: detail.into() }
    }

    /// A parameter of the query.
    pub fn parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: None, parameter: Some(name.into()), detail: detail.into() }
    }
}

/// Problem details (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemDocument<'a> {
    /// Which problem it is; does not change with language or wording: `urn:um:problem:name-taken`.
    #[serde(rename = "type")]
    kind: String,
    /// The problem in a few words.
    title: &'a str,
    /// The HTTP status.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// What is wrong in this case, and what to do.
    detail: &'a str,
    /// The fields at fault.
    errors: &'a [Fault],
}

/// An error on its way to the caller.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The sort of problem.
    pub kind: ProblemKind,
    detail: Cow<'static, str>,
    /// The fields at fault.
    pub faults: Vec<Fault>,
    headers: HeaderMap,
}

impl Problem {
    /// A problem in words.
    pub fn new(kind: ProblemKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), faults: Vec::new(), headers: HeaderMap::new() }
    }

    /// Fields that are not valid.
    pub fn invalid(mut faults: Vec<Fault>) -> Self {
        faults.sort();
        faults.dedup();
        faults.truncate(FAULTS_MAX);
        let detail = match faults.as_slice() {
            [Fault { pointer: Some(field), detail, .. }] if !field.is_empty() => format!("{field}: {detail}"),
            [fault] => format!("The document {}", fault.detail),
            several => format!("{} fields are not valid; see errors.", several.len()),
        };
        Self { faults, ..Self::new(ProblemKind::Invalid, detail) }
    }

    /// One field that is not valid.
    pub fn field(pointer: &str, detail: impl Into<String>) -> Self {
        Self::invalid(vec![Fault::at(pointer, detail)])
    }

    /// A parameter of the query that is not valid.
    pub fn parameter(name: &str, detail: &str) -> Self {
        let text = format!("The parameter {name} {detail}.");
        Self { faults: vec![Fault::parameter(name, detail)], ..Self::new(ProblemKind::Malformed, text) }
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(ProblemKind::NotFound, format!("There is no such {what}."))
    }

    /// The token is missing or not good.
    pub fn unauthorized(detail: &'static str) -> Self {
        Self::new(ProblemKind::Unauthorized, detail).challenged()
    }

    /// With the fields at fault.
    pub fn naming(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// With `Retry-After`, in whole seconds, at least one.
    pub fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.with(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// With how to log in.
    pub fn challenged(self) -> Self {
        self.with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Universal Messaging\""))
    }

    /// With a header.
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.kind.status();
        let document = ProblemDocument {
            kind: format!("urn:um:problem:{}", self.kind.word()),
            title: self.kind.title(),
            status: status.as_u16(),
            detail: &self.detail,
            errors: &self.faults,
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut headers = self.headers;
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        (status, headers, body).into_response()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::new(
                ProblemKind::Conflict,
                "Somebody else changed it at the same time. Read it again, and try again.",
            ),
            StoreError::NameTaken => {
                Self::new(ProblemKind::NameTaken, "Another one has this name.").naming(Fault::at("/name", "is taken"))
            }
            StoreError::Aws(_) => {
                tracing::error!(%error, "the store is not available");
                Self::new(ProblemKind::Unavailable, "The store is not available at the moment.")
                    .retry_after(Duration::from_secs(2))
            }
            StoreError::Unreadable(_) | StoreError::Sealed => {
                tracing::error!(%error, "the store holds something unreadable");
                Self::new(ProblemKind::Internal, "Something that is stored cannot be read. The log says what.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_problem_names_its_field() {
        let problem = Problem::invalid(vec![Fault::at("/name", "is required"), Fault::at("/name", "is required")]);
        let response = problem.into_response();
        assert_eq!(response.status(), 422);
        assert_eq!(response.headers()["content-type"], MEDIA_TYPE);
        let body = futures::executor::block_on(axum::body::to_bytes(response.into_body(), 9999)).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "type": "urn:um:problem:invalid", "title": "Not valid", "status": 422, "detail": "/name: is required",
                "errors": [{"pointer": "/name", "detail": "is required"}],
            })
        );
    }

    #[test]
    fn waits_are_whole_seconds() {
        for (wait, seconds) in [(0, "1"), (1, "1"), (999, "1"), (1000, "1"), (1001, "2"), (64_000, "64")] {
            let problem = Problem::new(ProblemKind::TooManyRequests, "").retry_after(Duration::from_millis(wait));
            assert_eq!(problem.into_response().headers()["retry-after"], seconds, "{wait}");
        }
    }
}
