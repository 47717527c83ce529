//! What callers send, as the protocol spells it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::error::SqsError;
use super::message::{Attribute, AttributeValue, Attributes, Outgoing, md5_hex, md5_of_attributes};

/// Checksums of what was sent, as the SDKs compute them themselves and compare.
pub(super) struct Sums {
    pub(super) body: String,
    pub(super) attributes: Option<String>,
    pub(super) system: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateQueue {
    pub(super) queue_name: Option<String>,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
    #[serde(default, rename = "tags")]
    pub(super) tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    #[serde(default)]
    pub(super) queue_name_prefix: String,
    pub(super) max_results: Option<usize>,
    pub(super) next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListSources {
    pub(super) queue_url: Option<String>,
    pub(super) max_results: Option<usize>,
    pub(super) next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetAttributes {
    pub(super) queue_url: Option<String>,
    #[serde(default)]
    pub(super) attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetAttributes {
    pub(super) queue_url: Option<String>,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagQueue {
    pub(super) queue_url: Option<String>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagQueue {
    pub(super) queue_url: Option<String>,
    #[serde(default)]
    pub(super) tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    pub(super) queue_url: Option<String>,
    #[serde(flatten)]
    pub(super) message: WireMessage,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendBatch {
    pub(super) queue_url: Option<String>,
    #[serde(default)]
    pub(super) entries: Vec<SendEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendEntry {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) message: WireMessage,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WireMessage {
    pub(super) message_body: Option<String>,
    pub(super) delay_seconds: Option<u32>,
    #[serde(default)]
    pub(super) message_attributes: BTreeMap<String, WireAttribute>,
    #[serde(default)]
    pub(super) message_system_attributes: BTreeMap<String, WireAttribute>,
    pub(super) message_deduplication_id: Option<String>,
    pub(super) message_group_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WireAttribute {
    #[serde(default)]
    pub(super) data_type: String,
    pub(super) string_value: Option<String>,
    pub(super) binary_value: Option<String>,
}

impl WireMessage {
    pub(super) fn read(self) -> Result<(Outgoing, Sums), SqsError> {
        let body = self.message_body.ok_or(SqsError::MissingParameter("MessageBody"))?;
        let attributes = attributes(self.message_attributes)?;
        let system = attributes_of_system(self.message_system_attributes)?;
        let sums = Sums {
            body: md5_hex(body.as_bytes()),
            attributes: md5_of_attributes(&attributes),
            system: md5_of_attributes(&system),
        };
        let trace_header = system.into_values().find_map(|attribute| match attribute.value {
            AttributeValue::Text(text) => Some(text),
            AttributeValue::Binary(_) => None,
        });
        let outgoing = Outgoing {
            body,
            attributes,
            trace_header,
            group: self.message_group_id,
            deduplication_id: self.message_deduplication_id,
            delay_seconds: self.delay_seconds,
        };
        Ok((outgoing, sums))
    }
}

fn attributes(wire: BTreeMap<String, WireAttribute>) -> Result<Attributes, SqsError> {
    wire.into_iter()
        .map(|(name, attribute)| {
            let refuse = |reason: &str| SqsError::invalid(&name, "MessageAttributes", reason);
            let value = match (attribute.string_value, attribute.binary_value) {
                (Some(text), None) => AttributeValue::Text(text),
                (None, Some(binary)) => {
                    AttributeValue::Binary(STANDARD.decode(binary).map_err(|_| refuse("BinaryValue must be base64."))?)
                }
                _ => return Err(refuse("The message attribute must contain one non-empty value.")),
            };
            Ok((name, Attribute { kind: attribute.data_type, value }))
        })
        .collect()
}

/// The trace header is the only system attribute a sender may set.
fn attributes_of_system(wire: BTreeMap<String, WireAttribute>) -> Result<Attributes, SqsError> {
    match wire.keys().find(|name| *name != "AWSTraceHeader") {
        Some(other) => Err(SqsError::invalid(other, "MessageSystemAttributes", "Unknown system attribute.")),
        None => attributes(wire),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    pub(super) queue_url: Option<String>,
    #[serde(default)]
    pub(super) attribute_names: Vec<String>,
    #[serde(default)]
    pub(super) message_system_attribute_names: Vec<String>,
    #[serde(default)]
    pub(super) message_attribute_names: Vec<String>,
    pub(super) max_number_of_messages: Option<usize>,
    pub(super) visibility_timeout: Option<u32>,
    pub(super) wait_time_seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Held {
    pub(super) queue_url: Option<String>,
    pub(super) receipt_handle: Option<String>,
    pub(super) visibility_timeout: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HeldBatch {
    pub(super) queue_url: Option<String>,
    #[serde(default)]
    pub(super) entries: Vec<HeldEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HeldEntry {
    pub(super) id: String,
    #[serde(default)]
    pub(super) receipt_handle: String,
    pub(super) visibility_timeout: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Move {
    pub(super) source_arn: Option<String>,
    pub(super) destination_arn: Option<String>,
    pub(super) max_number_of_messages_per_second: Option<u32>,
    pub(super) max_results: Option<usize>,
    pub(super) task_handle: Option<String>,
}
