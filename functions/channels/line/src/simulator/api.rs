//! The Messaging API, as far as a channel needs it. <https://developers.line.biz/en/reference/messaging-api/>

use std::time::Duration;

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use contract::{Content, ReceiptStatus};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use simulation::{Actor, cut};
use uuid::Uuid;

use super::{
    LineSimulator,
    memory::{Accepted, TOKEN_S, line_id},
    rules, screen,
};

/// A request is at most 2 MB.
const LARGEST: usize = 2_000_000;

pub(super) fn router(simulator: LineSimulator) -> Router {
    Router::new().fallback(serve).with_state(simulator)
}

/// Faults first, then the answer.
async fn serve(State(simulator): State<LineSimulator>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_matches('/').to_owned();
    if let Some(id) = path.strip_prefix("_content/") {
        return simulator.show_file(id);
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
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error", None);
    }
    if falls(faults.rate_limit) {
        let mut response = too_many("The API rate limit has been exceeded. Try again later.");
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    }
    if falls(faults.refuse) {
        return refusal(StatusCode::BAD_REQUEST, "The request body has 1 error(s)", Some(("Refused", "messages[0]")));
    }
    // A connection breaks before LINE has heard the request, or after it has done what it was asked: as often.
    if falls(faults.drop / 2.0) {
        return cut();
    }
    let lost = falls(faults.drop / 2.0);
    let response = match to_bytes(body, LARGEST).await {
        Ok(body) => simulator.answer(&parts.method, &path, &parts.headers, &body),
        Err(_) => refusal(StatusCode::PAYLOAD_TOO_LARGE, "The request body exceeds the limit", None),
    };
    if lost { cut() } else { response }
}

