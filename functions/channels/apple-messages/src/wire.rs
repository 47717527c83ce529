//! What Apple posts: <https://register.apple.com/resources/messages/msp-rest-api/messages-received>.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The identifier of Apple's own extension: pickers, forms, quick replies.
pub(crate) const EXTENSION: &str =
    "com.apple.messages.MSMessageExtensionBalloonPlugin:0000000000:com.apple.icloud.apps.messages.business.extension";
/// Stands in a text where an attachment belongs.
pub(crate) const OBJECT: char = '\u{FFFC}';

/// The body of a message of any type. Fields of other types are absent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    pub(crate) id: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) source_id: Option<String>,
    pub(crate) destination_id: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) attachments: Option<Vec<File>>,
    pub(crate) interactive_data: Option<Value>,
    pub(crate) interactive_data_ref: Option<DataRef>,
    pub(crate) locale: Option<String>,
    pub(crate) intent: Option<String>,
    pub(crate) group: Option<String>,
}

/// A file that Apple keeps, encrypted.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct File {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mime_type: Option<String>,
    /// Of the encrypted bytes; a number or its digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<Size>,
    #[serde(flatten)]
    pub(crate) stored: Stored,
}

/// Something that Apple keeps, encrypted: its address, and its key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Stored {
    pub(crate) url: String,
    pub(crate) owner: String,
    /// 00 and 32 bytes, in hexadecimal.
    pub(crate) key: String,
    /// In hexadecimal, or base64 as some of Apple's samples have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signature: Option<String>,
    #[serde(default, rename = "signature-base64", skip_serializing_if = "Option::is_none")]
    pub(crate) signature_base64: Option<String>,
}

/// An answer too big for the message.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct DataRef {
    pub(crate) bid: String,
    #[serde(flatten)]
    pub(crate) stored: Stored,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Size {
    Number(u64),
    Digits(String),
}

impl Size {
    pub(crate) fn bytes(&self) -> Option<u64> {
        match self {
            Self::Number(bytes) => Some(*bytes),
            Self::Digits(digits) => digits.trim().parse().ok(),
        }
    }
}
