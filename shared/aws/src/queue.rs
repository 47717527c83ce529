//! The queues between webhooks and deliveries: a versioned task, a FIFO group per conversation, bodies too big for a
//! queue parked in S3 (claim check).

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, MessageAttributeValue, SendMessageBatchRequestEntry,
};
use contract::{ConversationId, EventId, Inbound, Outbound, TenantId, TraceId, json_fault};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{lambda::QueueRecord, store::StoreError};

/// Longest body that goes into a queue as it is, in bytes. SQS takes 1 MiB, but a batch of ten must stay below Lambda's
/// 6 MB, and SQS bills per 64 KiB.
const INLINE_MAX: usize = 200 * 1024;
/// Most bytes and entries of one `SendMessageBatch`.
const BATCH_BYTES: usize = 900 * 1024;
const BATCH_ENTRIES: usize = 10;
/// Longest body that is kept beside a delivery that failed, in bytes: an item of DynamoDB has 400 KB, and its log is in it.
const KEPT_MAX: usize = 64 * 1024;
/// The message attribute that says why a task was quarantined.
pub const REASON: &str = "reason";
/// The longest reason, in characters.
const REASON_MAX: usize = 1000;

/// What is in a queue. Tagged with a version, so that what an older function wrote can still be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "task")]
// A task lives for one delivery; boxing its message would buy nothing.
#[allow(clippy::large_enum_variant)]
pub enum Task {
    /// A guest's event, for a CX platform.
    #[serde(rename = "inbound.v1")]
    Inbound(Envelope<Inbound>),
    /// An agent's message, for a channel.
    #[serde(rename = "outbound.v1")]
    Outbound(Envelope<Outbound>),
    /// A task that was too big, parked in the claim-check bucket.
    #[serde(rename = "claimCheck.v1")]
    ClaimCheck {
        /// The object's key.
        key: String,
    },
}

/// Who said it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// One of the two sides, through its webhook.
    #[default]
    Webhook,
    /// An IVR, through the API. The platform never knew of the message: it is told nothing of what becomes of it.
    Api,
}

impl Origin {
    fn is_webhook(&self) -> bool {
        *self == Self::Webhook
    }
}

/// A message with what is needed to deliver it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<T> {
    /// Whose.
    pub tenant: TenantId,
    /// Of which conversation.
    pub conversation: ConversationId,
    /// The channel's connector id.
    pub channel: String,
    /// The platform's connector id.
    pub platform: String,
    /// Followed through every hop.
    pub trace: TraceId,
    /// When we got it.
    pub received_at: Timestamp,
    /// Who said it.
    #[serde(default, skip_serializing_if = "Origin::is_webhook")]
    pub origin: Origin,
    /// The message.
    pub message: T,
}

impl Task {
    /// What is kept in order: the conversation.
    pub fn group(&self) -> &str {
        match self {
            Self::Inbound(envelope) => envelope.conversation.as_str(),
            Self::Outbound(envelope) => envelope.conversation.as_str(),
            Self::ClaimCheck { key } => key,
        }
    }

    /// The network's event id, so that an event posted again within five minutes is not even queued.
    fn deduplication(&self) -> String {
        let (tenant, event): (&TenantId, &EventId) = match self {
            Self::Inbound(envelope) => (&envelope.tenant, &envelope.message.event_id),
            Self::Outbound(envelope) => (&envelope.tenant, &envelope.message.message_id),
            Self::ClaimCheck { key } => return key.clone(),
        };
        let mut hash = Sha256::new();
        hash.update(tenant.as_str());
        hash.update([0]);
        hash.update(event.as_str());
        hex::encode(hash.finalize())
    }
}

/// Where queues are. A connector's queue is found by its id; nobody is told of each.
#[derive(Clone, Debug, Default)]
pub struct QueueNames {
    prefix: String,
    channels: Vec<String>,
    platforms: Vec<String>,
}

/// A connector's queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedQueue {
    /// `inbound` for a CX platform, `outbound` for a channel.
    pub direction: &'static str,
    /// The connector's id.
    pub connector: String,
    /// Its URL.
    pub url: String,
}

impl QueueNames {
    fn url(&self, direction: &str, connector: &str) -> Option<String> {
        (!self.prefix.is_empty()).then(|| format!("{}{direction}-{connector}.fifo", self.prefix))
    }

    /// The URL of the queue for a CX platform. `None` when this function may not know any queue.
    pub fn inbound(&self, platform: &str) -> Option<String> {
        self.url("inbound", platform)
    }

    /// The URL of the queue for a channel. `None` when this function may not know any queue.
    pub fn outbound(&self, channel: &str) -> Option<String> {
        self.url("outbound", channel)
    }

