//! A message's content: <https://core.telegram.org/bots/api#message>.

use std::collections::BTreeMap;

use contract::{Answer, AnswerKind, Attachment, Content, Location, MediaKind, Sticker};
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    chat, inbound_media, limits,
    mentions::{self, Bot},
    parse::{MALFORMED, note},
    wire::{File, Message, Str},
};

/// What a service message tells of the group itself, which needs no mention: somebody joined or left, it got a new number.
pub(crate) fn group_event(message: &Message<'_>, bot: &Bot<'_>) -> Result<Option<Content>, &'static str> {
    if let Some(joined) = &message.new_chat_members {
        // Our own membership comes as `my_chat_member`.
        return match joined.iter().filter(|user| !bot.is(user)).count() {
            0 => Err("echo"),
            1 => Ok(Some(note("Somebody joined the group."))),
            many => Ok(Some(note(format!("{many} people joined the group.")))),
        };
    }
    if let Some(left) = &message.left_chat_member {
        return if bot.is(left) { Err("echo") } else { Ok(Some(note("Somebody left the group."))) };
    }
    if message.migrate_to_chat_id.is_some() {
        return Ok(Some(note("The group became a supergroup: what is written there begins a new conversation.")));
    }
    if message.migrate_from_chat_id.is_some() {
        return Err("service");
    }
    Ok(None)
}

/// What a message says; or the reason why it is left out.
pub(crate) fn content(message: &Message<'_>, bot: &Bot<'_>, body: &[u8]) -> Result<Content, &'static str> {
    let in_group = chat::is_group(&message.chat);
    if let Some(text) = &message.text {
        return match text.as_str() {
            "" => Err("emptyText"),
            text => Ok(Content::text(bot.readable(text, &message.entities, in_group))),
        };
    }
    if let Some(file) = file(message) {
        let (words, entities) = mentions::text_of(message);
        let caption = Some(bot.readable(words, entities, in_group)).filter(|words| !words.trim().is_empty());
        return Ok(Content::Attachment(Attachment { caption, ..file }));
    }
    if let Some(sticker) = &message.sticker {
        return Ok(Content::Sticker(Sticker {
            package_id: sticker.set_name.as_ref().map(Str::owned),
            sticker_id: sticker.file_id.owned(),
            text: sticker.emoji.as_ref().map(Str::owned),
            image_url: None,
        }));
    }
    // A venue has a location beside it.
    if let Some(venue) = &message.venue {
        return Ok(Content::Location(Location {
            title: Some(venue.title.owned()).filter(|title| !title.is_empty()),
            address: Some(venue.address.owned()).filter(|address| !address.is_empty()),
            latitude: venue.location.latitude,
            longitude: venue.location.longitude,
        }));
    }
    if let Some(location) = &message.location {
        let (latitude, longitude) = (location.latitude, location.longitude);
        return Ok(Content::Location(Location { title: None, address: None, latitude, longitude }));
    }
    if let Some(sent) = &message.web_app_data {
        return Ok(Content::Answer(Answer {
            kind: AnswerKind::Button,
            text: sent.button_text.owned(),
            payload: sent.data.owned(),
            question_id: None,
        }));
    }
    in_words(message).map_or_else(|| unknown(body), Ok)
}

/// What no contact centre has, in words.
fn in_words(message: &Message<'_>) -> Option<Content> {
    if let Some(contact) = &message.contact {
        let names = [&contact.first_name, &contact.last_name].into_iter().flatten().map(Str::as_str);
        let name = names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
        return Some(Content::text(format!("👤 {name}\n{}", contact.phone_number.as_str())));
    }
    if let Some(poll) = &message.poll {
        let mut lines = format!("📊 {}", poll.question.as_str());
        for (number, option) in poll.options.iter().enumerate() {
            lines.push_str(&format!("\n{}. {}", number + 1, option.text.as_str()));
        }
        return Some(Content::text(lines));
    }
    if let Some(dice) = &message.dice {
        return Some(Content::text(format!("{} {}", dice.emoji.as_str(), dice.value)));
    }
    if let Some(game) = &message.game {
        return Some(Content::text(format!("🎮 {}", game.title.as_str())));
    }
    let payment = message.successful_payment.as_ref()?;
    Some(note(format!(
        "The guest paid {} {} (in the currency's smallest unit).",
        limits::clip(payment.currency.as_str(), 20),
        payment.total_amount
    )))
}

