//! The gateway's API and the attachment server: <https://register.apple.com/resources/messages/msp-rest-api/>.

use std::time::Duration;

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use contract::Content;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulation::{Actor, cut};
use uuid::Uuid;

use super::{AppleMessagesSimulator, MSP_ID, MSP_SECRET, memory::Shown, rules, screen};
use crate::cipher::Key;

/// Attachments are at most 100 MB.
const LARGEST: usize = 100 << 20;

pub(super) fn router(simulator: AppleMessagesSimulator) -> Router {
    Router::new().fallback(serve).with_state(simulator)
}

/// Faults first, then the answer.
async fn serve(State(simulator): State<AppleMessagesSimulator>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_matches('/').to_owned();
    if let Some(id) = path.strip_prefix("_content/") {
        return simulator.show_file(id);
    }
    let faults = simulator.stage.faults();
    if faults.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(faults.delay_ms)).await;
    }
    let mut dice = random();
    let mut falls = |share: f64| {
        dice -= share;
        dice < 0.0
    };
    if falls(faults.error) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if falls(faults.rate_limit) {
        let mut response = StatusCode::TOO_MANY_REQUESTS.into_response();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    }
    if falls(faults.refuse) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    // A connection breaks before the request was heard, or after it was done: as often.
    if falls(faults.drop / 2.0) {
        return cut();
    }
    let lost = falls(faults.drop / 2.0);
    let response = match to_bytes(body, LARGEST).await {
        Ok(body) => simulator.answer(&parts.method, &path, &parts.headers, body),
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    };
    if lost { cut() } else { response }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
}

