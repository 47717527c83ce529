//! What Teams can do.

use contract::{
    Draft,
    descriptor::{
        AttachmentPolicy, Capabilities, Confidence, Dates, Descriptor, Kind, Lists, Media, Options, Support, utf16,
    },
};

use crate::{
    address::{Destination, is_person},
    limits,
    settings::Settings,
};

/// What is fixed about Teams.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "teams",
    name: "Teams",
    kind: Kind::Channel,
    path: "/teams",
    confidence: Confidence::Documented,
    capabilities: Capabilities {
        // Pictures in the text: <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages>.
        image: Some(Media::up_to(limits::PICTURE_BYTES).only(&["image/png", "image/jpeg", "image/jpg", "image/gif"])),
        // Films and sounds are files like any other.
        video: None,
        audio: None,
        // With the guest's consent, which a bot can ask for in private chats only.
        file: Some(Media::up_to(limits::FILE_BYTES).captioned(utf16(limits::CAPTION))),
        // A question with many buttons is asked on several cards.
        options: Some(Options { most: usize::MAX, label: utf16(limits::LABEL) }),
        list: Some(Lists { most: usize::MAX, multiple: true }),
        card: Support::Native,
        carousel: Support::Native,
        carousel_most: limits::ROW,
        date: Dates { days: Support::Native, times: Support::Native },
        form: Support::Native,
        native: Support::Native,
        edit: Support::Native,
        typing_to_guest: true,
        typing_to_agent: true,
        groups: true,
        ..Capabilities::TEXT_ONLY
    },
    text_limit: utf16(limits::TEXT),
    // Teams shows a picture when the chat is opened; a file waits until the guest accepts it.
    attachments: AttachmentPolicy::Copy { preview_bytes: limits::PICTURE_BYTES as usize },
    // The connector service does not promise to send an event again, nor to stop.
    redelivery_hours: 24,
    account_settings: &["botId"],
};

/// What this guest is shown. Groups and channels take no files of a bot's; and whoever has not opened the chat would have
/// it opened by an agent who only types.
pub(crate) fn capabilities(draft: &Draft<'_, Settings>) -> Capabilities {
    let declared = DESCRIPTOR.capabilities;
    Capabilities {
        file: declared.file.filter(|_| is_person(draft.to.as_str())),
        typing_to_guest: matches!(Destination::of_draft(draft), Destination::Conversation(_)),
        ..declared
    }
}
