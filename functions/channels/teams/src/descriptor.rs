//! What Teams can do.

use contract::descriptor::{AttachmentPolicy, Capabilities, Confidence, Descriptor, Kind, Support};

use crate::limits;

/// Teams's line in the capability matrix.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "teams",
    name: "Teams",
    kind: Kind::Channel,
    path: "/teams",
    confidence: Confidence::Documented,
    capabilities: Capabilities {
        image: Support::Native,
        // Films and sounds are files like any other.
        video: Support::Degraded,
        audio: Support::Degraded,
        // With the guest's consent in a private chat, a link elsewhere.
        file: Support::Native,
        location: Support::Degraded,
        sticker: Support::Degraded,
        quick_replies: Support::Native,
        card: Support::Native,
        carousel: Support::Native,
        date_picker: Support::Native,
        native: Support::Native,
        typing_to_guest: true,
        typing_to_agent: true,
        delivered_receipts: false,
        read_receipts: false,
        groups: true,
    },
    text_limit: limits::TEXT_LIMIT,
    // Teams shows a picture when the chat is opened; a file waits until the guest accepts it.
    attachments: AttachmentPolicy::Copy { preview_bytes: limits::PICTURE_BYTES as usize },
    // The connector service does not promise to send an event again, nor to stop.
    redelivery_hours: 24,
    account_settings: &["botId"],
};
