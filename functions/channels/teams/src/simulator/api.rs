//! What a bot calls: tokens, keys, the connector service, OneDrive.
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference>

use std::time::Duration;

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use contract::Content;
use jiff::Timestamp;
use serde_json::{Value, json};
use simulation::{Actor, cut};
use uuid::Uuid;

use super::{
    TENANT_ID, TeamsSimulator,
    memory::{File, TOKEN_S, conversation_of, guest_of, nickname, person},
    rules, screen,
};
use crate::address::decode;

/// The largest file that is taken.
const LARGEST: usize = 60 << 20;

pub(super) fn router(simulator: TeamsSimulator) -> Router {
    Router::new().fallback(serve).with_state(simulator)
}

/// Faults first, then the answer.
async fn serve(State(simulator): State<TeamsSimulator>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_matches('/').to_owned();
    if let Some(id) = path.strip_prefix("_content/") {
        return simulator.file(id);
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
        return refusal(500, "ServiceError", "Unknown");
    }
    if falls(faults.rate_limit) {
        let mut response = refusal(429, "Throttled", "Too many requests");
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    }
    if falls(faults.refuse) {
        return refusal(400, "BadArgument", "Refused");
    }
    // A connection breaks before Teams has heard the request, or after it has done what it was asked: as often.
    if falls(faults.drop / 2.0) {
        return cut();
    }
    let lost = falls(faults.drop / 2.0);
    let response = match to_bytes(body, LARGEST).await {
        Ok(body) => simulator.answer(&parts.method, &path, &parts.headers, body),
        Err(_) => refusal(413, "MessageSizeTooBig", "Message size too large"),
    };
    if lost { cut() } else { response }
}

impl TeamsSimulator {
    fn answer(&self, method: &Method, path: &str, headers: &HeaderMap, body: Bytes) -> Response {
        let now = Timestamp::now();
        match (method, path) {
            (&Method::POST, path) if path.ends_with("/oauth2/v2.0/token") => return self.issue(&body, now),
            (&Method::GET, "v1/.well-known/openidconfiguration") => {
                return ok(&json!({
                    "issuer": "https://api.botframework.com",
                    "jwks_uri": "https://login.botframework.com/v1/.well-known/keys",
                    "id_token_signing_alg_values_supported": ["RS256"],
                }));
            }
            (&Method::GET, "v1/.well-known/keys") => return ok(&self.authority.keys()),
            (&Method::GET, path) if path.starts_with("_download/") => {
                return self.file(path.trim_start_matches("_download/"));
            }
            (&Method::PUT, path) if path.starts_with("_upload/") => {
                return self.upload(path.trim_start_matches("_upload/"), headers, body);
            }
            _ => {}
        }
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        if !bearer.is_some_and(|token| self.memory().is_good(token, now)) {
            let why = json!({ "message": "Authorization has been denied for this request." });
            return (StatusCode::UNAUTHORIZED, Json(why)).into_response();
        }
        let Some((_, path)) = path.split_once("v3/") else { return not_found() };
        let segments: Vec<String> = path.split('/').map(decode).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (method, segments.as_slice()) {
            (&Method::POST, ["conversations"]) => self.open(&body),
            (&Method::POST, ["conversations", conversation, "activities"]) => self.post(conversation, &body),
            (&Method::POST, ["conversations", conversation, "activities", _]) => self.post(conversation, &body),
            (&Method::PUT, ["conversations", _, "activities", id]) => self.replace(id, &body),
            (&Method::DELETE, ["conversations", _, "activities", id]) => self.take_back(id),
            (&Method::GET, ["conversations", conversation, "members", person]) => member(conversation, person),
            (&Method::GET, ["conversations", conversation, "pagedmembers"]) => {
                ok(&json!({ "members": [member_json(&guest_of(conversation))] }))
            }
            (&Method::GET, ["teams", team]) => {
                ok(&json!({ "id": team, "name": "Demo team", "aadGroupId": Uuid::nil().to_string() }))
            }
            (&Method::GET, ["teams", team, "conversations"]) => ok(&json!({ "conversations": [
                { "id": team, "name": null }, { "id": "19:support@thread.tacv2", "name": "Support" },
            ] })),
            (&Method::GET, ["attachments", id, "views", "original"]) => self.file(id),
            _ => not_found(),
        }
    }

    fn issue(&self, body: &[u8], now: Timestamp) -> Response {
        let form = |name: &str| {
            let mut fields = url::form_urlencoded::parse(body);
            fields.find_map(|(key, value)| (key == name).then(|| value.into_owned())).unwrap_or_default()
        };
        let asked_well =
            form("grant_type") == "client_credentials" && form("scope") == "https://api.botframework.com/.default";
        let token = asked_well.then(|| self.memory().issue(&form("client_id"), &form("client_secret"), now)).flatten();
        match token {
            Some(token) => ok(&json!({ "token_type": "Bearer", "expires_in": TOKEN_S, "access_token": token })),
            None => {
                let why = json!({
                    "error": if asked_well { "invalid_client" } else { "invalid_request" },
                    "error_description": "AADSTS7000215: Invalid client secret provided.",
                });
                (StatusCode::UNAUTHORIZED, Json(why)).into_response()
            }
        }
    }

