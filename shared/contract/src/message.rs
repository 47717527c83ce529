//! The message model: what a guest and an agent can say to each other, whatever the network or the platform.
//!
//! [`Inbound`] goes from guest to agent, [`Outbound`] from agent to guest. Both carry [`Content`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{EventId, GuestId};

/// One thing said, shown or done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Content {
    /// Plain text.
    Text {
        /// The text, never empty.
        text: String,
    },
    /// A picture, film, sound or file.
    Attachment(Attachment),
    /// A place on the map.
    Location(Location),
    /// A sticker of the network's own set.
    Sticker(Sticker),
    /// A question with options that vanish once one is tapped.
    QuickReplies {
        /// The question; may be empty.
        text: String,
        /// The options, in order.
        options: Vec<Choice>,
    },
    /// One card.
    Card(Card),
    /// Cards in a row.
    Carousel {
        /// The cards, in order.
        cards: Vec<Card>,
    },
    /// A list to choose one or more items from.
    List {
        /// What is asked.
        title: String,
        /// The items, in order.
        items: Vec<Choice>,
        /// Whether several may be chosen.
        multiple: bool,
    },
    /// Choosing one of some times, or any date between two.
    DatePicker(DatePicker),
    /// Questions with fields to fill in.
    Form {
        /// What the form is for.
        title: String,
        /// Its fields, in order.
        fields: Vec<FormField>,
    },
    /// The target's own JSON, passed through with the fields added that only we know.
    Native {
        /// The connector it is written for, when the sender said so.
        connector: Option<String>,
        /// The JSON.
        json: Value,
    },
    /// The guest's answer to options, a card, a list or a picker: text *and* payload are kept.
    Answer(Answer),
    /// An earlier message, changed by its writer.
    Edited {
        /// The network's id of the message that was changed.
        message_id: String,
        /// What it says now.
        text: String,
    },
    /// Something the agent should know while a conversation is open, and which opens none: the guest took a message
    /// back, blocked us, joined or left a group, watched the film.
    Note {
        /// One English sentence.
        text: String,
    },
    /// What became of an earlier message.
    Receipt(Receipt),
    /// Somebody is typing.
    Typing {
        /// Started, or stopped.
        on: bool,
        /// For how long it should show, in milliseconds, when the sender said so.
        duration_ms: Option<u64>,
    },
    /// Somebody came or went.
    Presence {
        /// What happened.
        presence: Presence,
    },
}

impl Content {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// Whether it is a message proper: delivered in order, retried, recorded. Receipts, typing and presence are not:
    /// they are worth nothing when late.
    pub fn is_message(&self) -> bool {
        !matches!(self, Self::Receipt(_) | Self::Typing { .. } | Self::Presence { .. })
    }

    /// The options a guest can answer with, to be recognised when the answer comes.
    pub fn choices(&self) -> Vec<Choice> {
        fn of_card(card: &Card) -> impl Iterator<Item = Choice> {
            card.actions.iter().filter_map(|action| match action {
                CardAction::Postback { text, payload } => {
                    Some(Choice { text: text.clone(), payload: payload.clone(), image_url: None })
                }
                CardAction::Link { .. } | CardAction::Call { .. } => None,
            })
        }
        match self {
            Self::QuickReplies { options, .. } | Self::List { items: options, .. } => options.clone(),
            Self::Card(card) => of_card(card).collect(),
            Self::Carousel { cards } => cards.iter().flat_map(of_card).collect(),
            Self::DatePicker(picker) => picker
                .times
                .iter()
                .map(|time| Choice { text: time.spoken(), payload: time.at.to_string(), image_url: None })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What kind of answer these options give.
    pub fn answer_kind(&self) -> AnswerKind {
        match self {
            Self::Card(_) | Self::Carousel { .. } => AnswerKind::Button,
            Self::DatePicker(_) => AnswerKind::DatePicker,
            _ => AnswerKind::QuickReply,
        }
    }

    /// A word for logs and metrics that gives nothing away.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Attachment(attachment) => attachment.kind.word(),
            Self::Location(_) => "location",
            Self::Sticker(_) => "sticker",
            Self::QuickReplies { .. } => "quickReplies",
            Self::Card(_) => "card",
            Self::Carousel { .. } => "carousel",
            Self::List { .. } => "list",
            Self::DatePicker(_) => "datePicker",
            Self::Form { .. } => "form",
            Self::Native { .. } => "native",
            Self::Answer(_) => "answer",
            Self::Edited { .. } => "edited",
            Self::Note { .. } => "note",
            Self::Receipt(_) => "receipt",
            Self::Typing { .. } => "typing",
            Self::Presence { .. } => "presence",
        }
    }
}

/// What sort of file an attachment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Voice or music.
    Audio,
    /// Anything else.
    File,
}

