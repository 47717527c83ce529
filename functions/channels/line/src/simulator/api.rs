//! The Messaging API, as far as a channel needs it. <https://developers.line.biz/en/reference/messaging-api/>

use simulation::prelude::*;
use uuid::Uuid;

use super::{
    State,
    memory::{Accepted, TOKEN_S, line_id},
    rules, screen,
};

/// An answer, or a refusal.
type Answer = Result<Response, Response>;

pub(super) fn call(state: &mut State, call: &ProviderCall) -> Answer {
    let segments = call.segments();
    if let ("POST", ["oauth2", "v3", "token"] | ["v2", "oauth", "accessToken"]) = (call.method(), segments.as_slice()) {
        return Ok(issue(state, call));
    }
    let now = state.now();
    let Some(account) = call.bearer().and_then(|token| state.memory.bearer(token, now)) else {
        let why = "Authentication failed. Confirm that the access token in the authorization header is valid.";
        return Err(refusal(401, why));
    };
    match (call.method(), segments.as_slice()) {
        ("POST", ["bot", "pnp", "push"]) => return notify(state, call),
        ("POST", ["switcher", "v1", "switch"]) => return switch(state, call),
        _ => {}
    }
    let ["v2", "bot", rest @ ..] = segments.as_slice() else { return Err(not_found()) };
    match (call.method(), rest) {
        ("POST", ["message", "pnp", "templated", "push"]) => notify(state, call),
        ("POST", ["message", "reply"]) => reply(state, call),
        ("POST", ["message", "push"]) => push(state, &account, call),
        ("POST", ["message", "validate", "reply" | "push" | "multicast" | "broadcast" | "narrowcast"]) => {
            check(&json_of(call)?["messages"])?;
            Ok(ok(state, &json!({})))
        }
        ("POST", ["chat", "loading", "start"]) => loading(state, call),
        ("POST", ["chat", "markAsRead"]) => mark_as_read(state, call),
        ("GET", ["info"]) => Ok(info(state, &account)),
        ("GET", ["message", "quota"]) => {
            let quota = match state.memory.quota {
                Some(limit) => json!({ "type": "limited", "value": limit }),
                None => json!({ "type": "none" }),
            };
            Ok(ok(state, &quota))
        }
        ("GET", ["message", "quota", "consumption"]) => {
            let used = json!({ "totalUsage": state.memory.pushed });
            Ok(ok(state, &used))
        }
        ("GET", ["channel", "webhook", "endpoint"]) => {
            let endpoint = state.memory.endpoint.clone().ok_or_else(not_found)?;
            Ok(ok(state, &json!({ "endpoint": endpoint, "active": true })))
        }
        ("GET", ["profile", user]) => profile(state, user),
        ("GET", ["group" | "room", _, "member", user]) => profile(state, user),
        ("GET", ["message", id, "content"]) => file(state, id, false),
        ("GET", ["message", id, "content", "transcoding"]) => file(state, id, true),
        _ => Err(not_found()),
    }
}

fn issue(state: &mut State, call: &ProviderCall) -> Response {
    if call.form("grant_type") != "client_credentials" {
        let why = json!({ "error": "unsupported_grant_type", "error_description": "grant_type is not supported" });
        return Response::new(400).json(&why);
    }
    let (now, token) = (state.now(), format!("stateless-{}", state.ids.hex()));
    match state.memory.issue(&call.form("client_id"), &call.form("client_secret"), token, now) {
        Some(token) => ok(state, &json!({ "token_type": "Bearer", "access_token": token, "expires_in": TOKEN_S })),
        None => {
            let why = json!({ "error": "invalid_client", "error_description": "Invalid clientId or clientSecret" });
            Response::new(401).json(&why)
        }
    }
}

fn reply(state: &mut State, call: &ProviderCall) -> Answer {
    let body = json_of(call)?;
    if call.headers.contains_key("x-line-retry-key") {
        return Err(refusal(400, "The retry key is not supported by this API"));
    }
    check(&body["messages"])?;
    let (now, token) = (state.now(), body["replyToken"].as_str().unwrap_or_default());
    let guest = state.memory.replies_to(token, now).ok_or_else(|| refusal(400, "Invalid reply token"))?;
    state.memory.spend(token);
    let ids = deliver(state, &guest, &body["messages"], &json!({ "via": "reply" }));
    let request_id = state.ids.text();
    Ok(sent(&ids, &request_id))
}

