//! Updates: <https://core.telegram.org/bots/api#update>.

use contract::{Answer, AnswerKind, Content, Inbound, Parsed, Presence, Rejection, WebhookRequest, WebhookResponse};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    chat, dates, limits,
    mentions::{self, Bot},
    message_parser,
    settings::Settings,
    verify,
    wire::{CallbackQuery, Chat, ChatMemberUpdated, Message, MessageReaction, Numbered, PollAnswer, Str, Update, User},
};

/// The update is not as documented.
pub(crate) const MALFORMED: &str = "malformed";
/// Talk in a group that is not for us.
pub(crate) const NOT_ADDRESSED: &str = "notMentioned";

/// `allowed_updates` of the webhook; all others would only be thrown away.
/// <https://core.telegram.org/bots/api#update>
pub(crate) const ALLOWED_UPDATES: [&str; 6] =
    ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction", "poll_answer"];

/// The event of a body. What is an update, but not as documented, is left out: Telegram would send it again for a day, and
/// keep everything else of the chat back.
pub(crate) fn parse(request: &WebhookRequest, settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
    let username = request.query.split('&').find_map(|pair| pair.strip_prefix(verify::BOT)?.strip_prefix('='));
    let bot = Bot { id: settings.bot_id(), username: username.filter(|name| !name.is_empty()) };
    match serde_json::from_slice::<Update<'_>>(&request.body) {
        Ok(update) => Ok(parse_update(&update, &bot, &request.body)),
        Err(_) => match serde_json::from_slice::<Numbered>(&request.body) {
            Ok(_) => Ok(Parsed::ignored(MALFORMED)),
            Err(_) => Err(Rejection::Malformed),
        },
    }
}

/// An update for the agent, or the reason why it is none.
fn parse_update(update: &Update<'_>, bot: &Bot<'_>, body: &[u8]) -> Parsed<Inbound> {
    let event = if let Some(message) = &update.message {
        message_event(message, bot, body)
    } else if let Some(message) = &update.edited_message {
        edit_event(message, bot)
    } else if let Some(query) = &update.callback_query {
        callback_event(query)
    } else if let Some(change) = &update.my_chat_member {
        membership_event(change)
    } else if let Some(reaction) = &update.message_reaction {
        reaction_event(reaction)
    } else if let Some(vote) = &update.poll_answer {
        vote_event(vote)
    } else if update.channel_post.is_some() || update.edited_channel_post.is_some() {
        Err("channelPost")
    } else if update.business_message.is_some() || update.edited_business_message.is_some() {
        Err("businessMessage")
    } else {
        Err("unknownUpdate")
    };
    let mut parsed = match event {
        Ok(event) => Parsed::events(vec![Inbound { event_id: update.update_id.to_string().into(), ..event }]),
        Err(reason) => Parsed::ignored(reason),
    };
    parsed.answer = update.callback_query.as_ref().map(|query| acknowledged(query));
    parsed
}

/// An event whose id is still missing.
fn event(chat: &Chat<'_>, topic: Option<i64>, writer: Option<&User<'_>>, at: Timestamp, content: Content) -> Inbound {
    Inbound {
        event_id: "".into(),
        message_id: None,
        at,
        guest: chat::guest(chat, topic, writer, None),
        content,
        reply_context: None,
        only_while_open: false,
    }
}

fn message_event(message: &Message<'_>, bot: &Bot<'_>, body: &[u8]) -> Result<Inbound, &'static str> {
    if message.from.as_ref().is_some_and(|user| bot.is(user)) {
        return Err("echo");
    }
    if message.chat.kind.as_str() == "channel" || message.is_automatic_forward {
        return Err("channelPost");
    }
    if let Some(content) = message_parser::group_event(message, bot)? {
        let mut note = event_of(message, content, at(message.date)?);
        // What is sent to the old number from now on goes to the new one.
        note.reply_context = message.migrate_to_chat_id.map(|chat| json!({ "chatId": chat }));
        return Ok(note);
    }
    let in_group = chat::is_group(&message.chat);
    if in_group && !bot.is_addressed_by(message) {
        return Err(NOT_ADDRESSED);
    }
    let content = message_parser::content(message, bot, body)?;
    Ok(event_of(message, content, at(message.date)?))
}

/// An edit reaches the agent as a new message that is marked as one.
fn edit_event(message: &Message<'_>, bot: &Bot<'_>) -> Result<Inbound, &'static str> {
    if chat::is_group(&message.chat) && !bot.is_addressed_by(message) {
        return Err(NOT_ADDRESSED);
    }
    // Somebody who shares where they are moves.
    if message.location.is_some() {
        return Err("liveLocation");
    }
    let when = at(message.edit_date.unwrap_or(message.date))?;
    let (text, entities) = mentions::text_of(message);
    if !text.trim().is_empty() {
        let text = bot.readable(text, entities, chat::is_group(&message.chat));
        let content = Content::Edited { message_id: message.message_id.to_string(), text };
        return Ok(event_of(message, content, when));
    }
    match message_parser::file(message) {
        Some(file) => Ok(event_of(message, Content::Attachment(file), when)),
        None => Err("editWithoutWords"),
    }
}

fn event_of(message: &Message<'_>, content: Content, at: Timestamp) -> Inbound {
    let topic = message.message_thread_id.filter(|_| message.is_topic_message);
    Inbound {
        event_id: "".into(),
        message_id: Some(message.message_id.to_string()),
        at,
        guest: chat::guest(&message.chat, topic, message.from.as_ref(), message.sender_chat.as_ref()),
        content,
        reply_context: reply_context(message),
        only_while_open: false,
    }
}

