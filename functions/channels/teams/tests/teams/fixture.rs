//! A bot, people, conversations and the time, all fixed; and keys made for this run.

use std::sync::LazyLock;

use conformance::{Answer, OutboundRow, Recording, outbound_table};
use contract::{
    Channel, Clock, Content, Io, MemoryTokens, Outbound, PublishedKeys, Rendering, SendContext, TenantId,
    WebhookRequest,
    http::{Request, Response},
    parse_settings,
};
use futures::executor::block_on;
use http::{HeaderMap, HeaderValue, Method, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use teams::{Step, Teams, simulator::authority::Authority};

pub const BOT: &str = "11111111-2222-4333-8444-555555555555";
pub const SECRET: &str = "abc~secret";
pub const APP_TENANT: &str = "66666666-7777-4888-9999-aaaaaaaaaaaa";
pub const ORGANISATION: &str = "77777777-7777-4888-9999-aaaaaaaaaaaa";
pub const SERVICE: &str = "https://smba.trafficmanager.net/amer/77777777-7777-4888-9999-aaaaaaaaaaaa/";
pub const GUEST: &str = "29:1xGuest";
pub const CHAT: &str = "a:1xChat";
pub const GROUP: &str = "19:group@thread.v2";
pub const CHANNEL: &str = "19:channel@thread.tacv2";
pub const THREAD: &str = "19:channel@thread.tacv2;messageid=1767225500000";
pub const TEAM: &str = "19:team@thread.tacv2";
pub const MESSAGE: &str = "1767225600000";
pub const NOW_MS: i64 = 1_767_225_600_000;

static AUTHORITY: LazyLock<Authority> = LazyLock::new(Authority::default);

pub fn authority() -> &'static Authority {
    &AUTHORITY
}

pub fn keys() -> PublishedKeys {
    PublishedKeys(AUTHORITY.keys())
}

pub fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW_MS).unwrap()
}

pub fn settings() -> Value {
    json!({
        "botId": BOT,
        "clientSecret": SECRET,
        "appTenantId": APP_TENANT,
        "appType": "SingleTenant",
        "botName": "Acme",
        "accentColor": "#0A3D62",
    })
}

pub fn request(body: impl Into<Vec<u8>>, authorization: Option<&str>) -> WebhookRequest {
    let mut headers = HeaderMap::new();
    if let Some(authorization) = authorization {
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
    }
    let body = body.into().into();
    WebhookRequest { method: Method::POST, path: "/teams/tenant-1".to_owned(), query: String::new(), headers, body }
}

pub fn signed(body: impl Into<Vec<u8>>) -> WebhookRequest {
    static TOKEN: LazyLock<String> = LazyLock::new(|| AUTHORITY.token(BOT, SERVICE, now()));
    request(body, Some(&format!("Bearer {}", *TOKEN)))
}

pub fn with(mut activity: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        activity[name] = value.clone();
    }
    activity
}

/// An activity in a private chat, with the fields of its type.
pub fn activity(kind: &str, fields: Value) -> Value {
    let activity = json!({
        "type": kind,
        "id": MESSAGE,
        "timestamp": "2026-01-01T00:00:00.000Z",
        "channelId": "msteams",
        "serviceUrl": SERVICE,
        "from": { "id": GUEST, "name": "Ann Example", "aadObjectId": "88888888-7777-4888-9999-aaaaaaaaaaaa" },
        "recipient": { "id": format!("28:{BOT}"), "name": "Acme" },
        "conversation": { "id": CHAT, "conversationType": "personal", "tenantId": ORGANISATION },
        "channelData": { "tenant": { "id": ORGANISATION } },
    });
    with(activity, fields)
}

pub fn in_group(activity: Value) -> Value {
    let group = json!({ "id": GROUP, "conversationType": "groupChat", "isGroup": true, "tenantId": ORGANISATION });
    with(activity, json!({ "conversation": group }))
}

pub fn in_channel(mut activity: Value) -> Value {
    activity["conversation"] =
        json!({ "id": THREAD, "conversationType": "channel", "isGroup": true, "tenantId": ORGANISATION });
    activity["channelData"]["channel"] = json!({ "id": CHANNEL });
    activity["channelData"]["team"] = json!({ "id": TEAM });
    activity
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
    context_of(CHAT)
}

