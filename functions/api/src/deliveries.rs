//! `/api/v1/deliveries`: what became of one message, and sending it again.

use std::sync::Arc;

use aws::{
    Context,
    store::{Attempt, DeliveryId, DeliveryRecord, DeliveryState, Direction},
};
use axum::{Extension, Json, extract::State};
use contract::{ReceiptStatus, SendError, SendErrorKind, TraceId, http::Exchange};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{Caller, Operator},
    conversation_id,
    describe::{self, Routes},
    extract::{Id, SourceAddress},
    messages::DeliveryRef,
    problem::{Problem, ProblemKind},
    tenant_login::{self, TenantRef},
};

/// What became of one message.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Delivery")]
pub struct DeliveryOut {
    /// Its id.
    id: String,
    /// The tenant's id.
    tenant_id: String,
    /// How far it got: `queued` (nobody began yet), `attempting`, `retrying` (an attempt failed, and another will be
    /// made), `delivered` (the other side took it), `failed` (it will not be tried again by itself).
    #[schemars(with = "String", extend("enum" = ["queued", "attempting", "retrying", "delivered", "failed"]))]
    state: DeliveryState,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<DeliveryError>,
    /// What the network reported since, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<ReceiptOut>,
    /// Everything else. Not for callers with a tenant's API authentication.
    #[serde(flatten)]
    details: Option<Details>,
    /// Every exchange with the other side, secrets blacked out, the oldest first. Not in lists, and not for callers with a
    /// tenant's API authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<AttemptOut>>")]
    log: Option<Vec<AttemptOut>>,
}

/// What is for those who are logged in.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Details {
    /// The conversation's id.
    conversation_id: String,
    /// `inbound`: from guest to agent; `outbound`: to the guest.
    #[schemars(with = "String", extend("enum" = ["inbound", "outbound"]))]
    direction: Direction,
    /// What was said, in a word: `text`.
    kind: String,
    /// The id of the event or message with the side that it came from.
    event_id: String,
    /// Its ids with the side that it went to.
    message_ids: Vec<String>,
    /// Follows the message through every log.
    trace_id: String,
    /// How often it was begun since it was last queued.
    attempts: u32,
    /// When it was queued, or first begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    first_at: Option<Timestamp>,
    /// When the last attempt began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    attempted_at: Option<Timestamp>,
    /// When the last attempt ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    settled_at: Option<Timestamp>,
    /// Whether it failed, so that it can be sent again.
    resendable: bool,
}

/// Why an attempt failed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DeliveryError {
    /// Of which sort, from a closed set: `rateLimited`, `unknownRecipient`, `tenantGone` …
    #[schemars(with = "String")]
    kind: SendErrorKind,
    /// The provider's own code or HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// What happened, in words.
    sentence: String,
}

/// What the network reported.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeliveryReceipt")]
struct ReceiptOut {
    /// How far the message got.
    #[schemars(with = "String", extend("enum" = ["sent", "delivered", "read", "failed"]))]
    status: ReceiptStatus,
    /// When that was told.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
}

/// An attempt.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeliveryAttempt")]
struct AttemptOut {
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    at: Option<Timestamp>,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<DeliveryError>,
    /// What was said on the way out.
    exchanges: Vec<ExchangeOut>,
}

/// A request to an outside system and its answer. Secrets are blacked out, bodies are cut at 4 KiB.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeliveryExchange")]
struct ExchangeOut {
    /// When the request was sent.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// Method and URL.
    request: String,
    /// The request's headers: name and value.
    request_headers: Vec<(String, String)>,
    /// The request's body.
    request_body: String,
    /// The answer's status; none when there was no answer.
    status: Option<u16>,
    /// The answer's headers: name and value.
    response_headers: Vec<(String, String)>,
    /// The answer's body, or what went wrong on the way.
    response_body: String,
    /// How long it took, in milliseconds.
    took_ms: u64,
}

crate::describe::documented!(DeliveryOut);

impl From<SendError> for DeliveryError {
    fn from(error: SendError) -> Self {
        Self { kind: error.kind, code: error.code, sentence: error.sentence }
    }
}

impl From<Exchange> for ExchangeOut {
    fn from(it: Exchange) -> Self {
        Self {
            at: it.at,
            request: it.request,
            request_headers: it.request_headers,
            request_body: it.request_body,
            status: it.status,
            response_headers: it.response_headers,
            response_body: it.response_body,
            took_ms: it.took_ms,
        }
    }
}

impl From<Attempt> for AttemptOut {
    fn from(it: Attempt) -> Self {
        let exchanges = it.exchanges.into_iter().map(ExchangeOut::from).collect();
        Self { at: Some(it.at), error: it.error.map(DeliveryError::from), exchanges }
    }
}

impl DeliveryOut {
    /// For those who are logged in, without its log.
    pub fn listed(record: DeliveryRecord) -> Self {
        let details = Details {
            conversation_id: conversation_id::show(&record.id.tenant, &record.id.conversation),
            direction: record.id.direction,
            kind: record.kind.clone(),
            event_id: record.event.clone(),
            message_ids: record.message_ids.clone(),
            trace_id: record.trace.clone(),
            attempts: record.attempts,
            first_at: record.first_at,
            attempted_at: record.attempted_at,
            settled_at: record.settled_at,
            resendable: record.state == DeliveryState::Failed,
        };
        Self { details: Some(details), ..Self::brief(record) }
    }

