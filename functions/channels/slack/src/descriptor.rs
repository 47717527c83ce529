//! What Slack can do.

use contract::descriptor::{AttachmentPolicy, Capabilities, Confidence, Descriptor, Kind, Support};

use crate::limits;

/// Slack's line in the capability matrix.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "slack",
    name: "Slack",
    kind: Kind::Channel,
    path: "/slack",
    confidence: Confidence::Documented,
    capabilities: Capabilities {
        image: Support::Native,
        video: Support::Native,
        audio: Support::Native,
        file: Support::Native,
        // Slack has no message for places: a link to a map.
        location: Support::Degraded,
        // Nor stickers of its own: the picture.
        sticker: Support::Degraded,
        quick_replies: Support::Native,
        card: Support::Native,
        // One below the other.
        carousel: Support::Degraded,
        date_picker: Support::Native,
        native: Support::Native,
        // The Web API shows a bot's typing in the threads of AI assistants alone, and tells nobody's.
        typing_to_guest: false,
        typing_to_agent: false,
        delivered_receipts: false,
        read_receipts: false,
        groups: true,
    },
    text_limit: limits::TEXT_LIMIT,
    // Slack takes the file itself: its bytes go from the platform straight into the upload.
    attachments: AttachmentPolicy::PassThrough,
    // Three tries within some five minutes; with "Delayed Events" on, hourly for a day more.
    // https://docs.slack.dev/apis/events-api/#retries
    redelivery_hours: 26,
    account_settings: &["appId"],
};
