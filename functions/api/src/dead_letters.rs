//! `/api/v1/dead-letters`: messages that were given up, as they lie in the dead-letter queues, and moving them back.
//!
//! A queue cannot be read without taking from it: peeking hides letters for a few seconds, and puts them back at once.

use std::{collections::BTreeMap, sync::Arc};

use aws::{
    Context,
    queue::{Envelope, REASON, Task},
    store::{DeliveryState, Direction, LedgerKey, Order, StoreError},
};
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message, MessageSystemAttributeName, QueueAttributeName,
};
use axum::{Json, extract::State};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use contract::{Content, EventId};
use futures::future::join_all;
use http::StatusCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{Caller, Operator},
    conversation_id,
    describe::{self, Routes},
    extract::{Id, Query, Typed, in_range},
    page::{self, Sort},
    problem::{Fault, Problem, ProblemKind},
};

/// Letters of one queue that are looked at, unless the caller says otherwise.
const DEFAULT: u32 = 50;
/// Most letters of one queue that are looked at.
const MAX: u32 = 100;
/// Visibility timeout of letters that are peeked at, in seconds: until they are back when putting them back fails.
const VISIBILITY_TIMEOUT_S: i32 = 15;
/// Letters taken at once; SQS gives no more.
const BATCH: i32 = 10;

/// Which dead letters to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct DeadLetterFilter {
    /// Only those of this queue: `outbound-line`.
    pub queue: Option<String>,
    /// In which order: the one that was put here first (`at`, unless it says otherwise), or last (`-at`).
    #[param(required = false, schema_with = page::by_time)]
    pub sort: Option<String>,
    /// Most letters of each queue. What lies behind them is seen once they are gone.
    #[param(minimum = 1, maximum = 100, default = 50)]
    pub limit: Option<u32>,
}

/// A message that was given up.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeadLetter")]
pub struct DeadLetter {
    /// Its id.
    id: String,
    /// The queue that it was given up in: `outbound-line`, `inbound-genesys-cloud`.
    queue: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When it was put here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    at: Option<Timestamp>,
    /// The tenant's id. Left out, as all that follows, when the message cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<String>,
    /// The conversation's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<String>,
    /// Its delivery's id; the delivery's log says more.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_id: Option<String>,
    /// How far its delivery got since: one that was sent again may be `delivered`. Left out when it is forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("enum" = ["queued", "attempting", "retrying", "delivered", "failed", null]))]
    state: Option<DeliveryState>,
    /// What was said, in a word: `text`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
}

/// Which queue's letters to move back.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "RedriveIn")]
pub struct RedriveIn {
    /// The queue: `outbound-line`.
    #[schemars(length(min = 1, max = 80))]
    queue: String,
}

/// Letters that are moved back.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Redriven {
    /// The queue that they go back to.
    queue: String,
    /// About how many there are.
    messages: u64,
}

crate::describe::documented!(DeadLetter, RedriveIn, Redriven);

/// A queue with its dead letters.
struct RedriveQueue {
    name: String,
    url: String,
    arn: String,
    letters_url: String,
    letters_arn: String,
}

/// Names of the queues, and where they are.
fn queues(context: &Context) -> BTreeMap<String, String> {
    let queues = context.queues.names().deployed().into_iter();
    queues.map(|queue| (format!("{}-{}", queue.direction, queue.connector), queue.url)).collect()
}