    fn open(&self, body: &[u8]) -> Response {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        match body["members"][0]["id"].as_str() {
            Some(person) if person.starts_with("29:") => created(&conversation_of(person)),
            _ => refusal(400, "BadSyntax", "Incorrect conversation creation parameters"),
        }
    }

    fn post(&self, conversation: &str, body: &[u8]) -> Response {
        let Ok(activity) = serde_json::from_slice::<Value>(body) else {
            return refusal(400, "BadSyntax", "Failed to decrypt conversation id or to read the activity");
        };
        if !conversation.starts_with("a:") && !conversation.starts_with("19:") {
            return refusal(404, "ConversationNotFound", "Conversation not found.");
        }
        let guest = guest_of(conversation);
        if let Some(fault) = rules::fault(&activity, conversation) {
            return refusal(fault.status, fault.code, &fault.message);
        }
        if self.memory().blocked.contains(&guest) {
            return refusal(403, "MessageWritesBlocked", "Message Writes are blocked as the user blocked the bot");
        }
        let id = self.memory().message_id();
        if activity["type"] == "typing" {
            let typing = Content::Typing { on: true, duration_ms: Some(3_000) };
            self.show(&guest, &format!("typing-{id}"), Actor::There, typing, Value::Null);
            return created(&id);
        }
        self.memory().keep(&id, &guest, &activity);
        self.put_on(&guest, &id, &activity);
        created(&id)
    }

    /// On the guest's screen.
    fn put_on(&self, guest: &str, id: &str, activity: &Value) {
        let origin = self.memory().origin.clone();
        for (part, content) in screen::contents(activity, &origin).into_iter().enumerate() {
            let id = if part == 0 { id.to_owned() } else { format!("{id}-{part}") };
            self.show(guest, &id, Actor::There, content, Value::Null);
        }
    }

    fn replace(&self, id: &str, body: &[u8]) -> Response {
        let Ok(activity) = serde_json::from_slice::<Value>(body) else {
            return refusal(400, "BadSyntax", "The activity cannot be read");
        };
        let Some((guest, _)) = self.memory().shown.get(id).cloned() else {
            return refusal(404, "ActivityNotFoundInConversation", "The activity does not exist.");
        };
        if let Some(fault) = rules::fault(&activity, &conversation_of(&guest)) {
            return refusal(fault.status, fault.code, &fault.message);
        }
        self.memory().keep(id, &guest, &activity);
        self.put_on(&guest, id, &activity);
        ok(&json!({ "id": id }))
    }

    fn take_back(&self, id: &str) -> Response {
        let Some((guest, _)) = self.memory().shown.remove(id) else {
            return refusal(404, "ActivityNotFoundInConversation", "The activity does not exist.");
        };
        let gone = Content::Note { text: "This message was deleted.".to_owned() };
        self.show(&guest, id, Actor::There, gone, Value::Null);
        StatusCode::OK.into_response()
    }

    fn upload(&self, id: &str, headers: &HeaderMap, body: Bytes) -> Response {
        let range = format!("bytes 0-{}/{}", body.len().saturating_sub(1), body.len());
        let mut memory = self.memory();
        if !memory.uploads.contains(id) {
            return refusal(404, "itemNotFound", "The upload session was not found");
        }
        if headers.get(header::CONTENT_RANGE).is_none_or(|given| given.as_bytes() != range.as_bytes()) {
            return refusal(416, "invalidRange", "The range is not that of the file");
        }
        memory.uploads.remove(id);
        memory.files.insert(id.to_owned(), File { mime: "application/octet-stream".to_owned(), bytes: body });
        (StatusCode::CREATED, Json(json!({ "id": id }))).into_response()
    }

    fn file(&self, id: &str) -> Response {
        match self.memory().files.get(id) {
            Some(file) => ([(header::CONTENT_TYPE, file.mime.clone())], file.bytes.clone()).into_response(),
            None => not_found(),
        }
    }
}

fn member(conversation: &str, asked: &str) -> Response {
    if conversation.starts_with("a:") && asked != guest_of(conversation) {
        return refusal(404, "MemberNotFoundInConversation", "The member is not in the conversation.");
    }
    ok(&member_json(asked))
}

fn member_json(id: &str) -> Value {
    let name = nickname(id);
    let (given, family) = name.split_once(' ').unwrap_or((&name, ""));
    let mail = format!("{}@contoso.example", family.to_lowercase());
    json!({
        "id": id, "objectId": Uuid::new_v5(&Uuid::NAMESPACE_OID, person(id).as_bytes()).to_string(), "name": name,
        "givenName": given, "surname": family, "email": mail, "userPrincipalName": mail, "tenantId": TENANT_ID,
        "userRole": "user",
    })
}

fn ok(body: &Value) -> Response {
    Json(body).into_response()
}

fn created(id: &str) -> Response {
    (StatusCode::CREATED, Json(json!({ "id": id }))).into_response()
}

fn refusal(status: u16, code: &str, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(json!({ "error": { "code": code, "message": message } }))).into_response()
}

fn not_found() -> Response {
    refusal(404, "ServiceError", "No HTTP resource was found")
}

/// From 0 up to 1.
fn random() -> f64 {
    (Uuid::new_v4().as_u128() >> 74) as f64 / (1_u64 << 54) as f64
}