    /// The queues of the connectors that are deployed, as far as this function is told of them.
    pub fn deployed(&self) -> Vec<NamedQueue> {
        let all = [("inbound", &self.platforms), ("outbound", &self.channels)];
        let all = all.into_iter().flat_map(|(direction, ids)| ids.iter().map(move |id| (direction, id)));
        let named = all.filter_map(|(direction, id)| {
            Some(NamedQueue { direction, connector: id.clone(), url: self.url(direction, id)? })
        });
        named.collect()
    }

    /// The URL of the queue with an ARN, which events carry: in its place below the prefix, if it is one of ours.
    fn of_arn(&self, arn: &str) -> Option<String> {
        let (base, start) = self.prefix.rsplit_once('/')?;
        let name = arn.rsplit(':').next().filter(|name| name.starts_with(start))?;
        Some(format!("{base}/{name}"))
    }
}

/// The queues.
#[derive(Clone)]
pub struct Queues {
    sqs: aws_sdk_sqs::Client,
    s3: aws_sdk_s3::Client,
    names: QueueNames,
    dead_letter: Option<String>,
    claim_check_bucket: String,
}

impl Queues {
    /// The deployment's queues.
    pub fn new(sqs: aws_sdk_sqs::Client, s3: aws_sdk_s3::Client, config: &crate::Config) -> Self {
        Self {
            sqs,
            s3,
            names: QueueNames {
                prefix: config.queue_prefix.clone(),
                channels: config.channels.clone(),
                platforms: config.platforms.clone(),
            },
            dead_letter: config.dead_letter_queue.clone(),
            claim_check_bucket: config.claim_check_bucket.clone(),
        }
    }

    /// The SQS client, for health checks and redrive.
    pub fn sqs(&self) -> &aws_sdk_sqs::Client {
        &self.sqs
    }

    /// Where the queues are.
    pub fn names(&self) -> &QueueNames {
        &self.names
    }

    /// Queues guests' events for a platform, in order. One `SendMessageBatch` for up to ten.
    pub async fn send_inbound(&self, platform: &str, events: Vec<Envelope<Inbound>>) -> Result<(), StoreError> {
        let url = self.names.inbound(platform).ok_or_else(|| unknown_queue(platform))?;
        self.send(&url, events.into_iter().map(Task::Inbound).collect()).await
    }

    /// Queues agents' messages for a channel, in order.
    pub async fn send_outbound(&self, channel: &str, messages: Vec<Envelope<Outbound>>) -> Result<(), StoreError> {
        let url = self.names.outbound(channel).ok_or_else(|| unknown_queue(channel))?;
        self.send(&url, messages.into_iter().map(Task::Outbound).collect()).await
    }

    async fn send(&self, url: &str, tasks: Vec<Task>) -> Result<(), StoreError> {
        let mut batch: Vec<SendMessageBatchRequestEntry> = Vec::new();
        let mut bytes = 0;
        for (index, task) in tasks.iter().enumerate() {
            let body = self.body(task).await?;
            if batch.len() == BATCH_ENTRIES || bytes + body.len() > BATCH_BYTES {
                self.send_batch(url, std::mem::take(&mut batch)).await?;
                bytes = 0;
            }
            bytes += body.len();
            let entry = SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(body)
                .message_group_id(task.group())
                .message_deduplication_id(task.deduplication())
                .build()
                .map_err(|error| StoreError::Aws(error.to_string()))?;
            batch.push(entry);
        }
        self.send_batch(url, batch).await
    }

