//! The Web API, as far as a channel needs it, and the consent page. <https://docs.slack.dev/reference/methods>

use std::time::Duration;

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use simulation::cut;

use super::{BOT, SlackSimulator, WORKSPACE, WORKSPACE_NAME, memory, screen};

/// The largest body.
const LARGEST: usize = 60 << 20;

pub(super) fn router(simulator: SlackSimulator) -> Router {
    Router::new().fallback(serve).with_state(simulator)
}

/// Faults first, then the answer.
async fn serve(State(simulator): State<SlackSimulator>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_matches('/').to_owned();
    if let Some(id) = path.strip_prefix("_content/") {
        return simulator.show_file(id);
    }
    if path == "oauth/v2/authorize" {
        return simulator.consent(&parts.uri);
    }
    let faults = simulator.stage.faults();
    if faults.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(faults.delay_ms)).await;
    }
    let mut dice = random();
    let mut falls = |share: f64| {
        dice -= share;
        dice < 0.0
    };
    if falls(faults.error) {
        return (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(json!({ "ok": false, "error": "internal_error" })))
            .into_response();
    }
    if falls(faults.rate_limit) {
        let mut response = refusal("ratelimited");
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    }
    if falls(faults.refuse) {
        return refusal("invalid_arguments");
    }
    // A connection breaks before Slack has heard the request, or after it has done what it was asked: as often.
    if falls(faults.drop / 2.0) {
        return cut();
    }
    let lost = falls(faults.drop / 2.0);
    let response = match to_bytes(body, LARGEST).await {
        Ok(body) => simulator.answer(&parts.method, &path, &parts.uri, &parts.headers, body),
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    };
    if lost { cut() } else { response }
}

impl SlackSimulator {
    fn answer(&self, method: &Method, path: &str, uri: &Uri, headers: &HeaderMap, body: bytes::Bytes) -> Response {
        if let Some(id) = path.strip_prefix("upload/v1/") {
            return if *method == Method::POST { self.uploaded(id, body) } else { not_found() };
        }
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if path == "api/oauth.v2.access" {
            return self.access(given, &arguments(headers, uri, &body));
        }
        let token = given.strip_prefix("Bearer ").unwrap_or_default();
        let good = self.memory().tokens.contains(token);
        if let Some(rest) = path.strip_prefix("files-pri/") {
            return self.private(rest, good);
        }
        let Some(name) = path.strip_prefix("api/") else { return not_found() };
        if !good {
            return refusal(if token.is_empty() { "not_authed" } else { "invalid_auth" });
        }
        let arguments = arguments(headers, uri, &body);
        let text = |name: &str| arguments[name].as_str().unwrap_or_default();
        match name {
            "auth.test" => ok(
                json!({ "team": WORKSPACE_NAME, "team_id": WORKSPACE, "user": "demo", "user_id": BOT, "bot_id": "B0DEMO" }),
            ),
            "auth.revoke" => {
                self.memory().tokens.remove(token);
                ok(json!({ "revoked": true }))
            }
            "team.info" => ok(json!({ "team": { "id": WORKSPACE, "name": WORKSPACE_NAME, "domain": "demo" } })),
            "users.info" => user(text("user")),
            "conversations.open" => match text("users") {
                user if user.starts_with('U') => ok(json!({ "channel": { "id": memory::direct(user) } })),
                _ => refusal("users_not_found"),
            },
            "conversations.history" | "conversations.replies" => {
                self.history(text("channel"), text("ts"), text("oldest"))
            }
            "chat.postMessage" => self.post(&arguments),
            "chat.update" => self.update(&arguments),
            "chat.delete" => self.take_back(&arguments),
            "files.getUploadURLExternal" => self.announce(text("filename"), text("length")),
            "files.completeUploadExternal" => self.complete(&arguments),
            "files.info" => self.file_info(text("file")),
            _ => refusal("unknown_method"),
        }
    }

