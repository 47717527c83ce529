//! What Apple posts, as events: one message to a request, gzip where it is long.

use std::{borrow::Cow, collections::BTreeMap, io::Read};

use contract::{Attachment, Content, Guest, Inbound, MediaKind, Parsed, Presence, Profile, Rejection, WebhookRequest};
use flate2::read::MultiGzDecoder;

use crate::{
    answers, device, inbound_media, references,
    settings::Settings,
    wire::{Message, OBJECT},
};

/// The longest body after it is inflated, in bytes.
const INFLATED_MAX: u64 = 10 << 20;

/// What Apple tells of a message, in its body or in headers.
struct Metadata<'a> {
    id: String,
    guest: String,
    capabilities: Option<&'a str>,
    locale: Option<&'a str>,
}

/// The events of a request. Apple tells no time: the engine puts in when the request came.
pub(crate) fn parse(request: &WebhookRequest, settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
    let header = |name| request.header(name).filter(|value| !value.is_empty()).ok_or(Rejection::Malformed);
    let (id, guest, business) = (header("id")?, header("source-id")?, header("destination-id")?);
    let body = inflated(&request.body)?;
    let message: Message = serde_json::from_slice(&body).map_err(|_| Rejection::Malformed)?;
    let named = message.destination_id.as_deref().unwrap_or(business);
    if !business.eq_ignore_ascii_case(&settings.business_id) || !named.eq_ignore_ascii_case(business) {
        return Err(Rejection::WrongAccount);
    }
    let metadata = Metadata {
        id: message.id.clone().filter(|id| !id.is_empty()).unwrap_or_else(|| id.to_owned()),
        guest: message.source_id.clone().filter(|id| !id.is_empty()).unwrap_or_else(|| guest.to_owned()),
        capabilities: request.header("capability-list"),
        locale: message.locale.as_deref().or(request.header("locale")),
    };
    Ok(events(&message, &metadata))
}

/// The body, inflated if it is gzip. Apple's own samples look at the bytes, not at `Content-Encoding`, and so does this.
fn inflated(body: &[u8]) -> Result<Cow<'_, [u8]>, Rejection> {
    if !body.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(body));
    }
    let mut inflated = Vec::new();
    let read = MultiGzDecoder::new(body).take(INFLATED_MAX + 1).read_to_end(&mut inflated);
    match read {
        Ok(_) if inflated.len() as u64 <= INFLATED_MAX => Ok(Cow::Owned(inflated)),
        _ => Err(Rejection::Malformed),
    }
}

/// A message is one event, or several where it brings files beside words.
fn events(message: &Message, metadata: &Metadata<'_>) -> Parsed<Inbound> {
    let contents = match message.kind.as_str() {
        "text" => text_and_files(message),
        "interactive" => match (&message.interactive_data, &message.interactive_data_ref) {
            (Some(data), _) => vec![answers::read(data)],
            (None, Some(reference)) => vec![references::content(reference)],
            (None, None) => return Parsed::ignored("malformed"),
        },
        "typing_start" => vec![Content::Typing { on: true, duration_ms: None }],
        "typing_end" => vec![Content::Typing { on: false, duration_ms: None }],
        "close" => vec![
            Content::Note {
                text: "The guest deleted or blocked the conversation. Nothing can be sent until they write again."
                    .to_owned(),
            },
            Content::Presence { presence: Presence::Disconnect },
        ],
        _ => return Parsed::ignored("unknownType"),
    };
    if contents.is_empty() {
        return Parsed::ignored("empty");
    }
    let reply_context = if message.kind == "close" { device::closed() } else { device::context(metadata.capabilities) };
    let events = contents.into_iter().enumerate().map(|(part, content)| Inbound {
        // The part's number stays the same when Apple sends the message again.
        event_id: if part == 0 { metadata.id.clone() } else { format!("{}/{part}", metadata.id) }.into(),
        message_id: Some(metadata.id.clone()),
        at: Inbound::UNTOLD,
        guest: Guest { profile: profile(message, metadata), ..Guest::person(metadata.guest.clone()) },
        reply_context: content.is_message().then(|| reply_context.clone()),
        content,
        only_while_open: false,
    });
    Parsed::events(events.collect())
}

/// Apple tells no names. What the entry point said (`biz-intent-id`, `biz-group-id`) stands in the first message.
fn profile(message: &Message, metadata: &Metadata<'_>) -> Profile {
    let told = [
        ("capabilities", metadata.capabilities),
        ("locale", metadata.locale),
        ("intent", message.intent.as_deref()),
        ("group", message.group.as_deref()),
    ];
    let attributes: BTreeMap<String, String> = told
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.filter(|value| !value.is_empty())?.to_owned())))
        .collect();
    let id: Vec<char> = metadata.guest.chars().filter(|c| c.is_alphanumeric()).collect();
    let tail: String = id[id.len().saturating_sub(8)..].iter().collect();
    Profile { nickname: Some(format!("Apple user …{tail}")), attributes, ..Profile::default() }
}

/// Words and files in the order in which they stand: each file is a mark in the text.
fn text_and_files(message: &Message) -> Vec<Content> {
    let body = message.body.as_deref().unwrap_or_default();
    let mut files = message.attachments.iter().flatten().map(|file| {
        let mime = file.mime_type.clone();
        let kind = mime.as_deref().map_or(MediaKind::File, MediaKind::of_mime);
        Content::Attachment(Attachment {
            mime,
            name: file.name.clone(),
            size: file.size.as_ref().and_then(|size| size.bytes()),
            ..Attachment::on_network(kind, inbound_media::reference(&file.stored))
        })
    });
    let mut contents = Vec::new();
    if message.attachments.as_ref().is_none_or(Vec::is_empty) {
        // Nothing to be put in its place: the text is the guest's, to the letter.
        return if body.trim().is_empty() { contents } else { vec![Content::text(body)] };
    }
    for (index, words) in body.split(OBJECT).enumerate() {
        if index > 0 {
            contents.extend(files.next());
        }
        if !words.trim().is_empty() {
            contents.push(Content::text(words.trim()));
        }
    }
    contents.extend(files);
    contents
}
