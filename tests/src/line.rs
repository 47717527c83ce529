//! LINE, played by a test: what the Messaging API answers, and webhooks as LINE posts them.
//! <https://developers.line.biz/en/reference/messaging-api/>

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use crate::provider::{self, Provider, Received};

/// The token that LINE issues.
pub const ACCESS_TOKEN: &str = "line-issued-access-token-7f3a";

/// LINE.
pub struct Line {
    provider: Provider,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    files: BTreeMap<String, (String, Bytes)>,
    names: BTreeMap<String, String>,
    reply_tokens: BTreeSet<String>,
    retry_keys: BTreeSet<String>,
}

impl std::ops::Deref for Line {
    type Target = Provider;

    fn deref(&self) -> &Provider {
        &self.provider
    }
}

impl Line {
    /// Starts it.
    pub async fn start() -> Self {
        let memory = Arc::new(Mutex::new(Memory::default()));
        let own = memory.clone();
        let provider =
            Provider::start(move |request| own.lock().unwrap_or_else(PoisonError::into_inner).answer(request)).await;
        Self { provider, memory }
    }

    /// Keeps a file that a guest sent, under its message's id.
    pub fn keep_file(&self, message_id: &str, mime: &str, bytes: impl Into<Bytes>) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.files.insert(message_id.to_owned(), (mime.to_owned(), bytes.into()));
    }

    /// Gives a guest a name; without one it is `Guest of <user id>`.
    pub fn name_guest(&self, user: &str, name: &str) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.names.insert(user.to_owned(), name.to_owned());
    }

    /// What a guest was shown, in order: the requests that LINE took, replies and pushes.
    pub fn shown(&self) -> Vec<Received> {
        let mut all = self.received();
        all.retain(|request| request.taken && (request.path.ends_with("/reply") || request.path.ends_with("/push")));
        all
    }

    /// The texts of all text messages shown, in order.
    pub fn shown_texts(&self) -> Vec<String> {
        let shown = self.shown();
        let messages =
            shown.iter().flat_map(|request| request.json()["messages"].as_array().cloned().unwrap_or_default());
        messages.filter_map(|message| message["text"].as_str().map(str::to_owned)).collect()
    }

    /// All message objects shown, in order.
    pub fn shown_messages(&self) -> Vec<Value> {
        self.shown()
            .iter()
            .flat_map(|request| request.json()["messages"].as_array().cloned().unwrap_or_default())
            .collect()
    }
}

impl Memory {
    fn answer(&mut self, request: &Received) -> http::Response<axum::body::Body> {
        let path = request.path.as_str();
        let sent = || {
            let count = request.json()["messages"].as_array().map_or(0, Vec::len);
            let ids: Vec<Value> = (0..count).map(|_| json!({ "id": digits(), "quoteToken": "q" })).collect();
            provider::json(200, &json!({ "sentMessages": ids }))
        };
        match (&request.method, path) {
            (&Method::POST, "/oauth2/v3/token") => {
                let body = json!({ "token_type": "Bearer", "access_token": ACCESS_TOKEN, "expires_in": 900 });
                provider::json(200, &body)
            }
            (&Method::POST, "/v2/bot/message/reply") => {
                let token = request.json()["replyToken"].as_str().unwrap_or_default().to_owned();
                match self.reply_tokens.insert(token) {
                    true => sent(),
                    false => provider::json(400, &json!({ "message": "Invalid reply token" })),
                }
            }
            (&Method::POST, "/v2/bot/message/push") => {
                let key = request.header("x-line-retry-key").to_owned();
                match key.is_empty() || self.retry_keys.insert(key) {
                    true => sent(),
                    false => provider::json(409, &json!({ "message": "The retry key is already accepted" })),
                }
            }
            (&Method::POST, "/v2/bot/chat/loading/start") => provider::json(202, &json!({})),
            (&Method::POST, "/v2/bot/chat/markAsRead") => provider::json(200, &json!({})),
            (&Method::GET, "/v2/bot/info") => provider::json(
                200,
                &json!({ "userId": user("bot"), "basicId": "@acme", "displayName": "Acme", "chatMode": "bot" }),
            ),
            (&Method::GET, "/v2/bot/message/quota") => {
                provider::json(200, &json!({ "type": "limited", "value": 1000 }))
            }
            (&Method::GET, "/v2/bot/message/quota/consumption") => provider::json(200, &json!({ "totalUsage": 12 })),
            (&Method::GET, "/v2/bot/channel/webhook/endpoint") => {
                provider::json(200, &json!({ "endpoint": "https://um.example/line/t", "active": true }))
            }
            (&Method::GET, _) if path.starts_with("/v2/bot/profile/") => {
                let id = path.rsplit('/').next().unwrap_or_default();
                let name = self.names.get(id).cloned().unwrap_or_else(|| format!("Guest of {id}"));
                let picture = "https://profile.line-scdn.net/0h_picture";
                let body = json!({ "userId": id, "displayName": name, "language": "ja", "pictureUrl": picture });
                provider::json(200, &body)
            }
            (&Method::GET, _) if path.ends_with("/content/transcoding") => {
                provider::json(200, &json!({ "status": "succeeded" }))
            }
            (&Method::GET, _) if path.ends_with("/content") => {
                let id = path.rsplit('/').nth(1).unwrap_or_default();
                match self.files.get(id) {
                    Some((mime, bytes)) => provider::file(mime, bytes.clone()),
                    None => provider::json(404, &json!({ "message": "Not found" })),
                }
            }
            _ => provider::json(404, &json!({ "message": "Not found" })),
        }
    }
}

/// A user's id, as LINE forms them; the same for the same name.
pub fn user(name: &str) -> String {
    format!("U{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).simple())
}

/// A message's id: digits.
pub fn digits() -> String {
    format!("{:018}", Uuid::new_v4().as_u128() % 1_000_000_000_000_000_000)
}

/// An event of a private chat with this content: `("message", {…})`, `("postback", {…})`.
pub fn event(user: &str, kind: &str, content: Value) -> Value {
    json!({
        "type": kind,
        kind: content,
        "mode": "active",
        "timestamp": jiff::Timestamp::now().as_millisecond(),
        "source": { "type": "user", "userId": user },
        "webhookEventId": Uuid::new_v4().simple().to_string().to_uppercase(),
        "deliveryContext": { "isRedelivery": false },
        "replyToken": Uuid::new_v4().simple().to_string(),
    })
}

/// A text.
pub fn text(user: &str, text: &str) -> Value {
    event(user, "message", json!({ "id": digits(), "type": "text", "quoteToken": "q", "text": text }))
}

/// A picture that LINE keeps under `message_id`.
pub fn image(user: &str, message_id: &str) -> Value {
    let provider = json!({ "type": "line" });
    event(user, "message", json!({ "id": message_id, "type": "image", "quoteToken": "q", "contentProvider": provider }))
}

/// A tap on a button.
pub fn postback(user: &str, data: &str) -> Value {
    event(user, "postback", json!({ "data": data }))
}

/// A webhook's body.
pub fn body(events: &[Value]) -> Vec<u8> {
    json!({ "destination": user("bot"), "events": events }).to_string().into_bytes()
}

/// The value of `x-line-signature`.
pub fn sign(channel_secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(channel_secret.as_bytes()).unwrap().chain_update(body);
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}
