//! A deployment, a business, a guest, and the time, all fixed.

use std::sync::Mutex;

use apple_messages::{AppleMessages, Step};
use async_trait::async_trait;
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use conformance::{Answer, OutboundRow};
use contract::{
    Channel, Clock, Connector, Content, Io, MemoryTokens, Outbound, Rendering, SendContext, TenantId, WebhookRequest,
    http::{Request, Response, Transport},
    parse_settings, stable_uuid,
};
use futures::executor::block_on;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

pub const MSP: &str = "653abce3-dead-beef-7fe3-247634adce53";
pub const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
pub const BUSINESS: &str = "f6cc3a60-3e4b-11e9-b210-d663bd873d93";
pub const GUEST: &str = "urn:mbid:AQAAY45PVG4jgniq6rWSYuu9d7Ga6K22bxp0iUmPkdOwxr3y";
pub const EVENT: &str = "b3c1a1a0-9f0e-4a5b-8d52-0f6c1ba5a001";
pub const NOW_S: i64 = 1_767_225_600;
pub const ALL: &str = "QUICK,LIST,TIME,AUTH,AUTH2,FORM";
pub const BID: &str =
    "com.apple.messages.MSMessageExtensionBalloonPlugin:0000000000:com.apple.icloud.apps.messages.business.extension";
pub const GATEWAY: &str = "https://mspgw.push.apple.com/v1";

pub fn now() -> Timestamp {
    Timestamp::from_second(NOW_S).unwrap()
}

pub fn settings() -> Value {
    json!({ "businessId": BUSINESS, "mspId": MSP, "mspSecret": SECRET })
}

pub fn typed() -> <AppleMessages as Connector>::Settings {
    parse_settings(&settings()).unwrap()
}

/// A token made by hand.
pub fn jwt(claims: &Value, secret: &str) -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", part(r#"{"typ":"JWT","alg":"HS256"}"#), part(&claims.to_string()));
    let mac = Hmac::<Sha256>::new_from_slice(&BASE64_STANDARD.decode(secret).unwrap()).unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.encode(mac.chain_update(&message).finalize().into_bytes());
    format!("{message}.{signature}")
}

