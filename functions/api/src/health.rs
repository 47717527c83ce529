//! `/api/v1/health`: whether everything behind the API answers. Everything is really touched.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws::{
    Context,
    queue::NamedQueue,
    store::{StoreError, text},
};
use aws_sdk_sqs::types::QueueAttributeName;
use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse, Response},
};
use futures::future::{BoxFuture, FutureExt, join_all};
use http::StatusCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{auth::Caller, describe::Routes};

/// How long one service may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(4);
/// How long a result is good for: anybody may ask, and each time costs a dozen calls.
const GOOD_FOR: Duration = Duration::from_secs(5);

/// Whether everything behind the API answers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `ok`, or `failing` when anything does not answer.
    status: Status,
    /// What was touched; empty for callers who are not logged in.
    checks: Vec<Check>,
}

/// Whether something answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "HealthStatus", inline)]
enum Status {
    /// It does.
    Ok,
    /// It does not.
    Failing,
}

/// One service behind the API.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "HealthCheck")]
struct Check {
    /// What it is: `table configuration`, `queue outbound line`, `bucket attachments`, `key`.
    name: String,
    /// Whether it answers.
    #[schemars(schema_with = "described_status")]
    status: Status,
    /// Milliseconds until it did.
    latency_ms: u64,
    /// What it says: messages in a queue, or why it does not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

fn described_status(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let mut schema = generator.subschema_for::<Status>();
    schema.insert("description".to_owned(), "Whether it answers.".into());
    schema
}

crate::describe::documented!(Health);

/// The last result, and when it was got.
#[derive(Clone, Default)]
struct Last(Arc<Mutex<Option<(Timestamp, Health)>>>);

/// Ask whether all is well
///
/// Touches tables, queues, buckets and the key. Callers who are logged in are told what was touched.
#[utoipa::path(
    get, path = "/api/v1/health", tag = "health", operation_id = "getHealth", security((), ("bearer" = [])),
    responses(
        (status = 200, description = "All is well.", body = Health),
        (status = 503, description = "Something does not answer.", body = Health),
    ),
)]
async fn read(
    State(context): State<Arc<Context>>,
    Extension(last): Extension<Last>,
    caller: Option<Caller>,
) -> Response {
    let health = current(&context, &last).await;
    let status = if health.status == Status::Ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let shown = if caller.is_some() { health } else { Health { checks: Vec::new(), ..health } };
    (status, Json(shown)).into_response()
}

async fn current(context: &Context, last: &Last) -> Health {
    let now = context.now();
    let kept = last.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((at, health)) = kept
        && now.duration_since(at).unsigned_abs() < GOOD_FOR
    {
        return health;
    }
    let health = check_all(context).await;
    *last.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, health.clone()));
    health
}

type CheckFuture<'a> = BoxFuture<'a, Result<Option<String>, StoreError>>;

async fn check_all(context: &Context) -> Health {
    let config = &context.config;
    let mut checks: Vec<(String, CheckFuture<'_>)> = Vec::new();
    for (name, table) in
        [("configuration", &config.configuration_table), ("conversations", &config.conversations_table)]
    {
        checks.push((format!("table {name}"), table_answers(context, table).boxed()));
    }
    for NamedQueue { direction, connector, url } in context.queues.names().deployed() {
        checks.push((format!("queue {direction} {connector}"), queue_answers(context, url).boxed()));
    }
    for (name, bucket) in [("attachments", &config.attachments_bucket), ("claim checks", &config.claim_check_bucket)] {
        checks.push((format!("bucket {name}"), bucket_answers(context, bucket).boxed()));
    }
    checks.push(("key".to_owned(), key_answers(context).boxed()));
    let checks = join_all(checks.into_iter().map(|(name, check)| timed(name, check))).await;
    let status = if checks.iter().all(|check| check.status == Status::Ok) { Status::Ok } else { Status::Failing };
    Health { status, checks }
}

async fn timed(name: String, check: CheckFuture<'_>) -> Check {
    let started = Instant::now();
    let outcome = tokio::time::timeout(CHECK_TIMEOUT, check).await;
    let latency_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (status, detail) = match outcome {
        Ok(Ok(detail)) => (Status::Ok, detail),
        Ok(Err(error)) => (Status::Failing, Some(error.to_string())),
        Err(_) => (Status::Failing, Some(format!("no answer within {} s", CHECK_TIMEOUT.as_secs()))),
    };
    if status == Status::Failing {
        tracing::error!(name, detail, "does not answer");
    }
    Check { name, status, latency_ms, detail }
}

async fn table_answers(context: &Context, table: &str) -> Result<Option<String>, StoreError> {
    let (client, _) = context.configuration.raw();
    let get = client.get_item().table_name(table).key("pk", text("HEALTH")).key("sk", text("HEALTH"));
    get.consistent_read(true).send().await.map(|_| None).map_err(StoreError::aws)
}

async fn queue_answers(context: &Context, url: String) -> Result<Option<String>, StoreError> {
    let answer = context
        .queues
        .sqs()
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
        .send()
        .await
        .map_err(StoreError::aws)?;
    let waiting = answer.attributes().and_then(|all| all.get(&QueueAttributeName::ApproximateNumberOfMessages));
    Ok(waiting.map(|waiting| format!("{waiting} waiting")))
}

async fn bucket_answers(context: &Context, bucket: &str) -> Result<Option<String>, StoreError> {
    context.s3.head_bucket().bucket(bucket).send().await.map(|_| None).map_err(StoreError::aws)
}

async fn key_answers(context: &Context) -> Result<Option<String>, StoreError> {
    let client = aws_sdk_kms::Client::new(&context.aws);
    let answer = client.describe_key().key_id(&context.config.kms_key_id).send().await.map_err(StoreError::aws)?;
    let metadata = answer.key_metadata();
    match metadata.filter(|metadata| !metadata.enabled()) {
        Some(_) => Err(StoreError::Aws("the key is switched off".to_owned())),
        None => Ok(None),
    }
}

pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(read)).layer(Extension(Last::default()))
}
