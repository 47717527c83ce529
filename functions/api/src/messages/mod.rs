//! `/api/v1/messages`: an IVR writes to a guest.
//!
//! A message goes the way of an agent's: through the channel's outbound queue, in order with what agents write to the same
//! guest. The platform never knows of it, and is told nothing of what becomes of it; the caller asks for the delivery.

mod content;
mod rate_limit;

use std::{sync::Arc, time::Duration};

use aws::{
    Context,
    metrics::{self, Metric},
    queue::{Envelope, Origin},
    store::{DeliveryState, Direction, LedgerKey, Queued},
    tenant::Tenant,
};
use axum::{Extension, Json, extract::State};
use contract::{AnyChannel, Content, ConversationId, EventId, Outbound, TraceId, stable_uuid};
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    describe::{self, Routes},
    extract::{JsonBody, SourceAddress, typed},
    idempotency::HEADER,
    problem::{Fault, Problem, ProblemKind},
    tenant_login::{self, TenantRef},
    user_id,
};

/// Most messages of one request.
const MESSAGES_MAX: usize = 20;
/// How long the state of a message can be asked for: as long as the ledger remembers deliveries.
const REMEMBERED: Duration = Duration::from_secs(72 * 3600);

/// What is said to a guest.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "MessagesIn")]
pub struct MessagesIn {
    /// The tenant's id; or `tenant`.
    #[schemars(length(min = 1, max = 64))]
    tenant_id: Option<String>,
    /// The tenant's name, in whatever case; or `tenantId`.
    #[schemars(length(min = 1, max = 120))]
    tenant: Option<String>,
    /// The guest: the id that the channel's network gave them, or, where the channel can address one, a telephone number
    /// with its country code: `+819012345678`.
    #[schemars(length(min = 1, max = 512))]
    user_id: String,
    /// One message; or `messages`.
    #[schemars(with = "Option<MessageIn>")]
    message: Option<Value>,
    /// Several messages, in order; or `message`.
    #[schemars(with = "Option<Vec<MessageIn>>", length(min = 1, max = 20))]
    messages: Option<Vec<Value>>,
}

/// A message: a text, or an object with a `type`. `sticker` (`packageId`, `stickerId`), `location` (`title`, `address`,
/// `latitude`, `longitude`), `image`, `video`, `audio`, `file` (`url`, `name`, `caption`), `quickReplies` (`text`,
/// `options`), `card`, `carousel`, `list`, `datePicker` and `native` (`json`) mean the same on every channel. Any other
/// object is the channel's own JSON, such as LINE's `flex` and `template`, and is passed through.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "MessageIn")]
#[allow(dead_code, reason = "described; what is read is the JSON itself")]
pub enum MessageIn {
    /// A text.
    Text(String),
    /// Anything else.
    Object(Map<String, Value>),
}

/// The deliveries that a request leads to.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Accepted")]
pub struct MessagesAccepted {
    /// One for each message, in order.
    deliveries: Vec<DeliveryRef>,
}

/// A delivery, in short.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryRef {
    /// Its id; `GET /api/v1/deliveries/{id}` tells its state.
    pub id: String,
    /// The tenant's id.
    pub tenant_id: String,
    /// How far it got: `queued`, until somebody begins.
    #[schemars(with = "String", extend("enum" = ["queued", "attempting", "retrying", "delivered", "failed"]))]
    pub state: DeliveryState,
}

crate::describe::documented!(MessagesIn, MessagesAccepted, DeliveryRef);

/// Send messages to a guest
///
/// For IVRs: authenticated by the tenant's own API authentication (HTTP Basic, or none), not by a token. The messages are
/// queued, in order, and their states can be asked for. A tenant may send a number of messages per second that the
/// deployment sets, and ten seconds' worth at once.
#[utoipa::path(
    post, path = "/api/v1/messages", tag = "messages", operation_id = "sendMessages",
    security(("tenant" = []), ()),
    request_body = MessagesIn,
    responses((status = 202, description = "Queued.", body = MessagesAccepted), describe::TenantWriteProblems),
)]
async fn send(
    State(context): State<Arc<Context>>,
    Extension(SourceAddress(address)): Extension<SourceAddress>,
    headers: HeaderMap,
    JsonBody(document): JsonBody,
) -> Result<(StatusCode, Json<MessagesAccepted>), Problem> {
    let request: MessagesIn = typed(&document)?;
    let which = which(request.tenant_id.as_deref(), request.tenant.as_deref())?;
    let known = tenant_login::admit_active(&context, &headers, &address, which).await?;
    let tenant = &known.tenant;
    let (user, contents) = read(&request)?;
    let channel = channel(tenant)?;
    let count = u32::try_from(contents.len()).unwrap_or(u32::MAX);
    if let Err(wait) = rate_limit::take(&context, &tenant.id, count).await? {
        metrics::count(Metric::Dropped, &tenant.messaging.connector, "apiPace");
        return Err(Problem::new(
            ProblemKind::TooManyRequests,
            "The tenant sends more messages than it may. Wait as long as Retry-After says.",
        )
        .retry_after(wait));
    }
    // The same key makes the same ids: what a request queued that died before its answer was kept is not sent twice when it
    // is made again.
    let once = headers.get(HEADER).and_then(|key| key.to_str().ok());
    let id = |index: usize| match once {
        Some(key) => {
            stable_uuid(&[tenant.id.as_str(), key, &index.to_string(), &document.to_string()]).simple().to_string()
        }
        None => TraceId::generate().to_string(),
    };
    let guest = channel.guest(&user);
    let conversation = ConversationId::of(&tenant.id, &tenant.messaging.connector, &guest);
    let now = context.now();
    let mut queued = Vec::new();
    let mut envelopes = Vec::new();
    for (index, content) in contents.into_iter().enumerate() {
        let (event, trace, kind) = (EventId::new(format!("api-{}", id(index))), TraceId::generate(), content.kind());
        let key = LedgerKey {
            tenant: tenant.id.clone(),
            conversation: conversation.clone(),
            direction: Direction::Outbound,
            event: event.clone(),
        };
        queued.push(Queued { key, kind, trace: trace.clone() });
        envelopes.push(Envelope {
            tenant: tenant.id.clone(),
            conversation: conversation.clone(),
            channel: tenant.messaging.connector.clone(),
            platform: tenant.cx_platform.connector.clone(),
            trace,
            received_at: now,
            origin: Origin::Api,
            message: Outbound {
                message_id: event,
                at: now,
                to: guest.clone(),
                platform_conversation_id: None,
                agent_name: None,
                contents: vec![content],
            },
        });
    }
    let deliveries = enqueue(&context, tenant, queued, envelopes).await?;
    tracing::info!(tenant = %tenant.id, %conversation, messages = deliveries.len(), "queued for an IVR");
    Ok((StatusCode::ACCEPTED, Json(MessagesAccepted { deliveries })))
}