fn push(state: &mut State, account: &str, call: &ProviderCall) -> Answer {
    let body = json_of(call)?;
    let key = call.header("x-line-retry-key");
    if key.is_some_and(|key| Uuid::try_parse(key).is_err()) {
        return Err(refusal(400, "Invalid retry key"));
    }
    let to = body["to"].as_str().unwrap_or_default();
    if !to.starts_with(['U', 'C', 'R']) {
        return Err(refusal(400, "The property, 'to', in the request body is invalid (line: -, column: -)"));
    }
    check(&body["messages"])?;
    let (request_id, place) = (state.ids.text(), key.map(|key| (account.to_owned(), key.to_ascii_lowercase())));
    if let Some(earlier) = place.as_ref().and_then(|place| state.memory.accepted.get(place)) {
        return Err(conflict(earlier, &request_id));
    }
    if state.memory.quota.is_some_and(|limit| state.memory.pushed >= limit) {
        return Err(refusal(429, "You have reached your monthly limit."));
    }
    state.memory.pushed += 1;
    let message_ids = deliver(state, to, &body["messages"], &json!({ "via": "push", "retryKey": key }));
    let answer = sent(&message_ids, &request_id);
    if let Some(place) = place {
        state.memory.accepted.insert(place, Accepted { request_id, message_ids });
    }
    Ok(answer)
}

/// A message to a telephone number. <https://developers.line.biz/en/docs/partner-docs/line-notification-messages/>
fn notify(state: &mut State, call: &ProviderCall) -> Answer {
    let body = json_of(call)?;
    let tag = call.header("x-line-delivery-tag");
    if tag.is_some_and(|tag| !(16..=100).contains(&tag.len())) {
        return Err(refusal(400, "Invalid delivery tag"));
    }
    if call.headers.contains_key("x-line-retry-key") {
        return Err(refusal(400, "The retry key is not supported by this API"));
    }
    let templated = body["templateKey"].is_string();
    let messages = match templated {
        true => json!([{ "type": "text", "text": body["body"].to_string() }]),
        false => body["messages"].clone(),
    };
    check(&messages)?;
    let media = |message: &Value| matches!(message["type"].as_str(), Some("image" | "video" | "audio"));
    if messages.as_array().is_some_and(|messages| messages.iter().any(media)) {
        return Err(refusal(400, "The message type is not supported by this API"));
    }
    let to = body["to"].as_str().unwrap_or_default();
    let guest = state.memory.numbers.get(to).cloned().ok_or_else(|| refusal(422, "Failed to send messages"))?;
    deliver(state, &guest, &messages, &json!({ "via": "notification", "deliveryTag": tag }));
    Ok(Response::new(if templated { 202 } else { 200 }).json(&json!({})))
}

/// Assumed: LINE tells its partners only.
fn switch(state: &mut State, call: &ProviderCall) -> Answer {
    let body = json_of(call)?;
    let (Some(user), Some(destination)) = (body["userId"].as_str(), body["destinationId"].as_str()) else {
        return Err(refusal(400, "userId and destinationId are required"));
    };
    let guest = state.memory.numbers.get(user).cloned().or_else(|| user.starts_with('U').then(|| user.to_owned()));
    state.memory.switched.insert(guest.ok_or_else(not_found)?, destination.to_owned());
    Ok(ok(state, &json!({})))
}

/// Puts messages on the guest's screen. LINE takes messages for a guest who blocked the account, and drops them.
fn deliver(state: &mut State, guest: &str, messages: &Value, detail: &Value) -> Vec<String> {
    let mut ids = Vec::new();
    for message in messages.as_array().into_iter().flatten() {
        let id = message_id(state);
        state.messages.insert(id.as_str(), message.clone());
        if !state.blocked.contains(guest) {
            state.show_parts(guest, &id, screen::contents(message), detail);
        }
        ids.push(id);
    }
    ids
}

/// The id of a new message: digits, as LINE's are.
pub(super) fn message_id(state: &mut State) -> String {
    let least = state.micros();
    state.ids.number(least).to_string()
}

