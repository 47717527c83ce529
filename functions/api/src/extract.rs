//! What handlers take from a request. A request that cannot be read is answered with a problem that says where.

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Path, Request},
};
use contract::{StorageId, TenantId};
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{Fault, Problem, ProblemKind};

/// The address a request came from, as API Gateway saw it.
#[derive(Clone, Debug)]
pub struct SourceAddress(pub String);

/// Longest body, in bytes.
pub const BODY_MAX: usize = 256 * 1024;
/// What a `PATCH` takes: a JSON merge patch (RFC 7396), also under the name of plain JSON.
pub const MERGE_PATCH: &str = "application/merge-patch+json";

/// A body of JSON.
pub struct JsonBody(pub Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let patch = request.method() == Method::PATCH;
        let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = media_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        let known =
            essence.eq_ignore_ascii_case("application/json") || patch && essence.eq_ignore_ascii_case(MERGE_PATCH);
        if !known {
            let problem = Problem::new(
                ProblemKind::UnsupportedMediaType,
                "The body must be JSON, and the header Content-Type must say so: application/json.",
            );
            return Err(if patch {
                problem.with(header::HeaderName::from_static("accept-patch"), HeaderValue::from_static(MERGE_PATCH))
            } else {
                problem
            });
        }
        parse(&read(request.into_body()).await?).map(Self)
    }
}

async fn read(body: Body) -> Result<bytes::Bytes, Problem> {
    let too_large =
        |_| Problem::new(ProblemKind::TooLarge, format!("The body may have {} KiB at most.", BODY_MAX / 1024));
    // A body in memory fails for one reason only: it is longer.
    axum::body::to_bytes(body, BODY_MAX).await.map_err(too_large)
}

fn parse(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        // Syntax errors tell what was expected and where, nothing of what was there.
        let detail =
            if body.is_empty() { "The body is empty.".to_owned() } else { format!("The body is not JSON: {error}.") };
        Problem::new(ProblemKind::Malformed, detail)
    })
}

/// A body of JSON of a known shape, for what needs no more than that: names the first field at fault.
pub struct Typed<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Typed<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let JsonBody(body) = JsonBody::from_request(request, state).await?;
        typed(&body).map(Self)
    }
}

/// Reads a document, naming the field at fault. Never repeats what the field holds: it may be a password.
pub fn typed<T: DeserializeOwned>(document: &Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(document).map_err(|error| {
        use serde_path_to_error::Segment::{Enum, Map, Seq, Unknown};
        let mut pointer = String::new();
        for segment in error.path() {
            match segment {
                Seq { index } => pointer.push_str(&format!("/{index}")),
                Map { key: name } | Enum { variant: name } => pointer.push_str(&format!("/{}", escape(name))),
                Unknown => {}
            }
        }
        let message = error.inner().to_string();
        let detail = if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next())
        {
            pointer.push_str(&format!("/{}", escape(name)));
            "is required"
        } else if message.starts_with("unknown field") {
            "is not known here"
        } else {
            "is not of the right type"
        };
        Problem::field(&pointer, detail)
    })
}

/// A name as a segment of a JSON pointer.
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// An id in the path that can be one at all.
pub struct Id<T>(pub T);

impl<S: Send + Sync> FromRequestParts<S> for Id<TenantId> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        plausible(parts, state).await.map(Self).ok_or_else(|| Problem::not_found("tenant"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Id<StorageId> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = plausible(parts, state).await.ok_or_else(|| Problem::not_found("storage"))?;
        Ok(Self(StorageId::new(id.as_str())))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Id<String> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(text)| Self(text)).map_err(|_| Problem::not_found("address"))
    }
}

async fn plausible<S: Send + Sync>(parts: &mut Parts, state: &S) -> Option<TenantId> {
    let Path(text) = Path::<String>::from_request_parts(parts, state).await.ok()?;
    TenantId::parse(&text)
}

/// Parameters of the query.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        axum::extract::Query::try_from_uri(&parts.uri).map(|axum::extract::Query(query)| Self(query)).map_err(
            |rejection| {
                // "Failed to deserialize query string: limit: invalid digit found in string"
                let text = rejection.body_text();
                let name = text.split(": ").nth(1).unwrap_or("query");
                Problem::parameter(name, "is not valid")
            },
        )
    }
}

/// Whether the caller only wants to know what would happen.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct DryRun {
    /// Only says what would happen: validates, tries the credentials, stores nothing.
    #[param(required = false)]
    pub dry_run: bool,
}

