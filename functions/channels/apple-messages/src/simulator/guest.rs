//! A guest with a telephone: what a guest does becomes a webhook, with a token as Apple makes it.

use std::{io::Write, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use contract::{Content, ReceiptStatus};
use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use simulation::{Action, Actor, Link};
use uuid::Uuid;

use super::{AppleMessagesSimulator, MSP_ID, MSP_SECRET, api, memory::Shown, screen};
use crate::{cipher::Key, links, pickers, wire};

const PATIENCE: Duration = Duration::from_secs(5);
/// Longer answers come as a reference.
const INLINE: usize = 10_000;
/// Longer bodies come as gzip.
const PLAIN: usize = 1_000;

/// Does something as a guest.
pub(super) async fn act(
    apple: &AppleMessagesSimulator,
    link: &Link,
    guest: &str,
    action: Action,
) -> Result<(), String> {
    match action {
        Action::Text { text } => {
            let message = json!({ "type": "text", "body": text });
            say(apple, link, guest, message, Content::text(text)).await
        }
        Action::File { name, mime, base64 } => {
            let bytes = BASE64_STANDARD.decode(base64).map_err(|_| "This file is no base64.".to_owned())?;
            file(apple, link, guest, &name, &mime, bytes).await
        }
        Action::Location { title, latitude, longitude } => {
            let text = links::map(latitude, longitude, Some(&title));
            let message = json!({ "type": "text", "body": text });
            say(apple, link, guest, message, Content::text(text)).await
        }
        Action::Tap { message, text, payload } => tap(apple, link, guest, &message, &text, &payload).await,
        Action::Typing => {
            post(apple, link, guest, &Uuid::new_v4().to_string(), json!({ "type": "typing_start" })).await
        }
        Action::Block => {
            apple.memory().closed.insert(guest.to_owned());
            post(apple, link, guest, &Uuid::new_v4().to_string(), json!({ "type": "close" })).await
        }
        Action::Follow => Err("A guest comes back by writing.".to_owned()),
        Action::Sticker { .. } => Err("Apple sends stickers to businesses as pictures.".to_owned()),
        Action::Unsend => Err("Apple tells no business what a guest takes back.".to_owned()),
        Action::Read => Err("Apple tells nobody what a guest has read.".to_owned()),
        Action::Rich { .. } | Action::Disconnect => Err("Only an agent does that.".to_owned()),
    }
}

/// A message: on the guest's own screen first, then at the webhook. Who writes is back.
async fn say(
    apple: &AppleMessagesSimulator,
    link: &Link,
    guest: &str,
    message: Value,
    content: Content,
) -> Result<(), String> {
    let id = Uuid::new_v4().to_string();
    apple.memory().closed.remove(guest);
    apple.show(guest, &id, Actor::Here, content, None);
    let outcome = post(apple, link, guest, &id, message).await;
    match &outcome {
        Ok(()) => apple.stage.mark(&id, ReceiptStatus::Sent, None),
        Err(reason) => apple.stage.mark(&id, ReceiptStatus::Failed, Some(reason.clone())),
    }
    outcome
}

async fn file(
    apple: &AppleMessagesSimulator,
    link: &Link,
    guest: &str,
    name: &str,
    mime: &str,
    bytes: Vec<u8>,
) -> Result<(), String> {
    let size = bytes.len();
    let shown = Shown { mime: mime.to_owned(), bytes: bytes.clone().into() };
    let (id, mut attachment) = keep(apple, bytes)?;
    let origin = {
        let mut memory = apple.memory();
        memory.shown.insert(id.clone(), shown);
        memory.origin.clone()
    };
    attachment["name"] = name.into();
    attachment["mimeType"] = mime.into();
    attachment["size"] = size.into();
    let message = json!({ "type": "text", "body": wire::OBJECT.to_string(), "attachments": [attachment] });
    say(apple, link, guest, message, screen::file(&origin, &id, name, mime, size)).await
}

/// Puts something on the attachment server, encrypted; its name there, and where and how it is found.
fn keep(apple: &AppleMessagesSimulator, mut bytes: Vec<u8>) -> Result<(String, Value), String> {
    let key = Key::generate().ok_or("There is no randomness.")?;
    key.apply(&mut bytes);
    let mut memory = apple.memory();
    let id = memory.reserve(bytes.len());
    let url = memory.place(&id);
    let stored = memory.stored.get_mut(&id).ok_or("The attachment server is full.")?;
    stored.signature = api::signature_of(&bytes);
    stored.bytes = bytes.into();
    // As Apple does: uppercase hexadecimal.
    let signature = hex::encode_upper(&stored.signature);
    Ok((id, json!({ "url": url, "owner": stored.owner, "key": key.text(), "signature": signature })))
}

/// What the guest chose comes back in the form of the question.
async fn tap(
    apple: &AppleMessagesSimulator,
    link: &Link,
    guest: &str,
    message: &str,
    text: &str,
    payload: &str,
) -> Result<(), String> {
    let asked = apple.memory().asked.get(message).cloned().ok_or("There is nothing to tap.")?;
    let (interactive, words) = answer(&asked, text, payload).ok_or("There is no such option.")?;
    let message = if interactive.to_string().len() > INLINE {
        let (_, mut reference) = keep(apple, api::packed(&interactive))?;
        reference["bid"] = interactive["bid"].clone();
        reference["title"] = words.as_str().into();
        json!({ "type": "interactive", "interactiveDataRef": reference })
    } else {
        json!({ "type": "interactive", "interactiveData": interactive })
    };
    say(apple, link, guest, message, Content::text(words)).await
}

/// The answer to a question, and what the guest's own balloon says.
fn answer(asked: &Value, text: &str, payload: &str) -> Option<(Value, String)> {
    let mut words = text.to_owned();
    let mut interactive = asked.clone();
    let fields = interactive.as_object_mut()?;
    fields.remove("receivedMessage");
    let reply = fields.remove("replyMessage");
    let data = fields.get_mut("data")?;
    let meant = |item: &Value| item["identifier"].as_str().is_some_and(|id| pickers::payload(id) == payload);
    let chosen = |items: &Value| {
        let items = screen::array(items);
        items.iter().position(meant).or_else(|| items.iter().position(|item| item["title"] == text))
    };
    if let Some(quick) = data.get_mut("quick-reply") {
        let index = chosen(&quick["items"])?;
        quick["selectedIndex"] = index.into();
        quick["selectedIdentifier"] = quick["items"][index]["identifier"].clone();
        words = screen::string(&quick["items"][index]["title"])?;
    } else if let Some(picker) = data.get_mut("listPicker") {
        let found = screen::array(&picker["sections"]).iter().find_map(|section| {
            let item = section["items"].get(chosen(&section["items"])?)?.clone();
            Some((section["title"].clone(), item))
        });
        let (section, item) = found?;
        words = screen::string(&item["title"])?;
        picker["sections"] = json!([{ "title": section, "order": 0, "items": [item] }]);
    } else if let Some(event) = data.get_mut("event") {
        let slot = screen::array(&event["timeslots"]).iter().find(|slot| meant(slot))?.clone();
        event["timeslots"] = json!([slot]);
    } else if let Some(form) = data.get_mut("dynamic") {
        let page = form.pointer("/data/pages/0")?.clone();
        let day = payload.get(..10).unwrap_or(payload);
        let value = if page["type"] == "datePicker" { day } else { payload };
        *form = json!({ "version": "1.2", "template": "messageForms", "selections": [{
            "pageIdentifier": page["pageIdentifier"], "title": page["title"],
            "items": [{ "title": if text.is_empty() { value } else { text }, "value": value }],
        }] });
    } else {
        data.get_mut("authenticate")?["status"] = "authenticated".into();
    }
    let title = reply.and_then(|reply| screen::string(&reply["title"])).unwrap_or_else(|| words.clone());
    data["replyMessage"] = json!({ "title": title });
    Some((interactive, words))
}

/// Posts a message with Apple's headers. What is not answered 200 is "Not Delivered" to the guest.
async fn post(
    apple: &AppleMessagesSimulator,
    link: &Link,
    guest: &str,
    id: &str,
    mut message: Value,
) -> Result<(), String> {
    let business = link.settings["businessId"].as_str().unwrap_or_default();
    message["v"] = 1.into();
    message["id"] = id.into();
    message["sourceId"] = guest.into();
    message["destinationId"] = business.into();
    message["locale"] = "en_US".into();
    let capabilities = apple.memory().capabilities.clone();
    let body = message.to_string().into_bytes();
    let (body, encoding) = if body.len() > PLAIN { (gzip(&body), "gzip") } else { (body, "identity") };
    // Apple knows one address for all tenants.
    let address = match link.webhook_url.rsplit_once('/') {
        Some((root, _)) => format!("{root}/message"),
        None => return Err("The webhook has no address.".to_owned()),
    };
    let mut request = apple
        .http
        .post(address)
        .header("content-type", "application/json")
        .header("content-encoding", encoding)
        .header("authorization", format!("Bearer {}", token()?))
        .header("id", id)
        .header("source-id", guest)
        .header("destination-id", business)
        .header("device-agent", "iPhone OS 18.5")
        .timeout(PATIENCE)
        .body(body);
    if !capabilities.is_empty() {
        request = request.header("capability-list", capabilities);
    }
    match request.send().await {
        Ok(answer) if answer.status() == reqwest::StatusCode::OK => Ok(()),
        Ok(answer) => Err(format!("Not Delivered: the webhook answered {}.", answer.status().as_u16())),
        Err(error) if error.is_timeout() => Err("Not Delivered: the webhook did not answer in time.".to_owned()),
        Err(_) => Err("Not Delivered: the webhook could not be reached.".to_owned()),
    }
}

/// A token of Apple's for the demo deployment.
fn token() -> Result<String, String> {
    let key = EncodingKey::from_base64_secret(MSP_SECRET).map_err(|error| error.to_string())?;
    let claims = json!({ "aud": MSP_ID, "iat": Timestamp::now().as_second() });
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(|error| error.to_string())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
