//! A guest with a telephone: what a guest does becomes webhook events.

use contract::{Location, Sticker};
use simulation::prelude::*;

use super::{State, api::message_id, memory::line_id, screen};
use crate::parse;

/// Does something as a guest.
pub(super) fn act(state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
    learn(state, link);
    let post = match action {
        Action::Text { text } => {
            let mut message = json!({ "type": "text", "text": text });
            if let Some(mention) = mention(link, &text) {
                message["mention"] = mention;
            }
            say(state, guest, message, Content::text(text))
        }
        Action::File { name, mime, base64 } => file(state, guest, File::new(name, mime, decode(&base64)?)),
        Action::Sticker { package_id, sticker_id } => {
            let message = json!({
                "type": "sticker", "packageId": package_id, "stickerId": sticker_id, "stickerResourceType": "STATIC",
            });
            let image_url = Some(parse::sticker_picture(&sticker_id));
            let sticker = Sticker { package_id: Some(package_id), sticker_id, text: None, image_url };
            say(state, guest, message, Content::Sticker(sticker))
        }
        Action::Location { title, latitude, longitude } => {
            let message = json!({ "type": "location", "title": title, "latitude": latitude, "longitude": longitude });
            let place = Location { title: Some(title), address: None, latitude, longitude };
            say(state, guest, message, Content::Location(place))
        }
        Action::Tap { message, text, payload } => tap(state, guest, &message, &text, &payload),
        Action::Unsend => {
            let id = state.take_back(guest)?;
            let gone = Content::Note { text: "You took back this message.".to_owned() };
            state.show(guest, &id, Actor::Here, gone);
            event(state, guest, json!({ "type": "unsend", "unsend": { "messageId": id } }))
        }
        Action::Follow => {
            let unblocked = state.blocked.remove(guest);
            answerable(state, guest, json!({ "type": "follow", "follow": { "isUnblocked": unblocked } }))
        }
        Action::Block => {
            state.blocked.insert(guest.to_owned());
            event(state, guest, json!({ "type": "unfollow" }))
        }
        Action::Typing => return Err("LINE tells nobody that a guest types.".to_owned()),
        Action::Read => return Err("LINE tells nobody what a guest has read.".to_owned()),
        Action::Rich { .. } | Action::Disconnect => return Err("Only an agent does that.".to_owned()),
    };
    Ok(vec![post])
}

/// A notification message arrived; the event has no source.
pub(super) fn arrived(state: &mut State, link: &Link, tag: &str) -> Post {
    learn(state, link);
    event(state, "", json!({ "type": "delivery", "delivery": { "data": tag } }))
}

/// The tenant's credentials are good here from now on.
fn learn(state: &mut State, link: &Link) {
    let text = |name: &str| link.settings[name].as_str().unwrap_or_default();
    let token = link.settings["channelAccessToken"].as_str();
    state.memory.learn(text("channelId"), text("channelSecret"), token, text("botBasicId"));
    state.memory.endpoint = Some(link.webhook_url.clone());
}

/// In a group, the account is called by its basic ID.
fn mention(link: &Link, text: &str) -> Option<Value> {
    let name = link.settings["botBasicId"].as_str().filter(|name| !name.is_empty())?;
    let at = text.find(name)?;
    let units = |text: &str| text.encode_utf16().count();
    Some(json!({ "mentionees": [{
        "type": "user", "index": units(&text[..at]), "length": units(name), "isSelf": true,
    }] }))
}

/// A message: on the guest's own screen, then at the webhook.
fn say(state: &mut State, guest: &str, mut message: Value, content: Content) -> Post {
    let id = match message["id"].as_str() {
        Some(id) => id.to_owned(),
        None => message_id(state),
    };
    let read = state.ids.hex();
    message["id"] = id.as_str().into();
    message["quoteToken"] = format!("quote-{id}").into();
    message["markAsReadToken"] = read.as_str().into();
    state.memory.unread.insert(read, id.clone());
    state.write(guest, &id, content);
    answerable(state, guest, json!({ "type": "message", "message": message })).of(id)
}

fn file(state: &mut State, guest: &str, file: File) -> Post {
    let (id, kind) = (message_id(state), file.kind());
    let mut message = json!({ "type": kind.word(), "id": id });
    match kind {
        MediaKind::File => {
            message["fileName"] = file.name.as_str().into();
            message["fileSize"] = file.bytes.len().into();
        }
        _ => message["contentProvider"] = json!({ "type": "line" }),
    }
    if let MediaKind::Video | MediaKind::Audio = kind {
        message["duration"] = 5_000.into();
    }
    let shown = file.attachment(kind, state.url_of(&id));
    state.files.insert(id, file);
    say(state, guest, message, Content::Attachment(shown))
}

/// A tap does what the button in the message says: a postback, a text, a date.
fn tap(state: &mut State, guest: &str, message: &str, text: &str, payload: &str) -> Post {
    // Quick replies below something that is no text are a scene of their own.
    let sent = message.split('-').next().unwrap_or(message);
    let shown = state.messages.get(sent).cloned().unwrap_or_default();
    let action = screen::tapped(&shown, text, payload).cloned().unwrap_or_default();
    match action["type"].as_str() {
        Some("message") => {
            let text = action["text"].as_str().unwrap_or(text);
            say(state, guest, json!({ "type": "text", "text": text }), Content::text(text))
        }
        Some("datetimepicker") => {
            let mode = action["mode"].as_str().unwrap_or("date");
            let data = action["data"].as_str().unwrap_or_default();
            // 2026-07-01, 2026-07-01T10:00 or 10:00: LINE knows neither seconds nor zones.
            let payload = payload.get(..if mode == "datetime" { 16 } else { 10 }).unwrap_or(payload);
            // LINE writes nothing into the chat for a date.
            let event = json!({ "type": "postback", "postback": { "data": data, "params": { mode: payload } } });
            answerable(state, guest, event)
        }
        _ => {
            let said = action["displayText"].as_str().unwrap_or(text);
            if !said.is_empty() {
                let id = message_id(state);
                state.show(guest, &id, Actor::Here, Content::text(said));
            }
            answerable(state, guest, json!({ "type": "postback", "postback": { "data": payload } }))
        }
    }
}

/// An event, as all of them are.
fn event(state: &mut State, guest: &str, mut event: Value) -> Post {
    let now = state.now();
    event["mode"] = "active".into();
    event["timestamp"] = now.as_millisecond().into();
    event["webhookEventId"] = state.ids.ulid(now).into();
    event["source"] = match guest.as_bytes().first() {
        None => Value::Null,
        Some(b'C') => json!({ "type": "group", "groupId": guest, "userId": line_id('U', guest) }),
        Some(b'R') => json!({ "type": "room", "roomId": guest, "userId": line_id('U', guest) }),
        _ => json!({ "type": "user", "userId": guest }),
    };
    Post::json(event)
}

/// An event that may be replied to.
fn answerable(state: &mut State, guest: &str, json: Value) -> Post {
    let (now, token) = (state.now(), state.ids.hex());
    state.memory.reply_token(&token, guest, now);
    let mut post = event(state, guest, json);
    post.json["replyToken"] = token.into();
    post
}
