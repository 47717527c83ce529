//! What a connector is and can do. The capability matrix, the API and the engine's decisions read it; nothing else does.

use serde::Serialize;

pub use crate::capabilities::{Capabilities, Dates, Lists, Media, Options, Support, utf16};

/// What kind of outside system a connector speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A social messaging network.
    Channel,
    /// A contact-centre platform.
    CxPlatform,
    /// Where attachments are kept.
    Storage,
    /// Where operators are told.
    Notifier,
}

/// How well the protocol is known: what the provider documents, what had to be inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Confidence {
    /// Published by the provider.
    Documented,
    /// Published in part.
    Partly,
    /// Inferred; addresses and field names are settings.
    Assumed,
}

/// What a channel counts its text limit in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TextUnit {
    /// UTF-16 code units: an emoji is two or more.
    Utf16,
    /// Unicode scalar values.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
}

impl TextUnit {
    /// The length of a text in this unit.
    pub fn measure(self, text: &str) -> usize {
        match self {
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
            Self::Characters => text.chars().count(),
            Self::Bytes => text.len(),
        }
    }
}

/// The longest text of one message, with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TextLimit {
    /// How many.
    pub max: usize,
    /// Of what.
    pub unit: TextUnit,
}

/// Where the network wants an agent's file to be before it is named in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AttachmentPolicy {
    /// The other side's URL may be passed on as it is.
    PassThrough,
    /// Copied into the tenant's storage first: the network (or the guest's telephone) fetches it later, perhaps long
    /// after the platform's own link has died. `preview_bytes` asks for a JPEG of at most that size beside each image.
    Copy {
        /// Largest preview the network accepts, in bytes; 0 when it wants none.
        preview_bytes: usize,
    },
}

/// Everything that is fixed about a connector.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// The id in tenants and in `UM_ENDPOINT_…`: `line`, `genesys-cloud`.
    pub id: &'static str,
    /// The display name; for channels, the value of the participant data `media`.
    pub name: &'static str,
    /// What it speaks to.
    pub kind: Kind,
    /// First segment of its webhooks' path, with the slash; empty for what has none.
    pub path: &'static str,
    /// How well its protocol is known.
    pub confidence: Confidence,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Longest text of one message to this system.
    pub text_limit: TextLimit,
    /// How agents' (for a channel) or guests' (for a platform) files travel.
    pub attachments: AttachmentPolicy,
    /// How long the network may send the same event again, in hours: the ledger remembers at least that long.
    pub redelivery_hours: u32,
    /// Names of the settings that identify the account: two enabled tenants that share them would share its messages.
    pub account_settings: &'static [&'static str],
}

impl Descriptor {
    /// The environment variable that replaces scheme, host and port of this connector's requests.
    pub fn endpoint_variable(&self) -> String {
        endpoint_variable(self.id)
    }
}

/// `UM_ENDPOINT_<CONNECTOR>` of a connector id: `genesys-cloud` → `UM_ENDPOINT_GENESYS_CLOUD`.
pub fn endpoint_variable(connector: &str) -> String {
    format!("UM_ENDPOINT_{}", connector.to_uppercase().replace('-', "_"))
}
