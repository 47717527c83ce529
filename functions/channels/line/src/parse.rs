//! What LINE's events mean. One after another: a bad event does not take the good ones with it.

use contract::{
    Answer, AnswerKind, Attachment, Content, Guest, Inbound, Location, MediaKind, Parsed, Presence, Receipt,
    ReceiptStatus, Rejection, Sticker,
};
use jiff::Timestamp;
use serde_json::{Value, value::RawValue};

use crate::{
    inbound_media, limits, notification, options,
    wire::{Callback, Event, Members, Mention, Message, Postback, Source, Str},
};

/// The event is not as documented.
const MALFORMED: &str = "malformed";

/// The events of a body. LINE's check of the address has none, and is answered like any other.
pub(crate) fn parse(body: &[u8]) -> Result<Parsed<Inbound>, Rejection> {
    // serde would read the callback's fields from an array as well.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Rejection::Malformed);
    }
    let mut parsed = Parsed::default();
    let take = |parsed: &mut Parsed<Inbound>, event: Event<'_>| match inbound(event) {
        Ok(inbound) => parsed.events.push(inbound),
        Err(reason) => parsed.ignored.push(reason),
    };
    if let Ok(callback) = serde_json::from_slice::<Callback<Event<'_>>>(body) {
        callback.events.into_iter().for_each(|event| take(&mut parsed, event));
        return Ok(parsed);
    }
    // Something in it is not as documented.
    let callback: Callback<&RawValue> = serde_json::from_slice(body).map_err(|_| Rejection::Malformed)?;
    for event in callback.events {
        match serde_json::from_str(event.get()) {
            Ok(event) => take(&mut parsed, event),
            Err(_) => parsed.ignored.push(MALFORMED),
        }
    }
    Ok(parsed)
}

