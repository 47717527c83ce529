//! What Genesys Cloud CX can show and do through Open Messaging.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Descriptor, Kind, Support, TextLimit, TextUnit,
};

/// The longest text of one message: 2,000, as for the text of agentless messages. The API's description gives no limit
/// for inbound texts, so the smallest one known is kept, in the unit that counts the most.
pub(crate) const TEXT_LIMIT: TextLimit = TextLimit { max: 2_000, unit: TextUnit::Utf16 };

/// Genesys Cloud CX.
pub const DESCRIPTOR: Descriptor = Descriptor {
    id: "genesys-cloud",
    name: "Genesys Cloud CX",
    kind: Kind::CxPlatform,
    path: "/openmessaging",
    confidence: Confidence::Documented,
    capabilities: Capabilities {
        image: Support::Native,
        video: Support::Native,
        audio: Support::Native,
        file: Support::Native,
        location: Support::Degraded,
        sticker: Support::Degraded,
        quick_replies: Support::Native,
        card: Support::Native,
        carousel: Support::Native,
        date_picker: Support::Native,
        native: Support::Degraded,
        typing_to_guest: true,
        typing_to_agent: true,
        delivered_receipts: true,
        read_receipts: false,
        groups: false,
    },
    text_limit: TEXT_LIMIT,
    attachments: AttachmentPolicy::PassThrough,
    redelivery_hours: 24,
    account_settings: &["region", "integrationId"],
};
