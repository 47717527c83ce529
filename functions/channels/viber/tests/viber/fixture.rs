//! A bot, a guest, and the time, all fixed.

use conformance::{Answer, OutboundRow};
use contract::{
    Choice, Content, Outbound, SendContext, WebhookRequest,
    http::{Request, Response},
};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

pub const TOKEN: &str = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9";
pub const GUEST: &str = "01234567890A0123456789A=";
pub const NOW_MS: i64 = 1_767_225_600_000;
pub const MESSAGE: &str = "4912661846655238145";

pub fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW_MS).unwrap()
}

pub fn settings() -> Value {
    json!({
        "authToken": TOKEN,
        "botName": "Acme",
        "botAvatar": "https://www.example.com/acme.png",
        "welcomeMessage": null,
    })
}

pub fn signature(token: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).unwrap();
    hex::encode(mac.chain_update(body).finalize().into_bytes())
}

pub fn request(body: impl Into<Vec<u8>>, signature: Option<&str>) -> WebhookRequest {
    let mut headers = HeaderMap::new();
    if let Some(signature) = signature {
        let name = HeaderName::from_static("x-viber-content-signature");
        headers.insert(name, HeaderValue::from_str(signature).unwrap());
    }
    let body = body.into().into();
    WebhookRequest { method: Method::POST, path: "/viber/tenant-1".to_owned(), query: String::new(), headers, body }
}

pub fn signed(body: impl Into<Vec<u8>>) -> WebhookRequest {
    let body = body.into();
    let signature = signature(TOKEN, &body);
    request(body, Some(&signature))
}

/// An event as Viber writes it, with the fields of its type.
pub fn event(kind: &str, fields: Value) -> Value {
    let mut event = json!({
        "event": kind,
        "timestamp": NOW_MS,
        "chat_hostname": "SN-CHAT-05_",
        "message_token": 4_912_661_846_655_238_145_u64,
    });
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

pub fn user() -> Value {
    json!({
        "id": GUEST, "name": "John McClane", "avatar": "https://avatar.example.com/1", "country": "UK", "language": "en",
        "api_version": 1,
    })
}

pub fn said(message: Value) -> Value {
    event("message", json!({ "sender": user(), "message": message, "silent": false }))
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

pub fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
}

/// A message as it is sent: with receiver, sender and version, and the token.
pub fn sends(version: u32, mut body: Value) -> Request {
    body["receiver"] = GUEST.into();
    body["min_api_version"] = version.into();
    if body.get("sender").is_none() {
        body["sender"] = json!({ "name": "Acme", "avatar": "https://www.example.com/acme.png" });
    }
    authorized(Request::post_json("https://chatapi.viber.com/pa/send_message", &body))
}

pub fn authorized(request: Request) -> Request {
    request.header(HeaderName::from_static("x-viber-auth-token"), TOKEN)
}

pub fn accepted(token: &str) -> Response {
    // Written by hand: the token must arrive as it stands here.
    let body = format!(
        "{{\"status\":0,\"status_message\":\"ok\",\"message_token\":{token},\"chat_hostname\":\"SN-CHAT-05_\",\"billing_status\":1}}"
    );
    Response::new(200).body(body)
}

pub fn refused(status: i64, message: &str) -> Answer {
    Ok(Response::new(200).json(&json!({ "status": status, "status_message": message, "chat_hostname": "SN-CHAT-05_" })))
}

/// A message that goes out as these requests.
pub fn row(label: &'static str, contents: Vec<Content>, bodies: Vec<(u32, Value)>) -> OutboundRow {
    let tokens: Vec<String> = (0..bodies.len()).map(|n| format!("574131180357172108{n}")).collect();
    OutboundRow {
        label,
        message: message(contents),
        context: context(),
        answers: tokens.iter().map(|token| Ok(accepted(token))).collect(),
        requests: bodies.into_iter().map(|(version, body)| sends(version, body)).collect(),
        result: Ok(tokens),
    }
}

pub fn text(text: &str) -> (u32, Value) {
    (1, json!({ "type": "text", "text": text }))
}