/// The file in a message. Telegram compresses pictures and keeps several sizes: the largest is the best there is.
pub(crate) fn file(message: &Message<'_>) -> Option<Attachment> {
    if let Some(sizes) = &message.photo {
        let largest = sizes.iter().max_by_key(|size| size.width.saturating_mul(size.height))?;
        return Some(stored(largest, MediaKind::Image, Some("image/jpeg")));
    }
    // An animation has a document beside it: the same file.
    for (file, kind, mime) in [
        (&message.animation, MediaKind::Video, Some("video/mp4")),
        (&message.video, MediaKind::Video, Some("video/mp4")),
        (&message.video_note, MediaKind::Video, Some("video/mp4")),
        (&message.voice, MediaKind::Audio, Some("audio/ogg")),
        (&message.audio, MediaKind::Audio, None),
    ] {
        if let Some(file) = file {
            return Some(stored(file, kind, mime));
        }
    }
    let document = message.document.as_ref()?;
    let kind = document.mime_type.as_ref().map_or(MediaKind::File, |mime| MediaKind::of_mime(mime.as_str()));
    Some(stored(document, kind, None))
}

fn stored(file: &File<'_>, kind: MediaKind, mime: Option<&str>) -> Attachment {
    Attachment {
        mime: file.mime_type.as_ref().map(Str::owned).or_else(|| mime.map(str::to_owned)),
        name: file.file_name.as_ref().map(Str::owned),
        size: file.file_size,
        duration_ms: file.duration.map(|seconds| seconds.saturating_mul(1_000)),
        ..Attachment::on_network(kind, inbound_media::reference(file.file_id.as_str(), file.file_size))
    }
}

/// Service messages about the chat itself, which nobody needs to answer. <https://core.telegram.org/bots/api#message>
const SERVICE: [&str; 31] = [
    "boost_added",
    "channel_chat_created",
    "chat_background_set",
    "chat_owner_changed",
    "chat_owner_left",
    "connected_website",
    "delete_chat_photo",
    "direct_message_price_changed",
    "forum_topic_closed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "giveaway_completed",
    "giveaway_created",
    "giveaway_winners",
    "group_chat_created",
    "message_auto_delete_timer_changed",
    "new_chat_photo",
    "new_chat_title",
    "paid_message_price_changed",
    "pinned_message",
    "proximity_alert_triggered",
    "supergroup_chat_created",
    "video_chat_ended",
    "video_chat_participants_invited",
    "video_chat_scheduled",
    "video_chat_started",
    "write_access_allowed",
    "managed_bot_created",
];

/// Fields that a message of any kind may have.
const COMMON: [&str; 36] = [
    "author_signature",
    "business_connection_id",
    "caption",
    "caption_entities",
    "chat",
    "date",
    "direct_messages_topic",
    "edit_date",
    "effect_id",
    "external_reply",
    "forward_date",
    "forward_from",
    "forward_from_chat",
    "forward_origin",
    "from",
    "has_media_spoiler",
    "has_protected_content",
    "is_automatic_forward",
    "is_from_offline",
    "is_paid_post",
    "is_topic_message",
    "link_preview_options",
    "media_group_id",
    "message_id",
    "message_thread_id",
    "paid_star_count",
    "quote",
    "reply_markup",
    "reply_to_checklist_task_id",
    "reply_to_message",
    "reply_to_story",
    "sender_boost_count",
    "sender_business_bot",
    "sender_chat",
    "show_caption_above_media",
    "via_bot",
];

#[derive(Deserialize)]
struct Named {
    message: BTreeMap<String, IgnoredAny>,
}

/// A kind of message that is not known here: the agent should know that there was one.
fn unknown(body: &[u8]) -> Result<Content, &'static str> {
    let named: Named = serde_json::from_slice(body).map_err(|_| MALFORMED)?;
    let mut kinds = named.message.keys().map(String::as_str).filter(|name| !COMMON.contains(name));
    match kinds.next() {
        Some(kind) if SERVICE.contains(&kind) => Err("service"),
        Some(kind) => {
            let kind = limits::clip(&kind.replace('_', " "), 100);
            Ok(note(format!("The guest sent a message of a kind that cannot be shown here ({kind}).")))
        }
        None => Err("emptyMessage"),
    }
}
