//! What Telegram can do.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Dates, Descriptor, Kind, Media, Options, Support, TextLimit, TextUnit,
    utf16,
};

use crate::limits;

/// Telegram's line in the capability matrix.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "telegram",
    name: "Telegram",
    kind: Kind::Channel,
    path: "/telegram",
    confidence: Confidence::Documented,
    capabilities: Capabilities {
        image: Some(Media::up_to(u64::MAX)),
        video: Some(Media::up_to(u64::MAX)),
        audio: Some(Media::up_to(u64::MAX)),
        file: Some(Media::up_to(u64::MAX)),
        location: Support::Native,
        sticker: Support::Native,
        options: Some(Options { most: usize::MAX, label: utf16(usize::MAX) }),
        // A picture with a caption and buttons below.
        card: Support::Native,
        // One card after another.
        carousel: Support::Degraded,
        // Buttons with days or times.
        date: Dates { days: Support::Degraded, times: Support::Degraded },
        native: Support::Native,
        typing_to_guest: true,
        typing_to_agent: false,
        delivered_receipts: false,
        read_receipts: false,
        groups: true,
        ..Capabilities::TEXT_ONLY
    },
    text_limit: TextLimit { max: limits::TEXT, unit: TextUnit::Utf16 },
    // Telegram fetches a file when it is told of it, or gets its bytes. The platform's link may have died by then, and
    // only a copy's type and size are known for sure.
    attachments: AttachmentPolicy::Copy { preview_bytes: 0 },
    // Updates that are not taken are kept for 24 hours: https://core.telegram.org/bots/api#getting-updates
    redelivery_hours: 72,
    account_settings: &["apiToken"],
};