/// Asks a queue where its dead letters are. `None` when it keeps none.
async fn open(context: &Context, name: &str, url: &str) -> Result<Option<RedriveQueue>, StoreError> {
    let answer = context
        .queues
        .sqs()
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::QueueArn)
        .attribute_names(QueueAttributeName::RedrivePolicy)
        .send()
        .await
        .map_err(StoreError::aws)?;
    let attribute = |name: QueueAttributeName| answer.attributes().and_then(|all| all.get(&name)).map(String::as_str);
    let policy = attribute(QueueAttributeName::RedrivePolicy)
        .and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok())
        .unwrap_or_default();
    let Some(letters_arn) = policy["deadLetterTargetArn"].as_str() else { return Ok(None) };
    // Both queues are in one account, so that their URLs differ in their last part only.
    let letters = letters_arn.rsplit(':').next().unwrap_or_default();
    let base = url.rsplit_once('/').map_or("", |(base, _)| base);
    Ok(Some(RedriveQueue {
        name: name.to_owned(),
        url: url.to_owned(),
        arn: attribute(QueueAttributeName::QueueArn).unwrap_or_default().to_owned(),
        letters_url: format!("{base}/{letters}"),
        letters_arn: letters_arn.to_owned(),
    }))
}

impl RedriveQueue {
    /// Takes up to `limit` letters for a few seconds; stops at the one whose id is `wanted`. They are to be given back.
    async fn take(&self, context: &Context, limit: u32, wanted: Option<&str>) -> Result<Vec<Message>, StoreError> {
        let mut taken: Vec<Message> = Vec::new();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        while taken.len() < limit {
            let missing = i32::try_from(limit - taken.len()).unwrap_or(BATCH);
            let answer = context
                .queues
                .sqs()
                .receive_message()
                .queue_url(&self.letters_url)
                .max_number_of_messages(missing.min(BATCH))
                .visibility_timeout(VISIBILITY_TIMEOUT_S)
                .message_attribute_names(REASON)
                .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
                .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
                .send()
                .await;
            let messages = match answer {
                Ok(answer) => answer.messages.unwrap_or_default(),
                Err(error) => {
                    self.give_back(context, &taken).await;
                    return Err(StoreError::aws(error));
                }
            };
            let found = messages.iter().any(|message| wanted.is_some() && message.message_id() == wanted);
            let last = messages.is_empty();
            taken.extend(messages);
            if last || found {
                break;
            }
        }
        Ok(taken)
    }

    /// Puts letters back. If that fails, they are back a few seconds later.
    async fn give_back<'a>(&self, context: &Context, letters: impl IntoIterator<Item = &'a Message>) {
        let receipts: Vec<&str> = letters.into_iter().filter_map(Message::receipt_handle).collect();
        for chunk in receipts.chunks(usize::try_from(BATCH).unwrap_or(10)) {
            let entries: Result<Vec<_>, _> = chunk
                .iter()
                .enumerate()
                .map(|(index, receipt)| {
                    ChangeMessageVisibilityBatchRequestEntry::builder()
                        .id(index.to_string())
                        .receipt_handle(*receipt)
                        .visibility_timeout(0)
                        .build()
                })
                .collect();
            let Ok(entries) = entries else { continue };
            let sqs = context.queues.sqs();
            let batch = sqs.change_message_visibility_batch().queue_url(&self.letters_url);
            if let Err(error) = batch.set_entries(Some(entries)).send().await {
                let error = StoreError::aws(error);
                tracing::warn!(queue = self.name, %error, "dead letters are hidden for a few seconds");
            }
        }
    }

    async fn show(&self, context: &Context, letter: &Message) -> DeadLetter {
        let read = |name: MessageSystemAttributeName| letter.attributes().and_then(|all| all.get(&name)).cloned();
        let sent = read(MessageSystemAttributeName::SentTimestamp).and_then(|ms| ms.parse().ok());
        let mut shown = DeadLetter {
            id: show_id(&self.name, letter.message_id().unwrap_or_default()),
            queue: self.name.clone(),
            reason: reason(letter),
            at: sent.and_then(|ms: i64| Timestamp::from_millisecond(ms).ok()),
            tenant_id: None,
            conversation_id: None,
            delivery_id: None,
            state: None,
            kind: None,
        };
        let Ok(Ok(task)) = context.queues.read(letter.body().unwrap_or_default()).await else { return shown };
        let (key, kind) = match &task {
            Task::Inbound(it) => (key(it, Direction::Inbound, &it.message.event_id), it.message.content.kind()),
            Task::Outbound(it) => {
                let kind = it.message.contents.first().map_or("empty", Content::kind);
                (key(it, Direction::Outbound, &it.message.message_id), kind)
            }
            Task::ClaimCheck { .. } => return shown,
        };
        let id = key.id();
        shown.tenant_id = Some(key.tenant.to_string());
        shown.conversation_id = Some(conversation_id::show(&key.tenant, &key.conversation));
        shown.delivery_id = Some(id.to_string());
        shown.kind = Some(kind);
        shown.state = context.conversations.delivery(&id).await.ok().flatten().map(|delivery| delivery.state);
        shown
    }
}

