//! What Telegram posts: <https://core.telegram.org/bots/api#update>. Flat and borrowed: one pass over the body, and nothing
//! is copied that is not used.

use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};

/// A text that borrows from the body unless it holds an escape.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Str<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl Str<'_> {
    /// As a slice.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// As a text of its own.
    pub(crate) fn owned(&self) -> String {
        self.0.as_ref().to_owned()
    }
}

/// The number of an update, whatever else is in it.
#[derive(Debug, Deserialize)]
pub(crate) struct Numbered {
    #[serde(rename = "update_id")]
    pub(crate) _update_id: i64,
}

/// The whole body: one thing that happened. At most one of the optional fields is there.
#[derive(Debug, Deserialize)]
pub(crate) struct Update<'a> {
    pub(crate) update_id: i64,
    #[serde(borrow)]
    pub(crate) message: Option<Box<Message<'a>>>,
    pub(crate) edited_message: Option<Box<Message<'a>>>,
    pub(crate) callback_query: Option<Box<CallbackQuery<'a>>>,
    pub(crate) my_chat_member: Option<Box<ChatMemberUpdated<'a>>>,
    pub(crate) message_reaction: Option<Box<MessageReaction<'a>>>,
    pub(crate) poll_answer: Option<Box<PollAnswer<'a>>>,
    pub(crate) channel_post: Option<IgnoredAny>,
    pub(crate) edited_channel_post: Option<IgnoredAny>,
    pub(crate) business_message: Option<IgnoredAny>,
    pub(crate) edited_business_message: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct User<'a> {
    pub(crate) id: i64,
    #[serde(borrow, default)]
    pub(crate) first_name: Option<Str<'a>>,
    pub(crate) last_name: Option<Str<'a>>,
    pub(crate) username: Option<Str<'a>>,
    pub(crate) language_code: Option<Str<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Chat<'a> {
    pub(crate) id: i64,
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Str<'a>,
    pub(crate) title: Option<Str<'a>>,
}

/// A message of any kind. Fields of other kinds are absent.
#[derive(Debug, Deserialize)]
pub(crate) struct Message<'a> {
    pub(crate) message_id: i64,
    #[serde(default)]
    pub(crate) date: i64,
    pub(crate) edit_date: Option<i64>,
    #[serde(borrow)]
    pub(crate) chat: Chat<'a>,
    pub(crate) from: Option<User<'a>>,
    pub(crate) sender_chat: Option<Chat<'a>>,
    pub(crate) message_thread_id: Option<i64>,
    #[serde(default)]
    pub(crate) is_topic_message: bool,
    #[serde(default)]
    pub(crate) is_automatic_forward: bool,
    pub(crate) reply_to_message: Option<RepliedTo<'a>>,
    pub(crate) text: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) entities: Vec<Entity<'a>>,
    pub(crate) caption: Option<Str<'a>>,
    #[serde(default)]
    pub(crate) caption_entities: Vec<Entity<'a>>,
    pub(crate) photo: Option<Vec<File<'a>>>,
    pub(crate) video: Option<File<'a>>,
    pub(crate) animation: Option<File<'a>>,
    pub(crate) video_note: Option<File<'a>>,
    pub(crate) audio: Option<File<'a>>,
    pub(crate) voice: Option<File<'a>>,
    pub(crate) document: Option<File<'a>>,
    pub(crate) sticker: Option<Sticker<'a>>,
    pub(crate) location: Option<Location>,
    pub(crate) venue: Option<Venue<'a>>,
    pub(crate) contact: Option<Contact<'a>>,
    pub(crate) poll: Option<Poll<'a>>,
    pub(crate) dice: Option<Dice<'a>>,
    pub(crate) game: Option<Titled<'a>>,
    pub(crate) web_app_data: Option<WebAppData<'a>>,
    pub(crate) successful_payment: Option<Payment<'a>>,
    pub(crate) new_chat_members: Option<Vec<User<'a>>>,
    pub(crate) left_chat_member: Option<User<'a>>,
    pub(crate) migrate_to_chat_id: Option<i64>,
    pub(crate) migrate_from_chat_id: Option<i64>,
    pub(crate) reply_markup: Option<Markup<'a>>,
}