/// Notes and queues; what cannot be queued is not noted either.
async fn enqueue(
    context: &Context,
    tenant: &Tenant,
    queued: Vec<Queued>,
    envelopes: Vec<Envelope<Outbound>>,
) -> Result<Vec<DeliveryRef>, Problem> {
    let expires = context.now().checked_add(REMEMBERED).unwrap_or(jiff::Timestamp::MAX);
    let new = context.conversations.note_queued(&queued, expires).await?;
    let (mut deliveries, mut sending, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
    for ((entry, envelope), new) in queued.into_iter().zip(envelopes).zip(new) {
        let id = entry.key.id();
        let state = if new {
            fresh.push(entry.key);
            DeliveryState::Queued
        } else {
            context.conversations.delivery(&id).await?.map_or(DeliveryState::Queued, |delivery| delivery.state)
        };
        // A request that died between its note and its queue is made good by its repetition.
        if state == DeliveryState::Queued {
            sending.push(envelope);
        }
        deliveries.push(DeliveryRef { id: id.to_string(), tenant_id: tenant.id.to_string(), state });
    }
    let (channel, count) = (&tenant.messaging.connector, sending.len());
    if let Err(error) = context.queues.send_outbound(channel, sending).await {
        if let Err(error) = context.conversations.forget_queued(&fresh).await {
            tracing::warn!(%error, "notes of messages that were never queued stay until they expire");
        }
        return Err(error.into());
    }
    metrics::record(Metric::Received, channel, "api", count as f64);
    Ok(deliveries)
}

/// Which tenant a request means.
pub fn which<'a>(id: Option<&'a str>, name: Option<&'a str>) -> Result<TenantRef<'a>, Problem> {
    match (id, name) {
        (Some(id), None) => Ok(TenantRef::Id(id)),
        (None, Some(name)) => Ok(TenantRef::Name(name)),
        (None, None) => Err(Problem::field("/tenantId", "is required, or tenant with its name")),
        (Some(_), Some(_)) => Err(Problem::field("/tenant", "must not stand beside tenantId")),
    }
}

/// The tenant's channel.
pub fn channel(tenant: &Tenant) -> Result<&'static dyn AnyChannel, Problem> {
    registry::find_channel(&tenant.messaging.connector).ok_or_else(|| {
        tracing::error!(tenant = %tenant.id, "the tenant's channel is not known");
        Problem::new(ProblemKind::Internal, "The tenant's channel is not known here.")
    })
}

/// Who is written to, and what.
fn read(request: &MessagesIn) -> Result<(String, Vec<Content>), Problem> {
    let mut faults = Vec::new();
    let user = user_id::read(&request.user_id, "/userId").unwrap_or_else(|fault| {
        faults.push(fault);
        String::new()
    });
    let messages: Vec<(String, &Value)> = match (&request.message, &request.messages) {
        (Some(message), None) => vec![("/message".to_owned(), message)],
        (None, Some(messages)) => {
            messages.iter().enumerate().map(|(index, message)| (format!("/messages/{index}"), message)).collect()
        }
        (None, None) => {
            faults.push(Fault::at("/message", "is required, or messages"));
            Vec::new()
        }
        (Some(_), Some(_)) => {
            faults.push(Fault::at("/messages", "must not stand beside message"));
            Vec::new()
        }
    };
    match request.messages.as_ref().map(Vec::len) {
        Some(0) => faults.push(Fault::at("/messages", "must not be empty")),
        Some(count) if count > MESSAGES_MAX => {
            faults.push(Fault::at("/messages", format!("must have at most {MESSAGES_MAX} entries")));
        }
        _ => {}
    }
    let mut contents = Vec::new();
    for (at, message) in messages {
        match content::read(message, &at) {
            Ok(content) => contents.push(content),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok((user, contents)) } else { Err(Problem::invalid(faults)) }
}

pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(send))
}
