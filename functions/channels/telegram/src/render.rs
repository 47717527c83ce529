//! One part of an agent's message as calls of the Bot API: <https://core.telegram.org/bots/api#available-methods>.
//!
//! Texts go out as they are, with no `parse_mode`: nothing in them needs escaping, and nothing turns into markup by accident.
//! What is bold is said by `entities`.

use contract::{Draft, Location, Part, Sticker, Unsupported, text};
use serde_json::{Value, json};

use crate::{
    cards,
    chat::{self, Chat},
    dates, limits, media, native,
    options::{self, Layout},
    settings::Settings,
    step::{Message, MethodCall, Step},
};

/// Stands above buttons where there is no text: Telegram refuses a message without one.
pub(crate) const PLACEHOLDER: &str = "👇";
/// The steps of one part.
pub(crate) fn render(part: &Part<'_>, draft: &Draft<'_, Settings>) -> Result<Vec<Step>, Unsupported> {
    let messages = match *part {
        Part::Text(text) => vec![MethodCall::text(text).into()],
        Part::Media(file) => media::media(file, draft)?,
        Part::Album(files) => media::album(files, draft)?,
        Part::Location(location) => vec![self::location(location).into()],
        Part::Sticker(sticker) => vec![self::sticker(sticker)?],
        Part::Options { text, options } => options::question(text, options, Layout::Rows, draft)?,
        Part::List { title, items, .. } => {
            options::note_shortened(items.iter().map(|item| item.text.as_str()), draft);
            options::question(title, items, Layout::Column, draft)?
        }
        Part::Card(card) => cards::card(card, draft)?,
        Part::Date(picker) => dates::date_picker(picker, draft)?,
        Part::Native(json) => native::messages(json)?,
        Part::Typing { on: true, .. } => return Ok(vec![Step::Typing(Chat::of(draft))]),
        Part::Typing { on: false, .. } => Vec::new(),
        Part::Carousel(_) | Part::Form { .. } | Part::Edit { .. } | Part::Read => {
            return Err("Telegram has none".into());
        }
    };
    Ok(messages.into_iter().map(|message| Step::message(message, draft)).collect())
}

/// The first message answers the guest's, typing comes last and once: a message ends it.
pub(crate) fn assemble(steps: Vec<Step>, draft: &Draft<'_, Settings>) -> Vec<Step> {
    let (typing, mut messages): (Vec<Step>, Vec<Step>) =
        steps.into_iter().partition(|step| matches!(step, Step::Typing(_)));
    if let Some(Step::Message { reply_to, .. }) = messages.first_mut() {
        *reply_to = chat::answered(draft);
    }
    messages.extend(typing.into_iter().next());
    messages
}

/// A text in as many messages as it needs, its first `bold` UTF-16 units in bold, with keyboards below the last of them
/// and below further ones.
pub(crate) fn texts(text: &str, bold: usize, keyboards: Vec<Value>) -> Vec<Message> {
    let mut parts: Vec<&str> = text::split(text, limits::TEXT_LIMIT);
    // Telegram refuses a message of nothing but white space.
    parts.retain(|part| !part.trim().is_empty());
    if parts.is_empty() && !keyboards.is_empty() {
        parts.push(PLACEHOLDER);
    }
    let mut calls: Vec<MethodCall> = parts.iter().map(|part| MethodCall::text(*part)).collect();
    if let (Some(first), Some(part)) = (calls.first_mut(), parts.first()) {
        let fits = bold > 0 && bold <= limits::utf16(part);
        *first = first.clone().with_some("entities", fits.then(|| self::bold(bold)));
    }
    let mut keyboards = keyboards.into_iter();
    if let Some(last) = calls.last_mut() {
        *last = last.clone().with_some("reply_markup", keyboards.next());
    }
    calls.into_iter().map(Message::from).chain(further(keyboards)).collect()
}

/// Messages for the keyboards that the message before has no room for.
pub(crate) fn further(keyboards: impl Iterator<Item = Value>) -> impl Iterator<Item = Message> {
    keyboards.map(|keyboard| MethodCall::text("…").with("reply_markup", keyboard).into())
}

/// The entities of a text that begins in bold, in UTF-16 units: <https://core.telegram.org/bots/api#messageentity>.
pub(crate) fn bold(length: usize) -> Value {
    json!([{ "type": "bold", "offset": 0, "length": length }])
}

/// `sendVenue` requires both a title and an address.
fn location(location: &Location) -> MethodCall {
    let known = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let (title, address) = (known(&location.title), known(&location.address));
    let position = json!({ "latitude": location.latitude, "longitude": location.longitude });
    match title.clone().or_else(|| address.clone()).zip(address.or(title)) {
        None => MethodCall::new("sendLocation", position),
        Some((title, address)) => MethodCall::new("sendVenue", position)
            .with("title", limits::clip(&title, limits::CAPTION))
            .with("address", limits::clip(&address, limits::CAPTION)),
    }
}

/// A sticker by its `file_id`, which is good for one bot alone: Telegram may refuse it, and then there are its words.
fn sticker(sticker: &Sticker) -> Result<Message, Unsupported> {
    let id = sticker.sticker_id.as_str();
    let is_file_id = id.len() >= 16 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !is_file_id {
        return Err("Telegram needs a sticker's file_id".into());
    }
    let words = sticker.text.as_deref().or(sticker.image_url.as_deref()).filter(|words| !words.trim().is_empty());
    let words = limits::clip(words.unwrap_or("🙂"), limits::TEXT);
    Ok(Message::from(MethodCall::new("sendSticker", json!({ "sticker": id }))).or(MethodCall::text(words)))
}
