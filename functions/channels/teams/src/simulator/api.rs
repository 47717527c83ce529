//! What a bot calls: tokens, keys, the connector service, OneDrive.
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference>

use simulation::prelude::*;
use uuid::Uuid;

use super::{
    State, TENANT_ID,
    authority::Authority,
    memory::{TOKEN_S, conversation_of, guest_of, message_id, nickname, person},
    rules, screen,
};
use crate::address::decode;

pub(super) fn call(state: &mut State, authority: &Authority, call: &ProviderCall) -> Response {
    match (call.method(), call.path()) {
        ("POST", path) if path.ends_with("/oauth2/v2.0/token") => return issue(state, call),
        ("GET", "v1/.well-known/openidconfiguration") => {
            return ok(&json!({
                "issuer": "https://api.botframework.com",
                "jwks_uri": "https://login.botframework.com/v1/.well-known/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }));
        }
        ("GET", "v1/.well-known/keys") => return ok(&authority.keys()),
        ("GET", path) if path.starts_with("_download/") => return file(state, path.trim_start_matches("_download/")),
        ("PUT", path) if path.starts_with("_upload/") => {
            return upload(state, path.trim_start_matches("_upload/"), call);
        }
        _ => {}
    }
    let now = state.now();
    if !call.bearer().is_some_and(|token| state.memory.is_good(token, now)) {
        return Response::new(401).json(&json!({ "message": "Authorization has been denied for this request." }));
    }
    let Some((_, path)) = call.path().split_once("v3/") else { return not_found() };
    let segments: Vec<String> = path.split('/').map(decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (call.method(), segments.as_slice()) {
        ("POST", ["conversations"]) => open(&call.json()),
        ("POST", ["conversations", conversation, "activities"]) => post(state, conversation, call),
        ("POST", ["conversations", conversation, "activities", _]) => post(state, conversation, call),
        ("PUT", ["conversations", _, "activities", id]) => replace(state, id, call),
        ("DELETE", ["conversations", _, "activities", id]) => take_back(state, id),
        ("GET", ["conversations", conversation, "members", person]) => member(conversation, person),
        ("GET", ["conversations", conversation, "pagedmembers"]) => {
            ok(&json!({ "members": [member_json(&guest_of(conversation))] }))
        }
        ("GET", ["teams", team]) => {
            ok(&json!({ "id": team, "name": "Demo team", "aadGroupId": Uuid::nil().to_string() }))
        }
        ("GET", ["teams", team, "conversations"]) => ok(&json!({ "conversations": [
            { "id": team, "name": null }, { "id": "19:support@thread.tacv2", "name": "Support" },
        ] })),
        ("GET", ["attachments", id, "views", "original"]) => file(state, id),
        _ => not_found(),
    }
}

fn issue(state: &mut State, call: &ProviderCall) -> Response {
    let asked_well = call.form("grant_type") == "client_credentials"
        && call.form("scope") == "https://api.botframework.com/.default";
    let (now, new) = (state.now(), format!("bot-{}", state.ids.hex()));
    let issue = || state.memory.issue(&call.form("client_id"), &call.form("client_secret"), new, now);
    match asked_well.then(issue).flatten() {
        Some(token) => ok(&json!({ "token_type": "Bearer", "expires_in": TOKEN_S, "access_token": token })),
        None => Response::new(401).json(&json!({
            "error": if asked_well { "invalid_client" } else { "invalid_request" },
            "error_description": "AADSTS7000215: Invalid client secret provided.",
        })),
    }
}

fn open(body: &Value) -> Response {
    match body["members"][0]["id"].as_str() {
        Some(person) if person.starts_with("29:") => created(&conversation_of(person)),
        _ => refusal(400, "BadSyntax", "Incorrect conversation creation parameters"),
    }
}

fn post(state: &mut State, conversation: &str, call: &ProviderCall) -> Response {
    let Ok(activity) = call.try_json() else {
        return refusal(400, "BadSyntax", "Failed to decrypt conversation id or to read the activity");
    };
    if !conversation.starts_with("a:") && !conversation.starts_with("19:") {
        return refusal(404, "ConversationNotFound", "Conversation not found.");
    }
    let guest = guest_of(conversation);
    if let Some(fault) = rules::fault(&activity, conversation) {
        return refusal(fault.status, fault.code, &fault.message);
    }
    if state.blocked.contains(&guest) {
        return refusal(403, "MessageWritesBlocked", "Message Writes are blocked as the user blocked the bot");
    }
    let id = message_id(state);
    if activity["type"] == "typing" {
        let typing = Content::Typing { on: true, duration_ms: Some(3_000) };
        state.show(&guest, &format!("typing-{id}"), Actor::There, typing);
        return created(&id);
    }
    put_on(state, &guest, &id, activity);
    created(&id)
}

/// On the guest's screen.
fn put_on(state: &mut State, guest: &str, id: &str, activity: Value) {
    let contents = screen::contents(&activity, state.origin());
    state.show_parts(guest, id, contents, &Value::Null);
    state.memory.shown.insert(id, (guest.to_owned(), activity));
}

fn replace(state: &mut State, id: &str, call: &ProviderCall) -> Response {
    let Ok(activity) = call.try_json() else {
        return refusal(400, "BadSyntax", "The activity cannot be read");
    };
    let Some((guest, _)) = state.memory.shown.get(id).cloned() else { return no_activity() };
    if let Some(fault) = rules::fault(&activity, &conversation_of(&guest)) {
        return refusal(fault.status, fault.code, &fault.message);
    }
    put_on(state, &guest, id, activity);
    ok(&json!({ "id": id }))
}

fn take_back(state: &mut State, id: &str) -> Response {
    let Some((guest, _)) = state.memory.shown.remove(id) else { return no_activity() };
    let gone = Content::Note { text: "This message was deleted.".to_owned() };
    state.show(&guest, id, Actor::There, gone);
    Response::new(200)
}

fn upload(state: &mut State, id: &str, call: &ProviderCall) -> Response {
    let range = format!("bytes 0-{}/{}", call.body.len().saturating_sub(1), call.body.len());
    if !state.memory.uploads.contains(id) {
        return refusal(404, "itemNotFound", "The upload session was not found");
    }
    if call.header("content-range") != Some(range.as_str()) {
        return refusal(416, "invalidRange", "The range is not that of the file");
    }
    state.memory.uploads.remove(id);
    state.files.insert(id, File::new("", "application/octet-stream", call.body.clone()));
    created(id)
}

fn file(state: &State, id: &str) -> Response {
    state.files.get(id).map_or_else(not_found, File::response)
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
    Response::new(200).json(body)
}

fn created(id: &str) -> Response {
    Response::new(201).json(&json!({ "id": id }))
}

pub(super) fn refusal(status: u16, code: &str, message: &str) -> Response {
    Response::new(status).json(&json!({ "error": { "code": code, "message": message } }))
}

fn no_activity() -> Response {
    refusal(404, "ActivityNotFoundInConversation", "The activity does not exist.")
}

fn not_found() -> Response {
    refusal(404, "ServiceError", "No HTTP resource was found")
}
