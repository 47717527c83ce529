//! An account, a guest, and the time, all fixed.

use base64::{Engine, engine::general_purpose::STANDARD};
use conformance::{Answer, Recording};
use contract::{
    Channel, Clock, Content, Io, MemoryTokens, Outbound, Rendering, SendContext, TenantId, WebhookRequest,
    http::{Request, Response},
    parse_settings, stable_uuid,
};
use futures::executor::block_on;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use line::{Line, Step};
use serde_json::{Value, json};
use sha2::Sha256;

pub const SECRET: &str = "8c570fa6dd201bb328f1c1eac23a96d8";
pub const SWITCHER_SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
pub const BOT: &str = "Uaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub const GUEST: &str = "U4af4980629d1b2e6e5b6a5d1f1f0c001";
pub const GROUP: &str = "Ca56f94637cc4347f90a25382909b24b9";
pub const NOW_MS: i64 = 1_767_225_600_000;

pub fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW_MS).unwrap()
}

pub fn settings() -> Value {
    json!({
        "channelId": "2001234567",
        "channelSecret": SECRET,
        "channelAccessToken": null,
        "botBasicId": "@acme",
        "switcherServiceCode": null,
        "switcherSecret": SWITCHER_SECRET,
        "switcherDestinationId": null,
    })
}

pub fn signature(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    STANDARD.encode(mac.chain_update(body).finalize().into_bytes())
}

pub fn request(body: impl Into<Vec<u8>>, signature: Option<&str>) -> WebhookRequest {
    let mut headers = HeaderMap::new();
    if let Some(signature) = signature {
        headers.insert(HeaderName::from_static("x-line-signature"), HeaderValue::from_str(signature).unwrap());
    }
    let body = body.into().into();
    WebhookRequest { method: Method::POST, path: "/line/tenant-1".to_owned(), query: String::new(), headers, body }
}

pub fn signed(body: impl Into<Vec<u8>>) -> WebhookRequest {
    let body = body.into();
    let signature = signature(SECRET, &body);
    request(body, Some(&signature))
}

/// A webhook with these events.
pub fn posted(events: Value) -> WebhookRequest {
    signed(json!({ "destination": BOT, "events": events }).to_string())
}

/// An event as LINE writes it, with the fields of its type.
pub fn event(kind: &str, fields: Value) -> Value {
    let mut event = json!({
        "type": kind,
        "mode": "active",
        "timestamp": NOW_MS,
        "webhookEventId": "01FZ74A0TDDPYRVKNK77XKC3ZR",
        "deliveryContext": { "isRedelivery": false },
        "source": { "type": "user", "userId": GUEST },
        "replyToken": "38ef843bde154d9b91c21320ffd17a0f",
    });
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

pub fn said(message: Value) -> Value {
    event("message", json!({ "message": message }))
}

pub fn said_in_group(message: Value) -> Value {
    event("message", json!({ "message": message, "source": { "type": "group", "groupId": GROUP, "userId": GUEST } }))
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

pub fn context() -> SendContext {
    SendContext { now: now(), ..SendContext::default() }
}

/// A context with a reply token that came so many seconds ago.
pub fn context_aged(seconds: i64) -> SendContext {
    let at = now() - jiff::SignedDuration::from_secs(seconds);
    SendContext { reply: Some((json!({ "replyToken": "r-1", "quoteToken": "q-1" }), at)), ..context() }
}

pub fn token_issued() -> Answer {
    Ok(Response::new(200).json(&json!({ "token_type": "Bearer", "access_token": "t-1", "expires_in": 900 })))
}

pub fn token_request() -> Request {
    Request::post_form(
        "https://api.line.me/oauth2/v3/token",
        &[("grant_type", "client_credentials"), ("client_id", "2001234567"), ("client_secret", SECRET)],
    )
}

pub fn accepted(ids: &[&str]) -> Response {
    let messages: Vec<Value> = ids.iter().map(|id| json!({ "id": id, "quoteToken": "q" })).collect();
    Response::new(200).header("x-line-request-id", "req-1").json(&json!({ "sentMessages": messages }))
}

pub fn refused(status: u16, message: &str) -> Answer {
    Ok(Response::new(status).json(&json!({ "message": message })))
}

pub fn push_request(index: usize, messages: Value) -> Request {
    let key = stable_uuid(&["line", "platform-1", GUEST, &index.to_string()]).to_string();
    Request::post_json("https://api.line.me/v2/bot/message/push", &json!({ "to": GUEST, "messages": messages }))
        .header(HeaderName::from_static("x-line-retry-key"), &key)
        .bearer("t-1")
}

pub fn reply_request(messages: Value) -> Request {
    Request::post_json(
        "https://api.line.me/v2/bot/message/reply",
        &json!({ "replyToken": "r-1", "messages": messages }),
    )
    .bearer("t-1")
}

pub fn rendered(message: &Outbound, context: &SendContext) -> Rendering<Step> {
    compose::compose(&Line, message, &parse_settings(&settings()).unwrap(), context)
}

/// The requests that these steps make of a LINE that takes them all, without the one for the access token.
pub fn requests(steps: &[Step]) -> Vec<Request> {
    let (tenant, clock, settings) =
        (TenantId::from("tenant-1"), Clock::fixed(now()), parse_settings(&settings()).unwrap());
    let (tokens, recording) = (MemoryTokens::new(clock.clone()), Recording::new([token_issued()], accepted(&["1"])));
    let io = Io { tenant: &tenant, settings: &settings, http: &recording, tokens: &tokens, clock: &clock };
    for step in steps {
        block_on(Line.send(&io, step)).expect("LINE takes everything");
    }
    recording.finish()
}