/// In a group, the message that is answered: `{messageId}`. The group sees who is meant, and the writer is notified.
fn reply_context(message: &Message<'_>) -> Option<Value> {
    chat::is_group(&message.chat).then(|| json!({ "messageId": message.message_id }))
}

/// A tap on an inline button. Telegram does not say when it happened: the engine puts in the time it came.
fn callback_event(query: &CallbackQuery<'_>) -> Result<Inbound, &'static str> {
    let data = query.data.as_ref().map(Str::as_str).filter(|data| !data.is_empty()).ok_or("noData")?;
    // A message sent through the bot's inline mode, in a chat that we do not know.
    let message = query.message.as_ref().ok_or("inlineMode")?;
    let label = label_of(query).unwrap_or_default().to_owned();
    let answer = match data.strip_prefix(dates::DATE_MARK) {
        Some(day) => (AnswerKind::DatePicker, day.to_owned(), day.to_owned()),
        None => (AnswerKind::QuickReply, label, data.to_owned()),
    };
    let (kind, text, payload) = answer;
    let content = Content::Answer(Answer { kind, text, payload, question_id: None });
    let topic = message.message_thread_id.filter(|_| message.is_topic_message);
    // No reply context: the message with the button is our own.
    Ok(event(&message.chat, topic, Some(&query.from), Inbound::UNTOLD, content))
}

/// What stands on the button that was tapped. A message that is too old comes without its buttons.
fn label_of<'q>(query: &'q CallbackQuery<'_>) -> Option<&'q str> {
    let data = query.data.as_ref()?.as_str();
    let mut buttons = query.message.as_ref()?.reply_markup.as_ref()?.inline_keyboard.iter().flatten();
    let tapped = buttons.find(|button| button.callback_data.as_ref().is_some_and(|d| d.as_str() == data))?;
    Some(tapped.text.as_str())
}

/// Telegram shows a clock on the button until the tap is acknowledged, which must happen within seconds. The answer to the
/// webhook's request may carry one call; whether it worked is not reported, and need not be known. The guest sees the choice
/// for a moment, as nothing in the chat tells of it.
/// <https://core.telegram.org/bots/api#making-requests-when-getting-updates>
fn acknowledged(query: &CallbackQuery<'_>) -> WebhookResponse {
    let mut call = json!({ "method": "answerCallbackQuery", "callback_query_id": query.id.as_str() });
    if let Some(label) = label_of(query).filter(|label| !label.trim().is_empty()) {
        call["text"] = limits::clip(&format!("✓ {label}"), limits::CALLBACK_ANSWER).into();
    }
    WebhookResponse::with_body(StatusCode::OK, "application/json", call.to_string())
}

/// What the bot may do in a chat changed: a guest blocked it, a group took it in.
fn membership_event(change: &ChatMemberUpdated<'_>) -> Result<Inbound, &'static str> {
    let is_in = |status: &Str<'_>| !matches!(status.as_str(), "kicked" | "left");
    let (was, is) = (is_in(&change.old_chat_member.status), is_in(&change.new_chat_member.status));
    let content = match (change.chat.kind.as_str(), was, is) {
        ("channel", _, _) => return Err("channelPost"),
        ("private", _, true) => Content::Presence { presence: Presence::Subscribed },
        ("private", _, false) => Content::Presence { presence: Presence::Unsubscribed },
        (_, false, true) => note("The bot was added to the group."),
        (_, true, false) => note("The bot was removed from the group."),
        _ => return Err("rights"),
    };
    Ok(event(&change.chat, None, Some(&change.from), at(change.date)?, content))
}

/// A reaction to a message, in a private chat; in a group it may be to anybody's.
fn reaction_event(reaction: &MessageReaction<'_>) -> Result<Inbound, &'static str> {
    if chat::is_group(&reaction.chat) {
        return Err(NOT_ADDRESSED);
    }
    let emojis: Vec<&str> =
        reaction.new_reaction.iter().map(|reaction| reaction.emoji.as_ref().map_or("⭐", Str::as_str)).collect();
    let content = match emojis.as_slice() {
        [] => note("The guest took a reaction back."),
        emojis => note(format!("The guest reacted with {}.", limits::clip(&emojis.concat(), 100))),
    };
    Ok(event(&reaction.chat, None, reaction.user.as_ref(), at(reaction.date)?, content))
}

/// A vote in a poll of ours that shows its voters. It names no chat: a private chat has its guest's number.
fn vote_event(vote: &PollAnswer<'_>) -> Result<Inbound, &'static str> {
    let user = vote.user.as_ref().ok_or("anonymousVote")?;
    let chosen: Vec<String> = vote.option_ids.iter().map(|id| id.saturating_add(1).to_string()).collect();
    let content = match chosen.as_slice() {
        [] => note("The guest took their vote in the poll back."),
        [one] => note(format!("The guest chose option {one} of the poll.")),
        many => note(format!("The guest chose options {} of the poll.", limits::clip(&many.join(", "), 100))),
    };
    let mut vote = event(&private(user.id), None, Some(user), Inbound::UNTOLD, content);
    vote.guest.writer_id = None;
    Ok(vote)
}

fn private(id: i64) -> Chat<'static> {
    Chat { id, kind: Str("private".into()), title: None }
}

/// A note for the agent.
pub(crate) fn note(text: impl Into<String>) -> Content {
    Content::Note { text: text.into() }
}

fn at(seconds: i64) -> Result<Timestamp, &'static str> {
    Timestamp::from_second(seconds).map_err(|_| MALFORMED)
}
