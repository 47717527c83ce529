//! What Genesys Cloud posts to us: what agents, bots and flows say, and what became of the guests' messages.
//! Source: <https://developer.genesys.cloud/commdigital/digital/openmessaging/outboundMessages>.
//!
//! It waits 10 s for a 2xx, tries again five times over 85 s after a timeout, 429 or 5xx, and marks the message as failed
//! for the agent after any other answer. Fields we do not know are allowed everywhere.

use contract::{
    Choice, Content, FailureReason, Outbound, Parsed, Presence, Receipt, ReceiptStatus, Rejection, WebhookRequest,
    WebhookResponse,
};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    Settings, canned, receipts,
    structured::{self, Element, say},
};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Payload {
    id: Option<String>,
    channel: Option<Channel>,
    conversation_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    text: Option<String>,
    content: Option<Vec<Value>>,
    direction: Option<String>,
    originating_entity: Option<String>,
    status: Option<String>,
    reasons: Option<Vec<Reason>>,
    events: Option<Vec<Event>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Channel {
    /// The integration.
    id: Option<String>,
    message_id: Option<String>,
    to: Option<Party>,
    from: Option<Party>,
    time: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Party {
    id: Option<String>,
    /// Spelt both ways.
    #[serde(alias = "nickName")]
    nickname: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reason {
    code: Option<String>,
    message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    event_type: Option<String>,
    typing: Option<Typing>,
    presence: Option<WirePresence>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typing {
    #[serde(rename = "type")]
    kind: Option<String>,
    duration: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WirePresence {
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Reads a verified request.
pub(crate) fn parse(request: &WebhookRequest, settings: &Settings) -> Result<Parsed<Outbound>, Rejection> {
    let payload: Payload = serde_json::from_slice(&request.body).map_err(|_| Rejection::Malformed)?;
    let kind = say(&payload.kind).ok_or(Rejection::Malformed)?;
    let mut parsed = if is(&payload.direction, "Inbound") {
        Parsed::ignored("echo")
    } else {
        match kind.to_ascii_lowercase().as_str() {
            "text" | "structured" => message(&payload, settings, &request.body)?,
            "receipt" => receipt(&payload, settings)?,
            "event" => events(&payload, settings, &request.body)?,
            _ => Parsed::ignored("unknown type"),
        }
    };
    parsed.answer = Some(WebhookResponse::with_body(StatusCode::OK, "application/json", "{}"));
    Ok(parsed)
}

fn is(field: &Option<String>, word: &str) -> bool {
    field.as_deref().is_some_and(|text| text.eq_ignore_ascii_case(word))
}

/// Everything but the contents.
fn outbound(
    payload: &Payload,
    settings: &Settings,
    message_id: String,
    contents: Vec<Content>,
) -> Result<Outbound, Rejection> {
    let channel = payload.channel.as_ref().ok_or(Rejection::Malformed)?;
    let party = |party: &'_ Option<Party>| party.as_ref().and_then(|party| say(&party.id).map(str::to_owned));
    let integration = |id: &String| say(&channel.id) == Some(id) || settings.integration() == Some(id);
    // The guest is who is not the integration: receipts have been seen both ways round.
    let guest = party(&channel.to).filter(|id| !integration(id));
    let guest = guest.or_else(|| party(&channel.from).filter(|id| !integration(id))).ok_or(Rejection::Malformed)?;
    Ok(Outbound {
        message_id: message_id.into(),
        // Genesys Cloud always says when; should it not, now is as near as can be.
        at: say(&channel.time).and_then(|text| text.parse().ok()).unwrap_or_else(Timestamp::now),
        to: guest.into(),
        platform_conversation_id: say(&payload.conversation_id).map(str::to_owned),
        agent_name: agent_name(payload, channel, settings),
        contents,
    })
}

/// The agent's name. On Open Messaging the sender is the integration and the nickname its name, which is nothing a guest
/// should read: so this is the agent's name only if the sender is somebody else.
fn agent_name(payload: &Payload, channel: &Channel, settings: &Settings) -> Option<String> {
    if !is(&payload.originating_entity, "Human") {
        return None;
    }
    let from = channel.from.as_ref()?;
    let name = say(&from.nickname)?;
    let sender = say(&from.id);
    let is_integration = sender.is_none() || sender == say(&channel.id) || sender == settings.integration();
    (!is_integration && name != settings.integration_name).then(|| name.to_owned())
}

/// The id of a message; of the body's bytes, which are the same when it is sent again, should there be none.
fn id_of(payload: &Payload, body: &[u8]) -> String {
    let channel = payload.channel.as_ref();
    match say(&payload.id).or_else(|| channel.and_then(|channel| say(&channel.message_id))) {
        Some(id) => id.to_owned(),
        None => hex::encode(&Sha256::digest(body)[..16]),
    }
}

fn message(payload: &Payload, settings: &Settings, body: &[u8]) -> Result<Parsed<Outbound>, Rejection> {
    let (contents, mut ignored) = contents(payload);
    let outbound = outbound(payload, settings, id_of(payload, body), contents)?;
    if outbound.contents.is_empty() {
        ignored.push("empty message");
        return Ok(Parsed { ignored, ..Parsed::default() });
    }
    Ok(Parsed { ignored, ..Parsed::events(vec![outbound]) })
}

/// The text first, then what comes with it; but a question's text is said with its options, which come last, because they
/// vanish when something follows.
fn contents(payload: &Payload) -> (Vec<Content>, Vec<&'static str>) {
    let (mut contents, mut options, mut ignored) = (Vec::new(), Vec::<Choice>::new(), Vec::new());
    let mut spoken = false;
    for element in payload.content.iter().flatten() {
        match structured::read(element) {
            Element::Option(option) => options.push(option),
            Element::Question(more) => options.extend(more),
            Element::Contents { contents: more, speaks } => {
                contents.extend(more);
                spoken |= speaks;
            }
            Element::Nothing(why) => ignored.push(why),
        }
    }
    let text = say(&payload.text).filter(|text| !spoken && !contents.iter().any(|content| says(content, text)));
    if !options.is_empty() {
        contents.push(Content::QuickReplies { text: text.unwrap_or_default().to_owned(), options });
    } else if let Some(text) = text {
        contents.insert(0, canned::read(text));
    }
    (contents, ignored)
}

/// Whether a content already shows this very text.
fn says(content: &Content, words: &str) -> bool {
    match content {
        Content::Text { text } | Content::QuickReplies { text, .. } => text == words,
        Content::Card(card) => card.title == words,
        Content::DatePicker(picker) => picker.title == words,
        _ => false,
    }
}

/// What became of a guest's message. Its id is that message's, so the status tells one receipt from the next.
fn receipt(payload: &Payload, settings: &Settings) -> Result<Parsed<Outbound>, Rejection> {
    let word = say(&payload.status).ok_or(Rejection::Malformed)?;
    let Some(status) = receipts::status_of(word) else { return Ok(Parsed::ignored("unknown receipt status")) };
    let message_id = say(&payload.id).ok_or(Rejection::Malformed)?.to_owned();
    let reason = (status == ReceiptStatus::Failed).then(|| reason(payload));
    let id = format!("{message_id}/{}", word.to_ascii_lowercase());
    let content = Content::Receipt(Receipt { message_id, status, reason });
    Ok(Parsed::events(vec![outbound(payload, settings, id, vec![content])?]))
}

fn reason(payload: &Payload) -> FailureReason {
    let first = payload.reasons.iter().flatten().next();
    let code = first.and_then(|reason| say(&reason.code)).unwrap_or("GeneralError");
    let sentence = match first.and_then(|reason| say(&reason.message)) {
        Some(message) => format!("Genesys Cloud could not take the message: {message} ({code})"),
        None => format!("Genesys Cloud could not take the message ({code})."),
    };
    FailureReason { kind: receipts::kind_of(code), sentence }
}

fn events(payload: &Payload, settings: &Settings, body: &[u8]) -> Result<Parsed<Outbound>, Rejection> {
    let (mut contents, mut ignored) = (Vec::new(), Vec::new());
    for event in payload.events.iter().flatten() {
        let presence = event.presence.as_ref();
        match event.event_type.as_deref().unwrap_or_default().to_ascii_lowercase().as_str() {
            "typing" => {
                let typing = event.typing.as_ref();
                let off = typing.is_some_and(|typing| is(&typing.kind, "Off"));
                contents.push(Content::Typing { on: !off, duration_ms: typing.and_then(|typing| typing.duration) });
            }
            // Known from web messaging only; should Open Messaging come to send it, it means the same.
            "presence" if presence.is_some_and(|presence| is(&presence.kind, "Disconnect")) => {
                contents.push(Content::Presence { presence: Presence::Disconnect });
            }
            _ => ignored.push("unknown event"),
        }
    }
    if contents.is_empty() {
        ignored.push("no event");
        return Ok(Parsed { ignored, ..Parsed::default() });
    }
    // Never the id of a message: whoever has seen the event must not take the message for a repetition.
    let id = format!("{}/event", id_of(payload, body));
    let outbound = outbound(payload, settings, id, contents)?;
    Ok(Parsed { ignored, ..Parsed::events(vec![outbound]) })
}
