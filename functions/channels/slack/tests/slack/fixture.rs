//! An app, a workspace, a guest, and the time, all fixed.

use conformance::{Answer, OutboundRow, Recording, outbound_table_with_tokens};
use contract::{
    Channel, Clock, Content, Io, MemoryTokens, Outbound, Rendering, Secret, SendContext, TenantId, TokenCache,
    WebhookRequest,
    http::{Request, Response},
    parse_settings, stable_uuid,
};
use futures::executor::block_on;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;
use slack::{Slack, Step};

pub const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
pub const BOT: &str = "UBOT";
pub const GUEST: &str = "T1:U1";
pub const DIRECT: &str = "D1";
pub const THREAD: &str = "T1:C1:1767225000.000100";
pub const NOW_S: i64 = 1_767_225_600;
pub const TS: &str = "1767225600.000200";

pub fn now() -> Timestamp {
    Timestamp::from_second(NOW_S).unwrap()
}

pub fn at_ts() -> Timestamp {
    Timestamp::from_microsecond(1_767_225_600_000_200).unwrap()
}

pub fn settings() -> Value {
    json!({ "appId": "A1", "clientId": "1.2", "clientSecret": "c-secret", "signingSecret": SECRET })
}

pub fn tokens() -> Vec<(String, Secret)> {
    vec![("slack/T1".to_owned(), installation())]
}

pub fn installation() -> Secret {
    Secret::new(
        json!({
            "accessToken": "xoxb-1", "installedAt": 0, "teamId": "T1", "teamName": "Acme", "enterpriseId": "E1",
            "enterpriseName": "Acme Holding",
        })
        .to_string(),
    )
}

pub fn signature(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let mac = mac.chain_update(b"v0:").chain_update(timestamp).chain_update(b":").chain_update(body);
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

pub fn request(body: impl Into<Vec<u8>>, timestamp: Option<&str>, signature: Option<&str>) -> WebhookRequest {
    let mut headers = HeaderMap::new();
    for (name, value) in [("x-slack-request-timestamp", timestamp), ("x-slack-signature", signature)] {
        if let Some(value) = value {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
    }
    let path = "/slack/tenant-1/events".to_owned();
    WebhookRequest { method: Method::POST, path, query: String::new(), headers, body: body.into().into() }
}

pub fn signed(body: impl Into<Vec<u8>>) -> WebhookRequest {
    let (body, at) = (body.into(), NOW_S.to_string());
    let signature = signature(SECRET, &at, &body);
    request(body, Some(&at), Some(&signature))
}

pub fn envelope(event: Value) -> Value {
    json!({
        "token": "legacy", "team_id": "T1", "api_app_id": "A1", "type": "event_callback", "event_id": "Ev1",
        "event_time": NOW_S,
        "authorizations": [{
            "enterprise_id": null, "team_id": "T1", "user_id": BOT, "is_bot": true, "is_enterprise_install": false,
        }],
        "is_ext_shared_channel": false, "event": event,
    })
}

pub fn posted(event: Value) -> WebhookRequest {
    signed(envelope(event).to_string())
}

/// What somebody writes to the app.
pub fn direct(fields: Value) -> Value {
    with(
        json!({
            "type": "message", "user": "U1", "ts": TS, "event_ts": TS, "client_msg_id": "m-1", "text": "hi",
            "team": "T1", "channel": DIRECT, "channel_type": "im",
        }),
        fields,
    )
}

/// What somebody writes in a channel.
pub fn in_channel(fields: Value) -> Value {
    with(direct(json!({ "channel": "C1", "channel_type": "channel" })), fields)
}

pub fn with(mut value: Value, fields: Value) -> Value {
    for (name, field) in fields.as_object().unwrap() {
        value[name] = field.clone();
    }
    value
}

pub fn message(contents: Vec<Content>) -> Outbound {
    Outbound {
        message_id: "platform-1".into(),
        at: now(),
        to: GUEST.into(),
        platform_conversation_id: None,
        agent_name: None,
        contents,
    }
}

/// The guest has written before.
pub fn context() -> SendContext {
    SendContext { reply: Some((json!({ "channel": DIRECT }), now())), now: now(), ..SendContext::default() }
}

pub fn accepted(ts: &str) -> Response {
    Response::new(200).json(&json!({ "ok": true, "channel": DIRECT, "ts": ts, "message": {} }))
}

pub fn refused(word: &str) -> Answer {
    Ok(Response::new(200).json(&json!({ "ok": false, "error": word })))
}

pub fn said(body: Value) -> Answer {
    Ok(Response::new(200).json(&with(json!({ "ok": true }), body)))
}

pub fn id(to: &str, index: usize) -> String {
    stable_uuid(&["slack", "platform-1", to, &index.to_string()]).to_string()
}

pub fn json_request(url: &str, body: &Value) -> Request {
    Request::post_json(url, body).header(http::header::CONTENT_TYPE, "application/json; charset=utf-8").bearer("xoxb-1")
}

/// `chat.postMessage` into the guest's direct messages.
pub fn post(index: usize, fields: Value) -> Request {
    post_to(GUEST, index, with(json!({ "channel": DIRECT }), fields))
}

pub fn post_to(guest: &str, index: usize, fields: Value) -> Request {
    let metadata = json!({ "event_type": "universal_messaging", "event_payload": { "id": id(guest, index) } });
    json_request("https://slack.com/api/chat.postMessage", &with(json!({ "metadata": metadata }), fields))
}

/// A section of Block Kit.
pub fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })
}

pub fn table(rows: Vec<OutboundRow>) {
    outbound_table_with_tokens(&Slack, &settings(), now(), &tokens(), rows);
}

/// A message that goes out as one post of these fields.
pub fn row(label: &'static str, contents: Vec<Content>, fields: Value) -> OutboundRow {
    several(label, contents, vec![fields])
}

/// A message that goes out as posts of these fields.
pub fn several(label: &'static str, contents: Vec<Content>, fields: Vec<Value>) -> OutboundRow {
    OutboundRow {
        label,
        message: message(contents),
        context: context(),
        answers: fields.iter().map(|_| Ok(accepted(TS))).collect(),
        result: Ok(fields.iter().map(|_| format!("D1:{TS}")).collect()),
        requests: fields.into_iter().enumerate().map(|(index, fields)| post(index, fields)).collect(),
    }
}

pub fn rendered(message: &Outbound, context: &SendContext) -> Rendering<Step> {
    compose::compose(&Slack, message, &parse_settings(&settings()).unwrap(), context)
}

/// The requests of a message whose form Slack refuses each time: every step in its first form and in its other one.
pub fn attempted(message: &Outbound, context: &SendContext) -> Vec<Request> {
    let (tenant, clock, settings) =
        (TenantId::from("tenant-1"), Clock::fixed(now()), parse_settings(&settings()).unwrap());
    let cache = MemoryTokens::new(clock.clone());
    block_on(cache.put(&tenant, "slack/T1", &installation(), Timestamp::MAX));
    let recording = Recording::new([], refused("invalid_blocks").unwrap());
    let io = Io { tenant: &tenant, settings: &settings, http: &recording, tokens: &cache, clock: &clock };
    for step in rendered(message, context).steps {
        block_on(Slack.send(&io, &step)).unwrap_err();
    }
    recording.finish()
}