    async fn send_batch(&self, url: &str, batch: Vec<SendMessageBatchRequestEntry>) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let answer = self
            .sqs
            .send_message_batch()
            .queue_url(url)
            .set_entries(Some(batch))
            .send()
            .await
            .map_err(StoreError::aws)?;
        match answer.failed().first() {
            // Those that were taken are recognised when the network sends the event again.
            Some(failed) => Err(StoreError::Aws(format!("SendMessageBatch: {}", failed.code()))),
            None => Ok(()),
        }
    }

    async fn body(&self, task: &Task) -> Result<String, StoreError> {
        let body = escaped(serde_json::to_string(task).map_err(StoreError::unreadable)?);
        if body.len() <= INLINE_MAX { Ok(body) } else { self.park(body).await }
    }

    /// Parks a body; what is returned stands for it.
    async fn park(&self, body: String) -> Result<String, StoreError> {
        let key = format!("claims/{}", Uuid::new_v4());
        self.s3
            .put_object()
            .bucket(&self.claim_check_bucket)
            .key(&key)
            .content_type("application/json")
            .body(body.into_bytes().into())
            .send()
            .await
            .map_err(StoreError::aws)?;
        serde_json::to_string(&Task::ClaimCheck { key }).map_err(StoreError::unreadable)
    }

    /// Reads a task, fetching it if it was parked. `Ok(Err(reason))` when it can never be read.
    pub async fn read(&self, body: &str) -> Result<Result<Task, String>, StoreError> {
        let task = match serde_json::from_str::<Task>(body) {
            Ok(task) => task,
            Err(error) => return Ok(Err(format!("the task cannot be read: {}", json_fault(&error)))),
        };
        let Task::ClaimCheck { key } = task else { return Ok(Ok(task)) };
        let object = match self.s3.get_object().bucket(&self.claim_check_bucket).key(&key).send().await {
            Ok(object) => object,
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => {
                return Ok(Err("the parked task is gone".to_owned()));
            }
            Err(error) => return Err(StoreError::aws(error)),
        };
        let bytes = object.body.collect().await.map_err(|error| StoreError::Aws(error.to_string()))?.into_bytes();
        Ok(serde_json::from_slice(&bytes)
            .map_err(|error| format!("the parked task cannot be read: {}", json_fault(&error))))
    }

    /// A task as it is kept beside its delivery, to be sent again one day: parked when it is too long for that.
    pub async fn keepable(&self, body: &str) -> Result<String, StoreError> {
        if body.len() <= KEPT_MAX { Ok(body.to_owned()) } else { self.park(body.to_owned()).await }
    }

    /// Queues a task once more, as it was kept or quarantined. It carries its reason, so that whoever delivers it knows
    /// that somebody wants another attempt. `once` tells two such wishes apart.
    pub async fn send_again(
        &self,
        url: &str,
        group: &str,
        body: &str,
        reason: &str,
        once: &str,
    ) -> Result<(), StoreError> {
        self.sqs
            .send_message()
            .queue_url(url)
            .message_body(body)
            .message_group_id(group)
            .message_deduplication_id(once)
            .message_attributes(REASON, reason_attribute(reason)?)
            .send()
            .await
            .map(|_| ())
            .map_err(StoreError::aws)
    }

    /// The queue that a task belongs to, if it is deployed.
    pub fn url_for(&self, task: &Task) -> Option<String> {
        let names = &self.names;
        match task {
            Task::Inbound(Envelope { platform, .. }) if names.platforms.contains(platform) => names.inbound(platform),
            Task::Outbound(Envelope { channel, .. }) if names.channels.contains(channel) => names.outbound(channel),
            _ => None,
        }
    }

    /// Puts a task that can never be delivered where operators look, with the reason. Made again for the same message of
    /// the queue, it is there once; moved back by an operator and given up again, it is another message.
    pub async fn quarantine(&self, record: &QueueRecord, reason: &str) -> Result<(), StoreError> {
        let Some(url) = &self.dead_letter else { return Ok(()) };
        let once = Sha256::new().chain_update(&record.id).chain_update("/").chain_update(&record.body).finalize();
        let attribute = reason_attribute(reason)?;
        self.sqs
            .send_message()
            .queue_url(url)
            .message_body(&record.body)
            .message_group_id(&record.group)
            .message_deduplication_id(hex::encode(once))
            .message_attributes(REASON, attribute)
            .send()
            .await
            .map(|_| ())
            .map_err(StoreError::aws)
    }

    /// Sets when messages in flight are seen again, in seconds from now.
    pub async fn release_after(&self, queue_arn: &str, receipts: &[String], seconds: i32) -> Result<(), StoreError> {
        let Some(url) = self.names.of_arn(queue_arn) else { return Err(unknown_queue(queue_arn)) };
        for chunk in receipts.chunks(BATCH_ENTRIES) {
            let mut entries = Vec::new();
            for (index, receipt) in chunk.iter().enumerate() {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(receipt)
                    .visibility_timeout(seconds)
                    .build()
                    .map_err(|error| StoreError::Aws(error.to_string()))?;
                entries.push(entry);
            }
            self.sqs
                .change_message_visibility_batch()
                .queue_url(&url)
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(StoreError::aws)?;
        }
        Ok(())
    }
}

/// The two characters that JSON takes as they are and SQS refuses, escaped. A guest may write them.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
fn escaped(json: String) -> String {
    if json.contains(['\u{fffe}', '\u{ffff}']) {
        json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
    } else {
        json
    }
}

fn reason_attribute(reason: &str) -> Result<MessageAttributeValue, StoreError> {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(printable(reason))
        .build()
        .map_err(|error| StoreError::Aws(error.to_string()))
}

/// A reason as an attribute takes it: it may repeat what a provider answered.
fn printable(reason: &str) -> String {
    let odd = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    let text: String = reason.chars().take(REASON_MAX).map(|c| if odd(c) { ' ' } else { c }).collect();
    if text.trim().is_empty() { "unknown".to_owned() } else { text }
}

fn unknown_queue(name: &str) -> StoreError {
    StoreError::Aws(format!("no queue is deployed for {name}"))
}
