//! A bot, a guest, and the time, all fixed.

use conformance::{Answer, InboundRow, OutboundRow, Recording};
use contract::{
    Answer as GuestsAnswer, AnswerKind, Channel, Clock, Content, Guest, Inbound, Io, MemoryTokens, Outbound, Profile,
    SendContext, SendErrorKind, TenantId, WebhookRequest,
    http::{Request, Response},
    parse_settings,
};
use futures::executor::block_on;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::{Value, json};
use telegram::{Step, Telegram};

pub const TOKEN: &str = "110201543:example-token-of-nobody";
/// `printf 'webhook of tenant tenant-1' | openssl dgst -sha256 -hmac TOKEN`
pub const SECRET_TOKEN: &str = "18edbdc75f4c6f808964fca765f2ed28ffb0c5db7ae48fa49a4864480c7a34b2";
pub const BOT_ID: i64 = 110_201_543;
pub const GUEST: &str = "42";
pub const GROUP: &str = "-1001234567890";
pub const NOW_S: i64 = 1_767_225_600;

pub fn now() -> Timestamp {
    Timestamp::from_second(NOW_S).unwrap()
}

pub fn settings() -> Value {
    json!({ "apiToken": TOKEN })
}

pub fn request(body: impl Into<Vec<u8>>, secret: Option<&str>) -> WebhookRequest {
    let mut headers = HeaderMap::new();
    if let Some(secret) = secret {
        let name = HeaderName::from_static("x-telegram-bot-api-secret-token");
        headers.insert(name, HeaderValue::from_str(secret).unwrap());
    }
    WebhookRequest {
        method: Method::POST,
        path: "/telegram/tenant-1".to_owned(),
        query: "bot=acme_bot".to_owned(),
        headers,
        body: body.into().into(),
    }
}

pub fn posted(update: &Value) -> WebhookRequest {
    request(update.to_string(), Some(SECRET_TOKEN))
}

pub fn ann() -> Value {
    json!({
        "id": 42, "is_bot": false, "first_name": "Ann", "last_name": "Li", "username": "annli", "language_code": "en",
    })
}

pub fn with(mut value: Value, fields: Value) -> Value {
    for (name, field) in fields.as_object().unwrap() {
        value[name] = field.clone();
    }
    value
}

/// A message of Ann's in a private chat, with the fields of its kind.
pub fn message(fields: Value) -> Value {
    let chat = json!({ "id": 42, "type": "private", "first_name": "Ann", "last_name": "Li", "username": "annli" });
    with(json!({ "message_id": 77, "date": NOW_S, "from": ann(), "chat": chat }), fields)
}

/// A message of Ann's in a supergroup.
pub fn in_group(fields: Value) -> Value {
    let chat = json!({ "id": -1_001_234_567_890_i64, "type": "supergroup", "title": "Club" });
    with(message(json!({ "chat": chat })), fields)
}

pub fn update(kind: &str, event: Value) -> Value {
    json!({ "update_id": 9001, kind: event })
}

pub fn profile() -> Profile {
    Profile {
        nickname: Some("Ann Li".to_owned()),
        first_name: Some("Ann".to_owned()),
        last_name: Some("Li".to_owned()),
        attributes: [("locale", "en"), ("username", "annli")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        ..Profile::default()
    }
}

pub fn profile_in_group() -> Profile {
    let mut profile = profile();
    profile.attributes.insert("groupName".to_owned(), "Club".to_owned());
    profile
}

/// An event of Ann's that is no message.
pub fn other_event(content: Content) -> Inbound {
    Inbound {
        event_id: "9001".into(),
        message_id: None,
        at: now(),
        guest: Guest { profile: profile(), ..Guest::person(GUEST) },
        content,
        reply_context: None,
        only_while_open: false,
    }
}

pub fn message_event(content: Content) -> Inbound {
    Inbound { message_id: Some("77".to_owned()), ..other_event(content) }
}

pub fn group_event(content: Content) -> Inbound {
    Inbound {
        guest: Guest { profile: profile_in_group(), ..Guest::in_group(GROUP, Some("42".to_owned())) },
        reply_context: Some(json!({ "messageId": 77 })),
        ..message_event(content)
    }
}

pub fn answer(kind: AnswerKind, text: &str, payload: &str) -> Content {
    Content::Answer(GuestsAnswer { kind, text: text.to_owned(), payload: payload.to_owned(), question_id: None })
}

pub fn note(text: &str) -> Content {
    Content::Note { text: text.to_owned() }
}

pub fn row(label: &'static str, update: Value, events: Vec<Inbound>) -> InboundRow {
    InboundRow { label, request: posted(&update), status: 200, events }
}

pub fn message_row(label: &'static str, message: Value, events: Vec<Inbound>) -> InboundRow {
    row(label, update("message", message), events)
}

pub fn outbound(contents: Vec<Content>) -> Outbound {
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

pub fn accepted(id: i64) -> Response {
    Response::new(200).json(&json!({ "ok": true, "result": { "message_id": id, "date": NOW_S, "chat": { "id": 42 } } }))
}

pub fn refused(code: u16, description: &str) -> Answer {
    refused_with(code, description, json!(null))
}

pub fn refused_with(code: u16, description: &str, parameters: Value) -> Answer {
    let mut body = json!({ "ok": false, "error_code": code, "description": description });
    if !parameters.is_null() {
        body["parameters"] = parameters;
    }
    Ok(Response::new(code).json(&body))
}

pub fn call_to(chat: Value, method: &str, fields: Value) -> Request {
    let url = format!("https://api.telegram.org/bot{TOKEN}/{method}");
    Request::post_json(url, &with(fields, json!({ "chat_id": chat })))
}

pub fn call(method: &str, fields: Value) -> Request {
    call_to(json!(42), method, fields)
}

/// A message that goes out as these calls, each taken under the next number.
pub fn sent(label: &'static str, contents: Vec<Content>, calls: Vec<(&str, Value)>) -> OutboundRow {
    let ids = 1..=i64::try_from(calls.len()).unwrap();
    OutboundRow {
        label,
        message: outbound(contents),
        context: context(),
        answers: ids.clone().map(|id| Ok(accepted(id))).collect(),
        requests: calls.into_iter().map(|(method, fields)| call(method, fields)).collect(),
        result: Ok::<_, SendErrorKind>(ids.map(|id| id.to_string()).collect()),
    }
}

/// The requests that a step is sent with, each of them taken.
pub fn requests_of(step: &Step) -> Vec<Request> {
    let (settings, tenant, clock) =
        (parse_settings(&settings()).unwrap(), TenantId::from("tenant-1"), Clock::fixed(now()));
    let (tokens, recording) = (MemoryTokens::new(clock.clone()), Recording::new([], accepted(1)));
    let io = Io { tenant: &tenant, settings: &settings, http: &recording, tokens: &tokens, clock: &clock };
    block_on(Telegram.send(&io, step)).unwrap();
    recording.finish()
}

/// What is noted of a message that is shown in another form.
pub fn degradations(contents: Vec<Content>) -> Vec<String> {
    let settings = parse_settings(&settings()).unwrap();
    compose::compose(&Telegram, &outbound(contents), &settings, &context()).degradations
}
