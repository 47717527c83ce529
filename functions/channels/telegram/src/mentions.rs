//! Whether a message in a group is for the bot, and its text without the mentions.
//! <https://core.telegram.org/bots/api#messageentity>

use crate::wire::{Entity, Message, User};

/// The tenant's bot.
pub(crate) struct Bot<'a> {
    /// Its user id, from the API token.
    pub(crate) id: Option<i64>,
    /// Its username, from the webhook's address.
    pub(crate) username: Option<&'a str>,
}

impl Bot<'_> {
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
        let (text, entities) = text_of(message);
        replied || entities.iter().any(|entity| self.mention_in(text, entity).is_some())
    }

    /// The part of an entity that names us, in UTF-16 units; an empty one for a command that names nobody.
    fn mention_in(&self, text: &str, entity: &Entity<'_>) -> Option<(usize, usize)> {
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
            true => entities.iter().filter_map(|entity| self.mention_in(text, entity)).collect(),
            false => Vec::new(),
        };
        let links: Vec<(usize, &str)> = entities.iter().filter_map(|entity| hidden_link(text, entity)).collect();
        if cuts.is_empty() && links.is_empty() {
            return text.to_owned();
        }
        let (mut kept, mut at, mut was_cut) = (String::with_capacity(text.len()), 0, false);
        let append_links = |kept: &mut String, at: usize| {
            for (_, url) in links.iter().filter(|(end, _)| *end == at) {
                kept.push_str(&format!(" ({url})"));
            }
        };
        for character in text.chars() {
            append_links(&mut kept, at);
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
        append_links(&mut kept, at);
        match (cuts.is_empty(), kept.trim()) {
            (true, _) => kept,
            (false, "") => text.to_owned(),
            (false, kept) => kept.to_owned(),
        }
    }
}

/// The text or the caption, with its entities.
pub(crate) fn text_of<'m, 'a>(message: &'m Message<'a>) -> (&'m str, &'m [Entity<'a>]) {
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