impl MediaKind {
    /// The kind a MIME type belongs to.
    pub fn of_mime(mime: &str) -> Self {
        match mime.split('/').next().unwrap_or_default() {
            "image" => Self::Image,
            "video" => Self::Video,
            "audio" => Self::Audio,
            _ => Self::File,
        }
    }

    /// In lower case, for logs and file names.
    pub fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::File => "file",
        }
    }
}

/// A file on its way. The engine fills in what it learns (`mime`, `size`, `preview_url`, `duration_ms`) before it is
/// rendered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// What sort of file.
    pub kind: MediaKind,
    /// Where it is.
    pub source: AttachmentSource,
    /// Its MIME type, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Its name, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its size in bytes, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Words that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// A smaller JPEG of a picture, when the target asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview_url: Option<String>,
    /// How long sound or film lasts, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum AttachmentSource {
    /// At a URL that anybody who knows it can fetch.
    Url {
        /// The URL.
        url: String,
    },
    /// With the network, which gives it only to us, through [`crate::Channel::fetch`].
    Network {
        /// What the connector needs to fetch it: its own format.
        reference: String,
    },
}

impl Attachment {
    /// A file at a public URL.
    pub fn at_url(kind: MediaKind, url: impl Into<String>) -> Self {
        Self::from(kind, AttachmentSource::Url { url: url.into() })
    }

    /// A file the network holds for us.
    pub fn on_network(kind: MediaKind, reference: impl Into<String>) -> Self {
        Self::from(kind, AttachmentSource::Network { reference: reference.into() })
    }

    fn from(kind: MediaKind, source: AttachmentSource) -> Self {
        Self { kind, source, mime: None, name: None, size: None, caption: None, preview_url: None, duration_ms: None }
    }

    /// Its URL; none while only the network has it.
    pub fn url(&self) -> Option<&str> {
        match &self.source {
            AttachmentSource::Url { url } => Some(url),
            AttachmentSource::Network { .. } => None,
        }
    }
}

/// A place on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl Location {
    /// A link that shows the place on a map, for whoever cannot show one.
    pub fn map_url(&self) -> String {
        format!("https://www.google.com/maps/search/?api=1&query={},{}", self.latitude, self.longitude)
    }

    /// The place in words: name, address, link.
    pub fn describe(&self) -> String {
        let link = self.map_url();
        [self.title.as_deref(), self.address.as_deref(), Some(link.as_str())]
            .into_iter()
            .flatten()
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// A sticker of the network's own set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sticker {
    /// The set it belongs to, where the network has sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_id: Option<String>,
    /// The sticker.
    pub sticker_id: String,
    /// What it shows, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A picture of it that anybody can fetch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
}

/// An option to tap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// What the guest reads.
    pub text: String,
    /// What the platform gets.
    pub payload: String,
    /// A picture beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
}

/// A card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// Its headline.
    pub title: String,
    /// The text below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// A film.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_url: Option<String>,
    /// What a tap on the card itself does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_action: Option<CardAction>,
    /// Its buttons, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<CardAction>,
}

/// A button of a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum CardAction {
    /// Opens a page.
    Link {
        /// The button's text.
        text: String,
        /// The page.
        url: String,
    },
    /// Sends an answer back.
    Postback {
        /// The button's text.
        text: String,
        /// What the platform gets.
        payload: String,
    },
    /// Calls a telephone number.
    Call {
        /// The button's text.
        text: String,
        /// The number.
        phone_number: String,
    },
}

impl CardAction {
    /// The button's text.
    pub fn text(&self) -> &str {
        match self {
            Self::Link { text, .. } | Self::Postback { text, .. } | Self::Call { text, .. } => text,
        }
    }
}

/// Choosing a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DatePicker {
    /// What is asked.
    pub title: String,
    /// Words below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// The first date allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Timestamp>,
    /// The last date allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<Timestamp>,
    /// The times to choose from; none means any between the two dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<TimeSlot>,
    /// Where it takes place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// A time to choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeSlot {
    /// When it starts.
    pub at: Timestamp,
    /// How long it lasts, in seconds.
    pub duration_s: u64,
}

impl TimeSlot {
    /// The time as it stands on an option: `2026-07-01 10:00Z`. Nobody knows where the guest is, so that it says its zone.
    pub fn spoken(&self) -> String {
        self.at.strftime("%Y-%m-%d %H:%MZ").to_string()
    }
}

/// A question in a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormField {
    /// Its key in the answer.
    pub id: String,
    /// What is asked.
    pub label: String,
    /// What may be answered; none means free text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// Whether several options may be chosen.
    #[serde(default)]
    pub multiple: bool,
}

/// What the guest answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AnswerKind {
    /// One of some quick replies (or of a list).
    QuickReply,
    /// A card's button.
    Button,
    /// A date or time.
    DatePicker,
}

