//! What Teams can do.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Dates, Descriptor, Kind, Media, Options, Support, utf16,
};

use crate::limits;

/// Teams's line in the capability matrix.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "teams",
    name: "Teams",
    kind: Kind::Channel,
    path: "/teams",
    confidence: Confidence::Documented,
    capabilities: Capabilities {
        image: Some(Media::up_to(u64::MAX)),
        // Films and sounds are files like any other.
        video: None,
        audio: None,
        // With the guest's consent in a private chat, a link elsewhere.
        file: Some(Media::up_to(u64::MAX)),
        location: Support::Degraded,
        sticker: Support::Degraded,
        options: Some(Options { most: usize::MAX, label: utf16(usize::MAX) }),
        card: Support::Native,
        carousel: Support::Native,
        date: Dates { days: Support::Native, times: Support::Native },
        native: Support::Native,
        typing_to_guest: true,
        typing_to_agent: true,
        delivered_receipts: false,
        read_receipts: false,
        groups: true,
        ..Capabilities::TEXT_ONLY
    },
    text_limit: limits::TEXT_LIMIT,
    // Teams shows a picture when the chat is opened; a file waits until the guest accepts it.
    attachments: AttachmentPolicy::Copy { preview_bytes: limits::PICTURE_BYTES as usize },
    // The connector service does not promise to send an event again, nor to stop.
    redelivery_hours: 24,
    account_settings: &["botId"],
};
