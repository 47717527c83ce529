//! What Apple Messages for Business can do.

use contract::descriptor::{
    AttachmentPolicy, Capabilities, Confidence, Dates, Descriptor, Kind, Lists, Media, Options, Support, TextLimit,
    utf16,
};

use crate::{files, pickers};

/// The line of Apple Messages for Business in the capability matrix.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "apple-messages",
    name: "Apple Messages for Business",
    kind: Kind::Channel,
    path: "/amb",
    // Retries and some limits are not published.
    confidence: Confidence::Partly,
    capabilities: Capabilities {
        image: Some(Media::up_to(files::MAX_BYTES)),
        video: Some(Media::up_to(files::MAX_BYTES)),
        audio: Some(Media::up_to(files::MAX_BYTES)),
        file: Some(Media::up_to(files::MAX_BYTES)),
        // There is no such message: a rich link to Apple Maps.
        location: Support::Degraded,
        // These as far as the guest's device shows them: see `device`. No limit of labels is published.
        options: Some(Options { most: pickers::QUICK_REPLIES_MOST, label: utf16(usize::MAX) }),
        list: Some(Lists { most: usize::MAX, multiple: true }),
        date: Dates { days: Support::Native, times: Support::Native },
        form: Support::Native,
        // There are no such messages: list pickers and rich links.
        card: Support::Degraded,
        carousel: Support::Degraded,
        carousel_most: usize::MAX,
        native: Support::Native,
        typing_to_guest: true,
        typing_to_agent: true,
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
const TEXT: TextLimit = utf16(3_000);