/// The guest's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// What the guest tapped, as the connector knows it.
    pub kind: AnswerKind,
    /// What the guest read on it. When the network does not say, the engine finds it in the question.
    pub text: String,
    /// What the platform gets.
    pub payload: String,
    /// The platform's id of the question. The engine fills it in from the conversation's last question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question_id: Option<String>,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Inbound: the platform's id of the agent's message. Outbound: the id under which the platform got the guest's.
    /// A channel that learns of it by its own id sets that, and the engine translates.
    pub message_id: String,
    /// What became of it.
    pub status: ReceiptStatus,
    /// Why, for a failure: a code of the platform's and a sentence the agent understands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FailureReason>,
}

/// How far a message got. Ordered: a receipt never takes a message back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReceiptStatus {
    /// The other side took it.
    Sent,
    /// It is on the other's screen.
    Delivered,
    /// It was read.
    Read,
    /// It will never arrive.
    Failed,
}

/// Why a message will never arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailureReason {
    /// From the closed set of [`crate::SendErrorKind`].
    pub kind: crate::SendErrorKind,
    /// Words an agent understands, in English, without secrets.
    pub sentence: String,
}

/// Somebody came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// The conversation began, or somebody joined it.
    Join,
    /// The platform closed the conversation (outbound), or the guest did (inbound).
    Disconnect,
    /// The guest can be written to: a follow, a subscription.
    Subscribed,
    /// The guest can no longer be written to: an unfollow, a block.
    Unsubscribed,
}

/// The guest: the conversation's other side, and who of them wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Guest {
    /// The user in a private chat, else the group, room or thread.
    pub id: GuestId,
    /// Who wrote, in a group: the network's user id. Absent in a private chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer_id: Option<String>,
    /// What the event itself tells about the writer. The rest comes from [`crate::Channel::profile`].
    #[serde(default)]
    pub profile: Profile,
}

impl Guest {
    /// A person in a private chat.
    pub fn person(id: impl Into<GuestId>) -> Self {
        Self { id: id.into(), writer_id: None, profile: Profile::default() }
    }

    /// Somebody (or nobody in particular) in a group.
    pub fn in_group(id: impl Into<GuestId>, writer_id: Option<String>) -> Self {
        Self { id: id.into(), writer_id, profile: Profile::default() }
    }
}

/// What is known about a guest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// The name shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// A picture of them, as a public URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Their mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Participant data for the platform, by the names the administrator's guide lists: `locale`, `country` …
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Profile {
    /// Fills what is missing here from `other`.
    pub fn or(mut self, other: &Profile) -> Self {
        let fill = |mine: &mut Option<String>, theirs: &Option<String>| {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        };
        fill(&mut self.nickname, &other.nickname);
        fill(&mut self.first_name, &other.first_name);
        fill(&mut self.last_name, &other.last_name);
        fill(&mut self.image_url, &other.image_url);
        fill(&mut self.email, &other.email);
        for (key, value) in &other.attributes {
            self.attributes.entry(key.clone()).or_insert_with(|| value.clone());
        }
        self
    }
}

/// From guest to agent: one event of the network, as a channel parsed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inbound {
    /// Stays the same when the network sends the event again.
    pub event_id: EventId,
    /// The network's id of the message, where it has one. With a receipt: that it names a message by the network's id,
    /// and is worth nothing when no message of ours has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// When it happened, by the network's clock; [`Inbound::UNTOLD`] where the network does not say.
    pub at: Timestamp,
    /// Who it is from.
    pub guest: Guest,
    /// What it says.
    pub content: Content,
    /// What the channel needs to answer: a reply token, a conversation address. Kept with the conversation, the newest
    /// wins, and given back to [`crate::Channel::render`]. The channel's own format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_context: Option<Value>,
    /// It is for the agent only while the conversation is open, and else dropped: talk in a thread that does not call the
    /// app. It opens no conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_while_open: bool,
}

/// From agent to guest: one message of the platform, as a CX platform parsed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outbound {
    /// The platform's id of the message; receipts name it. Stays the same when the platform sends it again.
    pub message_id: EventId,
    /// When it was written, by the platform's clock.
    pub at: Timestamp,
    /// Who it is for.
    pub to: GuestId,
    /// The platform's id of the conversation, when it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_conversation_id: Option<String>,
    /// The agent's name, when the platform says, else the tenant's default is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    /// What it says, in order.
    pub contents: Vec<Content>,
}

impl Inbound {
    /// The time of an event whose network tells none; the engine puts in when the request came.
    pub const UNTOLD: Timestamp = Timestamp::UNIX_EPOCH;
}

impl Outbound {
    /// Whether there is anything in it that must arrive.
    pub fn is_message(&self) -> bool {
        self.contents.iter().any(Content::is_message)
    }
}