    fn access(&self, given: &str, arguments: &Value) -> Response {
        let text = |name: &str| arguments[name].as_str().unwrap_or_default();
        let basic = given.strip_prefix("Basic ").and_then(|pair| STANDARD.decode(pair).ok());
        let basic = basic.and_then(|pair| String::from_utf8(pair).ok()).unwrap_or_default();
        let (client, secret) = basic.split_once(':').unwrap_or((text("client_id"), text("client_secret")));
        let mut memory = self.memory();
        let Some(app) = memory.apps.get(client) else { return refusal("invalid_client_id") };
        if app.secret != secret {
            return refusal("bad_client_secret");
        }
        let id = app.id.clone();
        match memory.redeem(text("code"), client, text("redirect_uri")) {
            None => refusal("invalid_code"),
            Some(token) => ok(json!({
                "app_id": id, "access_token": token, "token_type": "bot", "scope": "chat:write", "bot_user_id": BOT,
                "team": { "id": WORKSPACE, "name": WORKSPACE_NAME }, "enterprise": null,
                "is_enterprise_install": false, "authed_user": { "id": "U0GUEST0001" },
            })),
        }
    }

    /// Slack's consent page, for a person with a browser.
    fn consent(&self, uri: &Uri) -> Response {
        let query = |name: &str| {
            let mut fields = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
            fields.find_map(|(key, value)| (key == name).then(|| value.into_owned())).unwrap_or_default()
        };
        let (address, state) = (query("redirect_uri"), query("state"));
        let code = self.memory().code(&query("client_id"), &address);
        let to = |parameters: &[(&str, &str)]| {
            url::Url::parse_with_params(&address, parameters)
                .map(|url| url.as_str().replace('&', "&amp;"))
                .unwrap_or_default()
        };
        let (yes, no) =
            (to(&[("code", &code), ("state", &state)]), to(&[("error", "access_denied"), ("state", &state)]));
        Html(format!(
            "<!doctype html><meta charset=\"utf-8\"><title>Slack (simulated)</title><h1>Install the app in {WORKSPACE_NAME}?\
             </h1><p><a href=\"{yes}\">Allow</a> <a href=\"{no}\">Cancel</a></p>"
        ))
        .into_response()
    }

    fn history(&self, channel: &str, thread: &str, oldest: &str) -> Response {
        let memory = self.memory();
        let messages: Vec<&Value> = memory
            .messages
            .iter()
            .filter(|((at, ts), message)| {
                at == channel && ts.as_str() > oldest && (thread.is_empty() || message["thread_ts"] == thread)
            })
            .map(|(_, message)| message)
            .collect();
        ok(json!({ "messages": messages, "has_more": false }))
    }
}

fn user(id: &str) -> Response {
    if !id.starts_with('U') {
        return refusal("user_not_found");
    }
    let name = screen::nickname(id);
    ok(json!({ "user": {
        "id": id, "team_id": WORKSPACE, "name": id.to_lowercase(), "real_name": name, "is_bot": false,
        "profile": {
            "display_name": name, "real_name": name, "first_name": "Guest", "last_name": id.get(7..).unwrap_or(id),
            "email": format!("{}@demo.example", id.to_lowercase()),
        },
    } }))
}

/// A call's arguments: JSON, a form, or the query.
fn arguments(headers: &HeaderMap, uri: &Uri, body: &[u8]) -> Value {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        return serde_json::from_slice(body).unwrap_or_default();
    }
    let fields = url::form_urlencoded::parse(body)
        .chain(url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()));
    Value::Object(
        fields.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect::<Map<_, _>>(),
    )
}

pub(super) fn ok(mut body: Value) -> Response {
    body["ok"] = true.into();
    axum::Json(body).into_response()
}

/// Slack refuses with 200.
pub(super) fn refusal(word: &str) -> Response {
    axum::Json(json!({ "ok": false, "error": word })).into_response()
}

pub(super) fn not_found() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

/// From 0 to 1.
fn random() -> f64 {
    let mut bytes = [0u8; 4];
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}
