//! What LINE can do.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Dates, Descriptor, Kind, Lists, Media, Options, Support, TextLimit,
    TextUnit,
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
        image: Some(Media::up_to(limits::IMAGE_BYTES).only(&["image/jpeg", "image/jpg", "image/png"])),
        video: Some(Media::up_to(limits::MEDIA_BYTES).only(&["video/mp4"])),
        audio: Some(Media::up_to(limits::MEDIA_BYTES).only(&[
            "audio/mpeg",
            "audio/mp3",
            "audio/mp4",
            "audio/m4a",
            "audio/x-m4a",
        ])),
        // The Messaging API has no outgoing file message.
        file: None,
        location: Support::Native,
        sticker: Support::Native,
        // LINE counts graphemes, which are never more than these.
        options: Some(Options {
            most: limits::QUICK_REPLIES,
            label: TextLimit { max: limits::LABEL, unit: TextUnit::Characters },
        }),
        // Flex Messages full of buttons, as many as it takes; each button answers at once.
        list: Some(Lists { most: usize::MAX, multiple: false }),
        card: Support::Native,
        carousel: Support::Native,
        carousel_most: limits::BUBBLES,
        // LINE's picker offers any day of a range, not some times.
        date: Dates { days: Support::Native, times: Support::No },
        native: Support::Native,
        read_marks: true,
        typing_to_guest: true,
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
