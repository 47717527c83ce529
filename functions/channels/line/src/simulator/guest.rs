//! A guest with a telephone: what a guest does becomes a webhook, signed as LINE signs it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{Attachment, Content, Location, MediaKind, ReceiptStatus, Sticker};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;
use simulation::{Action, Actor, Link};
use uuid::Uuid;

use super::{LineSimulator, memory::line_id, screen};
use crate::{parse, verify::SIGNATURE};

/// LINE gives up on a webhook after two seconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// With "Webhook redelivery" on, LINE tries again; how often it does not say.
const TRIES: u32 = 4;

/// Does something as a guest.
pub(super) async fn act(line: &LineSimulator, link: &Link, guest: &str, action: Action) -> Result<(), String> {
    learn(line, link);
    match action {
        Action::Text { text } => {
            let mut message = json!({ "type": "text", "text": text });
            if let Some(mention) = mention(link, &text) {
                message["mention"] = mention;
            }
            say(line, link, guest, message, Content::text(text)).await
        }
        Action::File { name, mime, base64 } => {
            let bytes = STANDARD.decode(base64).map_err(|_| "This file is no base64.".to_owned())?;
            file(line, link, guest, name, &mime, bytes).await
        }
        Action::Sticker { package_id, sticker_id } => {
            let message = json!({
                "type": "sticker", "packageId": package_id, "stickerId": sticker_id, "stickerResourceType": "STATIC",
            });
            let image_url = Some(parse::sticker_picture(&sticker_id));
            let sticker = Sticker { package_id: Some(package_id), sticker_id, text: None, image_url };
            say(line, link, guest, message, Content::Sticker(sticker)).await
        }
        Action::Location { title, latitude, longitude } => {
            let message = json!({ "type": "location", "title": title, "latitude": latitude, "longitude": longitude });
            let place = Location { title: Some(title), address: None, latitude, longitude };
            say(line, link, guest, message, Content::Location(place)).await
        }
        Action::Tap { message, text, payload } => tap(line, link, guest, &message, text, payload).await,
        Action::Unsend => unsend(line, link, guest).await,
        Action::Follow => {
            let unblocked = line.memory().blocked.remove(guest);
            let event = json!({ "type": "follow", "follow": { "isUnblocked": unblocked } });
            post(line, link, guest, event, true).await
        }
        Action::Block => {
            line.memory().blocked.insert(guest.to_owned());
            post(line, link, guest, json!({ "type": "unfollow" }), false).await
        }
        Action::Typing => Err("LINE tells nobody that a guest types.".to_owned()),
        Action::Read => Err("LINE tells nobody what a guest has read.".to_owned()),
        Action::Rich { .. } | Action::Disconnect => Err("Only an agent does that.".to_owned()),
    }
}

/// A notification message arrived; the event has no source.
pub(super) async fn arrived(line: &LineSimulator, link: &Link, tag: &str) -> Result<(), String> {
    learn(line, link);
    post(line, link, "", json!({ "type": "delivery", "delivery": { "data": tag } }), false).await
}

