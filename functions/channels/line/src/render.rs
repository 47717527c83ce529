//! From a part of an agent's message to LINE's requests, and from the requests of all parts to as few as possible.

use contract::{Capabilities, Location, Part, Sticker, Unsupported, text};
use serde_json::{Value, json};

use crate::{
    DESCRIPTOR, Draft, cards, limits, media, native, notification, options,
    step::{Messages, Step, own_quick_replies},
};

/// A group or room shows nobody typing. To a telephone number, LINE takes no pictures, films and sounds, and there is no
/// chat to type or to read in.
pub(crate) fn capabilities(draft: &Draft<'_>) -> Capabilities {
    let to = draft.to.as_str();
    let all = DESCRIPTOR.capabilities;
    if notification::recipient(to).is_some() {
        Capabilities { image: None, video: None, audio: None, typing_to_guest: false, read_marks: false, ..all }
    } else {
        Capabilities { typing_to_guest: !to.starts_with(['C', 'R']), ..all }
    }
}

/// Shows a part as a request of its own.
pub(crate) fn render(part: &Part<'_>, draft: &Draft<'_>) -> Result<Vec<Step>, Unsupported> {
    let messages = match part {
        Part::Text(text) => [text_object(text)].into(),
        Part::Media(file) => [media::object(file)?].into(),
        Part::Location(location) => [location_object(location, draft)].into(),
        Part::Sticker(sticker) => [sticker_object(sticker)?].into(),
        Part::Options { text, options } => options::quick_replies(text, options, draft),
        Part::List { title, items, .. } => {
            let title = draft.named(options::worded(title));
            options::buttons(&title, items, draft).into()
        }
        Part::Card(card) => cards::card(card, draft)?.into(),
        Part::Carousel(cards) => cards::carousel(cards, draft)?.into(),
        Part::Date(picker) => options::date(picker, draft).into(),
        Part::Native(json) => match notification::template(json, draft) {
            Some(step) => return Ok(vec![step]),
            None => native::objects(json)?.into(),
        },
        Part::Typing { on, duration_ms } => {
            return Ok(Vec::from_iter(on.then(|| Step::Loading {
                guest: draft.to.clone(),
                seconds: duration_ms.map_or(20, |ms| ms.div_ceil(5_000).clamp(1, 12) * 5),
            })));
        }
        Part::Read => return Ok(Vec::from_iter(mark_as_read(draft))),
        Part::Album(_) | Part::Form { .. } | Part::Edit { .. } => return Err("LINE has none".into()),
    };
    Ok(vec![Step::messages(messages, draft, 0)])
}

/// Messages first, five to a request, and what may fail after them: the requests keep their index, and so their key,
/// when the message is tried again with less context.
pub(crate) fn assemble(steps: Vec<Step>, draft: &Draft<'_>) -> Vec<Step> {
    let (mut parts, mut templates, mut best_effort) = (Vec::new(), Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Message { messages, .. } | Step::Notification { messages, .. } => parts.push(messages),
            Step::TemplateNotification { .. } => templates.push(step),
            Step::Loading { .. } => best_effort.push(step),
            Step::MarkAsRead { .. } => best_effort.insert(0, step),
        }
    }
    let Messages { objects, quick_replies } = join(parts, draft);
    let mut requests: Vec<Messages> =
        objects.chunks(limits::MESSAGES_PER_REQUEST).map(|some| some.to_vec().into()).collect();
    if let Some(last) = requests.last_mut() {
        last.quick_replies = quick_replies;
        // Who answers has read.
        if !best_effort.iter().any(|step| matches!(step, Step::MarkAsRead { .. })) {
            best_effort.splice(0..0, mark_as_read(draft));
        }
    }
    let messages = requests.len();
    let requests = requests.into_iter().enumerate().map(|(index, messages)| Step::messages(messages, draft, index));
    let templates = templates.into_iter().enumerate().map(|(n, step)| notification::at(step, draft, messages + n));
    requests.chain(templates).chain(best_effort).collect()
}

/// The message objects of all parts. Quick replies of several questions hang below the last object while they are few;
/// those of a question that does not fit any more become buttons.
fn join(parts: Vec<Messages>, draft: &Draft<'_>) -> Messages {
    let last = parts.last().and_then(|part| part.objects.last());
    let mut room = limits::QUICK_REPLIES.saturating_sub(last.map_or(0, |last| own_quick_replies(last).len()));
    let mut joined = Messages::default();
    for Messages { objects, quick_replies } in parts {
        if let Some(left) = room.checked_sub(quick_replies.len()) {
            room = left;
            joined.objects.extend(objects);
            joined.quick_replies.extend(quick_replies);
        } else {
            draft.note(format!(
                "quick replies → list: LINE shows at most {} below a message, of all questions together",
                limits::QUICK_REPLIES
            ));
            let question: String = objects.iter().filter_map(|object| object["text"].as_str()).collect();
            joined.objects.extend(options::buttons(&question, &quick_replies, draft));
        }
    }
    joined
}

fn mark_as_read(draft: &Draft<'_>) -> Option<Step> {
    if !capabilities(draft).read_marks {
        return None;
    }
    let token = draft.reply()?["markAsReadToken"].as_str()?;
    Some(Step::MarkAsRead { token: token.to_owned() })
}

fn text_object(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

/// Words that go out beside what they belong to, with the agent's name before them, in as many messages as they need.
/// LINE refuses a message of nothing but white space.
pub(crate) fn texts(words: &str, draft: &Draft<'_>) -> Vec<Value> {
    if words.trim().is_empty() {
        return Vec::new();
    }
    let named = draft.named(words);
    let parts = text::split(&named, DESCRIPTOR.text_limit).into_iter();
    parts.filter(|part| !part.trim().is_empty()).map(text_object).collect()
}

/// Title and address are required, and must not be empty.
fn location_object(location: &Location, draft: &Draft<'_>) -> Value {
    let words = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let degrees = || format!("{}, {}", location.latitude, location.longitude);
    let title = words(&location.title).or_else(|| words(&location.address)).unwrap_or_else(degrees);
    let address = words(&location.address).unwrap_or_else(|| title.clone());
    let most = limits::LOCATION_TEXT;
    if limits::utf16(&title).max(limits::utf16(&address)) > most {
        draft.note(format!("location shortened: LINE shows {most} characters of title and address"));
    }
    json!({
        "type": "location",
        "title": limits::clip(&title, most),
        "address": limits::clip(&address, most),
        "latitude": location.latitude,
        "longitude": location.longitude,
    })
}

fn sticker_object(sticker: &Sticker) -> Result<Value, Unsupported> {
    let package = sticker.package_id.as_deref().filter(|id| !id.is_empty()).ok_or("LINE needs a package id")?;
    Ok(json!({ "type": "sticker", "packageId": package, "stickerId": sticker.sticker_id }))
}
