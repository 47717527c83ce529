//! What Genesys Cloud CX can show and do through Open Messaging.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Dates, Descriptor, Kind, Media, Options, Support, TextLimit, TextUnit,
    utf16,
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
        image: Some(Media::up_to(u64::MAX)),
        video: Some(Media::up_to(u64::MAX)),
        audio: Some(Media::up_to(u64::MAX)),
        file: Some(Media::up_to(u64::MAX)),
        location: Support::Degraded,
        sticker: Support::Degraded,
        options: Some(Options { most: usize::MAX, label: utf16(usize::MAX) }),
        card: Support::Native,
        carousel: Support::Native,
        date: Dates { days: Support::Native, times: Support::Native },
        native: Support::Degraded,
        typing_to_guest: true,
        typing_to_agent: true,
        delivered_receipts: true,
        read_receipts: false,
        groups: false,
        ..Capabilities::TEXT_ONLY
    },
    text_limit: TEXT_LIMIT,
    attachments: AttachmentPolicy::PassThrough,
    redelivery_hours: 24,
    account_settings: &["region", "integrationId"],
};
