//! What Viber can do.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Descriptor, Kind, Lists, Media, Options, Support, utf16,
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
        image: Some(Media::up_to(limits::PICTURE_BYTES).only(limits::PICTURES).captioned(utf16(limits::CAPTION))),
        video: Some(
            Media::up_to(limits::FILM_BYTES)
                .only(&["video/mp4"])
                .lasting(limits::FILM_MS)
                .captioned(utf16(limits::CAPTION)),
        ),
        // There is no message for sound: a file.
        file: Some(Media::up_to(limits::FILE_BYTES)),
        location: Support::Native,
        sticker: Support::Native,
        options: Some(Options { most: 2 * limits::KEYBOARD_ROWS, label: utf16(limits::LABEL) }),
        // Buttons that stay after a tap.
        list: Some(Lists { most: usize::MAX, multiple: false }),
        card: Support::Native,
        carousel: Support::Native,
        // Cards beyond a row's six go into rows of their own.
        carousel_most: usize::MAX,
        native: Support::Native,
        shows_sender: true,
        delivered_receipts: true,
        read_receipts: true,
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
