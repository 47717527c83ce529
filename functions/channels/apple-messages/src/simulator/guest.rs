//! A guest with a telephone: what a guest does becomes a message, with a token as Apple makes it.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use http::HeaderName;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use simulation::prelude::*;

use super::{
    MSP_ID, MSP_SECRET, State, api,
    memory::{place, reserve},
    screen,
};
use crate::{cipher::Key, links, pickers, wire};

/// Longer answers come as a reference, in bytes.
const INLINE: usize = 10_000;
/// Longer bodies come as gzip, in bytes.
const PLAIN: usize = 1_000;

/// Does something as a guest.
pub(super) fn act(state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
    // Apple knows one address for all tenants.
    let (root, _) = link.webhook_url.rsplit_once('/').ok_or("The webhook has no address.")?;
    let post = match action {
        Action::Text { text } => say(state, guest, json!({ "type": "text", "body": text }), Content::text(text)),
        Action::File { name, mime, base64 } => file(state, guest, File::new(name, mime, decode(&base64)?))?,
        Action::Location { title, latitude, longitude } => {
            let text = links::map(latitude, longitude, Some(&title));
            say(state, guest, json!({ "type": "text", "body": text }), Content::text(text))
        }
        Action::Tap { message, text, payload } => tap(state, guest, &message, &text, &payload)?,
        Action::Typing => event(state, guest, json!({ "type": "typing_start" })),
        Action::Block => {
            state.blocked.insert(guest.to_owned());
            event(state, guest, json!({ "type": "close" }))
        }
        Action::Follow => return Err("A guest comes back by writing.".to_owned()),
        Action::Sticker { .. } => return Err("Apple sends stickers to businesses as pictures.".to_owned()),
        Action::Unsend => return Err("Apple tells no business what a guest takes back.".to_owned()),
        Action::Read => return Err("Apple tells nobody what a guest has read.".to_owned()),
        Action::Rich { .. } | Action::Disconnect => return Err("Only an agent does that.".to_owned()),
    };
    Ok(vec![post.to(format!("{root}/message"))])
}

fn event(state: &mut State, guest: &str, mut message: Value) -> Post {
    message["id"] = state.ids.text().into();
    message["sourceId"] = guest.into();
    Post::json(message)
}

/// A message: on the guest's own screen, then at the webhook. Who writes is back.
fn say(state: &mut State, guest: &str, message: Value, content: Content) -> Post {
    state.blocked.remove(guest);
    let post = event(state, guest, message);
    let id = screen::string(&post.json["id"]).unwrap_or_default();
    state.write(guest, &id, content);
    post.of(id)
}

fn file(state: &mut State, guest: &str, file: File) -> Result<Post, String> {
    let (id, mut attachment) = keep(state, file.bytes.to_vec())?;
    attachment["name"] = file.name.as_str().into();
    attachment["mimeType"] = file.mime.as_str().into();
    attachment["size"] = file.bytes.len().into();
    let shown = file.attachment(file.kind(), state.url_of(&id));
    state.files.insert(id, file);
    let message = json!({ "type": "text", "body": wire::OBJECT.to_string(), "attachments": [attachment] });
    Ok(say(state, guest, message, Content::Attachment(shown)))
}

/// Puts something on the attachment server, encrypted; its name there, and where and how it is found.
fn keep(state: &mut State, mut bytes: Vec<u8>) -> Result<(String, Value), String> {
    let key = Key::parse(&format!("{}{}", state.ids.hex(), state.ids.hex())).ok_or("The key is none.")?;
    key.apply(&mut bytes);
    let id = reserve(state, bytes.len());
    let url = place(state, &id);
    let stored = state.memory.stored.get_mut(&id).ok_or("The attachment server is full.")?;
    stored.signature = api::signature_of(&bytes);
    stored.bytes = bytes.into();
    // As Apple does: uppercase hexadecimal.
    let signature = hex::encode_upper(&stored.signature);
    Ok((id, json!({ "url": url, "owner": stored.owner, "key": key.text(), "signature": signature })))
}

/// What the guest chose comes back in the form of the question.
fn tap(state: &mut State, guest: &str, message: &str, text: &str, payload: &str) -> Result<Post, String> {
    let asked = state.messages.get(message).ok_or("There is nothing to tap.")?;
    let (interactive, words) = answer(asked, text, payload).ok_or("There is no such option.")?;
    let message = if interactive.to_string().len() > INLINE {
        let (_, mut reference) = keep(state, api::packed(&interactive))?;
        reference["bid"] = interactive["bid"].clone();
        reference["title"] = words.as_str().into();
        json!({ "type": "interactive", "interactiveDataRef": reference })
    } else {
        json!({ "type": "interactive", "interactiveData": interactive })
    };
    Ok(say(state, guest, message, Content::text(words)))
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

/// A message with Apple's headers.
pub(super) fn request(state: &State, post: &Post, link: &Link) -> Request {
    let business = link.settings["businessId"].as_str().unwrap_or_default();
    let mut message = post.json.clone();
    message["v"] = 1.into();
    message["destinationId"] = business.into();
    message["locale"] = "en_US".into();
    let body = message.to_string().into_bytes();
    let (body, encoding) = if body.len() > PLAIN { (gzip(&body), "gzip") } else { (body, "identity") };
    let text = |name: &str| message[name].as_str().unwrap_or_default();
    let capabilities = state.memory.capabilities.as_str();
    let mut request = post.request(link).body(body).bearer(&token(state.now()));
    for (name, value) in [
        ("content-encoding", encoding),
        ("id", text("id")),
        ("source-id", text("sourceId")),
        ("destination-id", business),
        ("device-agent", "iPhone OS 18.5"),
        ("capability-list", capabilities),
    ] {
        if !value.is_empty() {
            request = request.header(HeaderName::from_static(name), value);
        }
    }
    request
}

/// A token of Apple's for the demo deployment.
fn token(now: Timestamp) -> String {
    let claims = json!({ "aud": MSP_ID, "iat": now.as_second() });
    EncodingKey::from_base64_secret(MSP_SECRET)
        .and_then(|key| jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key))
        .unwrap_or_default()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