/// The version of a record that a change is meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Whichever there is.
    Any,
    /// One of these.
    Versions(Vec<u64>),
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self::read(&parts.headers))
    }
}

impl IfMatch {
    fn read(headers: &HeaderMap) -> Self {
        let mut tags = headers.get_all(header::IF_MATCH).iter().filter_map(|value| value.to_str().ok()).peekable();
        if tags.peek().is_none() {
            return Self::Any;
        }
        let mut versions = Vec::new();
        for tag in tags.flat_map(|tags| tags.split(',')).map(str::trim) {
            if tag == "*" {
                return Self::Any;
            }
            // A weak tag never matches here (RFC 9110, 13.1.1), and neither does one that is not ours.
            versions.extend(
                tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|tag| tag.parse::<u64>().ok()),
            );
        }
        Self::Versions(versions)
    }

    /// Refuses a version that is not meant.
    pub fn check(&self, version: u64) -> Result<(), Problem> {
        match self {
            Self::Versions(versions) if !versions.contains(&version) => Err(Problem::new(
                ProblemKind::VersionMismatch,
                format!(
                    "It was changed since you read it: it is version {version} by now. Read it again, and try again."
                ),
            )),
            Self::Any | Self::Versions(_) => Ok(()),
        }
    }
}

/// A version as an entity tag.
pub fn etag(version: u64) -> (header::HeaderName, HeaderValue) {
    let value = HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""));
    (header::ETAG, value)
}

/// Refuses a query's parameter that is out of range.
pub fn in_range(name: &str, value: u32, range: std::ops::RangeInclusive<u32>) -> Result<u32, Problem> {
    if range.contains(&value) {
        Ok(value)
    } else {
        Err(Problem::parameter(name, &format!("must be from {} to {}", range.start(), range.end())))
    }
}

/// The document must be an object.
pub fn object(document: Value) -> Result<serde_json::Map<String, Value>, Problem> {
    match document {
        Value::Object(fields) => Ok(fields),
        _ => Err(Problem::invalid(vec![Fault::at("", "must be an object")])),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_are_matched_as_http_says() {
        for (label, sent, good) in [
            ("none", &[][..], true),
            ("any", &["*"], true),
            ("this", &["\"3\""], true),
            ("one of several", &["\"1\", \"3\""], true),
            ("several headers", &["\"1\"", "\"3\""], true),
            ("another", &["\"2\""], false),
            ("weak", &["W/\"3\""], false),
            ("not quoted", &["3"], false),
            ("nonsense", &["\"x\""], false),
        ] {
            let mut headers = HeaderMap::new();
            for tag in sent {
                headers.append(header::IF_MATCH, HeaderValue::from_static(tag));
            }
            assert_eq!(IfMatch::read(&headers).check(3).is_ok(), good, "{label}");
        }
    }

    #[test]
    fn fields_are_named_and_not_repeated() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(dead_code)]
        struct Login {
            user: String,
            password: String,
        }
        for (label, body, pointer, detail) in [
            ("missing", json!({"user": "admin"}), "/password", "is required"),
            ("number", json!({"user": "admin", "password": 12345}), "/password", "is not of the right type"),
            ("unknown", json!({"user": "a", "password": "b", "pass/word": 1}), "/pass~1word", "is not known here"),
            ("array", json!([]), "/user", "is required"),
            ("text", json!("s3cr3t"), "", "is not of the right type"),
        ] {
            let problem = typed::<Login>(&body).unwrap_err();
            if label != "array" {
                assert_eq!(problem.faults, [Fault::at(pointer, detail)], "{label}");
            }
            let text = format!("{problem:?}");
            assert!(!text.contains("12345") && !text.contains("s3cr3t"), "{label}: {text}");
        }
    }

    #[test]
    fn malformed_json_is_located() {
        for (label, body, part) in [
            ("empty", &b""[..], "empty"),
            ("cut", b"{\"a\":", "line 1 column 5"),
            ("not UTF-8", b"{\"a\":\"\xff\"}", "line 1"),
            ("deep", "[".repeat(5000).as_bytes(), "recursion limit"),
        ] {
            let problem = parse(body).unwrap_err();
            assert_eq!(problem.kind, ProblemKind::Malformed);
            assert!(format!("{problem:?}").contains(part), "{label}: {problem:?}");
        }
    }
}
