//! Genesys Cloud, played by a test: what the Platform API answers, and webhooks as it posts them.
//! <https://developer.genesys.cloud/commdigital/digital/openmessaging/>

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

/// The token that Genesys Cloud issues.
pub const ACCESS_TOKEN: &str = "genesys-issued-access-token-91bc";

const INTEGRATIONS: &str = "/api/v2/conversations/messaging/integrations/open";

/// Genesys Cloud.
pub struct Genesys {
    provider: Provider,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    files: BTreeMap<String, (String, Bytes)>,
    integrations: BTreeMap<String, Value>,
    ended: BTreeSet<String>,
}

impl std::ops::Deref for Genesys {
    type Target = Provider;

    fn deref(&self) -> &Provider {
        &self.provider
    }
}

impl Genesys {
    /// Starts it.
    pub async fn start() -> Self {
        let memory = Arc::new(Mutex::new(Memory::default()));
        let own = memory.clone();
        let provider =
            Provider::start(move |request| own.lock().unwrap_or_else(PoisonError::into_inner).answer(request)).await;
        Self { provider, memory }
    }

    /// Keeps a file that an agent sends; gives its address as Genesys Cloud writes it.
    pub fn keep_file(&self, mime: &str, bytes: impl Into<Bytes>) -> String {
        let path = format!("/api/v2/downloads/{}", Uuid::new_v4().simple());
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.files.insert(path.clone(), (mime.to_owned(), bytes.into()));
        format!("https://api-downloads.mypurecloud.jp{path}")
    }

    /// Ends the conversation with a guest.
    pub fn end(&self, guest: &str) {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).ended.insert(conversation_of(guest));
    }

    /// The integrations there are.
    pub fn integrations(&self) -> Vec<Value> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).integrations.values().cloned().collect()
    }

    /// The guests' messages that it took, in order.
    pub fn messages(&self) -> Vec<Received> {
        self.taken_at("/inbound/open/message")
    }

    /// The texts of the guests' messages that it took, in order.
    pub fn texts(&self) -> Vec<String> {
        self.messages().iter().filter_map(|message| message.json()["text"].as_str().map(str::to_owned)).collect()
    }

    /// What it was told of an agent's message, in order.
    pub fn receipts_of(&self, message: &str) -> Vec<Value> {
        let receipts = self.taken_at("/inbound/open/receipt");
        receipts.iter().map(Received::json).filter(|receipt| receipt["id"] == message).collect()
    }
}

impl Memory {
    fn answer(&mut self, request: &Received) -> http::Response<axum::body::Body> {
        let path = request.path.as_str();
        let accepted = || {
            let guest = request.json()["channel"]["from"]["id"].as_str().unwrap_or_default().to_owned();
            let conversation = conversation_of(&guest);
            provider::json(200, &json!({ "id": Uuid::new_v4().to_string(), "conversationId": conversation }))
        };
        match (&request.method, path) {
            (&Method::POST, "/oauth/token") => {
                let body = json!({ "token_type": "bearer", "access_token": ACCESS_TOKEN, "expires_in": 86_400 });
                provider::json(200, &body)
            }
            (&Method::POST, _) if path.ends_with("/inbound/open/message") => accepted(),
            (&Method::POST, _) if path.ends_with("/inbound/open/structured/response") => accepted(),
            (&Method::POST, _) if path.ends_with("/inbound/open/receipt") => {
                provider::json(200, &json!({ "id": request.json()["id"] }))
            }
            (&Method::POST, _) if path.ends_with("/inbound/open/event") => provider::json(202, &json!({})),
            (_, _) if path.starts_with(INTEGRATIONS) => self.integration(request),
            (&Method::GET, "/api/v2/conversations/messaging/supportedcontent")
            | (&Method::GET, "/api/v2/conversations/messaging/settings") => {
                provider::json(200, &json!({ "entities": [], "pageCount": 0 }))
            }
            (&Method::POST, "/api/v2/conversations/messaging/supportedcontent")
            | (&Method::POST, "/api/v2/conversations/messaging/settings") => {
                provider::json(200, &json!({ "id": Uuid::new_v4().to_string(), "name": request.json()["name"] }))
            }
            (&Method::GET, _) if path.starts_with("/api/v2/conversations/messages/") => {
                let id = path.rsplit('/').next().unwrap_or_default();
                let state = if self.ended.contains(id) { "disconnected" } else { "connected" };
                provider::json(200, &json!({ "id": id, "participants": [{ "purpose": "customer", "state": state }] }))
            }
            (&Method::GET, _) if self.files.contains_key(path) => {
                let (mime, bytes) = &self.files[path];
                provider::file(mime, bytes.clone())
            }
            _ => provider::json(404, &json!({ "message": "not found", "code": "not.found", "status": 404 })),
        }
    }

    fn integration(&mut self, request: &Received) -> http::Response<axum::body::Body> {
        let id = request.path.strip_prefix(INTEGRATIONS).unwrap_or_default().trim_start_matches('/');
        match (request.method.as_str(), id) {
            ("GET", "") => {
                let all: Vec<&Value> = self.integrations.values().collect();
                provider::json(200, &json!({ "entities": all, "pageCount": 1 }))
            }
            ("POST", "") => {
                let mut made = request.json();
                let id = Uuid::new_v4().to_string();
                made["id"] = id.clone().into();
                made["status"] = "Active".into();
                made["createStatus"] = "Completed".into();
                self.integrations.insert(id, made.clone());
                provider::json(200, &made)
            }
            (method, id) => {
                let Some(found) = self.integrations.get_mut(id) else {
                    return provider::json(404, &json!({ "message": "not found", "code": "not.found", "status": 404 }));
                };
                if method == "PATCH" {
                    for (name, value) in request.json().as_object().into_iter().flatten() {
                        found[name] = value.clone();
                    }
                }
                let answer = found.clone();
                if method == "DELETE" {
                    self.integrations.remove(id);
                }
                provider::json(200, &answer)
            }
        }
    }
}

fn conversation_of(guest: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, guest.as_bytes()).to_string()
}

/// What an agent says: the common part of all messages, with `fields` laid over it. Its id is new.
pub fn message(integration: &str, guest: &str, fields: Value) -> Value {
    let id = Uuid::new_v4().to_string();
    let mut message = json!({
        "id": id,
        "channel": {
            "id": integration,
            "platform": "Open",
            "type": "Private",
            "messageId": id,
            "to": { "id": guest, "idType": "Opaque" },
            "from": { "id": integration, "nickname": "UM", "idType": "Opaque" },
            "time": jiff::Timestamp::now().to_string(),
        },
        "conversationId": conversation_of(guest),
        "type": "Text",
        "direction": "Outbound",
        "originatingEntity": "Human",
    });
    for (name, value) in fields.as_object().into_iter().flatten() {
        message[name] = value.clone();
    }
    message
}

/// A text of the agent's.
pub fn text(integration: &str, guest: &str, text: &str) -> Value {
    message(integration, guest, json!({ "text": text }))
}

/// A file of the agent's.
pub fn attachment(integration: &str, guest: &str, media_type: &str, url: &str, mime: &str, name: &str) -> Value {
    let attachment = json!({ "mediaType": media_type, "url": url, "mime": mime, "filename": name });
    message(integration, guest, json!({ "content": [{ "contentType": "Attachment", "attachment": attachment }] }))
}

/// The value of `X-Hub-Signature-256`: base64, not hex.
pub fn sign(webhook_token: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(webhook_token.as_bytes()).unwrap().chain_update(body);
    format!("sha256={}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}