    /// For those who sent it.
    fn brief(record: DeliveryRecord) -> Self {
        let error = record.error.filter(|_| record.state != DeliveryState::Delivered);
        Self {
            id: record.id.to_string(),
            tenant_id: record.id.tenant.to_string(),
            state: record.state,
            error: error.map(DeliveryError::from),
            receipt: record.receipt.map(|(status, at)| ReceiptOut { status, at }),
            details: None,
            log: None,
        }
    }

    /// For those who are logged in, whole.
    fn whole(mut record: DeliveryRecord, attempts: Vec<Attempt>) -> Self {
        let exchanges = std::mem::take(&mut record.exchanges);
        let settled = record.settled_at;
        let delivered = record.state == DeliveryState::Delivered;
        // The last attempt stands with the delivery; when it failed, it is among the others as well.
        let last = (!exchanges.is_empty()
            && (delivered || !attempts.iter().any(|attempt| Some(attempt.at) == settled)))
        .then(|| {
            let exchanges = exchanges.into_iter().map(ExchangeOut::from).collect();
            AttemptOut { at: settled, error: None, exchanges }
        });
        let log = attempts.into_iter().map(AttemptOut::from).chain(last).collect();
        Self { log: Some(log), ..Self::listed(record) }
    }
}

/// Read a delivery
///
/// What became of a message, and every exchange with the other side. Deliveries are kept for three days. A caller with the
/// API authentication of the delivery's tenant is told the state alone.
#[utoipa::path(
    get, path = "/api/v1/deliveries/{id}", tag = "deliveries", operation_id = "getDelivery",
    security(("bearer" = []), ("tenant" = []), ()),
    params(("id" = String, Path, description = "The delivery's id.")),
    responses((status = 200, description = "The delivery.", body = DeliveryOut), describe::ThrottledReadOneProblems),
)]
async fn read(
    State(context): State<Arc<Context>>,
    Extension(SourceAddress(address)): Extension<SourceAddress>,
    caller: Option<Caller>,
    Id(id): Id<String>,
    headers: HeaderMap,
) -> Result<Json<DeliveryOut>, Problem> {
    let id = DeliveryId::parse(&id);
    if caller.is_none() {
        if has_bearer(&headers) {
            return Err(Problem::unauthorized("The token is not valid, or not any more. Log in again."));
        }
        let tenant = id.as_ref().map_or("", |id| id.tenant.as_str());
        tenant_login::admit(&context, &headers, &address, TenantRef::Id(tenant)).await?;
    }
    let id = id.ok_or_else(|| Problem::not_found("delivery"))?;
    let record = context.conversations.delivery(&id).await?.ok_or_else(|| Problem::not_found("delivery"))?;
    if caller.is_none() {
        return Ok(Json(DeliveryOut::brief(record)));
    }
    let attempts = context.conversations.attempts(&id).await?;
    Ok(Json(DeliveryOut::whole(record, attempts)))
}

fn has_bearer(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.trim().get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
}

/// Send a delivery again
///
/// Only one that failed: its message is queued again, with as many attempts as at first. What the other side had taken of
/// it is not sent twice. For operators.
#[utoipa::path(
    post, path = "/api/v1/deliveries/{id}/resend", tag = "deliveries", operation_id = "resendDelivery",
    params(("id" = String, Path, description = "The delivery's id.")),
    responses((status = 202, description = "Queued.", body = DeliveryRef), describe::ActionProblems),
)]
async fn resend(
    State(context): State<Arc<Context>>,
    _: Operator,
    Id(id): Id<String>,
) -> Result<(StatusCode, Json<DeliveryRef>), Problem> {
    let id = DeliveryId::parse(&id).ok_or_else(|| Problem::not_found("delivery"))?;
    let store = &context.conversations;
    let Some(record) = store.requeue(&id).await? else {
        return Err(match store.delivery(&id).await? {
            None => Problem::not_found("delivery"),
            Some(record) => Problem::new(
                ProblemKind::Conflict,
                format!("Only a delivery that failed can be sent again; this one is {}.", record.state.word()),
            ),
        });
    };
    if let Err(problem) = again(&context, &record).await {
        store.requeue_failed(&id).await?;
        return Err(problem);
    }
    tracing::info!(tenant = %id.tenant, conversation = %id.conversation, "a failed delivery is sent again");
    let queued = DeliveryRef { id: id.to_string(), tenant_id: id.tenant.to_string(), state: DeliveryState::Queued };
    Ok((StatusCode::ACCEPTED, Json(queued)))
}

async fn again(context: &Context, record: &DeliveryRecord) -> Result<(), Problem> {
    let gone = |why: &'static str| Problem::new(ProblemKind::Conflict, why);
    let body = record.task.as_deref().ok_or_else(|| gone("Nothing was kept of it that could be sent again."))?;
    let task = context.queues.read(body).await?.map_err(|reason| {
        tracing::warn!(reason, "a kept task cannot be read");
        gone("What was kept of it cannot be read any more.")
    })?;
    let url = context.queues.url_for(&task).ok_or_else(|| gone("Its connector is not deployed any more."))?;
    let once = TraceId::generate();
    Ok(context.queues.send_again(&url, task.group(), body, "sent again", once.as_str()).await?)
}

pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(resend))
}
