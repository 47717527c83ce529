//! What Viber's events mean.

use contract::{
    Attachment, Content, FailureReason, Guest, Inbound, Location, MediaKind, Presence, Profile, Receipt, ReceiptStatus,
    SendErrorKind, Sticker,
};
use jiff::Timestamp;

use crate::{
    limits, tracking,
    wire::{Callback, Message, Str, User},
};

/// The event is not as documented.
pub(crate) const MALFORMED: &str = "malformed";

/// The events in a callback (one; two when a link led to the chat), or the reason why there is none.
pub(crate) fn read(callback: &Callback<'_>) -> Result<Vec<Inbound>, &'static str> {
    let kind = callback.event.as_str();
    match kind {
        "message" => {
            let sender = callback.sender.as_ref().ok_or(MALFORMED)?;
            let content = said(callback.message.as_ref().ok_or(MALFORMED)?)?;
            let inbound = happened(callback, person(sender)?, content)?;
            let token = callback.message_token.as_ref().map(|token| token.0.clone());
            Ok(vec![Inbound { message_id: token, ..inbound }])
        }
        "conversation_started" => {
            let guest = person(callback.user.as_ref().ok_or(MALFORMED)?)?;
            let mut events = vec![happened(callback, guest.clone(), presence(Presence::Join))?];
            if let Some(context) = callback.context.as_ref().filter(|context| !context.as_str().trim().is_empty()) {
                let note = note(format!("The guest came by the link “{}”.", limits::clip(context.as_str(), 200)));
                let inbound = happened(callback, guest, note)?;
                events.push(Inbound { event_id: format!("{}/context", inbound.event_id).into(), ..inbound });
            }
            Ok(events)
        }
        "subscribed" => {
            let guest = person(callback.user.as_ref().ok_or(MALFORMED)?)?;
            Ok(vec![happened(callback, guest, presence(Presence::Subscribed))?])
        }
        "unsubscribed" => Ok(vec![happened(callback, addressee(callback)?, presence(Presence::Unsubscribed))?]),
        "delivered" => receipt(callback, ReceiptStatus::Delivered),
        "seen" => receipt(callback, ReceiptStatus::Read),
        "failed" => receipt(callback, ReceiptStatus::Failed),
        "webhook" => Err("webhook"),
        "client_status" => Err("clientStatus"),
        "action" => Err("action"),
        _ => Err("unknownEvent"),
    }
}

fn happened(callback: &Callback<'_>, guest: Guest, content: Content) -> Result<Inbound, &'static str> {
    let token = &callback.message_token.as_ref().ok_or(MALFORMED)?.0;
    Ok(Inbound {
        // A message's delivered, seen and failed carry the same token.
        event_id: format!("{}/{token}", callback.event.as_str()).into(),
        message_id: None,
        at: callback.timestamp.and_then(|ms| Timestamp::from_millisecond(ms).ok()).ok_or(MALFORMED)?,
        guest,
        content,
        reply_context: None,
        only_while_open: false,
    })
}

/// What became of a message: of ours, or of the guest's own, which the engine tells apart by its token.
fn receipt(callback: &Callback<'_>, status: ReceiptStatus) -> Result<Vec<Inbound>, &'static str> {
    let token = callback.message_token.as_ref().ok_or(MALFORMED)?.0.clone();
    let reason = (status == ReceiptStatus::Failed).then(|| {
        let said = callback.desc.as_ref().map(|desc| limits::clip(desc.as_str().trim().trim_end_matches('.'), 200));
        FailureReason {
            kind: SendErrorKind::InvalidMessage,
            sentence: match said.filter(|said| !said.is_empty()) {
                Some(said) => format!("The guest's Viber could not show this message: {said}."),
                None => "The guest's Viber could not show this message.".to_owned(),
            },
        }
    });
    let content = Content::Receipt(Receipt { message_id: token.clone(), status, reason });
    let inbound = happened(callback, addressee(callback)?, content)?;
    Ok(vec![Inbound { message_id: Some(token), ..inbound }])
}

fn addressee(callback: &Callback<'_>) -> Result<Guest, &'static str> {
    let id = callback.user_id.as_ref().or(callback.user.as_ref().map(|user| &user.id)).ok_or(MALFORMED)?;
    (!id.as_str().is_empty()).then(|| Guest::person(id.as_str())).ok_or(MALFORMED)
}

fn person(user: &User<'_>) -> Result<Guest, &'static str> {
    if user.id.as_str().is_empty() {
        return Err(MALFORMED);
    }
    let word = |word: &Option<Str<'_>>| word.as_ref().map(Str::owned).filter(|word| !word.trim().is_empty());
    let attributes = [("country", word(&user.country)), ("locale", word(&user.language))];
    let profile = Profile {
        nickname: word(&user.name),
        image_url: word(&user.avatar),
        attributes: attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
        ..Profile::default()
    };
    Ok(Guest { profile, ..Guest::person(user.id.as_str()) })
}

fn said(message: &Message<'_>) -> Result<Content, &'static str> {
    let text = message.text.as_ref().map(Str::as_str).filter(|text| !text.is_empty());
    Ok(match message.kind.as_str() {
        "text" => {
            let text = text.ok_or("emptyText")?;
            match tracking::answer(text, message.tracking_data.as_ref().map(Str::as_str)) {
                Some(answer) => Content::Answer(answer),
                None => Content::text(text),
            }
        }
        "picture" => file(message, MediaKind::Image)?,
        "video" => file(message, MediaKind::Video)?,
        "file" => file(message, kind_of_file(message))?,
        "sticker" => {
            let id = &message.sticker_id.as_ref().ok_or(MALFORMED)?.0;
            Content::Sticker(Sticker {
                package_id: None,
                image_url: sticker_picture(id),
                sticker_id: id.clone(),
                text: None,
            })
        }
        "location" => {
            let place = message.location.as_ref().ok_or(MALFORMED)?;
            Content::Location(Location { title: None, address: None, latitude: place.lat, longitude: place.lon })
        }
        "contact" => {
            let contact = message.contact.as_ref().ok_or(MALFORMED)?;
            let lines = [contact.name.as_ref(), contact.phone_number.as_ref()].into_iter().flatten();
            let lines: Vec<&str> = lines.map(Str::as_str).filter(|line| !line.trim().is_empty()).collect();
            if lines.is_empty() {
                return Err(MALFORMED);
            }
            Content::text(format!("👤 {}", lines.join("\n")))
        }
        "url" => {
            let url = message.media.as_ref().map(Str::as_str).filter(|url| !url.is_empty()).ok_or(MALFORMED)?;
            match text.filter(|text| !text.contains(url)) {
                Some(text) => Content::text(format!("{text}\n{url}")),
                None => Content::text(text.unwrap_or(url)),
            }
        }
        other => note(format!(
            "The guest sent a message of a kind that cannot be shown here ({}).",
            limits::clip(other, 100)
        )),
    })
}

/// A file at a link that is good for an hour: fetched as soon as the message is delivered to the platform.
fn file(message: &Message<'_>, kind: MediaKind) -> Result<Content, &'static str> {
    let url = message.media.as_ref().map(Str::as_str).filter(|url| !url.is_empty()).ok_or(MALFORMED)?;
    let seconds = message.duration.filter(|seconds| seconds.is_finite() && *seconds > 0.0);
    Ok(Content::Attachment(Attachment {
        name: message.file_name.as_ref().map(Str::owned).filter(|name| !name.trim().is_empty()),
        size: message.file_size.filter(|size| *size > 0),
        caption: message.text.as_ref().map(Str::owned).filter(|text| !text.trim().is_empty()),
        duration_ms: seconds.map(|seconds| (seconds * 1_000.0) as u64),
        ..Attachment::on_network(kind, url)
    }))
}

/// Viber sends sound as a file.
fn kind_of_file(message: &Message<'_>) -> MediaKind {
    let sound = ["mp3", "m4a", "aac", "ogg", "opus", "wav", "amr"];
    match message.file_name.as_ref().and_then(|name| limits::ending_of_name(name.as_str())) {
        Some(ending) if sound.contains(&ending.as_str()) => MediaKind::Audio,
        _ => MediaKind::File,
    }
}

/// Where Viber's own list of stickers keeps a sticker's picture. For display alone: nothing depends on it.
pub(crate) fn sticker_picture(id: &str) -> Option<String> {
    let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| format!("https://viber.github.io/docs/img/stickers/{id}.png"))
}

fn presence(presence: Presence) -> Content {
    Content::Presence { presence }
}

fn note(text: impl Into<String>) -> Content {
    Content::Note { text: text.into() }
}