/// Our own token at this time: `iss` before `iat`, as we write it.
pub fn our_token() -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let claims = format!(r#"{{"iss":"{MSP}","iat":{NOW_S}}}"#);
    let message = format!("{}.{}", part(r#"{"typ":"JWT","alg":"HS256"}"#), part(&claims));
    let mac = Hmac::<Sha256>::new_from_slice(&BASE64_STANDARD.decode(SECRET).unwrap()).unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.encode(mac.chain_update(&message).finalize().into_bytes());
    format!("{message}.{signature}")
}

pub fn apples_token() -> String {
    jwt(&json!({ "aud": MSP, "iat": NOW_S }), SECRET)
}

pub fn header(name: &str) -> HeaderName {
    HeaderName::from_bytes(name.as_bytes()).unwrap()
}

/// A request with these headers beside a body.
pub fn request(body: impl Into<Vec<u8>>, headers: &[(&str, &str)]) -> WebhookRequest {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(header(name), HeaderValue::from_str(value).unwrap());
    }
    WebhookRequest {
        method: Method::POST,
        path: "/amb/message".to_owned(),
        query: String::new(),
        headers: map,
        body: body.into().into(),
    }
}

/// As Apple posts it.
pub fn signed(body: impl Into<Vec<u8>>) -> WebhookRequest {
    let authorization = format!("Bearer {}", apples_token());
    request(
        body,
        &[
            ("authorization", &authorization),
            ("id", EVENT),
            ("source-id", GUEST),
            ("destination-id", BUSINESS),
            ("capability-list", ALL),
            ("device-agent", "iPhone OS 18.5"),
        ],
    )
}

/// A message of the guest's, with the fields of its type.
pub fn posted(kind: &str, fields: Value) -> Value {
    let mut message =
        json!({ "v": 1, "id": EVENT, "type": kind, "sourceId": GUEST, "destinationId": BUSINESS, "locale": "en_US" });
    for (name, value) in fields.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
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

/// A message as it is composed.
pub fn composed(contents: Vec<Content>, context: &SendContext) -> Rendering<Step> {
    compose::compose(&AppleMessages, &message(contents), &typed(), context)
}

/// The smallest GIF there is.
pub const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0;";

/// Apple, taking whatever comes, and a web where a picture lies everywhere.
#[derive(Default)]
struct Everywhere(Mutex<Vec<Request>>);

#[async_trait]
impl Transport for Everywhere {
    async fn send(&self, request: Request) -> Answer {
        let upload = "https://upload.example.com";
        let answer = match request.url.strip_prefix(GATEWAY) {
            Some("/preUpload") => {
                let place = json!({ "upload-url": upload, "mmcs-url": "https://mmcs.example.com", "mmcs-owner": "o" });
                Response::new(200).json(&place)
            }
            Some(_) => Response::new(200),
            None if request.url == upload => Response::new(200).json(&json!({ "singleFile": { "fileChecksum": "c" } })),
            None => Response::new(200).header("content-type", "image/gif").body(GIF),
        };
        self.0.lock().unwrap().push(request);
        Ok(answer)
    }
}

/// The messages that contents are sent as, files and all.
pub fn sent(contents: Vec<Content>, context: &SendContext) -> Vec<Value> {
    let (settings, tenant, clock) = (typed(), TenantId::from("tenant-1"), Clock::fixed(now()));
    let (tokens, http) = (MemoryTokens::new(clock.clone()), Everywhere::default());
    let io = Io { tenant: &tenant, settings: &settings, http: &http, tokens: &tokens, clock: &clock };
    for step in &composed(contents, context).steps {
        block_on(AppleMessages.send(&io, step)).unwrap();
    }
    let requests = http.0.into_inner().unwrap();
    let messages = requests.into_iter().filter(|request| {
        request.url == format!("{GATEWAY}/message") || request.url == format!("{GATEWAY}/authenticate")
    });
    messages.map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

/// The guest's device can show these.
pub fn context_of(capabilities: &str) -> SendContext {
    let reply = json!({ "capabilities": capabilities });
    SendContext { now: now(), reply: Some((reply, now())), ..SendContext::default() }
}

pub fn context() -> SendContext {
    context_of(ALL)
}

pub fn id(place: &str) -> String {
    stable_uuid(&["apple-messages", "platform-1", GUEST, place]).to_string()
}

pub fn request_id(place: &str) -> String {
    stable_uuid(&["apple-messages", "request", &id(place)]).to_string()
}

/// The request of a message.
pub fn post(place: &str, fields: Value) -> Request {
    post_to("message", place, fields)
}

pub fn post_to(endpoint: &str, place: &str, mut fields: Value) -> Request {
    let id = id(place);
    fields["v"] = 1.into();
    fields["id"] = id.as_str().into();
    fields["sourceId"] = BUSINESS.into();
    fields["destinationId"] = GUEST.into();
    Request::post_json(format!("{GATEWAY}/{endpoint}"), &fields)
        .header(header("id"), &id)
        .header(header("source-id"), BUSINESS)
        .header(header("destination-id"), GUEST)
        .bearer(&our_token())
}

pub fn text(words: &str) -> Value {
    json!({ "type": "text", "body": words })
}

pub fn plain() -> Value {
    let picture = "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAAKklEQVR42u3MQREAAAwCIPsnNI4h9ttBANKjCAQCgUAgEAgEAoFAIPgeDH3qgMTtzw3WAAAAAElFTkSuQmCC";
    json!({ "data": picture, "mimeType": "image/png" })
}

pub fn link(url: &str, title: &str) -> Value {
    json!({ "type": "richLink", "richLinkData": { "url": url, "title": title, "assets": { "image": plain() } } })
}

pub fn taken() -> Answer {
    Ok(Response::new(200))
}

/// A message that becomes these, all of them taken.
pub fn row(label: &'static str, contents: Vec<Content>, messages: Vec<Value>) -> OutboundRow {
    row_on(label, ALL, contents, messages)
}

/// The same on a device with these capabilities.
pub fn row_on(label: &'static str, capabilities: &str, contents: Vec<Content>, messages: Vec<Value>) -> OutboundRow {
    OutboundRow {
        label,
        message: message(contents),
        context: context_of(capabilities),
        answers: messages.iter().map(|_| taken()).collect(),
        result: Ok((0..messages.len()).map(|index| id(&index.to_string())).collect()),
        requests: messages.into_iter().enumerate().map(|(index, fields)| post(&index.to_string(), fields)).collect(),
    }
}

/// An interactive message of ours at this place.
pub fn interactive(place: &str, mut data: Value, balloon: Option<Value>) -> Value {
    data["version"] = "1.0".into();
    data["requestIdentifier"] = request_id(place).into();
    let mut interactive = json!({ "bid": BID, "data": data });
    if let Some(balloon) = balloon {
        interactive["replyMessage"] = json!({ "title": balloon["title"], "style": "icon" });
        interactive["receivedMessage"] = balloon;
    }
    json!({ "type": "interactive", "interactiveData": interactive })
}

pub fn item(identifier: &str, title: &str, order: usize) -> Value {
    json!({ "identifier": identifier, "title": title, "order": order, "style": "default" })
}

/// A list picker of one section.
pub fn picker(place: &str, title: &str, multiple: bool, items: Value) -> Value {
    let sections = json!([{ "title": title, "order": 0, "multipleSelection": multiple, "items": items }]);
    let data = json!({ "listPicker": { "multipleSelection": multiple, "sections": sections } });
    interactive(place, data, Some(json!({ "title": title, "style": "icon" })))
}

/// Quick replies.
pub fn quick(place: &str, words: &str, items: Value) -> Value {
    interactive(place, json!({ "quick-reply": { "summaryText": words, "items": items } }), None)
}
