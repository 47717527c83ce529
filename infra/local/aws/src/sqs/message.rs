//! A message: its parts, its limits and the checksums the SDKs verify.

use std::collections::BTreeMap;
use std::sync::Arc;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::error::SqsError;

/// Milliseconds since 1970.
pub type Millis = u64;

/// Body plus attributes of one message, and of a batch together: 1 MiB since August 2025.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub const MAX_BYTES: usize = 1_048_576;

/// One message attribute, as the caller typed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// `String`, `Number` or `Binary`, with an optional custom suffix (`Number.int`).
    pub kind: String,
    /// The value.
    pub value: AttributeValue,
}

/// The value of a message attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttributeValue {
    /// Of `String` and `Number`.
    Text(String),
    /// Of `Binary`.
    Binary(Vec<u8>),
}

impl Attribute {
    /// A `String` attribute.
    pub fn text(value: impl Into<String>) -> Self {
        Self { kind: "String".into(), value: AttributeValue::Text(value.into()) }
    }

    fn bytes(&self) -> &[u8] {
        match &self.value {
            AttributeValue::Text(text) => text.as_bytes(),
            AttributeValue::Binary(bytes) => bytes,
        }
    }
}

/// Attributes by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// A message to be sent.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    /// The body, 1 byte to 1 MiB of the characters XML 1.0 allows.
    pub body: String,
    /// At most ten.
    pub attributes: Attributes,
    /// The X-Ray trace header (`AWSTraceHeader`), which does not count into the size.
    pub trace_header: Option<String>,
    /// FIFO: the group, needed. Standard: the tenant of fair queues, echoed to the receiver.
    pub group: Option<String>,
    /// FIFO only.
    pub deduplication_id: Option<String>,
    /// Seconds until the message can be received; standard queues only (0–900).
    pub delay_seconds: Option<u32>,
}

impl Outgoing {
    /// A message for a standard queue.
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    /// A message for a FIFO queue.
    pub fn fifo(body: impl Into<String>, group: impl Into<String>, deduplication_id: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            group: Some(group.into()),
            deduplication_id: Some(deduplication_id.into()),
            ..Self::default()
        }
    }

    /// Bytes that count against the limit: body, attribute names, types and values.
    pub fn size(&self) -> usize {
        self.body.len()
            + self.attributes.iter().map(|(name, a)| name.len() + a.kind.len() + a.bytes().len()).sum::<usize>()
    }

    /// What can be said of a message before its queue is known.
    pub(super) fn check(&self) -> Result<(), SqsError> {
        if self.body.is_empty() {
            return Err(SqsError::MissingParameter("MessageBody"));
        }
        if !self.body.chars().all(allowed) {
            return Err(SqsError::InvalidMessageContents);
        }
        if self.attributes.len() > 10 {
            return Err(SqsError::invalid(
                self.attributes.len(),
                "MessageAttributes",
                "Number of message attributes must be at most 10.",
            ));
        }
        for (name, attribute) in &self.attributes {
            check_attribute(name, attribute)?;
        }
        for (value, parameter) in [(&self.group, "MessageGroupId"), (&self.deduplication_id, "MessageDeduplicationId")]
        {
            if let Some(value) = value
                && !(1..=128).contains(&value.len()) | !value.bytes().all(|b| b.is_ascii_graphic())
            {
                return Err(SqsError::invalid(
                    value,
                    parameter,
                    format!(
                        "{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
                    ),
                ));
            }
        }
        Ok(())
    }
}

fn check_attribute(name: &str, attribute: &Attribute) -> Result<(), SqsError> {
    let refuse = |reason: &str| Err(SqsError::invalid(name, "MessageAttributes", reason));
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if name.is_empty() || name.len() > 256 || !plain || name.starts_with('.') || name.ends_with('.') {
        return refuse("Message attribute name can only contain A-Z, a-z, 0-9, underscore, hyphen and period.");
    }
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        return refuse("Message attribute names must not start with AWS. or Amazon.");
    }
    let base = attribute.kind.split('.').next().unwrap_or_default();
    match (base, &attribute.value) {
        ("String", AttributeValue::Text(text)) if !text.is_empty() => {
            if text.chars().all(allowed) {
                Ok(())
            } else {
                Err(SqsError::InvalidMessageContents)
            }
        }
        ("Number", AttributeValue::Text(text)) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(()),
            _ => refuse("Can't cast the value of a message attribute of type Number to a number."),
        },
        ("Binary", AttributeValue::Binary(bytes)) if !bytes.is_empty() => Ok(()),
        ("String" | "Binary", _) => refuse("Message attribute values must not be empty and must be of their type."),
        _ => refuse("The type of a message attribute must be String, Number or Binary."),
    }
}

