//! What Slack can do.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Dates, Descriptor, Kind, Lists, Media, Options, Support, utf16,
};

use crate::limits;

/// Files of any type; the caption is the comment that Slack shows with the file.
const FILES: Media = Media::up_to(limits::FILE).captioned(limits::TEXT_LIMIT);

/// Slack's line in the capability matrix.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "slack",
    name: "Slack",
    kind: Kind::Channel,
    path: "/slack",
    confidence: Confidence::Documented,
    capabilities: Capabilities {
        image: Some(FILES),
        video: Some(FILES),
        audio: Some(FILES),
        file: Some(FILES),
        // None of its own: the picture, from where it is.
        sticker: Support::Degraded,
        // As many buttons and menus as it takes; a message holds 45 blocks, the rest goes into another.
        options: Some(Options { most: usize::MAX, label: utf16(limits::LABEL) }),
        list: Some(Lists { most: usize::MAX, multiple: true }),
        card: Support::Native,
        // One below the other, in one message.
        carousel: Support::Degraded,
        carousel_most: usize::MAX,
        // A calendar. Slack has nothing for times to choose from but buttons.
        date: Dates { days: Support::Native, times: Support::No },
        form: Support::Native,
        native: Support::Native,
        edit: Support::Native,
        // As the message's author.
        shows_sender: true,
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
