//! Event sources: queues that call functions, and timers.

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use local_aws::{
    Aws,
    sqs::{Attribute, AttributeValue, Message, Receive, Received},
};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::stack::{Deployed, Running};

/// Batches worked on at once when the template sets no limit.
const CONCURRENCY: usize = 50;

/// Starts a poller for every queue that calls a function.
pub fn start(tasks: &mut JoinSet<()>, aws: &Aws, deployed: &Arc<Deployed>) {
    for running in deployed.functions() {
        for source in &running.described.queues {
            let Some(queue) = deployed.stack.queue(&source.queue) else { continue };
            let limit = source.maximum_concurrency.and_then(|n| usize::try_from(n).ok()).unwrap_or(CONCURRENCY);
            let poller = Poller {
                aws: aws.clone(),
                deployed: deployed.clone(),
                function: running.described.name.clone(),
                queue: queue.name.clone(),
                arn: queue.arn.clone(),
                batch: usize::try_from(source.batch_size).unwrap_or(10).clamp(1, 10),
                slots: Arc::new(Semaphore::new(limit)),
            };
            tasks.spawn(Arc::new(poller).run());
        }
    }
}

struct Poller {
    aws: Aws,
    deployed: Arc<Deployed>,
    function: String,
    queue: String,
    arn: String,
    batch: usize,
    slots: Arc<Semaphore>,
}

impl Poller {
    async fn run(self: Arc<Self>) {
        loop {
            let Ok(slot) = self.slots.clone().acquire_owned().await else { return };
            let how = Receive { max: self.batch, wait: Some(Duration::from_secs(20)), ..Receive::default() };
            match self.aws.sqs().receive(&self.queue, how).await {
                Ok(messages) if !messages.is_empty() => {
                    let poller = self.clone();
                    tokio::spawn(async move {
                        poller.work(messages).await;
                        drop(slot);
                    });
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(queue = self.queue, %error, "the queue cannot be read");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// Calls the function with a batch, and deletes what it did not report as failed. A batch whose function fails is left
    /// to the visibility timeout.
    async fn work(&self, messages: Vec<Received>) {
        let Some(running) = self.deployed.function(&self.function) else { return };
        let failed = match running.invoke(self.event(&messages)).await {
            Ok(answer) => failed_items(&answer),
            Err(error) => {
                tracing::error!(function = self.function, error, "invocation failed; the batch will be seen again");
                return;
            }
        };
        for message in &messages {
            if failed.contains(&message.message.id) {
                continue;
            }
            if let Err(error) = self.aws.sqs().delete(&self.queue, &message.receipt_handle).await {
                tracing::warn!(queue = self.queue, %error, "a message that is done with cannot be deleted");
            }
        }
    }

    fn event(&self, messages: &[Received]) -> Value {
        let records: Vec<Value> = messages
            .iter()
            .map(|received| {
                let message = &received.message;
                let mut attributes = json!({
                    "ApproximateReceiveCount": received.receives.to_string(),
                    "SentTimestamp": message.sent.to_string(),
                    "ApproximateFirstReceiveTimestamp": received.first_received.to_string(),
                    "SenderId": "000000000000",
                });
                for (name, value) in [
                    ("MessageGroupId", message.group.as_deref()),
                    ("MessageDeduplicationId", message.deduplication_id.as_deref()),
                    ("SequenceNumber", received.sequence_number.as_deref()),
                    ("AWSTraceHeader", message.trace_header.as_deref()),
                ] {
                    if let Some(value) = value {
                        attributes[name] = value.into();
                    }
                }
                json!({
                    "messageId": message.id,
                    "receiptHandle": received.receipt_handle,
                    "body": message.body,
                    "attributes": attributes,
                    "messageAttributes": attributes_of(message),
                    "md5OfBody": local_aws::sqs::md5_hex(message.body.as_bytes()),
                    "eventSource": "aws:sqs",
                    "eventSourceARN": self.arn,
                    "awsRegion": "us-east-1",
                })
            })
            .collect();
        json!({ "Records": records })
    }
}

fn attributes_of(message: &Message) -> Value {
    let text = |attribute: &Attribute| match &attribute.value {
        AttributeValue::Text(text) => json!({ "dataType": attribute.kind, "stringValue": text }),
        AttributeValue::Binary(bytes) => {
            json!({ "dataType": attribute.kind, "binaryValue": BASE64_STANDARD.encode(bytes) })
        }
    };
    message.attributes.iter().map(|(name, attribute)| (name.clone(), text(attribute))).collect()
}

fn failed_items(answer: &Value) -> Vec<String> {
    answer["batchItemFailures"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item["itemIdentifier"].as_str().map(str::to_owned))
        .collect()
}

/// Starts a timer for every schedule, and one that removes what has expired from the tables.
pub fn start_schedules(tasks: &mut JoinSet<()>, aws: &Aws, deployed: &Arc<Deployed>) {
    for running in deployed.functions() {
        for schedule in &running.described.schedules {
            let (deployed, name) = (deployed.clone(), running.described.name.clone());
            let (rate, input) = (schedule.rate, schedule.input.clone());
            tasks.spawn(async move {
                loop {
                    tokio::time::sleep(rate).await;
                    let event = input.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(json!({}));
                    if let Some(running) = deployed.function(&name) {
                        run_once(running, event).await;
                    }
                }
            });
        }
    }
    let aws = aws.clone();
    tasks.spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            let aws = aws.clone();
            let swept = tokio::task::spawn_blocking(move || aws.sweep_ttl()).await;
            if let Ok(Err(error)) = swept {
                tracing::warn!(%error, "expired items cannot be removed");
            }
        }
    });
}

async fn run_once(running: &Running, event: Value) {
    if let Err(error) = running.invoke(event).await {
        tracing::error!(function = running.described.name, error, "scheduled run failed");
    }
}