/// #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF
fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// A message in a queue. Everything that does not change while it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `MessageId`, a UUID.
    pub id: String,
    /// The body.
    pub body: String,
    /// The caller's attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: Attributes,
    /// `AWSTraceHeader`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
    /// `MessageGroupId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Arc<str>>,
    /// `MessageDeduplicationId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduplication_id: Option<String>,
    /// `SentTimestamp`; retention counts from here.
    pub sent: Millis,
    /// Not to be received before.
    pub due: Millis,
    /// `DeadLetterQueueSourceArn`: the queue it failed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter_source: Option<String>,
}

/// MD5 as lower-case hex.
pub fn md5_hex(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

/// MD5 over the attributes as SQS defines it; `None` without attributes.
///
/// Sorted by name; name, type and value each behind their length (4 bytes, big-endian), the value also behind a byte
/// for its transport type (1 text, 2 binary):
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation>
pub fn md5_of_attributes<'a>(attributes: impl IntoIterator<Item = (&'a String, &'a Attribute)>) -> Option<String> {
    let mut sorted: Vec<_> = attributes.into_iter().collect();
    if sorted.is_empty() {
        return None;
    }
    sorted.sort_by_key(|(name, _)| *name);
    let mut hash = Md5::new();
    let part = |hash: &mut Md5, bytes: &[u8]| {
        hash.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(bytes);
    };
    for (name, attribute) in sorted {
        part(&mut hash, name.as_bytes());
        part(&mut hash, attribute.kind.as_bytes());
        hash.update([match attribute.value {
            AttributeValue::Text(_) => 1,
            AttributeValue::Binary(_) => 2,
        }]);
        part(&mut hash, attribute.bytes());
    }
    Some(hex::encode(hash.finalize()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn md5_vectors() {
        // From RFC 1321.
        for (text, md5) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ] {
            assert_eq!(md5_hex(text.as_bytes()), md5);
        }
        let of = |kind: &str, value: AttributeValue| Attribute { kind: kind.into(), value };
        let text = |kind: &str, value: &str| of(kind, AttributeValue::Text(value.into()));
        for (attributes, md5) in [
            (vec![], None),
            (vec![("timestamp", text("Number", "1493147359900"))], Some("235c5c510d26fb653d073faed50ae77c")),
            (
                vec![
                    ("timestamp", text("Number", "1602845432024")),
                    ("id", text("String", "2018fc74-4f77-1a5a-1be0-c2d037d5052b")),
                    ("contentType", text("String", "application/json")),
                ],
                Some("5ed54edf05ed878933840157aaabdd65"),
            ),
            (
                vec![
                    ("b", of("Binary", AttributeValue::Binary(vec![0, 1, 255]))),
                    ("a", text("String", "x")),
                    ("n", text("Number.int", "7")),
                ],
                Some("8ecda79f7f940934aba8c751d3951439"),
            ),
        ] {
            let attributes: Attributes = attributes.into_iter().map(|(n, a)| (n.to_owned(), a)).collect();
            assert_eq!(md5_of_attributes(&attributes).as_deref(), md5);
        }
    }

    #[test]
    fn refusals() {
        let text = |value: &str| Attribute::text(value);
        let of = |name: &str, attribute: Attribute| Outgoing {
            attributes: Attributes::from([(name.to_owned(), attribute)]),
            ..Outgoing::new("x")
        };
        let number = |value: &str| Attribute { kind: "Number.int".into(), value: AttributeValue::Text(value.into()) };
        for (label, message, code) in [
            ("empty body", Outgoing::new(""), Some("MissingParameter")),
            ("control character", Outgoing::new("a\u{1}b"), Some("InvalidMessageContents")),
            ("non-character", Outgoing::new("\u{FFFE}"), Some("InvalidMessageContents")),
            ("tab, newline, emoji", Outgoing::new("a\t\r\n🦀"), None),
            ("attribute", of("a.b-c_1", text("v")), None),
            ("empty attribute", of("a", text("")), Some("InvalidParameterValue")),
            ("reserved attribute", of("AWS.x", text("v")), Some("InvalidParameterValue")),
            ("attribute with a space", of("a b", text("v")), Some("InvalidParameterValue")),
            ("number", of("n", number("-1.5e3")), None),
            ("not a number", of("n", number("one")), Some("InvalidParameterValue")),
            ("group with a space", Outgoing::fifo("x", "a b", "1"), Some("InvalidParameterValue")),
            ("group of 129", Outgoing::fifo("x", "g".repeat(129), "1"), Some("InvalidParameterValue")),
            ("group of 128", Outgoing::fifo("x", "g".repeat(128), "1"), None),
        ] {
            assert_eq!(message.check().err().map(|e| e.shape()), code, "{label}");
        }
    }
}
