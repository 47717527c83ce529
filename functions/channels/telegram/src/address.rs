//! Who is meant: the bot, in a group; and the chat, by the guest's id.

use contract::{Guest, GuestId, Profile};
use serde_json::{Value, json};

use crate::wire::{Chat, Entity, Message, Str, User};

/// Our bot, as far as it is known.
pub(crate) struct Bot<'a> {
    /// Its user id, from its API token.
    pub(crate) id: Option<i64>,
    /// Its username, from the webhook's address.
    pub(crate) username: Option<&'a str>,
}

impl Bot<'_> {
    /// Whether this is our bot.
    pub(crate) fn is(&self, user: &User<'_>) -> bool {
        self.id == Some(user.id)
    }

    fn is_called(&self, name: &str) -> bool {
        self.username.is_some_and(|username| username.eq_ignore_ascii_case(name))
    }

    /// Whether a message in a group is for us: a reply to us, a mention, a command that names no other bot.
    pub(crate) fn is_addressed_by(&self, message: &Message<'_>) -> bool {
        // In a forum's topic, what replies to nothing is shown as a reply to the topic's beginning.
        let replied = message.reply_to_message.as_ref().is_some_and(|replied| {
            message.message_thread_id != Some(replied.message_id) && replied.from.as_ref().is_some_and(|u| self.is(u))
        });
        let (text, entities) = words(message);
        replied || entities.iter().any(|entity| self.part_for_us(text, entity).is_some())
    }

    /// The part of an entity that names us, in UTF-16 units; an empty one for a command that names nobody.
    fn part_for_us(&self, text: &str, entity: &Entity<'_>) -> Option<(usize, usize)> {
        let end = entity.offset.saturating_add(entity.length);
        match entity.kind.as_str() {
            "mention" => {
                let name = slice(text, entity.offset, end)?.strip_prefix('@')?;
                self.is_called(name).then_some((entity.offset, end))
            }
            "text_mention" => self.is(entity.user.as_ref()?).then_some((entity.offset, end)),
            "bot_command" => match slice(text, entity.offset, end)?.split_once('@') {
                None if entity.offset == 0 => Some((end, end)),
                Some((command, name)) if self.is_called(name) => {
                    Some((entity.offset + command.encode_utf16().count(), end))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// A text as an agent reads it: without the mentions of the bot, with the addresses behind its links. When nothing is
    /// left, it stays: the guest called.
    pub(crate) fn readable(&self, text: &str, entities: &[Entity<'_>], in_group: bool) -> String {
        let cuts: Vec<(usize, usize)> = match in_group {
            true => entities.iter().filter_map(|entity| self.part_for_us(text, entity)).collect(),
            false => Vec::new(),
        };
        let links: Vec<(usize, &str)> = entities.iter().filter_map(|entity| hidden_link(text, entity)).collect();
        if cuts.is_empty() && links.is_empty() {
            return text.to_owned();
        }
        let (mut kept, mut at, mut was_cut) = (String::with_capacity(text.len()), 0, false);
        let link_at = |kept: &mut String, at: usize| {
            for (_, url) in links.iter().filter(|(end, _)| *end == at) {
                kept.push_str(&format!(" ({url})"));
            }
        };
        for character in text.chars() {
            link_at(&mut kept, at);
            if cuts.iter().any(|(start, end)| (*start..*end).contains(&at)) {
                was_cut = true;
            } else {
                // The space on one side of the name goes with it.
                let doubled = was_cut && character == ' ' && (kept.is_empty() || kept.ends_with(' '));
                if !doubled {
                    kept.push(character);
                }
                was_cut = false;
            }
            at += character.len_utf16();
        }
        link_at(&mut kept, at);
        match (cuts.is_empty(), kept.trim()) {
            (true, _) => kept,
            (false, "") => text.to_owned(),
            (false, kept) => kept.to_owned(),
        }
    }
}

/// Text and entities, or caption and its.
pub(crate) fn words<'m, 'a>(message: &'m Message<'a>) -> (&'m str, &'m [Entity<'a>]) {
    match (&message.text, &message.caption) {
        (Some(text), _) => (text.as_str(), &message.entities),
        (None, Some(caption)) => (caption.as_str(), &message.caption_entities),
        (None, None) => ("", &[]),
    }
}

/// Where a link ends whose address the words do not show, and the address.
fn hidden_link<'e>(text: &str, entity: &'e Entity<'_>) -> Option<(usize, &'e str)> {
    let end = entity.offset.checked_add(entity.length)?;
    let url = entity.url.as_ref().filter(|_| entity.kind.as_str() == "text_link")?.as_str();
    let shown = slice(text, entity.offset, end)?.trim();
    (!shown.is_empty() && shown.trim_end_matches('/') != url.trim_end_matches('/')).then_some((end, url))
}

/// The part of a text between two places in UTF-16 units, unless one of them is none.
fn slice(text: &str, start: usize, end: usize) -> Option<&str> {
    let (mut units, mut from) = (0, None);
    for (at, character) in text.char_indices().chain([(text.len(), '\0')]) {
        if units == start && from.is_none() {
            from = Some(at);
        }
        if units == end {
            return text.get(from?..at);
        }
        units += character.len_utf16();
    }
    None
}

/// Whether several people talk there.
pub(crate) fn is_group(chat: &Chat<'_>) -> bool {
    matches!(chat.kind.as_str(), "group" | "supergroup")
}

/// The guest of a chat. A group is the conversation (in a forum, each of its topics), its writer only the writer.
pub(crate) fn guest(
    chat: &Chat<'_>,
    topic: Option<i64>,
    writer: Option<&User<'_>>,
    stand_in: Option<&Chat<'_>>,
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
    if let Some(stand_in) = stand_in {
        writer_id = Some(stand_in.id.to_string());
        profile = Profile { nickname: stand_in.title.as_ref().map(Str::owned), ..Profile::default() };
    }
    if let Some(title) = &chat.title {
        profile.attributes.insert("groupName".to_owned(), title.owned());
    }
    Guest { profile, ..Guest::in_group(id, writer_id) }
}

/// What a user tells of themselves with every update.
pub(crate) fn profile_of(user: &User<'_>) -> Profile {
    let said = |text: &Option<Str<'_>>| text.as_ref().map(Str::owned).filter(|text| !text.trim().is_empty());
    let (first_name, last_name, username) = (said(&user.first_name), said(&user.last_name), said(&user.username));
    let names: Vec<&str> = [&first_name, &last_name].into_iter().flatten().map(String::as_str).collect();
    let nickname = if names.is_empty() { username.clone() } else { Some(names.join(" ")) };
    let told = [("username", username), ("locale", said(&user.language_code))];
    let attributes = told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    Profile { nickname, first_name, last_name, attributes, ..Profile::default() }
}

/// `chat_id`, and `message_thread_id` in a forum's topic.
pub(crate) fn target(guest: &GuestId) -> (Value, Option<i64>) {
    let (chat, topic) = match guest.as_str().split_once('/') {
        Some((chat, topic)) => (chat, topic.parse().ok()),
        None => (guest.as_str(), None),
    };
    (chat.parse::<i64>().map_or_else(|_| json!(chat), |id| json!(id)), topic)
}

/// Whether a guest's id is a group's: those of groups are below zero.
pub(crate) fn is_of_group(guest: &GuestId) -> bool {
    guest.as_str().starts_with('-')
}
