//! The platform in this process, with both its networks played by the test.

use std::{collections::BTreeMap, ops::Deref, sync::Arc};

use aws::Context;
use local::{Local, Options};
use local_aws::sqs::Message;
use serde_json::{Value, json};

use crate::{ADMIN_PASSWORD, Api, genesys::Genesys, line::Line, logs, until};

/// The queue of guests' messages.
pub const INBOUND: &str = "um-dev-inbound-genesys-cloud.fifo";
/// Its dead letters.
pub const INBOUND_DEAD_LETTERS: &str = "um-dev-inbound-genesys-cloud-dead-letters.fifo";
/// The queue of agents' messages.
pub const OUTBOUND: &str = "um-dev-outbound-line.fifo";
/// Its dead letters.
pub const OUTBOUND_DEAD_LETTERS: &str = "um-dev-outbound-line-dead-letters.fifo";

/// A platform of a test's own. Calls of the REST API and webhooks are those of [`Api`].
pub struct Platform {
    /// The local environment.
    pub local: Local,
    /// LINE.
    pub line: Line,
    /// Genesys Cloud.
    pub genesys: Genesys,
    api: Api,
}

impl Deref for Platform {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

/// A delivery as the ledger has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// `inbound` or `outbound`.
    pub direction: String,
    /// `attempting`, `retrying`, `delivered`, `failed`.
    pub state: String,
    /// How often it was begun.
    pub attempts: u64,
    /// The event's or message's id.
    pub event: String,
    /// Why it failed.
    pub error: Value,
}

impl Platform {
    /// Starts one.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts one with these variables for all functions.
    pub async fn with(variables: &[(&str, &str)]) -> Self {
        logs::keep();
        let (line, genesys) = (Line::start().await, Genesys::start().await);
        let mut all: BTreeMap<String, String> = [
            ("UM_ENDPOINT_LINE", line.origin()),
            ("UM_ENDPOINT_GENESYS_CLOUD", genesys.origin()),
            ("UM_HTTP_TIMEOUT_SECONDS", "1"),
            ("UM_TENANT_CACHE_SECONDS", "1"),
        ]
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let options = Options { admin_password: Some(ADMIN_PASSWORD.to_owned()), variables: all, ..Options::default() };
        let local = Local::start(options).await.unwrap();
        let api = Api::log_in(&local.root()).await;
        Self { local, line, genesys, api }
    }

    /// What a function works with.
    pub fn context(&self, function: &str) -> &Arc<Context> {
        self.local.deployed().context(function).unwrap()
    }

    /// How many messages are in a queue, in flight or not.
    pub fn depth(&self, queue: &str) -> usize {
        let depth = self.local.aws().sqs().depth(queue).unwrap();
        depth.visible + depth.in_flight + depth.delayed
    }

    /// The messages of a queue.
    pub fn messages_in(&self, queue: &str) -> Vec<Arc<Message>> {
        self.local.aws().sqs().browse(queue, 1000).unwrap().into_iter().map(|(message, _)| message).collect()
    }

    /// Moves dead letters back to the queue where they failed, as an operator does. SQS does not know which that was: a
    /// function put them there.
    pub async fn redrive(&self, dead_letters: &str) {
        let sqs = self.local.aws().sqs();
        let queue = sqs.arn(&dead_letters.replace("-dead-letters", ""));
        sqs.start_move(&sqs.arn(dead_letters), Some(&queue), None).await.unwrap();
    }

    /// Waits until there is nothing in the queues any more, dead letters apart.
    pub async fn rest(&self, seconds: u64) {
        until("an empty queue", seconds, || (self.depth(INBOUND) + self.depth(OUTBOUND) == 0).then_some(())).await;
    }

    /// The items of a table.
    pub async fn items(&self, table: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut request = json!({ "TableName": table });
        loop {
            let mut page = self.local.aws().call_dynamodb("Scan", request.clone()).await.unwrap();
            items.append(page["Items"].as_array_mut().unwrap());
            match page["LastEvaluatedKey"].take() {
                Value::Null => return items,
                key => request["ExclusiveStartKey"] = key,
            }
        }
    }

    /// The ledger of all tenants.
    pub async fn deliveries(&self) -> Vec<Delivery> {
        let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        let items = self.items("um-dev-conversations").await;
        let ledger = items.iter().filter(|item| text(item, "sk").starts_with("D#"));
        ledger
            .map(|item| Delivery {
                direction: text(item, "sk").split('#').nth(1).unwrap_or_default().to_owned(),
                state: text(item, "state"),
                attempts: item["attempts"]["N"].as_str().and_then(|n| n.parse().ok()).unwrap_or_default(),
                event: text(item, "event"),
                error: serde_json::from_str(&text(item, "error")).unwrap_or_default(),
            })
            .collect()
    }

    /// The delivery of an event or message.
    pub async fn delivery_of(&self, event: &str) -> Option<Delivery> {
        self.deliveries().await.into_iter().find(|delivery| delivery.event == event)
    }

    /// The keys of a bucket.
    pub async fn objects(&self, bucket: &str) -> Vec<String> {
        let s3 = &self.context("api-health").s3;
        let listed = s3.list_objects_v2().bucket(bucket).send().await.unwrap();
        listed.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
    }

    /// The keys of the deployment's own bucket for attachments.
    pub async fn attachments(&self) -> Vec<String> {
        let bucket = self.context("line-deliver").config.attachments_bucket.clone();
        self.objects(&bucket).await
    }

    /// How much is stored where: tables, queues, buckets.
    pub async fn stored(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for table in ["um-dev-configuration", "um-dev-conversations"] {
            counts.insert(table.to_owned(), self.items(table).await.len());
        }
        for queue in self.local.aws().sqs().queues() {
            let depth = self.depth(&queue);
            counts.insert(queue, depth);
        }
        let config = &self.context("line-deliver").config;
        for bucket in [&config.attachments_bucket, &config.claim_check_bucket] {
            counts.insert(bucket.clone(), self.objects(bucket).await.len());
        }
        counts
    }
}