impl LineSimulator {
    fn answer(&self, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Response {
        let now = Timestamp::now();
        let segments: Vec<&str> = path.split('/').collect();
        if let (&Method::POST, ["oauth2", "v3", "token"] | ["v2", "oauth", "accessToken"]) =
            (method, segments.as_slice())
        {
            return self.issue(body, now);
        }
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let Some(account) = bearer.and_then(|token| self.memory().bearer(token, now)) else {
            let why = "Authentication failed. Confirm that the access token in the authorization header is valid.";
            return refusal(StatusCode::UNAUTHORIZED, why, None);
        };
        match (method, segments.as_slice()) {
            (&Method::POST, ["bot", "pnp", "push"]) => return self.notify(headers, body),
            (&Method::POST, ["switcher", "v1", "switch"]) => return self.switch(body),
            _ => {}
        }
        let ["v2", "bot", rest @ ..] = segments.as_slice() else { return not_found() };
        match (method, rest) {
            (&Method::POST, ["message", "pnp", "templated", "push"]) => self.notify(headers, body),
            (&Method::POST, ["message", "reply"]) => self.reply(headers, body, now),
            (&Method::POST, ["message", "push"]) => self.push(&account, headers, body),
            (&Method::POST, ["message", "validate", "reply" | "push" | "multicast" | "broadcast" | "narrowcast"]) => {
                match json_of(body).map(|body| rules::faults(&body["messages"])) {
                    Ok(faults) if faults.is_empty() => ok(&json!({})),
                    Ok(faults) => refused(&faults),
                    Err(response) => response,
                }
            }
            (&Method::POST, ["chat", "loading", "start"]) => self.loading(body, now),
            (&Method::POST, ["chat", "markAsRead"]) => self.mark_as_read(body),
            (&Method::GET, ["info"]) => self.info(&account),
            (&Method::GET, ["message", "quota"]) => ok(&match self.memory().quota {
                Some(limit) => json!({ "type": "limited", "value": limit }),
                None => json!({ "type": "none" }),
            }),
            (&Method::GET, ["message", "quota", "consumption"]) => ok(&json!({ "totalUsage": self.memory().pushed })),
            (&Method::GET, ["channel", "webhook", "endpoint"]) => match &self.memory().endpoint {
                Some(endpoint) => ok(&json!({ "endpoint": endpoint, "active": true })),
                None => not_found(),
            },
            (&Method::GET, ["profile", user]) => self.profile(user),
            (&Method::GET, ["group" | "room", _, "member", user]) => self.profile(user),
            (&Method::GET, ["message", id, "content"]) => self.file(id, false),
            (&Method::GET, ["message", id, "content", "transcoding"]) => self.file(id, true),
            _ => not_found(),
        }
    }

    fn issue(&self, body: &[u8], now: Timestamp) -> Response {
        let form = |name: &str| {
            let mut fields = url::form_urlencoded::parse(body);
            fields.find_map(|(key, value)| (key == name).then(|| value.into_owned())).unwrap_or_default()
        };
        if form("grant_type") != "client_credentials" {
            let why = json!({ "error": "unsupported_grant_type", "error_description": "grant_type is not supported" });
            return (StatusCode::BAD_REQUEST, axum::Json(why)).into_response();
        }
        match self.memory().issue(&form("client_id"), &form("client_secret"), now) {
            Some(token) => ok(&json!({ "token_type": "Bearer", "access_token": token, "expires_in": TOKEN_S })),
            None => {
                let why = json!({ "error": "invalid_client", "error_description": "Invalid clientId or clientSecret" });
                (StatusCode::UNAUTHORIZED, axum::Json(why)).into_response()
            }
        }
    }

    fn reply(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Response {
        let body = match json_of(body) {
            Ok(body) => body,
            Err(response) => return response,
        };
        if headers.contains_key("x-line-retry-key") {
            return refusal(StatusCode::BAD_REQUEST, "The retry key is not supported by this API", None);
        }
        let faults = rules::faults(&body["messages"]);
        if !faults.is_empty() {
            return refused(&faults);
        }
        let token = body["replyToken"].as_str().unwrap_or_default();
        let guest = {
            let mut memory = self.memory();
            let Some(guest) = memory.replies_to(token, now) else {
                return refusal(StatusCode::BAD_REQUEST, "Invalid reply token", None);
            };
            memory.spend(token);
            guest
        };
        let ids = self.deliver(&guest, &body["messages"], json!({ "via": "reply" }));
        sent(StatusCode::OK, &ids, &Uuid::new_v4().to_string())
    }

    fn push(&self, account: &str, headers: &HeaderMap, body: &[u8]) -> Response {
        let body = match json_of(body) {
            Ok(body) => body,
            Err(response) => return response,
        };
        let key = headers.get("x-line-retry-key").and_then(|key| key.to_str().ok());
        if key.is_some_and(|key| Uuid::try_parse(key).is_err()) {
            return refusal(StatusCode::BAD_REQUEST, "Invalid retry key", None);
        }
        let to = body["to"].as_str().unwrap_or_default();
        if !to.starts_with(['U', 'C', 'R']) {
            let why = "The property, 'to', in the request body is invalid (line: -, column: -)";
            return refusal(StatusCode::BAD_REQUEST, why, None);
        }
        let faults = rules::faults(&body["messages"]);
        if !faults.is_empty() {
            return refused(&faults);
        }
        let request_id = Uuid::new_v4().to_string();
        let place = key.map(|key| (account.to_owned(), key.to_ascii_lowercase()));
        {
            let mut memory = self.memory();
            if let Some(earlier) = place.as_ref().and_then(|place| memory.accepted.get(place)) {
                return conflict(earlier);
            }
            if memory.quota.is_some_and(|limit| memory.pushed >= limit) {
                return too_many("You have reached your monthly limit.");
            }
            memory.pushed += 1;
            if let Some(place) = &place {
                // Taken before it is shown, so that the same key at the same time is shown once.
                let accepted = Accepted { request_id: request_id.clone(), message_ids: Vec::new() };
                memory.accepted.insert(place.clone(), accepted);
            }
        }
        let ids = self.deliver(to, &body["messages"], json!({ "via": "push", "retryKey": key }));
        if let Some(place) = place
            && let Some(accepted) = self.memory().accepted.get_mut(&place)
        {
            accepted.message_ids.clone_from(&ids);
        }
        sent(StatusCode::OK, &ids, &request_id)
    }

    /// A message to a telephone number. <https://developers.line.biz/en/docs/partner-docs/line-notification-messages/>
    fn notify(&self, headers: &HeaderMap, body: &[u8]) -> Response {
        let body = match json_of(body) {
            Ok(body) => body,
            Err(response) => return response,
        };
        let tag = headers.get("x-line-delivery-tag").and_then(|tag| tag.to_str().ok());
        if tag.is_some_and(|tag| !(16..=100).contains(&tag.len())) {
            return refusal(StatusCode::BAD_REQUEST, "Invalid delivery tag", None);
        }
        if headers.contains_key("x-line-retry-key") {
            return refusal(StatusCode::BAD_REQUEST, "The retry key is not supported by this API", None);
        }
        let templated = body["templateKey"].is_string();
        let messages = match templated {
            true => json!([{ "type": "text", "text": body["body"].to_string() }]),
            false => body["messages"].clone(),
        };
        let faults = rules::faults(&messages);
        if !faults.is_empty() {
            return refused(&faults);
        }
        let media = |message: &Value| matches!(message["type"].as_str(), Some("image" | "video" | "audio"));
        if messages.as_array().is_some_and(|messages| messages.iter().any(media)) {
            return refusal(StatusCode::BAD_REQUEST, "The message type is not supported by this API", None);
        }
        let to = body["to"].as_str().unwrap_or_default();
        let Some(guest) = self.memory().numbers.get(to).cloned() else {
            return refusal(StatusCode::UNPROCESSABLE_ENTITY, "Failed to send messages", None);
        };
        self.deliver(&guest, &messages, json!({ "via": "notification", "deliveryTag": tag }));
        let status = if templated { StatusCode::ACCEPTED } else { StatusCode::OK };
        (status, axum::Json(json!({}))).into_response()
    }

    /// Assumed: LINE tells its partners only.
    fn switch(&self, body: &[u8]) -> Response {
        let body = match json_of(body) {
            Ok(body) => body,
            Err(response) => return response,
        };
        let (Some(user), Some(destination)) = (body["userId"].as_str(), body["destinationId"].as_str()) else {
            return refusal(StatusCode::BAD_REQUEST, "userId and destinationId are required", None);
        };
        let mut memory = self.memory();
        let guest = memory.numbers.get(user).cloned().or_else(|| user.starts_with('U').then(|| user.to_owned()));
        let Some(guest) = guest else { return not_found() };
        memory.switched.insert(guest, destination.to_owned());
        ok(&json!({}))
    }

    /// Puts messages on the guest's screen. LINE takes messages for a guest who blocked the account, and drops them.
    fn deliver(&self, guest: &str, messages: &Value, detail: Value) -> Vec<String> {
        let mut ids = Vec::new();
        for message in messages.as_array().into_iter().flatten() {
            let (id, blocked) = {
                let mut memory = self.memory();
                let id = memory.message_id();
                memory.shown.insert(id.clone(), message.clone());
                if memory.shown.len() > 5_000 {
                    memory.shown.pop_first();
                }
                (id, memory.blocked.contains(guest))
            };
            if !blocked {
                for (part, content) in screen::contents(message).into_iter().enumerate() {
                    let id = if part == 0 { id.clone() } else { format!("{id}-{part}") };
                    self.show(guest, &id, Actor::There, content, None, detail.clone());
                }
            }
            ids.push(id);
        }
        ids
    }

    fn loading(&self, body: &[u8], now: Timestamp) -> Response {
        let body = match json_of(body) {
            Ok(body) => body,
            Err(response) => return response,
        };
        let chat = body["chatId"].as_str().unwrap_or_default();
        let seconds = body["loadingSeconds"].as_u64().unwrap_or(20);
        if !chat.starts_with('U') {
            return refusal(StatusCode::BAD_REQUEST, "The property, 'chatId', in the request body is invalid", None);
        }
        if !(5..=60).contains(&seconds) || !seconds.is_multiple_of(5) {
            return refusal(
                StatusCode::BAD_REQUEST,
                "The property, 'loadingSeconds', in the request body is invalid",
                None,
            );
        }
        let typing = Content::Typing { on: true, duration_ms: Some(seconds * 1_000) };
        self.show(chat, &format!("typing-{}", now.as_millisecond()), Actor::There, typing, None, Value::Null);
        (StatusCode::ACCEPTED, axum::Json(json!({}))).into_response()
    }

    fn mark_as_read(&self, body: &[u8]) -> Response {
        let body = match json_of(body) {
            Ok(body) => body,
            Err(response) => return response,
        };
        let found = self.memory().unread.remove(body["markAsReadToken"].as_str().unwrap_or_default());
        if let Some((_, id)) = found {
            self.stage.mark(&id, ReceiptStatus::Read, None);
        }
        ok(&json!({}))
    }

    fn info(&self, account: &str) -> Response {
        let memory = self.memory();
        let basic_id = memory.accounts.get(account).map_or("@unknown", |account| &account.basic_id);
        ok(&json!({
            "userId": line_id('U', account),
            "basicId": basic_id,
            "displayName": "Demo account",
            "chatMode": "bot",
            "markAsReadMode": "manual",
        }))
    }

    fn profile(&self, user: &str) -> Response {
        if !user.starts_with('U') || self.memory().blocked.contains(user) {
            return not_found();
        }
        ok(&json!({ "userId": user, "displayName": screen::nickname(user), "language": "en" }))
    }

    fn file(&self, id: &str, transcoding: bool) -> Response {
        let mut memory = self.memory();
        let Some(file) = memory.files.get_mut(id) else { return not_found() };
        let ready = std::mem::replace(&mut file.asked, true);
        if transcoding {
            return ok(&json!({ "status": if ready { "succeeded" } else { "processing" } }));
        }
        if !ready && (file.mime.starts_with("video/") || file.mime.starts_with("audio/")) {
            return StatusCode::ACCEPTED.into_response();
        }
        ([(header::CONTENT_TYPE, file.mime.clone())], file.bytes.clone()).into_response()
    }

    /// For the playground alone: the guest's own telephone shows what it sent.
    fn show_file(&self, id: &str) -> Response {
        match self.memory().files.get(id) {
            Some(file) => ([(header::CONTENT_TYPE, file.mime.clone())], file.bytes.clone()).into_response(),
            None => not_found(),
        }
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Json(Value);

fn json_of(body: &[u8]) -> Result<Value, Response> {
    match serde_json::from_slice(body) {
        Ok(Json(value)) => Ok(value),
        Err(error) => {
            let why = format!(
                "The request body could not be parsed as JSON (line: {}, column: {})",
                error.line(),
                error.column()
            );
            Err(refusal(StatusCode::BAD_REQUEST, &why, None))
        }
    }
}

fn ok(body: &Value) -> Response {
    let id = Uuid::new_v4().to_string();
    ([("x-line-request-id", id)], axum::Json(body)).into_response()
}

fn sent(status: StatusCode, ids: &[String], request_id: &str) -> Response {
    let messages: Vec<Value> = ids.iter().map(|id| json!({ "id": id, "quoteToken": format!("quote-{id}") })).collect();
    let headers = [("x-line-request-id", request_id.to_owned())];
    (status, headers, axum::Json(json!({ "sentMessages": messages }))).into_response()
}

fn conflict(earlier: &Accepted) -> Response {
    let messages: Vec<Value> = earlier.message_ids.iter().map(|id| json!({ "id": id })).collect();
    let headers =
        [("x-line-request-id", Uuid::new_v4().to_string()), ("x-line-accepted-request-id", earlier.request_id.clone())];
    let body = json!({ "message": "The retry key is already accepted", "sentMessages": messages });
    (StatusCode::CONFLICT, headers, axum::Json(body)).into_response()
}

fn refused(faults: &[rules::Fault]) -> Response {
    let details: Vec<Value> =
        faults.iter().map(|fault| json!({ "message": fault.message, "property": fault.property })).collect();
    let body = json!({ "message": format!("The request body has {} error(s)", faults.len()), "details": details });
    (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
}

fn refusal(status: StatusCode, message: &str, detail: Option<(&str, &str)>) -> Response {
    let mut body = json!({ "message": message });
    if let Some((message, property)) = detail {
        body["details"] = json!([{ "message": message, "property": property }]);
    }
    (status, axum::Json(body)).into_response()
}

fn too_many(message: &str) -> Response {
    refusal(StatusCode::TOO_MANY_REQUESTS, message, None)
}

fn not_found() -> Response {
    refusal(StatusCode::NOT_FOUND, "Not found", None)
}

/// From 0 up to 1.
fn random() -> f64 {
    (Uuid::new_v4().as_u128() >> 74) as f64 / (1_u64 << 54) as f64
}
