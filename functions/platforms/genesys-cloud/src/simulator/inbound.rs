//! What guests send: the four inbound calls of Open Messaging, as strict as the real ones.

use contract::{Answer as GuestAnswer, AnswerKind, Attachment};
use jiff::Timestamp;
use serde_json::Map;
use simulation::prelude::*;

use super::{
    State,
    organization::converse,
    routes::{Answer, Refusal, parse},
    webhooks,
};
use crate::receipts;

/// What every message's head must have.
struct Head {
    guest: String,
    message_id: String,
    attributes: Map<String, Value>,
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn guest(body: &Value) -> Result<String, Refusal> {
    let id = text(body, "/channel/from/id").ok_or_else(|| Refusal::bad("channel.from.id is required."))?;
    let id_type = text(body, "/channel/from/idType").unwrap_or("Opaque");
    if !["Email", "Phone", "Opaque"].contains(&id_type) {
        return Err(Refusal::bad("channel.from.idType must be one of Email, Phone, Opaque."));
    }
    let time = text(body, "/channel/time").and_then(|time| time.parse::<Timestamp>().ok());
    time.ok_or_else(|| Refusal::bad("channel.time must be a date-time."))?;
    Ok(id.to_owned())
}

fn head(body: &Value) -> Result<Head, Refusal> {
    if body.pointer("/metadata/customAttributes").is_some() {
        return Err(Refusal::bad("customAttributes is not allowed in metadata: it belongs in channel.metadata."));
    }
    let message_id = text(body, "/channel/messageId").ok_or_else(|| Refusal::bad("channel.messageId is required."))?;
    let attributes = match body.pointer("/channel/metadata/customAttributes") {
        None => Map::new(),
        Some(Value::Object(all)) if all.values().all(Value::is_string) => all.clone(),
        Some(_) => return Err(Refusal::bad("channel.metadata.customAttributes must hold texts.")),
    };
    if serde_json::to_vec(&attributes).map_or(0, |json| json.len()) > 2_048 {
        return Err(Refusal::bad("channel.metadata.customAttributes must not exceed 2048 bytes."));
    }
    Ok(Head { guest: guest(body)?, message_id: message_id.to_owned(), attributes })
}

pub(super) fn message(state: &mut State, integration: &str, call: &ProviderCall) -> Answer {
    let body = parse(call)?;
    let head = head(&body)?;
    let content = said(&body)?;
    post(state, integration, &head, &body, content, call.query("prefetchConversationId") == "true")
}

fn said(body: &Value) -> Result<Content, Refusal> {
    let words = text(body, "/text");
    if words.is_some_and(|words| words.encode_utf16().count() > 2_000) {
        return Err(Refusal::bad("The text must not exceed 2000 characters."));
    }
    let elements = body["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    match (words, elements) {
        (Some(words), []) => Ok(Content::text(words)),
        (words, [element]) => {
            let kind = match text(element, "/attachment/mediaType") {
                _ if element["contentType"] != "Attachment" => None,
                Some("Image") => Some(MediaKind::Image),
                Some("Video") => Some(MediaKind::Video),
                Some("Audio") => Some(MediaKind::Audio),
                Some("File") => Some(MediaKind::File),
                _ => None,
            };
            let url = text(element, "/attachment/url").filter(|url| url::Url::parse(url).is_ok());
            let (Some(kind), Some(url)) = (kind, url) else {
                return Err(Refusal::bad("content must be an Attachment with a mediaType and a url."));
            };
            Ok(Content::Attachment(Attachment {
                mime: text(element, "/attachment/mime").map(str::to_owned),
                name: text(element, "/attachment/filename").map(str::to_owned),
                caption: words.map(str::to_owned),
                ..Attachment::at_url(kind, url)
            }))
        }
        (None, []) => Err(Refusal::bad("A message needs text or content.")),
        _ => Err(Refusal::bad("A message may have one attachment.")),
    }
}

pub(super) fn response(state: &mut State, integration: &str, call: &ProviderCall) -> Answer {
    let body = parse(call)?;
    let head = head(&body)?;
    let field = |pointer: &str, name: &str| {
        text(&body, pointer).map(str::to_owned).ok_or_else(|| Refusal::bad(format!("{name} is required.")))
    };
    let kind = match field("/buttonResponse/type", "buttonResponse.type")?.as_str() {
        "QuickReply" => AnswerKind::QuickReply,
        "Button" => AnswerKind::Button,
        "DatePicker" => AnswerKind::DatePicker,
        _ => return Err(Refusal::bad("buttonResponse.type must be one of Button, QuickReply, DatePicker.")),
    };
    let answer = GuestAnswer {
        kind,
        text: field("/buttonResponse/text", "buttonResponse.text")?,
        payload: field("/buttonResponse/payload", "buttonResponse.payload")?,
        question_id: Some(field("/originatingMessageId", "originatingMessageId")?),
    };
    post(state, integration, &head, &body, Content::Answer(answer), true)
}

/// Puts a guest's message into the conversation. One whose id was seen before is discarded.
fn post(state: &mut State, integration: &str, head: &Head, body: &Value, content: Content, prefetch: bool) -> Answer {
    let webhook = state.memory.integration(integration)?.webhook();
    let key = (integration.to_owned(), head.message_id.clone());
    if let Some(earlier) = state.memory.accepted.get(&key) {
        return Ok(earlier.clone());
    }
    let conversation = converse(state, integration, &head.guest, &head.attributes);
    let id = state.ids.hex();
    let mut answer = json!({
        "id": id, "channel": body["channel"], "type": "Text", "direction": "Inbound",
        "text": body["text"], "content": body["content"], "metadata": body["metadata"],
    });
    if prefetch {
        answer["conversationId"] = conversation.clone().into();
    }
    state.memory.accepted.insert(key, answer.clone());
    let detail = json!({
        "nickname": body.pointer("/channel/from/nickname"),
        "image": body.pointer("/channel/from/image"),
        "customAttributes": head.attributes,
        "conversationId": conversation,
    });
    state.show_with(&head.guest, &id, Actor::There, content, detail);
    if let Some(link) = webhook {
        let now = state.now();
        let published = webhooks::receipt(now, integration, &head.guest, &id, &head.message_id, "Published");
        state.post_later(Post::json(published).over(link));
    }
    Ok(answer)
}

pub(super) fn event(state: &mut State, integration: &str, call: &ProviderCall) -> Answer {
    let body = parse(call)?;
    let guest = guest(&body)?;
    let events = body["events"].as_array().filter(|events| !events.is_empty());
    let events = events.ok_or_else(|| Refusal::bad("events is required."))?;
    if events.iter().any(|event| event["eventType"] != "Typing") {
        return Err(Refusal::bad("eventType must be Typing."));
    }
    state.memory.integration(integration)?;
    let id = state.ids.text();
    let typing = Content::Typing { on: true, duration_ms: events[0]["typing"]["duration"].as_u64() };
    state.show(&guest, &id, Actor::There, typing);
    Ok(Value::Null)
}

pub(super) fn receipt(state: &mut State, integration: &str, call: &ProviderCall) -> Answer {
    let body = parse(call)?;
    let id = text(&body, "/id").ok_or_else(|| Refusal::bad("id is required."))?;
    text(&body, "/channel/to/id").ok_or_else(|| Refusal::bad("channel.to.id is required."))?;
    let word = text(&body, "/status").unwrap_or_default();
    if !["Sent", "Delivered", "Failed", "Published", "Removed"].contains(&word) {
        return Err(Refusal::bad("status must be one of Sent, Delivered, Failed, Published, Removed."));
    }
    state.memory.integration(integration)?;
    if let Some(status) = receipts::status_of(word) {
        state.stage().mark(id, status, text(&body, "/reasons/0/message").map(str::to_owned));
    }
    Ok(body)
}
