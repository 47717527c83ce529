//! What Apple Messages for Business can do.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Dates, Descriptor, Kind, Media, Options, Support, TextLimit, TextUnit,
    utf16,
};

/// The line of Apple Messages for Business in the capability matrix.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "apple-messages",
    name: "Apple Messages for Business",
    kind: Kind::Channel,
    path: "/amb",
    // Retries and some limits are not published.
    confidence: Confidence::Partly,
    capabilities: Capabilities {
        image: Some(Media::up_to(u64::MAX)),
        video: Some(Media::up_to(u64::MAX)),
        audio: Some(Media::up_to(u64::MAX)),
        file: Some(Media::up_to(u64::MAX)),
        // There is no such message: a link to Apple Maps.
        location: Support::Degraded,
        // A picture, where the sticker has one.
        sticker: Support::Degraded,
        // All of these as the guest's device allows (see `device`); else numbered text.
        options: Some(Options { most: usize::MAX, label: utf16(usize::MAX) }),
        card: Support::Native,
        carousel: Support::Native,
        date: Dates { days: Support::Native, times: Support::Native },
        native: Support::Native,
        typing_to_guest: true,
        typing_to_agent: true,
        delivered_receipts: false,
        read_receipts: false,
        groups: false,
        ..Capabilities::TEXT_ONLY
    },
    text_limit: TEXT,
    // Encrypted and uploaded when the message is sent.
    attachments: AttachmentPolicy::PassThrough,
    // Apple does not say whether and for how long it sends an event again. Three days are more than anybody reports.
    redelivery_hours: 72,
    account_settings: &["businessId"],
};

/// The longest text of one message. Apple publishes no limit; other service providers keep to this one.
/// <https://infobip.com/docs/apple-messages-for-business/message-types>
pub(crate) const TEXT: TextLimit = TextLimit { max: 3_000, unit: TextUnit::Utf16 };