fn key<T>(envelope: &Envelope<T>, direction: Direction, event: &EventId) -> LedgerKey {
    LedgerKey {
        tenant: envelope.tenant.clone(),
        conversation: envelope.conversation.clone(),
        direction,
        event: event.clone(),
    }
}

fn reason(letter: &Message) -> Option<String> {
    letter.message_attributes()?.get(REASON)?.string_value().map(str::to_owned)
}

/// The queue and the queue's id of the message. Another when it was moved.
fn show_id(queue: &str, message: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{queue}/{message}"))
}

fn read_id(text: &str) -> Option<(String, String)> {
    let plain = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    plain.split_once('/').map(|(queue, message)| (queue.to_owned(), message.to_owned()))
}

/// List dead letters
///
/// Those of all queues, or of one, with the reasons why they were given up. There are no pages: a queue shows what lies in
/// front.
#[utoipa::path(
    get, path = "/api/v1/dead-letters", tag = "dead-letters", operation_id = "listDeadLetters", params(DeadLetterFilter),
    responses((status = 200, description = "The dead letters.", body = Vec<DeadLetter>), describe::ListProblems),
)]
async fn list(
    State(context): State<Arc<Context>>,
    _: Caller,
    Query(filter): Query<DeadLetterFilter>,
) -> Result<Json<Vec<DeadLetter>>, Problem> {
    let limit = in_range("limit", filter.limit.unwrap_or(DEFAULT), 1..=MAX)?;
    let Sort { order, .. } = Sort::read(filter.sort.as_deref(), "at", &["at"])?;
    let mut queues = queues(&context);
    if let Some(wanted) = &filter.queue {
        queues.retain(|name, _| name == wanted);
        if queues.is_empty() {
            return Err(Problem::parameter("queue", "is not a queue of this deployment"));
        }
    }
    let of_each = join_all(queues.iter().map(|(name, url)| peek(&context, name, url, limit))).await;
    let mut letters = Vec::new();
    for found in of_each {
        letters.extend(found?);
    }
    letters.sort_by_key(|letter| letter.at);
    if order == Order::Descending {
        letters.reverse();
    }
    Ok(Json(letters))
}

/// Receives letters and puts them back at once.
async fn peek(context: &Context, name: &str, url: &str, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
    let Some(queue) = open(context, name, url).await? else { return Ok(Vec::new()) };
    let taken = queue.take(context, limit, None).await?;
    let shown = join_all(taken.iter().map(|letter| queue.show(context, letter))).await;
    queue.give_back(context, &taken).await;
    Ok(shown)
}

/// Move a dead letter back
///
/// It is queued again, with as many attempts as at first; its delivery's state tells how that goes. For operators.
#[utoipa::path(
    post, path = "/api/v1/dead-letters/{id}/redrive", tag = "dead-letters", operation_id = "redriveDeadLetter",
    params(("id" = String, Path, description = "The dead letter's id.")),
    responses((status = 202, description = "Queued.", body = Redriven), describe::ActionProblems),
)]
async fn redrive(
    State(context): State<Arc<Context>>,
    _: Operator,
    Id(id): Id<String>,
) -> Result<(StatusCode, Json<Redriven>), Problem> {
    let missing = || Problem::not_found("dead letter");
    let (name, message) = read_id(&id).ok_or_else(missing)?;
    let url = queues(&context).remove(&name).ok_or_else(missing)?;
    let queue = open(&context, &name, &url).await?.ok_or_else(missing)?;
    let mut taken = queue.take(&context, MAX, Some(&message)).await?;
    let letter = taken.iter().position(|it| it.message_id() == Some(&message)).map(|at| taken.swap_remove(at));
    queue.give_back(&context, &taken).await;
    let letter = letter.ok_or_else(missing)?;
    if let Err(error) = move_back(&context, &queue, &letter).await {
        queue.give_back(&context, [&letter]).await;
        return Err(error.into());
    }
    tracing::info!(queue = name, "a dead letter was moved back");
    Ok((StatusCode::ACCEPTED, Json(Redriven { queue: name, messages: 1 })))
}

