//! What a connector is and can do. The capability matrix, the API and the engine's decisions read it; nothing else does.

use serde::Serialize;

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

/// How far a connector supports one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Support {
    /// As the network shows it itself.
    Native,
    /// Shown in another form: a link, or numbered text.
    Degraded,
    /// Not at all.
    No,
}

/// A connector's capabilities, the columns of the matrix in the README. `Native` towards the guest unless said otherwise.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// Pictures.
    pub image: Support,
    /// Films.
    pub video: Support,
    /// Voice and sound.
    pub audio: Support,
    /// Any other file.
    pub file: Support,
    /// A place on the map.
    pub location: Support,
    /// Stickers.
    pub sticker: Support,
    /// Options the guest taps, which vanish after.
    pub quick_replies: Support,
    /// A card with picture, text and buttons.
    pub card: Support,
    /// Cards in a row.
    pub carousel: Support,
    /// Choosing a date or time.
    pub date_picker: Support,
    /// The channel's own JSON, passed through.
    pub native: Support,
    /// The guest sees the agent type.
    pub typing_to_guest: bool,
    /// The agent sees the guest type.
    pub typing_to_agent: bool,
    /// The network reports delivery.
    pub delivered_receipts: bool,
    /// The network reports reading.
    pub read_receipts: bool,
    /// Groups, rooms, channels or threads, not only private chats.
    pub groups: bool,
}

impl Capabilities {
    /// Text and nothing else; start from here: `Capabilities { image: Support::Native, ..Capabilities::TEXT_ONLY }`.
    pub const TEXT_ONLY: Self = Self {
        image: Support::No,
        video: Support::No,
        audio: Support::No,
        file: Support::No,
        location: Support::No,
        sticker: Support::No,
        quick_replies: Support::No,
        card: Support::No,
        carousel: Support::No,
        date_picker: Support::No,
        native: Support::No,
        typing_to_guest: false,
        typing_to_agent: false,
        delivered_receipts: false,
        read_receipts: false,
        groups: false,
    };
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