/// The message that is replied to, as far as it matters.
#[derive(Debug, Deserialize)]
pub(crate) struct RepliedTo<'a> {
    pub(crate) message_id: i64,
    #[serde(borrow)]
    pub(crate) from: Option<User<'a>>,
}

/// Something special in a text; `offset` and `length` in UTF-16 units.
#[derive(Debug, Deserialize)]
pub(crate) struct Entity<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Str<'a>,
    pub(crate) offset: usize,
    pub(crate) length: usize,
    pub(crate) url: Option<Str<'a>>,
    pub(crate) user: Option<User<'a>>,
}

/// A file of any kind.
#[derive(Debug, Deserialize)]
pub(crate) struct File<'a> {
    #[serde(borrow)]
    pub(crate) file_id: Str<'a>,
    #[serde(default)]
    pub(crate) width: u64,
    #[serde(default)]
    pub(crate) height: u64,
    pub(crate) duration: Option<u64>,
    pub(crate) file_name: Option<Str<'a>>,
    pub(crate) mime_type: Option<Str<'a>>,
    pub(crate) file_size: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Sticker<'a> {
    #[serde(borrow)]
    pub(crate) file_id: Str<'a>,
    pub(crate) emoji: Option<Str<'a>>,
    pub(crate) set_name: Option<Str<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Location {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Venue<'a> {
    pub(crate) location: Location,
    #[serde(borrow)]
    pub(crate) title: Str<'a>,
    pub(crate) address: Str<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Contact<'a> {
    #[serde(borrow)]
    pub(crate) phone_number: Str<'a>,
    pub(crate) first_name: Option<Str<'a>>,
    pub(crate) last_name: Option<Str<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Poll<'a> {
    #[serde(borrow)]
    pub(crate) question: Str<'a>,
    #[serde(default)]
    pub(crate) options: Vec<PollOption<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PollOption<'a> {
    #[serde(borrow)]
    pub(crate) text: Str<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Dice<'a> {
    #[serde(borrow)]
    pub(crate) emoji: Str<'a>,
    pub(crate) value: i64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Titled<'a> {
    #[serde(borrow)]
    pub(crate) title: Str<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WebAppData<'a> {
    #[serde(borrow)]
    pub(crate) data: Str<'a>,
    pub(crate) button_text: Str<'a>,
}

/// An amount, in the smallest units of its currency.
#[derive(Debug, Deserialize)]
pub(crate) struct Payment<'a> {
    #[serde(borrow)]
    pub(crate) currency: Str<'a>,
    pub(crate) total_amount: i64,
}

/// The buttons below a message.
#[derive(Debug, Deserialize)]
pub(crate) struct Markup<'a> {
    #[serde(borrow, default)]
    pub(crate) inline_keyboard: Vec<Vec<Button<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Button<'a> {
    #[serde(borrow)]
    pub(crate) text: Str<'a>,
    pub(crate) callback_data: Option<Str<'a>>,
}

/// A tap. `message` is the one with the button; without words when it is too old.
#[derive(Debug, Deserialize)]
pub(crate) struct CallbackQuery<'a> {
    #[serde(borrow)]
    pub(crate) id: Str<'a>,
    pub(crate) from: User<'a>,
    pub(crate) message: Option<Message<'a>>,
    pub(crate) data: Option<Str<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ChatMemberUpdated<'a> {
    #[serde(borrow)]
    pub(crate) chat: Chat<'a>,
    pub(crate) from: User<'a>,
    pub(crate) date: i64,
    pub(crate) old_chat_member: Member<'a>,
    pub(crate) new_chat_member: Member<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Member<'a> {
    #[serde(borrow)]
    pub(crate) status: Str<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct MessageReaction<'a> {
    #[serde(borrow)]
    pub(crate) chat: Chat<'a>,
    pub(crate) user: Option<User<'a>>,
    pub(crate) date: i64,
    pub(crate) new_reaction: Vec<Reaction<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Reaction<'a> {
    #[serde(borrow)]
    pub(crate) emoji: Option<Str<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PollAnswer<'a> {
    #[serde(borrow)]
    pub(crate) user: Option<User<'a>>,
    pub(crate) option_ids: Vec<u64>,
}
