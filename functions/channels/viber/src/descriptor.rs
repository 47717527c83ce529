//! What Viber can do.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Dates, Descriptor, Kind, Media, Options, Support, utf16,
};

use crate::limits;

/// Viber's line in the capability matrix.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "viber",
    name: "Viber",
    kind: Kind::Channel,
    path: "/viber",
    confidence: Confidence::Documented,
    capabilities: Capabilities {
        image: Some(Media::up_to(u64::MAX)),
        video: Some(Media::up_to(u64::MAX)),
        // There is no message for sound: a file.
        audio: None,
        file: Some(Media::up_to(u64::MAX)),
        location: Support::Native,
        sticker: Support::Native,
        options: Some(Options { most: usize::MAX, label: utf16(usize::MAX) }),
        card: Support::Native,
        carousel: Support::Native,
        // Times are buttons, days are asked for in words.
        date: Dates { days: Support::Degraded, times: Support::Degraded },
        native: Support::Native,
        typing_to_guest: false,
        typing_to_agent: false,
        delivered_receipts: true,
        read_receipts: true,
        groups: false,
        ..Capabilities::TEXT_ONLY
    },
    text_limit: limits::TEXT_LIMIT,
    // Viber's servers and the guest's telephone fetch a file when the chat is opened, maybe days later. A picture of more
    // than 1 MB is not shown on iOS: a smaller one takes its place.
    attachments: AttachmentPolicy::Copy { preview_bytes: limits::PICTURE_BYTES as usize },
    // "Several times for an hour": https://developers.viber.com/docs/faq/. A day, to be safe.
    redelivery_hours: 24,
    account_settings: &["authToken"],
};