/// Queued first and deleted after: in between, it is there twice, and recognised by its delivery.
async fn move_back(context: &Context, queue: &RedriveQueue, letter: &Message) -> Result<(), StoreError> {
    let group = letter.attributes().and_then(|all| all.get(&MessageSystemAttributeName::MessageGroupId));
    let reason = reason(letter).unwrap_or_else(|| "moved back".to_owned());
    let (group, body) = (group.map_or("none", String::as_str), letter.body().unwrap_or_default());
    let once = letter.message_id().unwrap_or_default();
    context.queues.send_again(&queue.url, group, body, &reason, once).await?;
    let delete = context.queues.sqs().delete_message().queue_url(&queue.letters_url);
    delete.receipt_handle(letter.receipt_handle().unwrap_or_default()).send().await.map(|_| ()).map_err(StoreError::aws)
}

/// Move all dead letters of a queue back
///
/// They are queued again in the background, as fast as the queue allows. For operators.
#[utoipa::path(
    post, path = "/api/v1/dead-letters/redrive", tag = "dead-letters", operation_id = "redriveDeadLetters",
    request_body = RedriveIn,
    responses((status = 202, description = "Begun.", body = Redriven), describe::CreateProblems),
)]
async fn redrive_all(
    State(context): State<Arc<Context>>,
    _: Operator,
    Typed(RedriveIn { queue: name }): Typed<RedriveIn>,
) -> Result<(StatusCode, Json<Redriven>), Problem> {
    let unknown = || Problem::invalid(vec![Fault::at("/queue", "is not a queue of this deployment")]);
    let url = queues(&context).remove(&name).ok_or_else(unknown)?;
    let queue = open(&context, &name, &url).await?.ok_or_else(unknown)?;
    let sqs = context.queues.sqs();
    let depth = sqs
        .get_queue_attributes()
        .queue_url(&queue.letters_url)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
        .send()
        .await
        .map_err(StoreError::aws)?;
    let depth =
        depth.attributes().and_then(|all| all.get(&QueueAttributeName::ApproximateNumberOfMessages)?.parse().ok());
    // Quarantined by a function and not by SQS, a letter does not know where it came from.
    let task = sqs.start_message_move_task().source_arn(&queue.letters_arn).destination_arn(&queue.arn).send().await;
    match task {
        Ok(_) => {}
        Err(error) if error.as_service_error().is_some_and(|e| e.is_unsupported_operation()) => {
            return Err(Problem::new(ProblemKind::Conflict, "The queue's dead letters are being moved back already."));
        }
        Err(error) => return Err(StoreError::aws(error).into()),
    }
    tracing::info!(queue = name, "all dead letters are moved back");
    Ok((StatusCode::ACCEPTED, Json(Redriven { queue: name, messages: depth.unwrap_or(0) })))
}

pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(redrive_all)).routes(routes!(redrive))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back() {
        let id = show_id("outbound-line", "0b5f0c56-7d2e-4f3c-9a3e-1a2b3c4d5e6f");
        let expected = ("outbound-line".to_owned(), "0b5f0c56-7d2e-4f3c-9a3e-1a2b3c4d5e6f".to_owned());
        assert_eq!(read_id(&id), Some(expected));
        for bad in ["", "!", "YQ"] {
            assert_eq!(read_id(bad), None, "{bad}");
        }
    }
}
