//! The paths of login and API, who may call them, and what a refusal looks like.

use http::StatusCode;
use simulation::prelude::*;
use uuid::Uuid;

use super::{State, inbound, integrations};
use crate::integration::{INTEGRATIONS, MESSAGING_SETTINGS, SUPPORTED_CONTENT};

/// Client credentials, with Basic authentication.
pub(super) const LOGIN: &str = "oauth/token";
/// Agents' files: their links need no token.
pub(super) const DOWNLOADS: &str = "api/v2/downloads/";
/// Conversations, and the guests' side of integrations.
const MESSAGES: &str = "/api/v2/conversations/messages/";

/// The API's error body.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
}

impl Refusal {
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "bad.request", message: message.into() }
    }

    pub(super) fn not_found() -> Self {
        let message = "The requested resource was not found.".to_owned();
        Self { status: StatusCode::NOT_FOUND, code: "not.found", message }
    }

    fn unauthorized() -> Self {
        let message = "Invalid login credentials.".to_owned();
        Self { status: StatusCode::UNAUTHORIZED, code: "bad.credentials", message }
    }

    fn response(&self, context: Uuid) -> Response {
        Response::new(self.status.as_u16()).json(&json!({
            "message": self.message, "code": self.code, "status": self.status.as_u16(),
            "contextId": context, "details": [], "errors": [],
        }))
    }
}

pub(super) type Answer = Result<Value, Refusal>;

/// A body as JSON.
pub(super) fn parse(call: &ProviderCall) -> Result<Value, Refusal> {
    call.try_json().map_err(|_| Refusal::bad("The request could not be understood by the server."))
}

/// What becomes of a request that is not taken.
pub(super) fn fault(fault: Fault) -> Response {
    let (code, message) = match fault {
        Fault::Error => ("internal.server.error", "The server encountered an unexpected condition."),
        Fault::RateLimit => ("too.many.requests", "Rate limit exceeded the maximum. Retry the request in [1] seconds"),
        Fault::Refuse => ("bad.request", "The message was refused."),
        Fault::TooLarge => ("request.entity.too.large", "The request is over the size limit."),
    };
    let status = StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let response = Refusal { status, code, message: message.to_owned() }.response(Uuid::nil());
    if fault == Fault::RateLimit { response.header("retry-after", "1") } else { response }
}

pub(super) fn call(state: &mut State, call: &ProviderCall) -> Response {
    if call.path() == LOGIN {
        return login(state, call);
    }
    if let Some(id) = call.path().strip_prefix(DOWNLOADS) {
        return download(state, id).unwrap_or_else(|refusal| refusal.response(state.ids.uuid()));
    }
    if !call.bearer().is_some_and(|token| state.memory.tokens.contains(token)) {
        return Refusal::unauthorized().response(state.ids.uuid());
    }
    match route(state, call) {
        Ok(Value::Null) if call.method() == "DELETE" => Response::new(204),
        Ok(Value::Null) => Response::new(202),
        Ok(answer) => Response::new(200).json(&answer),
        Err(refusal) => refusal.response(state.ids.uuid()),
    }
}

/// The answer of a path; null where there is nothing to say.
fn route(state: &mut State, call: &ProviderCall) -> Answer {
    let path = format!("/{}", call.path());
    let id = path.strip_prefix(INTEGRATIONS).and_then(|rest| rest.strip_prefix('/'));
    match (call.method(), path.as_str(), id) {
        ("GET", INTEGRATIONS, _) => Ok(integrations::list(state, call)),
        ("POST", INTEGRATIONS, _) => integrations::create(state, call),
        ("GET", SUPPORTED_CONTENT, _) => Ok(integrations::page(state.memory.supported_contents.clone(), call)),
        ("GET", MESSAGING_SETTINGS, _) => Ok(integrations::page(state.memory.messaging_settings.clone(), call)),
        ("POST", SUPPORTED_CONTENT, _) => {
            let made = integrations::named(state, call)?;
            state.memory.supported_contents.push(made.clone());
            Ok(made)
        }
        ("POST", MESSAGING_SETTINGS, _) => {
            let made = integrations::named(state, call)?;
            state.memory.messaging_settings.push(made.clone());
            Ok(made)
        }
        ("GET", _, Some(id)) => integrations::show(state, id),
        ("PATCH", _, Some(id)) => integrations::change(state, id, call),
        ("DELETE", _, Some(id)) => state.memory.delete_integration(id).map(|()| Value::Null),
        (method, path, None) => {
            let rest: Vec<&str> = path.strip_prefix(MESSAGES).unwrap_or_default().split('/').collect();
            match (method, rest.as_slice()) {
                ("POST", [id, "inbound", "open", "message"]) => inbound::message(state, id, call),
                ("POST", [id, "inbound", "open", "event"]) => inbound::event(state, id, call),
                ("POST", [id, "inbound", "open", "receipt"]) => inbound::receipt(state, id, call),
                ("POST", [id, "inbound", "open", "structured", "response"]) => inbound::response(state, id, call),
                ("GET", [id]) => conversation(state, id),
                ("PATCH", [id]) => change_conversation(state, id, call),
                _ => Err(Refusal::not_found()),
            }
        }
        _ => Err(Refusal::not_found()),
    }
}

fn login(state: &mut State, call: &ProviderCall) -> Response {
    let refuse = |error: &str, description: &str| {
        let body = json!({ "error": error, "description": description, "error_description": description });
        Response::new(400).json(&body)
    };
    if call.form("grant_type") != "client_credentials" {
        return refuse("unsupported_grant_type", "only client_credentials is supported");
    }
    let Some((id, secret)) = call.basic() else {
        return refuse("invalid_request", "authorization header is missing");
    };
    let known = state.memory.clients.entry(id).or_insert_with(|| secret.clone());
    if secret.is_empty() || *known != secret {
        return refuse("invalid_client", "client secret is invalid");
    }
    let token = state.ids.hex();
    state.memory.tokens.insert(token.clone());
    Response::new(200).json(&json!({ "access_token": token, "token_type": "bearer", "expires_in": 86_399 }))
}

fn conversation(state: &mut State, id: &str) -> Answer {
    let participant = state.ids.uuid();
    state.memory.conversation(id).map(|conversation| conversation.show(participant))
}

fn change_conversation(state: &mut State, id: &str, call: &ProviderCall) -> Answer {
    if parse(call)?["state"] != "disconnected" {
        return Err(Refusal::bad("The only state that can be set is disconnected."));
    }
    let now = state.now();
    state.memory.disconnect(id, now)?;
    conversation(state, id)
}

fn download(state: &State, id: &str) -> Result<Response, Refusal> {
    let file = state.files.get(id).ok_or_else(Refusal::not_found)?;
    let name = file.name.replace(['"', '\\', '\r', '\n'], "_");
    Ok(file.response().header("content-disposition", &format!("attachment; filename=\"{name}\"")))
}
