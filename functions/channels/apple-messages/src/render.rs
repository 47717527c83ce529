//! One part of the agent's message as Apple's messages.

use contract::{Attachment, Draft, Location, Part, Unsupported};
use serde_json::json;

use crate::{
    cards, dates, forms, links, native, pickers,
    settings::Settings,
    step::{File, Step},
    texts,
    wire::OBJECT,
};

/// Shows a part.
pub(crate) fn render(part: &Part<'_>, draft: &Draft<'_, Settings>) -> Result<Vec<Step>, Unsupported> {
    match part {
        Part::Text(text) => Ok(texts::messages(text)),
        Part::Media(file) => Ok(vec![attachment(file)?]),
        Part::Location(location) => Ok(map_link(location, draft)),
        Part::Options { text, options } => pickers::quick_replies(text, options, draft),
        Part::List { title, items, multiple } => Ok(pickers::list(title, items, *multiple, draft)),
        Part::Card(card) => cards::card(card, draft),
        Part::Carousel(cards) => cards::carousel(cards, draft),
        Part::Date(picker) if picker.times.is_empty() => Ok(dates::days(picker, draft)),
        Part::Date(picker) => Ok(dates::times(picker, draft)),
        Part::Form { title, fields } => Ok(forms::form(title, fields, draft)),
        Part::Native(json) => native::messages(json),
        Part::Typing { on, .. } => Ok(vec![Step::typing(*on)]),
        _ => Err("Apple has no such message".into()),
    }
}

/// A file, encrypted and uploaded when it is sent.
fn attachment(file: &Attachment) -> Result<Step, Unsupported> {
    let url = file.url().filter(|url| links::is_address(url)).ok_or("it has no address to fetch it from")?;
    let name = file.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let upload = File::Attachment { url: url.to_owned(), name: name.map(str::to_owned), mime: file.mime.clone() };
    Ok(Step::with_files(json!({ "type": "text", "body": OBJECT.to_string() }), vec![upload]))
}

/// There is no such message; Apple Maps knows the place, and its links show a map.
fn map_link(location: &Location, draft: &Draft<'_, Settings>) -> Vec<Step> {
    draft.note("location → rich link to a map: there is no such message");
    let words = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let name = words(&location.title).or_else(|| words(&location.address));
    let title = name.clone().unwrap_or_else(|| format!("{}, {}", location.latitude, location.longitude));
    let mut steps = match words(&location.address).filter(|address| *address != title) {
        Some(address) => texts::messages(&draft.named(&address)),
        None => Vec::new(),
    };
    let url = links::map(location.latitude, location.longitude, name.as_deref());
    steps.push(links::rich_link(&url, Some(&title), None));
    steps
}
