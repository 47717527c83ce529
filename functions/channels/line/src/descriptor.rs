//! What LINE can do.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Dates, Descriptor, Kind, Media, Options, Support, TextLimit, TextUnit,
    utf16,
};

use crate::limits;

/// LINE's line in the capability matrix.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "line",
    name: "LINE",
    kind: Kind::Channel,
    path: "/line",
    confidence: Confidence::Documented,
    capabilities: Capabilities {
        image: Some(Media::up_to(u64::MAX)),
        video: Some(Media::up_to(u64::MAX)),
        audio: Some(Media::up_to(u64::MAX)),
        // The Messaging API has no outgoing file message: a link.
        file: None,
        location: Support::Native,
        sticker: Support::Native,
        options: Some(Options { most: usize::MAX, label: utf16(usize::MAX) }),
        card: Support::Native,
        carousel: Support::Native,
        date: Dates { days: Support::Native, times: Support::Native },
        native: Support::Native,
        typing_to_guest: true,
        typing_to_agent: false,
        delivered_receipts: false,
        read_receipts: false,
        groups: true,
        ..Capabilities::TEXT_ONLY
    },
    text_limit: TextLimit { max: limits::TEXT, unit: TextUnit::Utf16 },
    // LINE's servers and the guest's telephone fetch a file when the chat is opened, maybe days later.
    attachments: AttachmentPolicy::Copy { preview_bytes: limits::PREVIEW_BYTES as usize },
    // LINE does not disclose how long it sends a failed event again. Three days is more than anybody has reported.
    // https://developers.line.biz/en/docs/messaging-api/receiving-messages/#webhook-redelivery
    redelivery_hours: 72,
    account_settings: &["channelId"],
};