pub fn context_of(conversation: &str) -> SendContext {
    let reply = json!({ "serviceUrl": SERVICE, "conversation": conversation });
    SendContext { reply: Some((reply, now())), now: now(), ..SendContext::default() }
}

pub fn named(agent: &str) -> SendContext {
    SendContext { agent_name: Some(agent.to_owned()), ..context() }
}

pub fn rendered(contents: Vec<Content>, context: &SendContext) -> Rendering<Step> {
    compose::compose(&Teams, &message(contents), &parse_settings(&settings()).unwrap(), context)
}

/// The bodies of the requests that a message is sent with, all of which are taken.
pub fn sent(contents: Vec<Content>, context: &SendContext) -> Vec<Value> {
    let (tenant, clock, settings) = (TenantId::from("tenant-1"), Clock::fixed(now()), settings());
    let settings = parse_settings(&settings).unwrap();
    let (tokens, http) = (MemoryTokens::new(clock.clone()), Recording::new([token_issued()], accepted("1")));
    let io = Io { tenant: &tenant, settings: &settings, http: &http, tokens: &tokens, clock: &clock };
    for step in &rendered(contents, context).steps {
        block_on(Teams.send(&io, step)).unwrap();
    }
    http.finish().iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

/// A message that goes out as these activities.
pub fn row(label: &'static str, contents: Vec<Content>, sent: Vec<Value>) -> OutboundRow {
    let ids: Vec<String> = (1..=sent.len()).map(|id| id.to_string()).collect();
    let token = if sent.is_empty() { None } else { Some(token_issued()) };
    OutboundRow {
        label,
        message: message(contents),
        context: context(),
        answers: token.into_iter().chain(ids.iter().map(|id| Ok(accepted(id)))).collect(),
        requests: (!sent.is_empty()).then(token_request).into_iter().chain(sent.into_iter().map(post)).collect(),
        result: Ok(ids),
    }
}

pub fn run(rows: Vec<OutboundRow>) {
    outbound_table(&Teams, &settings(), now(), rows);
}

pub fn text(text: &str) -> Value {
    json!({ "type": "message", "textFormat": "plain", "text": text })
}

pub fn token_issued() -> Answer {
    Ok(Response::new(200).json(&json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": "t-1" })))
}

pub fn token_request() -> Request {
    Request::post_form(
        format!("https://login.microsoftonline.com/{APP_TENANT}/oauth2/v2.0/token"),
        &[
            ("grant_type", "client_credentials"),
            ("client_id", BOT),
            ("client_secret", SECRET),
            ("scope", "https://api.botframework.com/.default"),
        ],
    )
}

pub fn accepted(id: &str) -> Response {
    Response::new(201).json(&json!({ "id": id }))
}

pub fn refused(status: u16, code: &str, message: &str) -> Answer {
    Ok(Response::new(status).json(&json!({ "error": { "code": code, "message": message } })))
}

/// Where messages of the private chat are posted.
pub fn activities() -> String {
    format!("{SERVICE}v3/conversations/a%3A1xChat/activities")
}

pub fn post(activity: Value) -> Request {
    Request::post_json(activities(), &activity).bearer("t-1")
}

/// An Adaptive Card, attached.
pub fn card(body: Value, actions: Value) -> Value {
    let mut card = json!({
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": body,
    });
    if actions.as_array().is_some_and(|actions| !actions.is_empty()) {
        card["actions"] = actions;
    }
    json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": card })
}

pub fn attached(attachments: Value) -> Value {
    json!({ "type": "message", "attachments": attachments })
}

pub fn line(text: &str) -> Value {
    json!({ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": text }] })
}

pub fn title(text: &str) -> Value {
    let run = json!({ "type": "TextRun", "text": text, "weight": "Bolder", "size": "Medium" });
    json!({ "type": "RichTextBlock", "inlines": [run] })
}

pub fn submit(kind: &str, text: &str, payload: &str) -> Value {
    json!({ "type": "Action.Submit", "title": text, "data": {
        "um": kind, "text": text, "payload": payload,
        "msteams": { "type": "messageBack", "displayText": text, "text": text },
    } })
}

pub fn open(text: &str, url: &str) -> Value {
    json!({ "type": "Action.OpenUrl", "title": text, "url": url })
}
