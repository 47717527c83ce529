//! Attributes of a queue: parsing, ranges, defaults.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::SqsError;
use super::message::{MAX_BYTES, Millis};

/// After how many receives a message goes where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redrive {
    /// ARN of the dead-letter queue.
    pub target: String,
    /// `maxReceiveCount`, 1–1000.
    pub max_receives: u32,
}

/// Settings of a queue, in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Ordered, deduplicated. Fixed at creation.
    pub fifo: bool,
    /// Seconds a received message stays hidden, 0–43,200; default 30.
    pub visibility_timeout: u32,
    /// Seconds before a new message can be received, 0–900; default 0.
    pub delay: u32,
    /// Seconds a message is kept, 60–1,209,600; default 4 days.
    pub retention: u32,
    /// Seconds a receive waits unless it says so itself, 0–20; default 0.
    pub receive_wait: u32,
    /// Bytes of one message, 1,024–1,048,576.
    pub maximum_message_size: usize,
    /// FIFO: SHA-256 of the body stands in for a missing deduplication id.
    pub content_based_deduplication: bool,
    /// FIFO: deduplication ids count per group and not for the whole queue.
    pub deduplication_per_group: bool,
    /// Dead letters.
    pub redrive: Option<Redrive>,
    /// Attributes that are kept and returned, and mean nothing here (policies, encryption, throughput).
    pub inert: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            fifo: false,
            visibility_timeout: 30,
            delay: 0,
            retention: 345_600,
            receive_wait: 0,
            maximum_message_size: MAX_BYTES,
            content_based_deduplication: false,
            deduplication_per_group: false,
            redrive: None,
            inert: BTreeMap::new(),
        }
    }
}

/// Attributes the queue keeps without acting on them.
const INERT: [&str; 6] = [
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "Policy",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
];

impl Settings {
    /// Settings of a new queue.
    ///
    /// # Errors
    /// A name or value SQS refuses; a FIFO queue whose name does not end in `.fifo`, or the reverse.
    pub fn new(name: &str, attributes: &BTreeMap<String, String>) -> Result<Self, SqsError> {
        check_name(name)?;
        let fifo = match attributes.get("FifoQueue").map(String::as_str) {
            None => false,
            Some("true") => true,
            Some("false") | Some(_) => return Err(SqsError::InvalidAttributeValue("FifoQueue".into())),
        };
        if fifo != name.ends_with(".fifo") {
            return Err(SqsError::invalid(
                name,
                "QueueName",
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
            ));
        }
        let mut settings = Self { fifo, ..Self::default() };
        settings.apply(attributes)?;
        Ok(settings)
    }

    /// Changes the attributes given, all or none.
    ///
    /// # Errors
    /// A name or value SQS refuses.
    pub fn set(&mut self, attributes: &BTreeMap<String, String>) -> Result<(), SqsError> {
        let mut changed = self.clone();
        changed.apply(attributes)?;
        *self = changed;
        Ok(())
    }

    fn apply(&mut self, attributes: &BTreeMap<String, String>) -> Result<(), SqsError> {
        for (name, value) in attributes {
            let number = |low: u32, high: u32| match value.parse::<u32>() {
                Ok(number) if (low..=high).contains(&number) => Ok(number),
                _ => Err(SqsError::InvalidAttributeValue(name.clone())),
            };
            let flag = || value.parse::<bool>().map_err(|_| SqsError::InvalidAttributeValue(name.clone()));
            match name.as_str() {
                "VisibilityTimeout" => self.visibility_timeout = number(0, 43_200)?,
                "DelaySeconds" => self.delay = number(0, 900)?,
                "MessageRetentionPeriod" => self.retention = number(60, 1_209_600)?,
                "ReceiveMessageWaitTimeSeconds" => self.receive_wait = number(0, 20)?,
                "MaximumMessageSize" => self.maximum_message_size = number(1_024, 1_048_576)? as usize,
                "FifoQueue" if flag()? == self.fifo => {}
                "ContentBasedDeduplication" if self.fifo => self.content_based_deduplication = flag()?,
                "DeduplicationScope" if self.fifo => {
                    self.deduplication_per_group = match value.as_str() {
                        "messageGroup" => true,
                        "queue" => false,
                        _ => return Err(SqsError::InvalidAttributeValue(name.clone())),
                    }
                }
                "RedrivePolicy" => self.redrive = redrive(value)?,
                "FifoThroughputLimit" if !self.fifo => return Err(SqsError::InvalidAttributeName(name.clone())),
                known if INERT.contains(&known) => {
                    if value.is_empty() {
                        self.inert.remove(name);
                    } else {
                        self.inert.insert(name.clone(), value.clone());
                    }
                }
                _ => return Err(SqsError::InvalidAttributeName(name.clone())),
            }
        }
        Ok(())
    }

