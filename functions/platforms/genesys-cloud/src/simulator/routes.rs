//! The paths of login and API, who may call them, and what a refusal looks like.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Inner, faults, inbound, integrations};
use crate::integration::{INTEGRATIONS, MESSAGING_SETTINGS, SUPPORTED_CONTENT};

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
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "message": self.message, "code": self.code, "status": self.status.as_u16(),
            "contextId": Uuid::new_v4(), "details": [], "errors": [],
        });
        (self.status, axum::Json(body)).into_response()
    }
}

pub(super) type Answer = Result<axum::Json<Value>, Refusal>;

/// A body as JSON.
pub(super) fn parse(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::bad("The request could not be understood by the server."))
}

pub(super) fn router(inner: Arc<Inner>) -> Router {
    let inbound = |what: &str| format!("/api/v2/conversations/messages/{{id}}/inbound/open/{what}");
    Router::new()
        .route(INTEGRATIONS, get(integrations::list).post(integrations::create))
        .route(
            &format!("{INTEGRATIONS}/{{id}}"),
            get(integrations::show).patch(integrations::change).delete(integrations::delete),
        )
        .route(SUPPORTED_CONTENT, get(integrations::list_contents).post(integrations::create_content))
        .route(MESSAGING_SETTINGS, get(integrations::list_settings).post(integrations::create_setting))
        .route(&inbound("message"), post(inbound::message))
        .route(&inbound("event"), post(inbound::event))
        .route(&inbound("receipt"), post(inbound::receipt))
        .route(&inbound("structured/response"), post(inbound::response))
        .route("/api/v2/conversations/messages/{id}", get(conversation).patch(change_conversation))
        .route_layer(middleware::from_fn_with_state(inner.clone(), authorize))
        .route_layer(middleware::from_fn_with_state(inner.clone(), faults::interfere))
        .route("/oauth/token", post(token))
        .route("/api/v2/downloads/{id}", get(download))
        .fallback(|| async { Refusal::not_found() })
        .with_state(inner)
}

async fn authorize(State(inner): State<Arc<Inner>>, request: Request, next: Next) -> Response {
    let token = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let known = token
        .and_then(|value| value.strip_prefix("Bearer "))
        .is_some_and(|token| inner.organization().tokens.contains(token));
    if known { next.run(request).await } else { Refusal::unauthorized().into_response() }
}

/// `POST /oauth/token`: client credentials, with Basic authentication.
async fn token(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: bytes::Bytes) -> Response {
    let refuse = |error: &str, description: &str| {
        let body = json!({ "error": error, "description": description, "error_description": description });
        (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
    };
    let grant = url::form_urlencoded::parse(&body).find(|(name, _)| name == "grant_type");
    if grant.is_none_or(|(_, value)| value != "client_credentials") {
        return refuse("unsupported_grant_type", "only client_credentials is supported");
    }
    let basic = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let decoded = basic.and_then(|text| STANDARD.decode(text).ok()).and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((id, secret)) = decoded.as_deref().and_then(|text| text.split_once(':')) else {
        return refuse("invalid_request", "authorization header is missing");
    };
    let mut organization = inner.organization();
    let known = organization.clients.entry(id.to_owned()).or_insert_with(|| secret.to_owned());
    if secret.is_empty() || known != secret {
        return refuse("invalid_client", "client secret is invalid");
    }
    let token = Uuid::new_v4().simple().to_string();
    organization.tokens.insert(token.clone());
    axum::Json(json!({ "access_token": token, "token_type": "bearer", "expires_in": 86_399 })).into_response()
}

async fn conversation(State(inner): State<Arc<Inner>>, Path(id): Path<String>) -> Answer {
    inner.organization().conversation(&id).map(|conversation| axum::Json(conversation.show()))
}

async fn change_conversation(State(inner): State<Arc<Inner>>, Path(id): Path<String>, body: bytes::Bytes) -> Answer {
    if parse(&body)?["state"] != "disconnected" {
        return Err(Refusal::bad("The only state that can be set is disconnected."));
    }
    let mut organization = inner.organization();
    organization.disconnect(&id)?;
    organization.conversation(&id).map(|conversation| axum::Json(conversation.show()))
}

/// An agent's file. Its link needs no token.
async fn download(State(inner): State<Arc<Inner>>, Path(id): Path<String>) -> Response {
    let organization = inner.organization();
    let Some(file) = organization.files.get(&id) else { return Refusal::not_found().into_response() };
    let disposition = format!("attachment; filename=\"{}\"", file.name.replace(['"', '\\', '\r', '\n'], "_"));
    let mut response = file.bytes.clone().into_response();
    for (name, value) in [(header::CONTENT_TYPE, &file.mime), (header::CONTENT_DISPOSITION, &disposition)] {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
