//! Keeps what was said on the way out, for the delivery log: secrets blacked out, bodies cut.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use async_trait::async_trait;
use contract::{
    Clock, Secret, SendError,
    http::{Exchange, Request, Response, Transport},
};
use http::HeaderMap;

/// Longest body that is kept, in bytes.
const BODY_MAX: usize = 4096;
/// Most exchanges kept of one attempt.
const EXCHANGES_MAX: usize = 20;
const BLACK: &str = "■■■";

/// Headers that carry credentials, wherever they go.
const SECRET_HEADERS: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-line-signature",
    "x-hub-signature-256",
    "x-viber-auth-token",
    "x-api-key",
];
/// Field names (in part, lower case) whose values are credentials, in JSON and in forms.
const SECRET_FIELDS: [&str; 5] = ["token", "secret", "password", "assertion", "apikey"];
/// Names that look like credentials and are none: without them a log is hard to follow.
const NOT_SECRET: [&str; 2] = ["token_type", "retry_token"];

/// A transport that records.
pub struct Recorder<'a> {
    inner: &'a dyn Transport,
    clock: &'a Clock,
    secrets: &'a [Secret],
    exchanges: Mutex<Vec<Exchange>>,
}

impl<'a> Recorder<'a> {
    /// Records what goes through `inner`, blacking out `secrets` wherever they appear.
    pub fn new(inner: &'a dyn Transport, clock: &'a Clock, secrets: &'a [Secret]) -> Self {
        Self { inner, clock, secrets, exchanges: Mutex::default() }
    }

    /// What was recorded.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.secrets {
            if secret.expose().len() >= 4 {
                text = text.replace(secret.expose(), BLACK);
            }
        }
        text
    }

    fn headers(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| {
                let value = match value.to_str() {
                    _ if SECRET_HEADERS.contains(&name.as_str()) => BLACK.to_owned(),
                    Ok(value) => self.redact(value),
                    Err(_) => "(binary)".to_owned(),
                };
                (name.to_string(), value)
            })
            .collect()
    }

    fn body(&self, body: &[u8]) -> String {
        if body.is_empty() {
            return String::new();
        }
        let text = match serde_json::from_slice::<serde_json::Value>(body) {
            Ok(mut json) => {
                black_out(&mut json);
                json.to_string()
            }
            Err(_) => match std::str::from_utf8(body) {
                Ok(text) => black_out_form(text),
                Err(_) => return format!("({} bytes)", body.len()),
            },
        };
        let text = self.redact(&text);
        let mut end = BODY_MAX.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        if end < text.len() { format!("{}… ({} bytes)", &text[..end], body.len()) } else { text }
    }
}

fn is_secret_field(name: &str) -> bool {
    let name = name.to_lowercase();
    !NOT_SECRET.contains(&name.as_str()) && SECRET_FIELDS.iter().any(|part| name.contains(part))
}

fn black_out(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                if value.is_string() && is_secret_field(name) {
                    *value = BLACK.into();
                } else {
                    black_out(value);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(black_out),
        _ => {}
    }
}

fn black_out_form(text: &str) -> String {
    if !text.contains('=') || text.contains(char::is_whitespace) {
        return text.to_owned();
    }
    text.split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_secret_field(name) => format!("{name}={BLACK}"),
            _ => pair.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("&")
}

#[async_trait]
impl Transport for Recorder<'_> {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        let at = self.clock.now();
        let line = match request.url.split_once('?') {
            Some((path, query)) => format!("{} {path}?{}", request.method, black_out_form(query)),
            None => format!("{} {}", request.method, request.url),
        };
        let (request_headers, request_body) = (self.headers(&request.headers), self.body(&request.body));
        let started = Instant::now();
        let outcome = self.inner.send(request).await;
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (status, response_headers, response_body) = match &outcome {
            Ok(response) => {
                (Some(response.status.as_u16()), self.headers(&response.headers), self.body(&response.body))
            }
            Err(error) => (None, Vec::new(), self.redact(&error.to_string())),
        };
        let request = self.redact(&line);
        tracing::debug!(request, status, took_ms, "exchange");
        let exchange =
            Exchange { at, request, request_headers, request_body, status, response_headers, response_body, took_ms };
        let mut exchanges = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        if exchanges.len() < EXCHANGES_MAX {
            exchanges.push(exchange);
        }
        outcome
    }

    /// Not kept: it is no exchange with the provider, and its address is a credential.
    async fn download(&self, url: &str, max_bytes: u64) -> Result<contract::Fetched, SendError> {
        self.inner.download(url, max_bytes).await
    }

    fn stands_in(&self) -> bool {
        self.inner.stands_in()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures::executor::block_on;

    use super::*;

    struct Fixed;

    #[async_trait]
    impl Transport for Fixed {
        async fn send(&self, _: Request) -> Result<Response, SendError> {
            Ok(Response::new(200)
                .json(&serde_json::json!({"access_token": "abcdef", "token_type": "bearer", "x": "s3cr3t!"})))
        }
    }

    #[test]
    fn secrets_are_blacked_out_everywhere() {
        let (clock, secrets) = (Clock::fixed(jiff::Timestamp::UNIX_EPOCH), [Secret::new("s3cr3t!")]);
        let recorder = Recorder::new(&Fixed, &clock, &secrets);
        let form = Request::post_form(
            "https://x.test/a?access_token=q1w2&id=1",
            &[("client_secret", "zzzz"), ("id", "s3cr3t!")],
        )
        .bearer("abcdef");
        block_on(recorder.send(form)).unwrap();
        let json = Request::post_json(
            "https://x.test/s3cr3t!",
            &serde_json::json!({"password": "p4ss", "n": [{"Token": "t0k"}]}),
        );
        block_on(recorder.send(json)).unwrap();
        let log = serde_json::to_string(&recorder.exchanges()).unwrap();
        for secret in ["s3cr3t!", "abcdef", "zzzz", "q1w2", "p4ss", "t0k"] {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
        assert!(log.contains("bearer") && log.contains("id=1"));
    }
}
