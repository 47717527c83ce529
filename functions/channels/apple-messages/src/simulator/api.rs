//! The gateway's API and the attachment server: <https://register.apple.com/resources/messages/msp-rest-api/>.

use base64::{Engine, prelude::BASE64_STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use simulation::prelude::*;

use super::{
    MSP_ID, MSP_SECRET, State,
    memory::{place, reserve},
    rules, screen,
};
use crate::cipher::Key;

/// Attachments are at most 100 MB.
pub(super) const LARGEST: usize = 100 << 20;

#[derive(Deserialize)]
struct Claims {
    iss: String,
}

pub(super) fn call(state: &mut State, call: &ProviderCall) -> Response {
    let segments = call.segments();
    // The attachment server knows its visitors by their addresses.
    match (call.method(), segments.as_slice()) {
        ("POST", ["_mmcs", "upload", id]) => return upload(state, id, call),
        ("GET", ["_mmcs", "download", id]) => return download(state, id),
        _ => {}
    }
    if call.header("authorization").is_none() {
        return Response::new(401);
    }
    if !call.bearer().is_some_and(is_ours) {
        return Response::new(403);
    }
    if call.header("source-id").is_none_or(str::is_empty) {
        return refusal("source-id is missing");
    }
    match (call.method(), segments.as_slice()) {
        ("POST", ["v1", "message"]) => message(state, call, false),
        ("POST", ["v1", "authenticate"]) => message(state, call, true),
        ("GET", ["v1", "preUpload"]) => pre_upload(state, call),
        ("GET", ["v1", "preDownload"]) => pre_download(state, call),
        ("POST", ["v1", "decodePayload"]) => decode_payload(call),
        _ => Response::new(404),
    }
}

fn message(state: &mut State, call: &ProviderCall, authenticates: bool) -> Response {
    let Ok(message) = call.try_json() else { return refusal("the body is no JSON") };
    for (name, field) in [("id", "id"), ("source-id", "sourceId"), ("destination-id", "destinationId")] {
        if call.header(name) != message[field].as_str() {
            return refusal(&format!("{name} and {field} differ"));
        }
    }
    if message["interactiveData"]["data"]["authenticate"].is_object() != authenticates {
        return refusal("not for this address");
    }
    let faults = rules::faults(&message);
    if !faults.is_empty() {
        return refusal(&faults.join("; "));
    }
    let guest = screen::string(&message["destinationId"]).unwrap_or_default();
    if !guest.starts_with("urn:mbid:") {
        return Response::new(404);
    }
    let id = screen::string(&message["id"]).unwrap_or_default();
    if state.blocked.contains(&guest) {
        return Response::new(410);
    }
    // The same id is the same message.
    if state.memory.taken.contains(&id) {
        return Response::new(200);
    }
    let typing = |on| Content::Typing { on, duration_ms: None };
    match message["type"].as_str() {
        Some("typing_start") => state.show(&guest, &id, Actor::There, typing(true)),
        Some("typing_end") => state.show(&guest, &id, Actor::There, typing(false)),
        _ => {
            if let Err(why) = deliver(state, &guest, &id, &message) {
                return refusal(why);
            }
        }
    }
    state.memory.taken.insert(id);
    Response::new(200)
}

/// Puts a message on the guest's screen; the device decrypts what comes with it.
fn deliver(state: &mut State, guest: &str, id: &str, message: &Value) -> Result<(), &'static str> {
    let attachments = screen::array(&message["attachments"]);
    let mut contents = Vec::new();
    for attachment in attachments {
        contents.push(decrypted(state, attachment)?);
    }
    if attachments.is_empty() {
        contents.push(screen::content(message));
    }
    if message["type"] == "interactive" {
        state.messages.insert(id, message["interactiveData"].clone());
    }
    state.show_parts(guest, id, contents, &Value::Null);
    Ok(())
}

fn decrypted(state: &mut State, attachment: &Value) -> Result<Content, &'static str> {
    let field = |name: &str| attachment[name].as_str().unwrap_or_default();
    let key = Key::parse(field("key")).ok_or("the key is none")?;
    let id = field("url").rsplit('/').next().unwrap_or_default();
    let stored = state.memory.stored.get(id).ok_or("there is no such file")?;
    let signature = BASE64_STANDARD.encode(&stored.signature);
    if stored.owner != field("owner") || signature != field("signature-base64") {
        return Err("owner or signature do not match");
    }
    if stored.bytes.len().to_string() != field("size") {
        return Err("the size does not match");
    }
    let mut bytes = stored.bytes.to_vec();
    key.apply(&mut bytes);
    let file = File::new(field("name"), field("mimeType"), bytes);
    let shown = file.attachment(file.kind(), state.url_of(id));
    state.files.insert(id, file);
    Ok(Content::Attachment(shown))
}

fn pre_upload(state: &mut State, call: &ProviderCall) -> Response {
    let size = call.header("mmcs-size").or(call.header("size")).and_then(|size| size.parse().ok());
    let Some(size) = size.filter(|size| (1..=LARGEST).contains(size)) else {
        return refusal("MMCS-Size is missing");
    };
    let id = reserve(state, size);
    Response::new(200).json(&json!({
        "upload-url": format!("{}/_mmcs/upload/{id}", state.origin()),
        "mmcs-url": place(state, &id),
        "mmcs-owner": state.memory.stored[&id].owner,
    }))
}

fn upload(state: &mut State, id: &str, call: &ProviderCall) -> Response {
    let Some(stored) = state.memory.stored.get_mut(id) else { return Response::new(404) };
    if stored.announced != call.body.len() {
        return refusal("the size is not as announced");
    }
    stored.signature = signature_of(&call.body);
    stored.bytes = call.body.clone();
    Response::new(200).json(&json!({ "singleFile": {
        "fileChecksum": BASE64_STANDARD.encode(&stored.signature),
        "size": stored.bytes.len(),
        "receipt": format!("receipt-{id}"),
    } }))
}

fn pre_download(state: &State, call: &ProviderCall) -> Response {
    let header = |new: &str, old: &str| call.header(new).or(call.header(old)).unwrap_or_default().to_owned();
    let url = header("mmcs-url", "url");
    let id = url.rsplit('/').next().unwrap_or_default();
    let Some(stored) = state.memory.stored.get(id) else { return Response::new(404) };
    let signature = BASE64_STANDARD.encode(&stored.signature);
    if header("mmcs-signature", "signature") != signature || header("mmcs-owner", "owner") != stored.owner {
        return refusal("signature or owner do not match");
    }
    Response::new(200).json(&json!({ "download-url": format!("{}/_mmcs/download/{id}", state.origin()) }))
}

fn download(state: &State, id: &str) -> Response {
    match state.memory.stored.get(id) {
        Some(stored) => {
            Response::new(200).body(stored.bytes.clone()).header("content-type", "application/octet-stream")
        }
        None => Response::new(404),
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

fn decode_payload(call: &ProviderCall) -> Response {
    let decoded = call.body.strip_prefix(b"AMB1").and_then(|body| BASE64_STANDARD.decode(body).ok());
    match decoded.and_then(|json| serde_json::from_slice::<Value>(&json).ok()) {
        Some(data) if call.header("bid") == data["bid"].as_str() => Response::new(200).json(&data),
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

fn refusal(why: &str) -> Response {
    Response::new(400).json(&json!({ "error": why }))
}