fn loading(state: &mut State, call: &ProviderCall) -> Answer {
    let body = json_of(call)?;
    let chat = body["chatId"].as_str().unwrap_or_default();
    let seconds = body["loadingSeconds"].as_u64().unwrap_or(20);
    if !chat.starts_with('U') {
        return Err(refusal(400, "The property, 'chatId', in the request body is invalid"));
    }
    if !(5..=60).contains(&seconds) || !seconds.is_multiple_of(5) {
        return Err(refusal(400, "The property, 'loadingSeconds', in the request body is invalid"));
    }
    let typing = Content::Typing { on: true, duration_ms: Some(seconds * 1_000) };
    let id = format!("typing-{}", state.now().as_millisecond());
    state.show(chat, &id, Actor::There, typing);
    Ok(Response::new(202).json(&json!({})))
}

fn mark_as_read(state: &mut State, call: &ProviderCall) -> Answer {
    let body = json_of(call)?;
    if let Some(id) = state.memory.unread.remove(body["markAsReadToken"].as_str().unwrap_or_default()) {
        state.mark(&id, ReceiptStatus::Read);
    }
    Ok(ok(state, &json!({})))
}

fn info(state: &mut State, account: &str) -> Response {
    let basic_id = state.memory.accounts.get(account).map_or("@unknown", |account| &account.basic_id).to_owned();
    ok(
        state,
        &json!({
            "userId": line_id('U', account),
            "basicId": basic_id,
            "displayName": "Demo account",
            "chatMode": "bot",
            "markAsReadMode": "manual",
        }),
    )
}

fn profile(state: &mut State, user: &str) -> Answer {
    if !user.starts_with('U') || state.blocked.contains(user) {
        return Err(not_found());
    }
    Ok(ok(state, &json!({ "userId": user, "displayName": screen::nickname(user), "language": "en" })))
}

fn file(state: &mut State, id: &str, transcoding: bool) -> Answer {
    let file = state.files.get(id).cloned().ok_or_else(not_found)?;
    let ready = !state.memory.asked.insert(id.to_owned());
    if transcoding {
        return Ok(ok(state, &json!({ "status": if ready { "succeeded" } else { "processing" } })));
    }
    match file.kind() {
        MediaKind::Video | MediaKind::Audio if !ready => Ok(Response::new(202)),
        _ => Ok(file.response()),
    }
}

fn json_of(call: &ProviderCall) -> Result<Value, Response> {
    call.try_json().map_err(|error| {
        let place = format!("(line: {}, column: {})", error.line(), error.column());
        refusal(400, &format!("The request body could not be parsed as JSON {place}"))
    })
}

/// Refuses messages that have faults.
fn check(messages: &Value) -> Result<(), Response> {
    let faults = rules::faults(messages);
    if faults.is_empty() { Ok(()) } else { Err(refused(&faults)) }
}

fn ok(state: &mut State, body: &Value) -> Response {
    Response::new(200).json(body).header("x-line-request-id", &state.ids.text())
}

fn sent(ids: &[String], request_id: &str) -> Response {
    let messages: Vec<Value> = ids.iter().map(|id| json!({ "id": id, "quoteToken": format!("quote-{id}") })).collect();
    Response::new(200).json(&json!({ "sentMessages": messages })).header("x-line-request-id", request_id)
}

fn conflict(earlier: &Accepted, request_id: &str) -> Response {
    let messages: Vec<Value> = earlier.message_ids.iter().map(|id| json!({ "id": id })).collect();
    let body = json!({ "message": "The retry key is already accepted", "sentMessages": messages });
    Response::new(409)
        .json(&body)
        .header("x-line-request-id", request_id)
        .header("x-line-accepted-request-id", &earlier.request_id)
}

pub(super) fn refused(faults: &[rules::Fault]) -> Response {
    let details: Vec<Value> =
        faults.iter().map(|fault| json!({ "message": fault.message, "property": fault.property })).collect();
    let body = json!({ "message": format!("The request body has {} error(s)", faults.len()), "details": details });
    Response::new(400).json(&body)
}

pub(super) fn refusal(status: u16, message: &str) -> Response {
    Response::new(status).json(&json!({ "message": message }))
}

fn not_found() -> Response {
    refusal(404, "Not found")
}