/// An event for the agent, or the reason why it is none.
fn inbound(event: Event<'_>) -> Result<Inbound, &'static str> {
    // Another channel (a module channel, or we are the module) owns the chat: it answers, not we.
    // https://developers.line.biz/en/docs/partner-docs/module-technical-chat-control/
    if event.mode.as_ref().is_some_and(|mode| mode.as_str() == "standby") {
        return Err("standby");
    }
    let content = match event.kind.as_str() {
        "message" => {
            let message = event.message.as_ref().ok_or(MALFORMED)?;
            let source = event.source.as_ref().ok_or("noSource")?;
            message_content(message, source)?
        }
        "postback" => postback_content(event.postback.as_ref().ok_or(MALFORMED)?)?,
        "follow" => Content::Presence { presence: Presence::Subscribed },
        "unfollow" => Content::Presence { presence: Presence::Unsubscribed },
        "unsend" => note("The guest took back a message."),
        "join" => note("The account was added to the group."),
        "leave" => note("The account was removed from the group."),
        "memberJoined" => members(event.joined.as_ref(), "joined"),
        "memberLeft" => members(event.left.as_ref(), "left"),
        "videoPlayComplete" => {
            let film = event.video_play_complete.as_ref().ok_or(MALFORMED)?;
            note(format!("The guest watched the video “{}” to its end.", short(&film.tracking_id)))
        }
        "beacon" => {
            let beacon = event.beacon.as_ref().ok_or(MALFORMED)?;
            let happened = match beacon.kind.as_str() {
                "enter" => "came near",
                "stay" => "is still near",
                "banner" => "tapped the banner of",
                _ => "met",
            };
            note(format!("The guest {happened} the beacon {}.", short(&beacon.hwid)))
        }
        // The nonce is a credential of the provider's own service and is not shown.
        "accountLink" => note(match event.link.as_ref().ok_or(MALFORMED)?.result.as_str() {
            "ok" => "The guest linked their LINE account with your service.",
            _ => "The guest tried to link their LINE account with your service, without success.",
        }),
        "membership" => note(match event.membership.as_ref().ok_or(MALFORMED)?.kind.as_str() {
            "joined" => "The guest took out a membership.",
            "left" => "The guest ended a membership.",
            "renewed" => "The guest's membership was renewed.",
            _ => "The guest's membership changed.",
        }),
        "module" => return Err("module"),
        "activated" => return Err("activated"),
        "deactivated" => return Err("deactivated"),
        "botSuspended" => return Err("botSuspended"),
        "botResumed" => return Err("botResumed"),
        "delivery" => return delivery_receipt(&event),
        _ => return Err("unknownEvent"),
    };
    let message_id = event.message.as_ref().map(|message| message.id.owned());
    let event_id = event.webhook_event_id.as_ref().map(Str::owned).or_else(|| message_id.clone()).ok_or(MALFORMED)?;
    Ok(Inbound {
        event_id: event_id.into(),
        at: event.timestamp.and_then(|ms| Timestamp::from_millisecond(ms).ok()).ok_or(MALFORMED)?,
        guest: guest(event.source.as_ref().ok_or("noSource")?)?,
        reply_context: reply_context(&event),
        content,
        message_id,
        only_while_open: false,
    })
}

/// A notification message arrived. The event has no source; its tag names the guest.
fn delivery_receipt(event: &Event<'_>) -> Result<Inbound, &'static str> {
    let tag = event.delivery.as_ref().ok_or(MALFORMED)?.data.as_str();
    let guest = notification::guest_of_tag(tag).ok_or("delivery")?;
    Ok(Inbound {
        event_id: event.webhook_event_id.as_ref().map(Str::owned).ok_or(MALFORMED)?.into(),
        message_id: None,
        at: event.timestamp.and_then(|ms| Timestamp::from_millisecond(ms).ok()).ok_or(MALFORMED)?,
        guest: Guest::person(guest),
        content: Content::Receipt(Receipt {
            message_id: tag.to_owned(),
            status: ReceiptStatus::Delivered,
            reason: None,
        }),
        reply_context: None,
        only_while_open: false,
    })
}

/// A group is the conversation, its writer only the writer.
fn guest(source: &Source<'_>) -> Result<Guest, &'static str> {
    let writer = || source.user_id.as_ref().map(Str::owned);
    match (source.kind.as_str(), &source.group_id, &source.room_id) {
        ("user", _, _) => Ok(Guest::person(writer().ok_or("noSource")?)),
        ("group", Some(id), _) | ("room", _, Some(id)) => Ok(Guest::in_group(id.owned(), writer())),
        _ => Err("noSource"),
    }
}

/// What is needed to answer; `send` and `render` read it: `{replyToken?, markAsReadToken?, quoteToken?}`.
fn reply_context(event: &Event<'_>) -> Option<Value> {
    let message = event.message.as_ref();
    let mut context = serde_json::Map::new();
    for (name, token) in [
        ("replyToken", event.reply_token.as_ref()),
        ("markAsReadToken", message.and_then(|message| message.mark_as_read_token.as_ref())),
        ("quoteToken", message.and_then(|message| message.quote_token.as_ref())),
    ] {
        if let Some(token) = token {
            context.insert(name.to_owned(), token.owned().into());
        }
    }
    (!context.is_empty()).then_some(Value::Object(context))
}

fn message_content(message: &Message<'_>, source: &Source<'_>) -> Result<Content, &'static str> {
    let in_group = source.kind.as_str() != "user";
    // Talk in a group that does not mention us is not ours; and only a text can mention anybody.
    if in_group && !mentions_us(message.mention.as_ref()) {
        return Err("notMentioned");
    }
    Ok(match message.kind.as_str() {
        // LINE emojis stand in the text by their alternative text, "(happy)".
        "text" => match message.text.as_ref().map(Str::as_str) {
            None => return Err(MALFORMED),
            Some("") => return Err("emptyText"),
            Some(text) if in_group => Content::text(without_our_name(text, message.mention.as_ref())),
            Some(text) => Content::text(text),
        },
        "image" => Content::Attachment(Attachment { name: name_in_set(message), ..file(message, MediaKind::Image) }),
        "video" => Content::Attachment(file(message, MediaKind::Video)),
        "audio" => Content::Attachment(file(message, MediaKind::Audio)),
        "file" => Content::Attachment(Attachment {
            name: message.file_name.as_ref().map(Str::owned),
            size: message.file_size,
            ..file(message, MediaKind::File)
        }),
        "location" => Content::Location(Location {
            title: message.title.as_ref().map(Str::owned),
            address: message.address.as_ref().map(Str::owned),
            latitude: message.latitude.ok_or(MALFORMED)?,
            longitude: message.longitude.ok_or(MALFORMED)?,
        }),
        "sticker" => Content::Sticker(sticker(message).ok_or(MALFORMED)?),
        _ => note(format!("The guest sent a message of a kind that cannot be shown here ({}).", short(&message.kind))),
    })
}

fn mentions_us(mention: Option<&Mention>) -> bool {
    mention.is_some_and(|mention| mention.mentionees.iter().any(|mentionee| mentionee.is_self))
}

/// The text without the mentions of the account. When nothing is left, it stays: the guest called.
fn without_our_name(text: &str, mention: Option<&Mention>) -> String {
    let ours = |at: usize| {
        mention.is_some_and(|mention| {
            mention.mentionees.iter().any(|m| m.is_self && at >= m.index && at < m.index.saturating_add(m.length))
        })
    };
    let (mut kept, mut at, mut cut) = (String::with_capacity(text.len()), 0, false);
    for character in text.chars() {
        if ours(at) {
            cut = true;
        } else {
            // The space on one side of the name goes with it.
            let doubled = cut && character == ' ' && (kept.is_empty() || kept.ends_with(' '));
            if !doubled {
                kept.push(character);
            }
            cut = false;
        }
        at += character.len_utf16();
    }
    match kept.trim() {
        "" => text.to_owned(),
        kept => kept.to_owned(),
    }
}

/// A file that LINE keeps for us, or, from a LIFF app, one that lies elsewhere.
fn file(message: &Message<'_>, kind: MediaKind) -> Attachment {
    let provider = message.content_provider.as_ref().filter(|provider| provider.kind.as_str() == "external");
    let elsewhere = provider.and_then(|provider| {
        let url = provider.original_content_url.as_ref()?;
        let preview_url = provider.preview_image_url.as_ref().map(Str::owned);
        Some(Attachment { preview_url, ..Attachment::at_url(kind, url.as_str()) })
    });
    let mut attachment =
        elsewhere.unwrap_or_else(|| Attachment::on_network(kind, inbound_media::reference(message.id.as_str(), kind)));
    attachment.duration_ms = message.duration;
    attachment
}

/// Several pictures sent at once are several events; the name tells where each belongs.
fn name_in_set(message: &Message<'_>) -> Option<String> {
    let set = message.image_set.as_ref()?;
    Some(format!("image-{}-of-{}.jpg", set.index?, set.total?))
}

fn sticker(message: &Message<'_>) -> Option<Sticker> {
    let id = message.sticker_id.as_ref()?.as_str();
    let keywords = || {
        let words: Vec<&str> = message.keywords.as_ref()?.iter().map(Str::as_str).collect();
        (!words.is_empty()).then(|| words.join(", "))
    };
    Some(Sticker {
        package_id: message.package_id.as_ref().map(Str::owned),
        text: message.text.as_ref().map(Str::owned).filter(|text| !text.is_empty()).or_else(keywords),
        image_url: id.bytes().all(|b| b.is_ascii_digit()).then(|| sticker_picture(id)),
        sticker_id: id.to_owned(),
    })
}

/// Where LINE's own shop keeps a sticker's picture. LINE does not document this address: it is for display alone, and
/// nothing depends on it.
pub(crate) fn sticker_picture(id: &str) -> String {
    format!("https://stickershop.line-scdn.net/stickershop/v1/sticker/{id}/android/sticker.png")
}

/// A tap. What stood on the button is not told; the payload is.
fn postback_content(postback: &Postback<'_>) -> Result<Content, &'static str> {
    let data = postback.data.as_str();
    let Some(params) = &postback.params else {
        return Ok(Content::Answer(answer(AnswerKind::QuickReply, String::new(), data.to_owned())));
    };
    if params.new_rich_menu_alias_id.is_some() {
        return Err("richMenuSwitch");
    }
    let chosen = [("date", &params.date), ("time", &params.time), ("datetime", &params.datetime)]
        .into_iter()
        .find_map(|(name, value)| Some((name, value.as_ref()?.as_str())));
    Ok(Content::Answer(match chosen {
        None => answer(AnswerKind::QuickReply, String::new(), data.to_owned()),
        Some((_, value)) if data == options::DATE_MARK => {
            answer(AnswerKind::DatePicker, value.replace('T', " "), value.to_owned())
        }
        // A picker of the tenant's own making (native JSON): its data stays in the payload, as in a query.
        Some((name, value)) => {
            answer(AnswerKind::DatePicker, value.replace('T', " "), format!("{data}&{name}={value}"))
        }
    }))
}

fn answer(kind: AnswerKind, text: String, payload: String) -> Answer {
    Answer { kind, text, payload, question_id: None }
}

fn members(members: Option<&Members>, verb: &str) -> Content {
    note(match members.map_or(1, |members| members.members.len()) {
        0 | 1 => format!("Somebody {verb} the group."),
        many => format!("{many} people {verb} the group."),
    })
}

fn note(text: impl Into<String>) -> Content {
    Content::Note { text: text.into() }
}

/// An identifier of LINE's inside a sentence.
fn short(text: &Str<'_>) -> String {
    limits::clip(text.as_str(), 100)
}