    /// The attributes as `GetQueueAttributes` writes them; what is counted or named elsewhere is not among them.
    pub fn to_attributes(&self) -> BTreeMap<String, String> {
        let mut all = self.inert.clone();
        let mut put = |name: &str, value: String| all.insert(name.into(), value);
        put("VisibilityTimeout", self.visibility_timeout.to_string());
        put("DelaySeconds", self.delay.to_string());
        put("MessageRetentionPeriod", self.retention.to_string());
        put("ReceiveMessageWaitTimeSeconds", self.receive_wait.to_string());
        put("MaximumMessageSize", self.maximum_message_size.to_string());
        if self.fifo {
            put("FifoQueue", "true".into());
            put("ContentBasedDeduplication", self.content_based_deduplication.to_string());
            put("DeduplicationScope", if self.deduplication_per_group { "messageGroup" } else { "queue" }.into());
            all.entry("FifoThroughputLimit".into()).or_insert_with(|| "perQueue".into());
        }
        if let Some(redrive) = &self.redrive {
            let policy = serde_json::json!({
                "deadLetterTargetArn": redrive.target, "maxReceiveCount": redrive.max_receives,
            });
            all.insert("RedrivePolicy".into(), policy.to_string());
        }
        all.entry("SqsManagedSseEnabled".into()).or_insert_with(|| "true".into());
        all
    }

    /// Retention in milliseconds.
    pub fn retention_millis(&self) -> Millis {
        Millis::from(self.retention) * 1000
    }
}

fn check_name(name: &str) -> Result<(), SqsError> {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let plain = stem.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if stem.is_empty() || name.len() > 80 || !plain {
        return Err(SqsError::invalid(
            name,
            "QueueName",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.",
        ));
    }
    Ok(())
}

/// An empty policy takes the dead-letter queue away. `maxReceiveCount` comes as a number or as a string.
fn redrive(value: &str) -> Result<Option<Redrive>, SqsError> {
    if value.is_empty() {
        return Ok(None);
    }
    let refuse = || SqsError::invalid(value, "RedrivePolicy", "Redrive policy is not a valid JSON map.");
    let policy: Value = serde_json::from_str(value).map_err(|_| refuse())?;
    let target = policy["deadLetterTargetArn"].as_str().ok_or_else(refuse)?;
    let count = &policy["maxReceiveCount"];
    let max_receives = count
        .as_u64()
        .or_else(|| count.as_str()?.parse().ok())
        .and_then(|count| u32::try_from(count).ok())
        .filter(|count| (1..=1000).contains(count))
        .ok_or_else(|| {
            SqsError::invalid(
                value,
                "RedrivePolicy",
                "Invalid value for maxReceiveCount: valid values are from 1 to 1000 both inclusive.",
            )
        })?;
    Ok(Some(Redrive { target: target.into(), max_receives }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn settings() {
        let many = "q".repeat(81);
        for (label, name, attributes, refused) in [
            ("standard", "q", vec![], None),
            ("81 characters", &many, vec![], Some("InvalidParameterValue")),
            ("dot", "a.b", vec![], Some("InvalidParameterValue")),
            ("fifo", "q.fifo", vec![("FifoQueue", "true")], None),
            ("fifo without suffix", "q", vec![("FifoQueue", "true")], Some("InvalidParameterValue")),
            ("suffix without fifo", "q.fifo", vec![], Some("InvalidParameterValue")),
            ("FifoQueue false", "q", vec![("FifoQueue", "false")], Some("InvalidAttributeValue")),
            (
                "fifo attribute on standard",
                "q",
                vec![("ContentBasedDeduplication", "true")],
                Some("InvalidAttributeName"),
            ),
            ("visibility", "q", vec![("VisibilityTimeout", "43200")], None),
            ("visibility too long", "q", vec![("VisibilityTimeout", "43201")], Some("InvalidAttributeValue")),
            ("retention too short", "q", vec![("MessageRetentionPeriod", "59")], Some("InvalidAttributeValue")),
            ("delay", "q", vec![("DelaySeconds", "901")], Some("InvalidAttributeValue")),
            ("wait", "q", vec![("ReceiveMessageWaitTimeSeconds", "21")], Some("InvalidAttributeValue")),
            (
                "scope",
                "q.fifo",
                vec![("FifoQueue", "true"), ("DeduplicationScope", "group")],
                Some("InvalidAttributeValue"),
            ),
            ("unknown", "q", vec![("Colour", "blue")], Some("InvalidAttributeName")),
            (
                "count as text",
                "q",
                vec![("RedrivePolicy", r#"{"deadLetterTargetArn":"a","maxReceiveCount":"3"}"#)],
                None,
            ),
            (
                "count of 0",
                "q",
                vec![("RedrivePolicy", r#"{"deadLetterTargetArn":"a","maxReceiveCount":0}"#)],
                Some("InvalidParameterValue"),
            ),
            ("no policy", "q", vec![("RedrivePolicy", "")], None),
            ("not a policy", "q", vec![("RedrivePolicy", "{")], Some("InvalidParameterValue")),
        ] {
            let attributes = attributes.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            assert_eq!(Settings::new(name, &attributes).err().map(|e| e.shape()), refused, "{label}");
        }
    }

    #[test]
    fn set_is_all_or_nothing() {
        let mut settings = Settings::default();
        let changes = [("DelaySeconds", "5"), ("VisibilityTimeout", "x")];
        let changes = changes.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        assert!(settings.set(&changes).is_err());
        assert_eq!(settings, Settings::default());
    }
}
