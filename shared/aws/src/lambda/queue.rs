//! SQS FIFO batches: the order of each group is kept, a failure holds back its own group only, a panic costs one record.
//!
//! What failed, and what follows it in its group, is released together after the wait the handler asked for. Lambda sees
//! them as batch item failures, and so leaves them in the queue.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use aws_lambda_events::sqs::SqsEvent;
use futures::{FutureExt, future::join_all};
use serde_json::{Value, json};

use super::{InvokeError, QueueHandler};
use crate::Context;

/// How long a group waits after its handler panicked: as after any failure of ours.
const AFTER_PANIC: Duration = Duration::from_secs(5);
/// The longest wait SQS takes, in seconds.
const VISIBILITY_MAX: u64 = 12 * 3600;

/// One message of a queue.
#[derive(Clone, Debug)]
pub struct QueueRecord {
    /// The queue's id of the message; another when it was moved.
    pub id: String,
    /// Its body.
    pub body: String,
    /// Its FIFO group: the conversation.
    pub group: String,
    /// How often it was received, this time included.
    pub receive_count: u32,
    /// It was quarantined before, and an operator moved it back: it carries the reason of then.
    pub redriven: bool,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueOutcome {
    /// Done with: it leaves the queue.
    Done,
    /// To be tried again, no sooner than this.
    RetryAfter(Duration),
}

pub(super) async fn invoke(
    handler: &Arc<dyn QueueHandler>,
    context: &Arc<Context>,
    event: Value,
) -> Result<Value, InvokeError> {
    let event: SqsEvent =
        serde_json::from_value(event).map_err(|error| InvokeError::Event(contract::json_fault(&error)))?;
    let mut groups: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for record in event.records {
        let attribute = |name: &str| record.attributes.get(name).cloned().unwrap_or_default();
        let entry = Entry {
            id: record.message_id.clone().unwrap_or_default(),
            receipt: record.receipt_handle.clone().unwrap_or_default(),
            queue: record.event_source_arn.clone().unwrap_or_default(),
            record: QueueRecord {
                id: record.message_id.clone().unwrap_or_default(),
                group: attribute("MessageGroupId"),
                receive_count: attribute("ApproximateReceiveCount").parse().unwrap_or(1),
                redriven: record.message_attributes.contains_key(crate::queue::REASON),
                body: record.body.unwrap_or_default(),
            },
        };
        groups.entry(entry.record.group.clone()).or_default().push(entry);
    }
    // Groups are conversations: they do not wait for each other. Within one, strictly in order.
    let failures = join_all(groups.into_values().map(|entries| group(handler, context, entries))).await;
    let failures: Vec<Value> = failures.into_iter().flatten().map(|id| json!({ "itemIdentifier": id })).collect();
    Ok(json!({ "batchItemFailures": failures }))
}

struct Entry {
    id: String,
    receipt: String,
    queue: String,
    record: QueueRecord,
}

/// Handles one group's messages until one fails; returns the ids of that one and all after it.
async fn group(handler: &Arc<dyn QueueHandler>, context: &Arc<Context>, entries: Vec<Entry>) -> Vec<String> {
    let mut entries = entries.into_iter();
    while let Some(entry) = entries.next() {
        let attempt = AssertUnwindSafe(handler.handle(context, entry.record.clone())).catch_unwind().await;
        let outcome = attempt.unwrap_or_else(|_| {
            tracing::error!(group = entry.record.group, "the handler panicked");
            QueueOutcome::RetryAfter(AFTER_PANIC)
        });
        if let QueueOutcome::RetryAfter(wait) = outcome {
            let held: Vec<Entry> = std::iter::once(entry).chain(entries).collect();
            release(context, &held, wait).await;
            return held.into_iter().map(|entry| entry.id).collect();
        }
    }
    Vec::new()
}

/// Releases messages after a wait. If that fails they are released by the queue's own visibility timeout: later, not never.
async fn release(context: &Arc<Context>, held: &[Entry], wait: Duration) {
    let Some(queue) = held.first().map(|entry| entry.queue.as_str()) else { return };
    let receipts: Vec<String> = held.iter().map(|entry| entry.receipt.clone()).collect();
    let seconds = wait.as_secs_f64().ceil().min(VISIBILITY_MAX as f64) as i32;
    if let Err(error) = context.queues.release_after(queue, &receipts, seconds).await {
        tracing::warn!(%error, "messages are released by the visibility timeout");
    }
}
