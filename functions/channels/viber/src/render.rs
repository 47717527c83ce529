//! One part of the agent's message as Viber's messages.

use contract::{Choice, Draft, Location, Part, Sticker, Unsupported};
use serde_json::json;

use crate::{
    cards, files,
    keyboard::Keyboard,
    limits, native,
    settings::Settings,
    step::{PLACEHOLDER, Step},
};

/// Shows a part.
pub(crate) fn render(part: &Part<'_>, draft: &Draft<'_, Settings>) -> Result<Vec<Step>, Unsupported> {
    match part {
        Part::Text(words) => Ok(text(words)),
        Part::Media(file) => Ok(vec![Step::new(files::message(file)?)]),
        Part::Location(place) => Ok(location(place)),
        Part::Sticker(sticker) => numbered_sticker(sticker),
        Part::Options { text: question, options } => options_below(question, options),
        Part::List { title, items, .. } => Ok(buttons(title, items, draft)),
        Part::Card(card) => Ok(cards::cards(std::slice::from_ref(*card), draft)),
        Part::Carousel(some) => Ok(cards::cards(some, draft)),
        Part::Native(json) => native::messages(json),
        _ => Err("Viber has no such message".into()),
    }
}

/// A text, in as many messages as its JSON needs. None for nothing but white space.
pub(crate) fn text(words: &str) -> Vec<Step> {
    let parts = limits::parts(words).into_iter().filter(|part| !part.trim().is_empty());
    parts.map(|part| Step::new(json!({ "type": "text", "text": part }))).collect()
}

/// Buttons without end, which stay after a tap, below the question.
pub(crate) fn buttons(title: &str, items: &[Choice], draft: &Draft<'_, Settings>) -> Vec<Step> {
    cards::buttons(title, items, draft)
}

fn options_below(question: &str, options: &[Choice]) -> Result<Vec<Step>, Unsupported> {
    if Keyboard::of(options).is_none() {
        return Err(format!("Viber's keyboard does not hold these {}", options.len()).into());
    }
    let mut steps = text(if question.trim().is_empty() { PLACEHOLDER } else { question });
    if let Some(last) = steps.last_mut() {
        last.options = options.to_vec();
    }
    Ok(steps)
}

/// Viber's places have no name: it is said before.
fn location(place: &Location) -> Vec<Step> {
    let words = [place.title.as_deref(), place.address.as_deref()];
    let words: Vec<&str> = words.into_iter().flatten().map(str::trim).filter(|text| !text.is_empty()).collect();
    let mut steps = text(&words.join("\n"));
    steps.push(Step::new(json!({
        "type": "location", "location": { "lat": place.latitude, "lon": place.longitude },
    })));
    steps
}

fn numbered_sticker(sticker: &Sticker) -> Result<Vec<Step>, Unsupported> {
    let id: u64 = sticker.sticker_id.parse().map_err(|_| "Viber's stickers are numbers")?;
    Ok(vec![Step::new(json!({ "type": "sticker", "sticker_id": id }))])
}
