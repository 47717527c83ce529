//! API Gateway's HTTP API: routes of the template, events of payload format 2.0, answers back.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, request::Parts};
use serde_json::{Value, json};

use crate::stack::{Deployed, Running};

/// What API Gateway passes on to Lambda at most, in bytes.
pub const BODY_MAX: usize = 6 << 20;

/// A route that matches, with what its path's placeholders stand for.
pub struct Matched<'a> {
    pub function: &'a Running,
    pub route: String,
    pub parameters: BTreeMap<String, String>,
}

/// What the routes say to a path.
pub enum Lookup<'a> {
    /// This function.
    Found(Matched<'a>),
    /// No route at all has the path and method.
    None,
}

/// Finds the route: the one with the most literal segments wins.
pub fn lookup<'a>(deployed: &'a Deployed, method: &Method, path: &str) -> Lookup<'a> {
    let mut best: Option<(usize, Matched<'a>)> = None;
    for function in deployed.functions() {
        for route in &function.described.routes {
            if route.method != "ANY" && route.method != method.as_str() {
                continue;
            }
            let Some((literals, parameters)) = matches(&route.path, path) else { continue };
            if best.as_ref().is_none_or(|(most, _)| literals > *most) {
                let key = format!("{} {}", route.method, route.path);
                best = Some((literals, Matched { function, route: key, parameters }));
            }
        }
    }
    best.map_or(Lookup::None, |(_, matched)| Lookup::Found(matched))
}

/// How many segments match literally, and the placeholders' values.
fn matches(pattern: &str, path: &str) -> Option<(usize, BTreeMap<String, String>)> {
    let mut parameters = BTreeMap::new();
    let mut literals = 0;
    let mut wanted = pattern.trim_matches('/').split('/');
    let mut given = path.trim_start_matches('/').split('/').peekable();
    for segment in wanted.by_ref() {
        let placeholder = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        match placeholder {
            Some(name) if name.ends_with('+') => {
                let rest: Vec<&str> = given.by_ref().collect();
                if rest.is_empty() || rest[0].is_empty() {
                    return None;
                }
                parameters.insert(name.trim_end_matches('+').to_owned(), rest.join("/"));
            }
            Some(name) => {
                let value = given.next().filter(|value| !value.is_empty())?;
                parameters.insert(name.to_owned(), value.to_owned());
            }
            None if given.next() == Some(segment) => literals += 1,
            None => return None,
        }
    }
    given.next().is_none().then_some((literals, parameters))
}

/// Calls the function of a route.
pub async fn call(matched: &Matched<'_>, parts: &Parts, body: &Bytes) -> Response {
    if body.len() > BODY_MAX {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    }
    match matched.function.invoke(event(matched, parts, body)).await {
        Ok(answer) => response(&answer),
        Err(error) => {
            tracing::error!(function = matched.function.described.name, error, "invocation failed");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    }
}

/// The answer for what no route matches.
pub fn not_found() -> Response {
    plain(StatusCode::NOT_FOUND, "Not Found")
}

/// As API Gateway itself answers.
fn plain(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(json!({ "message": message }))).into_response()
}

fn event(matched: &Matched<'_>, parts: &Parts, body: &Bytes) -> Value {
    let (text, base64) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (BASE64_STANDARD.encode(body), true),
    };
    let headers: BTreeMap<&str, String> =
        parts.headers.keys().map(|name| (name.as_str(), joined(&parts.headers, name))).collect();
    let now = jiff::Timestamp::now();
    let source = parts
        .extensions
        .get::<axum::extract::ConnectInfo<std::net::SocketAddr>>()
        .map_or_else(|| "127.0.0.1".to_owned(), |info| info.0.ip().to_string());
    let path = parts.uri.path();
    json!({
        "version": "2.0",
        "routeKey": matched.route,
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers,
        "pathParameters": matched.parameters,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": headers.get("host").map_or("localhost", String::as_str),
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source,
                "userAgent": headers.get("user-agent").map_or("", String::as_str),
            },
            "requestId": uuid::Uuid::new_v4().to_string(),
            "routeKey": matched.route,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S %z").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "body": text,
        "isBase64Encoded": base64,
    })
}

fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<String> =
        headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
    values.join(",")
}

fn response(answer: &Value) -> Response {
    let status = answer["statusCode"].as_u64().and_then(|code| StatusCode::from_u16(u16::try_from(code).ok()?).ok());
    let text = answer["body"].as_str().unwrap_or_default();
    let body = if answer["isBase64Encoded"] == true {
        BASE64_STANDARD.decode(text).unwrap_or_default()
    } else {
        text.as_bytes().to_vec()
    };
    let mut response = (status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body).into_response();
    let headers = response.headers_mut();
    // axum guesses a content type from the body's Rust type; the function said what it is, or that there is none.
    headers.remove(http::header::CONTENT_TYPE);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        if let (Ok(name), Some(Ok(value))) = (HeaderName::try_from(name), value.as_str().map(HeaderValue::from_str)) {
            headers.insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        for (pattern, path, expected) in [
            ("/line/{tenantId}", "/line/t1", Some((1, vec![("tenantId", "t1")]))),
            ("/line/{tenantId}", "/line/", None),
            ("/line/{tenantId}", "/line/t1/x", None),
            ("/api/v1/tenants", "/api/v1/tenants", Some((3, vec![]))),
            ("/website/{proxy+}", "/website/a/b", Some((1, vec![("proxy", "a/b")]))),
            ("/website/{proxy+}", "/website/", None),
        ] {
            let expected = expected.map(|(literals, parameters)| {
                (literals, parameters.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
            });
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
