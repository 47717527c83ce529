//! What Telegram can do. <https://core.telegram.org/bots/api>

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Dates, Descriptor, Kind, Lists, Media, Options, Support, utf16,
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
        // GIF moves; bigger pictures go as files.
        image: Some(captioned(limits::PHOTO_BY_UPLOAD).only(&[
            "image/jpeg",
            "image/png",
            "image/webp",
            "image/gif",
            "image/jpg",
        ])),
        video: Some(captioned(limits::FILE_BY_UPLOAD).only(&["video/mp4"])),
        // OGG is a voice message.
        audio: Some(captioned(limits::FILE_BY_UPLOAD).only(&[
            "audio/mpeg",
            "audio/mp4",
            "audio/ogg",
            "audio/mp3",
            "audio/m4a",
            "audio/x-m4a",
            "audio/opus",
        ])),
        file: Some(captioned(limits::FILE_BY_UPLOAD)),
        album: limits::ALBUM,
        location: Support::Native,
        sticker: Support::Native,
        // What one keyboard has no room for is below further messages.
        options: Some(Options { most: usize::MAX, label: utf16(limits::LABEL) }),
        list: Some(Lists { most: usize::MAX, multiple: false }),
        // A picture with a caption and buttons below.
        card: Support::Native,
        // Buttons with days or times.
        date: Dates { days: Support::Degraded, times: Support::Degraded },
        native: Support::Native,
        typing_to_guest: true,
        groups: true,
        ..Capabilities::TEXT_ONLY
    },
    text_limit: limits::TEXT_LIMIT,
    // Telegram fetches a file when the message is made, or gets its bytes. The platform's link may have died by then, and
    // only a copy's type and size are known for sure.
    attachments: AttachmentPolicy::Copy { preview_bytes: 0 },
    // Updates that are not taken are kept for 24 hours: https://core.telegram.org/bots/api#getting-updates
    redelivery_hours: 72,
    account_settings: &["apiToken"],
};

/// Files of at most `max_bytes`, with words below.
const fn captioned(max_bytes: u64) -> Media {
    Media::up_to(max_bytes).captioned(utf16(limits::CAPTION))
}