impl AppleMessagesSimulator {
    fn answer(&self, method: &Method, path: &str, headers: &HeaderMap, body: Bytes) -> Response {
        let segments: Vec<&str> = path.split('/').collect();
        // The attachment server knows its visitors by their addresses.
        match (method, segments.as_slice()) {
            (&Method::POST, ["_mmcs", "upload", id]) => return self.upload(id, body),
            (&Method::GET, ["_mmcs", "download", id]) => return self.download(id),
            _ => {}
        }
        let Some(authorization) = text(headers, "authorization") else {
            return StatusCode::UNAUTHORIZED.into_response();
        };
        if !authorization.strip_prefix("Bearer ").is_some_and(is_ours) {
            return StatusCode::FORBIDDEN.into_response();
        }
        if text(headers, "source-id").is_none_or(str::is_empty) {
            return refusal("source-id is missing");
        }
        match (method, segments.as_slice()) {
            (&Method::POST, ["v1", "message" | "authenticate"]) => {
                let endpoint = segments.last().copied().unwrap_or_default();
                self.message(headers, &body, endpoint == "authenticate")
            }
            (&Method::GET, ["v1", "preUpload"]) => self.pre_upload(headers),
            (&Method::GET, ["v1", "preDownload"]) => self.pre_download(headers),
            (&Method::POST, ["v1", "decodePayload"]) => decode_payload(headers, &body),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn message(&self, headers: &HeaderMap, body: &[u8], authenticates: bool) -> Response {
        let Ok(message) = serde_json::from_slice::<Value>(body) else { return refusal("the body is no JSON") };
        for (name, field) in [("id", "id"), ("source-id", "sourceId"), ("destination-id", "destinationId")] {
            if text(headers, name) != message[field].as_str() {
                return refusal(&format!("{name} and {field} differ"));
            }
        }
        if headers.contains_key("um-work")
            || (message["interactiveData"]["data"]["authenticate"].is_object() != authenticates)
        {
            return refusal("not for this address");
        }
        let faults = rules::faults(&message);
        if !faults.is_empty() {
            return refusal(&faults.join("; "));
        }
        let guest = screen::string(&message["destinationId"]).unwrap_or_default();
        if !guest.starts_with("urn:mbid:") {
            return StatusCode::NOT_FOUND.into_response();
        }
        let id = screen::string(&message["id"]).unwrap_or_default();
        {
            let mut memory = self.memory();
            if memory.closed.contains(&guest) {
                return StatusCode::GONE.into_response();
            }
            // The same id is the same message.
            if !memory.taken.insert(id.clone()) {
                return StatusCode::OK.into_response();
            }
        }
        match message["type"].as_str() {
            Some("typing_start") => {
                self.show(&guest, &id, Actor::There, Content::Typing { on: true, duration_ms: None }, None);
            }
            Some("typing_end") => {
                self.show(&guest, &id, Actor::There, Content::Typing { on: false, duration_ms: None }, None);
            }
            _ => return self.deliver(&guest, &id, &message),
        }
        StatusCode::OK.into_response()
    }

    /// Puts a message on the guest's screen; the device decrypts what comes with it.
    fn deliver(&self, guest: &str, id: &str, message: &Value) -> Response {
        let attachments = screen::array(&message["attachments"]);
        let mut contents = Vec::new();
        for attachment in attachments {
            match self.decrypted(attachment) {
                Ok(content) => contents.push(content),
                Err(why) => {
                    self.memory().taken.remove(id);
                    return refusal(why);
                }
            }
        }
        if attachments.is_empty() {
            contents.push(screen::content(message));
        }
        if message["type"] == "interactive" {
            let mut memory = self.memory();
            memory.asked.insert(id.to_owned(), message["interactiveData"].clone());
            if memory.asked.len() > 5_000 {
                memory.asked.pop_first();
            }
        }
        for (part, content) in contents.into_iter().enumerate() {
            let id = if part == 0 { id.to_owned() } else { format!("{id}/{part}") };
            self.show(guest, &id, Actor::There, content, None);
        }
        StatusCode::OK.into_response()
    }

    fn decrypted(&self, attachment: &Value) -> Result<Content, &'static str> {
        let field = |name: &str| attachment[name].as_str().unwrap_or_default();
        let key = Key::parse(field("key")).ok_or("the key is none")?;
        let mut memory = self.memory();
        let id = field("url").rsplit('/').next().unwrap_or_default().to_owned();
        let stored = memory.stored.get(&id).ok_or("there is no such file")?;
        let signature = BASE64_STANDARD.encode(&stored.signature);
        if stored.owner != field("owner") || signature != field("signature-base64") {
            return Err("owner or signature do not match");
        }
        if stored.bytes.len().to_string() != field("size") {
            return Err("the size does not match");
        }
        let mut bytes = stored.bytes.to_vec();
        key.apply(&mut bytes);
        let content = screen::file(&memory.origin, &id, field("name"), field("mimeType"), bytes.len());
        memory.shown.insert(id, Shown { mime: field("mimeType").to_owned(), bytes: bytes.into() });
        Ok(content)
    }

    fn pre_upload(&self, headers: &HeaderMap) -> Response {
        let size = text(headers, "mmcs-size").or(text(headers, "size")).and_then(|size| size.parse().ok());
        let Some(size) = size.filter(|size| (1..=LARGEST).contains(size)) else {
            return refusal("MMCS-Size is missing");
        };
        let mut memory = self.memory();
        let id = memory.reserve(size);
        axum::Json(json!({
            "upload-url": format!("{}/_mmcs/upload/{id}", memory.origin),
            "mmcs-url": memory.place(&id),
            "mmcs-owner": memory.stored[&id].owner,
        }))
        .into_response()
    }

    fn upload(&self, id: &str, body: Bytes) -> Response {
        let mut memory = self.memory();
        let Some(stored) = memory.stored.get_mut(id) else { return StatusCode::NOT_FOUND.into_response() };
        if stored.announced != body.len() {
            return refusal("the size is not as announced");
        }
        stored.signature = signature_of(&body);
        stored.bytes = body;
        axum::Json(json!({ "singleFile": {
            "fileChecksum": BASE64_STANDARD.encode(&stored.signature),
            "size": stored.bytes.len(),
            "receipt": format!("receipt-{id}"),
        } }))
        .into_response()
    }

    fn pre_download(&self, headers: &HeaderMap) -> Response {
        let header = |new: &str, old: &str| text(headers, new).or(text(headers, old)).unwrap_or_default().to_owned();
        let url = header("mmcs-url", "url");
        let memory = self.memory();
        let id = url.rsplit('/').next().unwrap_or_default();
        let Some(stored) = memory.stored.get(id) else { return StatusCode::NOT_FOUND.into_response() };
        let signature = BASE64_STANDARD.encode(&stored.signature);
        if header("mmcs-signature", "signature") != signature || header("mmcs-owner", "owner") != stored.owner {
            return refusal("signature or owner do not match");
        }
        axum::Json(json!({ "download-url": format!("{}/_mmcs/download/{id}", memory.origin) })).into_response()
    }

    fn download(&self, id: &str) -> Response {
        match self.memory().stored.get(id) {
            Some(stored) => stored.bytes.clone().into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }

    /// For the playground alone: people see files as they are.
    fn show_file(&self, id: &str) -> Response {
        match self.memory().shown.get(id) {
            Some(file) => ([(header::CONTENT_TYPE, file.mime.clone())], file.bytes.clone()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// How the attachment server signs what it keeps.
pub(super) fn signature_of(bytes: &[u8]) -> Vec<u8> {
    [&[0x81][..], &Sha256::digest(bytes)[..20]].concat()
}

/// How big answers are packed before they are encrypted: the simulator's own way, as Apple's is not told.
pub(super) fn packed(data: &Value) -> Vec<u8> {
    format!("AMB1{}", BASE64_STANDARD.encode(data.to_string())).into_bytes()
}

fn decode_payload(headers: &HeaderMap, body: &[u8]) -> Response {
    let decoded = body.strip_prefix(b"AMB1").and_then(|body| BASE64_STANDARD.decode(body).ok());
    match decoded.and_then(|json| serde_json::from_slice::<Value>(&json).ok()) {
        Some(data) if text(headers, "bid") == data["bid"].as_str() => axum::Json(data).into_response(),
        _ => refusal("the payload cannot be decoded"),
    }
}

fn is_ours(token: &str) -> bool {
    let Ok(key) = DecodingKey::from_base64_secret(MSP_SECRET) else { return false };
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    jsonwebtoken::decode::<Claims>(token, &key, &validation).is_ok_and(|token| token.claims.iss == MSP_ID)
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn refusal(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": why }))).into_response()
}

/// Anything from 0 to 1.
fn random() -> f64 {
    (Uuid::new_v4().as_u128() >> 75) as f64 / (1u64 << 53) as f64
}
