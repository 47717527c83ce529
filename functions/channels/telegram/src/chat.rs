//! Guests and chats: a private chat is its guest, a group (in a forum, each of its topics) is a conversation of its own.

use contract::{Draft, Guest, GuestId, Profile};
use serde::Serialize;

use crate::{
    settings::Settings,
    wire::{self, Str, User},
};

/// Where a call acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// `chat_id`.
    pub id: ChatId,
    /// `message_thread_id`: a topic of a forum.
    pub topic: Option<i64>,
}

/// A chat's id: a number, or the name of a public chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ChatId {
    /// Below zero for groups.
    Number(i64),
    /// `@name`.
    Name(String),
}

impl Chat {
    /// The chat of a conversation: `{chat}` or `{chat}/{topic}`.
    pub(crate) fn of_guest(guest: &GuestId) -> Self {
        let (chat, topic) = match guest.as_str().split_once('/') {
            Some((chat, topic)) => (chat, topic.parse().ok()),
            None => (guest.as_str(), None),
        };
        Self { id: chat.parse().map_or_else(|_| ChatId::Name(chat.to_owned()), ChatId::Number), topic }
    }

    /// Where a message goes. A group that became a supergroup told its new number.
    pub(crate) fn of(draft: &Draft<'_, Settings>) -> Self {
        let chat = Self::of_guest(draft.to);
        match draft.reply().and_then(|reply| reply["chatId"].as_i64()) {
            Some(moved) => chat.moved_to(moved),
            None => chat,
        }
    }

    /// The same under another number.
    pub(crate) fn moved_to(&self, id: i64) -> Self {
        Self { id: ChatId::Number(id), ..self.clone() }
    }
}

/// In a group, the message that is answered.
pub(crate) fn answered(draft: &Draft<'_, Settings>) -> Option<i64> {
    let reply = draft.reply().filter(|_| is_group_id(draft.to))?;
    reply["messageId"].as_i64()
}

/// Whether a guest's id is a group's: those of groups are below zero.
pub(crate) fn is_group_id(guest: &GuestId) -> bool {
    guest.as_str().starts_with('-')
}

/// Whether several people talk there.
pub(crate) fn is_group(chat: &wire::Chat<'_>) -> bool {
    matches!(chat.kind.as_str(), "group" | "supergroup")
}

/// The guest of a chat. A group is the conversation (in a forum, each of its topics), its writer only the writer.
pub(crate) fn guest(
    chat: &wire::Chat<'_>,
    topic: Option<i64>,
    writer: Option<&User<'_>>,
    sender_chat: Option<&wire::Chat<'_>>,
) -> Guest {
    let mut profile = writer.map(profile_of).unwrap_or_default();
    if !is_group(chat) {
        return Guest { profile, ..Guest::person(chat.id.to_string()) };
    }
    let id = match topic {
        Some(topic) => format!("{}/{topic}", chat.id),
        None => chat.id.to_string(),
    };
    let mut writer_id = writer.map(|user| user.id.to_string());
    // Who writes in a group's or a channel's name: Telegram puts a bot of its own in their place.
    if let Some(sender) = sender_chat {
        writer_id = Some(sender.id.to_string());
        profile = Profile { nickname: sender.title.as_ref().map(Str::owned), ..Profile::default() };
    }
    if let Some(title) = &chat.title {
        profile.attributes.insert("groupName".to_owned(), title.owned());
    }
    Guest { profile, ..Guest::in_group(id, writer_id) }
}

/// What every update tells of its user.
fn profile_of(user: &User<'_>) -> Profile {
    let known = |text: &Option<Str<'_>>| text.as_ref().map(Str::owned).filter(|text| !text.trim().is_empty());
    let (first_name, last_name, username) = (known(&user.first_name), known(&user.last_name), known(&user.username));
    let attributes = [("username", username.clone()), ("locale", known(&user.language_code))];
    Profile {
        nickname: display_name(&first_name, &last_name).or(username),
        first_name,
        last_name,
        attributes: attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
        ..Profile::default()
    }
}

/// Given name and family name, as far as they are known.
pub(crate) fn display_name(first: &Option<String>, last: &Option<String>) -> Option<String> {
    let names: Vec<&str> = [first, last].into_iter().flatten().map(String::as_str).collect();
    (!names.is_empty()).then(|| names.join(" "))
}
