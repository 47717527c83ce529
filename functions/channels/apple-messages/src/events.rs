//! What Apple's messages mean.

use std::collections::BTreeMap;

use contract::{Attachment, Content, Guest, Inbound, MediaKind, Parsed, Presence, Profile};

use crate::{
    answers, device, files, references,
    wire::{Message, OBJECT},
};

/// What is said of a message beside its body.
pub(crate) struct Envelope<'a> {
    pub(crate) id: String,
    pub(crate) guest: String,
    pub(crate) capabilities: Option<&'a str>,
    pub(crate) locale: Option<&'a str>,
}

/// A message is one event, or several where it brings files beside words.
pub(crate) fn read(message: &Message, envelope: &Envelope<'_>) -> Parsed<Inbound> {
    let contents = match message.kind.as_str() {
        "text" => said(message),
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
    let reply_context = if message.kind == "close" { device::closed() } else { device::context(envelope.capabilities) };
    let events = contents.into_iter().enumerate().map(|(part, content)| Inbound {
        // The part's number stays the same when Apple sends the message again.
        event_id: if part == 0 { envelope.id.clone() } else { format!("{}/{part}", envelope.id) }.into(),
        message_id: Some(envelope.id.clone()),
        at: Inbound::UNTOLD,
        guest: Guest { profile: profile(message, envelope), ..Guest::person(envelope.guest.clone()) },
        reply_context: content.is_message().then(|| reply_context.clone()),
        content,
        only_while_open: false,
    });
    Parsed::events(events.collect())
}

/// Apple tells no names. What the entry point said (`biz-intent-id`, `biz-group-id`) stands in the first message.
fn profile(message: &Message, envelope: &Envelope<'_>) -> Profile {
    let told = [
        ("capabilities", envelope.capabilities),
        ("locale", envelope.locale),
        ("intent", message.intent.as_deref()),
        ("group", message.group.as_deref()),
    ];
    let attributes: BTreeMap<String, String> = told
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.filter(|value| !value.is_empty())?.to_owned())))
        .collect();
    let id: Vec<char> = envelope.guest.chars().filter(|c| c.is_alphanumeric()).collect();
    let tail: String = id[id.len().saturating_sub(8)..].iter().collect();
    Profile { nickname: Some(format!("Apple user …{tail}")), attributes, ..Profile::default() }
}

/// Words and files in the order in which they stand: each file is a mark in the text.
fn said(message: &Message) -> Vec<Content> {
    let body = message.body.as_deref().unwrap_or_default();
    let mut files = message.attachments.iter().flatten().map(|file| {
        let mime = file.mime_type.clone();
        let kind = mime.as_deref().map_or(MediaKind::File, MediaKind::of_mime);
        Content::Attachment(Attachment {
            mime,
            name: file.name.clone(),
            size: file.size.as_ref().and_then(|size| size.bytes()),
            ..Attachment::on_network(kind, files::reference(&file.place))
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