/// The tenant's credentials are good here from now on.
fn learn(line: &LineSimulator, link: &Link) {
    let text = |name: &str| link.settings[name].as_str().unwrap_or_default();
    let token = link.settings["channelAccessToken"].as_str();
    let mut memory = line.memory();
    memory.learn(text("channelId"), text("channelSecret"), token, text("botBasicId"));
    memory.endpoint = Some(link.webhook_url.clone());
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

/// A message: on the guest's own screen first, then at the webhook.
async fn say(
    line: &LineSimulator,
    link: &Link,
    guest: &str,
    mut message: Value,
    content: Content,
) -> Result<(), String> {
    let id = match message["id"].as_str() {
        Some(id) => id.to_owned(),
        None => line.memory().message_id(),
    };
    let mark = Uuid::new_v4().simple().to_string();
    message["id"] = id.as_str().into();
    message["quoteToken"] = format!("quote-{id}").into();
    message["markAsReadToken"] = mark.as_str().into();
    {
        let mut memory = line.memory();
        memory.last.insert(guest.to_owned(), id.clone());
        memory.unread.insert(mark, (guest.to_owned(), id.clone()));
    }
    line.show(guest, &id, Actor::Here, content, None, Value::Null);
    let outcome = post(line, link, guest, json!({ "type": "message", "message": message }), true).await;
    match &outcome {
        Ok(()) => line.stage.mark(&id, ReceiptStatus::Sent, None),
        Err(reason) => line.stage.mark(&id, ReceiptStatus::Failed, Some(reason.clone())),
    }
    outcome
}

async fn file(
    line: &LineSimulator,
    link: &Link,
    guest: &str,
    name: String,
    mime: &str,
    bytes: Vec<u8>,
) -> Result<(), String> {
    let kind = MediaKind::of_mime(mime);
    let size = bytes.len();
    let (id, origin) = {
        let mut memory = line.memory();
        let id = memory.message_id();
        memory.keep(&id, mime, bytes);
        (id, memory.origin.clone())
    };
    let mut message = json!({ "type": kind.word(), "id": id });
    match kind {
        MediaKind::File => {
            message["fileName"] = name.as_str().into();
            message["fileSize"] = size.into();
        }
        _ => message["contentProvider"] = json!({ "type": "line" }),
    }
    if let MediaKind::Video | MediaKind::Audio = kind {
        message["duration"] = 5_000.into();
    }
    let shown = Attachment {
        name: Some(name),
        mime: Some(mime.to_owned()),
        size: Some(size as u64),
        ..Attachment::at_url(kind, format!("{origin}/_content/{id}"))
    };
    say(line, link, guest, message, Content::Attachment(shown)).await
}

/// A tap does what the button in the message says: a postback, a text, a date.
async fn tap(
    line: &LineSimulator,
    link: &Link,
    guest: &str,
    message: &str,
    text: String,
    payload: String,
) -> Result<(), String> {
    // Quick replies below something that is no text are a scene of their own.
    let sent = message.split('-').next().unwrap_or(message);
    let shown = line.memory().shown.get(sent).cloned().unwrap_or_default();
    let action = screen::tapped(&shown, &text, &payload).cloned().unwrap_or_default();
    match action["type"].as_str() {
        Some("message") => {
            let text = action["text"].as_str().unwrap_or(&text).to_owned();
            say(line, link, guest, json!({ "type": "text", "text": text }), Content::text(text)).await
        }
        Some("datetimepicker") => {
            let mode = action["mode"].as_str().unwrap_or("date");
            let data = action["data"].as_str().unwrap_or_default();
            // 2026-07-01, 2026-07-01T10:00 or 10:00: LINE knows neither seconds nor zones.
            let payload = payload.get(..if mode == "datetime" { 16 } else { 10 }).unwrap_or(&payload);
            let event = json!({ "type": "postback", "postback": { "data": data, "params": { mode: payload } } });
            // LINE writes nothing into the chat for a date.
            post(line, link, guest, event, true).await
        }
        _ => {
            let said = action["displayText"].as_str().unwrap_or(&text).to_owned();
            if !said.is_empty() {
                let id = line.memory().message_id();
                line.show(guest, &id, Actor::Here, Content::text(said), None, Value::Null);
            }
            post(line, link, guest, json!({ "type": "postback", "postback": { "data": payload } }), true).await
        }
    }
}

async fn unsend(line: &LineSimulator, link: &Link, guest: &str) -> Result<(), String> {
    let last = line.memory().last.remove(guest);
    let id = last.ok_or_else(|| "There is no message to take back.".to_owned())?;
    let gone = Content::Note { text: "You took back this message.".to_owned() };
    line.show(guest, &id, Actor::Here, gone, None, Value::Null);
    post(line, link, guest, json!({ "type": "unsend", "unsend": { "messageId": id } }), false).await
}

/// Posts an event, signed, and again if it fails, with the same id.
async fn post(
    line: &LineSimulator,
    link: &Link,
    guest: &str,
    mut event: Value,
    answerable: bool,
) -> Result<(), String> {
    let now = Timestamp::now();
    event["mode"] = "active".into();
    event["timestamp"] = now.as_millisecond().into();
    event["webhookEventId"] = ulid(now).into();
    event["source"] = match guest.as_bytes().first() {
        None => Value::Null,
        Some(b'C') => json!({ "type": "group", "groupId": guest, "userId": line_id('U', guest) }),
        Some(b'R') => json!({ "type": "room", "roomId": guest, "userId": line_id('U', guest) }),
        _ => json!({ "type": "user", "userId": guest }),
    };
    if answerable {
        event["replyToken"] = line.memory().reply_token(guest, now).into();
    }
    let destination = line_id('U', link.settings["channelId"].as_str().unwrap_or_default());
    let secret = link.settings["channelSecret"].as_str().unwrap_or_default();
    let mut failure = String::new();
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
        }
        event["deliveryContext"] = json!({ "isRedelivery": attempt > 0 });
        let body = json!({ "destination": destination, "events": [event] }).to_string();
        let request = line
            .http
            .post(&link.webhook_url)
            .header("content-type", "application/json; charset=utf-8")
            .header("user-agent", "LineBotWebhook/2.0")
            .header(SIGNATURE, sign(secret, body.as_bytes()))
            .timeout(PATIENCE)
            .body(body);
        failure = match request.send().await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) => format!("The webhook answered {}.", answer.status().as_u16()),
            Err(error) if error.is_timeout() => "The webhook did not answer within 2 seconds.".to_owned(),
            Err(_) => "The webhook could not be reached.".to_owned(),
        };
    }
    Err(failure)
}

/// The value of `x-line-signature` for a body.
pub(super) fn sign(secret: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length.
    Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map(|mac| STANDARD.encode(mac.chain_update(body).finalize().into_bytes()))
        .unwrap_or_default()
}

/// An id that sorts by time, as LINE's `webhookEventId`: 48 bits of milliseconds and 80 of chance, in Crockford's base 32.
fn ulid(now: Timestamp) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let chance = Uuid::new_v4().as_u128() ^ (Uuid::new_v4().as_u128() << 40);
    let value = (u128::from(now.as_millisecond().unsigned_abs()) << 80) | (chance & ((1 << 80) - 1));
    (0..26).rev().map(|digit| char::from(DIGITS[(value >> (digit * 5)) as usize & 31])).collect()
}
