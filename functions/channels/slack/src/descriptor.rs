//! What Slack can do.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Dates, Descriptor, Kind, Media, Options, Support, utf16,
};

use crate::limits;

/// Slack's line in the capability matrix.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "slack",
    name: "Slack",
    kind: Kind::Channel,
    path: "/slack",
    confidence: Confidence::Documented,
    capabilities: Capabilities {
        image: Some(Media::up_to(u64::MAX)),
        video: Some(Media::up_to(u64::MAX)),
        audio: Some(Media::up_to(u64::MAX)),
        file: Some(Media::up_to(u64::MAX)),
        // Slack has no message for places: a link to a map.
        location: Support::Degraded,
        // Nor stickers of its own: the picture.
        sticker: Support::Degraded,
        options: Some(Options { most: usize::MAX, label: utf16(usize::MAX) }),
        card: Support::Native,
        // One below the other.
        carousel: Support::Degraded,
        date: Dates { days: Support::Native, times: Support::Native },
        native: Support::Native,
        // The Web API shows a bot's typing in the threads of AI assistants alone, and tells nobody's.
        typing_to_guest: false,
        typing_to_agent: false,
        delivered_receipts: false,
        read_receipts: false,
        groups: true,
        ..Capabilities::TEXT_ONLY
    },
    text_limit: limits::TEXT_LIMIT,
    // Slack takes the file itself: its bytes go from the platform straight into the upload.
    attachments: AttachmentPolicy::PassThrough,
    // Three tries within some five minutes; with "Delayed Events" on, hourly for a day more.
    // https://docs.slack.dev/apis/events-api/#retries
    redelivery_hours: 26,
    account_settings: &["appId"],
};
