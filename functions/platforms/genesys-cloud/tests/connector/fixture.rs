//! What all tables share: the tenant, its signature, the requests it makes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use conformance::{Answer, Script};
use contract::{
    Clock, Content, Guest, Inbound, InboundContext, Io, MemoryTokens, Secret, TenantId, TokenCache, WebhookRequest,
    http::{Request, Response},
};
use genesys_cloud::Settings;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method, header::AUTHORIZATION};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

pub const INTEGRATION: &str = "73cb7fb7-c2db-4996-88f3-0a83a4fea1da";
pub const CONVERSATION: &str = "d06cb41e-f938-4dcf-b823-c8af1a39d7e5";
pub const TOKEN: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
pub const TOKEN_NAME: &str = "genesys-cloud/mypurecloud.jp/client-1";
pub const API: &str = "https://api.mypurecloud.jp";

pub fn settings() -> Value {
    json!({
        "region": "mypurecloud.jp", "clientId": "client-1", "clientSecret": "secret-1",
        "integrationName": "UM acme", "integrationId": INTEGRATION, "webhookToken": TOKEN,
    })
}

/// The same with some fields changed.
pub fn settings_with(changes: Value) -> Value {
    let mut settings = settings();
    for (name, value) in changes.as_object().unwrap() {
        settings[name] = value.clone();
    }
    settings
}

pub fn typed(settings: &Value) -> Settings {
    contract::parse_settings(settings).unwrap()
}

pub fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn mac(body: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

pub fn base64_signature(body: &[u8]) -> String {
    format!("sha256={}", STANDARD.encode(mac(body)))
}

pub fn hex_signature(body: &[u8]) -> String {
    format!("sha256={}", hex::encode(mac(body)))
}

pub fn posted(body: impl Into<bytes::Bytes>, signature: Option<&str>) -> WebhookRequest {
    let mut headers = HeaderMap::new();
    if let Some(signature) = signature {
        headers.insert("X-Hub-Signature-256", HeaderValue::from_str(signature).unwrap());
    }
    WebhookRequest {
        method: Method::POST,
        path: "/openmessaging/tenant-1".into(),
        query: String::new(),
        headers,
        body: body.into(),
    }
}

pub fn signed(body: &Value) -> WebhookRequest {
    let body = body.to_string();
    let signature = base64_signature(body.as_bytes());
    posted(body, Some(&signature))
}

/// An answer with the token that all tables use.
pub fn granted() -> Answer {
    Ok(Response::new(200).json(&json!({ "access_token": "token-1", "token_type": "bearer", "expires_in": 86_399 })))
}

/// The request for it.
pub fn asking_for_a_token() -> Request {
    Request::post_form("https://login.mypurecloud.jp/oauth/token", &[("grant_type", "client_credentials")])
        // client-1:secret-1
        .header(AUTHORIZATION, "Basic Y2xpZW50LTE6c2VjcmV0LTE=")
}

pub fn authorized(request: Request) -> Request {
    request.bearer("token-1")
}

pub fn ok(body: Value) -> Answer {
    Ok(Response::new(200).json(&body))
}

pub fn refused(status: u16, code: &str, message: &str) -> Answer {
    let body = json!({ "message": message, "code": code, "status": status, "contextId": "ctx-1" });
    Ok(Response::new(status).json(&body))
}

pub fn inbound(content: Content) -> Inbound {
    Inbound {
        event_id: "event-1".into(),
        message_id: Some("network-1".into()),
        at: "2026-01-01T00:00:00.25Z".parse().unwrap(),
        guest: Guest::person("U1"),
        content,
        reply_context: None,
        only_while_open: false,
    }
}

pub fn context() -> InboundContext {
    InboundContext { media: "LINE".into(), now: now(), ..InboundContext::default() }
}

/// One tenant with canned answers; a token is at hand.
pub struct Bench {
    pub tenant: TenantId,
    pub settings: Settings,
    pub script: Script,
    pub clock: Clock,
    pub tokens: MemoryTokens,
}

impl Bench {
    pub fn new(settings: &Value, answers: impl IntoIterator<Item = Answer>) -> Self {
        let bench = Self::without_token(settings, answers);
        let later = now() + jiff::SignedDuration::from_hours(1);
        let token = Secret::new("token-1");
        futures::executor::block_on(bench.tokens.put(&bench.tenant, TOKEN_NAME, &token, later));
        bench
    }

    pub fn without_token(settings: &Value, answers: impl IntoIterator<Item = Answer>) -> Self {
        let clock = Clock::fixed(now());
        let tokens = MemoryTokens::new(clock.clone());
        let tenant = TenantId::from("tenant-1");
        Self { tenant, settings: typed(settings), script: Script::new(answers), clock, tokens }
    }

    pub fn io(&self) -> Io<'_, Settings> {
        Io {
            tenant: &self.tenant,
            settings: &self.settings,
            http: &self.script,
            tokens: &self.tokens,
            clock: &self.clock,
        }
    }
}

/// Requests in lines that can be compared: method, URL, body.
pub fn lines(requests: Vec<Request>) -> Vec<String> {
    let line = |request: Request| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        format!("{} {} {body}", request.method, request.url.replace(API, "")).trim_end().to_owned()
    };
    requests.into_iter().map(line).collect()
}
