//! What Apple Messages for Business can do.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Descriptor, Kind, Support, TextLimit, TextUnit,
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
        image: Support::Native,
        video: Support::Native,
        audio: Support::Native,
        file: Support::Native,
        // There is no such message: a link to Apple Maps.
        location: Support::Degraded,
        // A picture, where the sticker has one.
        sticker: Support::Degraded,
        // All of these as the guest's device allows (see `device`); else numbered text.
        quick_replies: Support::Native,
        card: Support::Native,
        carousel: Support::Native,
        date_picker: Support::Native,
        native: Support::Native,
        typing_to_guest: true,
        typing_to_agent: true,
        delivered_receipts: false,
        read_receipts: false,
        groups: false,
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
