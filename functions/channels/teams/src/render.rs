//! A part of an agent's message as activities, one request for each:
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-send-and-receive-messages>.

use contract::{Attachment, Draft, MediaKind, Part, Unsupported, descriptor::TextUnit, text};
use serde_json::json;

use crate::{
    cards::{self, is_web_address},
    descriptor::DESCRIPTOR,
    file_consent, limits, native, options,
    send::Action,
    settings::Settings,
    wire::{message_with, text_message},
};

/// What Teams shows of a part, within what [`crate::descriptor::capabilities`] declares.
pub(crate) fn render(part: &Part<'_>, draft: &Draft<'_, Settings>) -> Result<Vec<Action>, Unsupported> {
    match part {
        Part::Text(text) => Ok(vec![Action::Post(text_message(text))]),
        Part::Media(file) if file.kind == MediaKind::Image => picture(file),
        Part::Media(file) => file_consent::ask(file, draft),
        Part::Options { text, options } | Part::List { title: text, items: options, multiple: false } => {
            Ok(options::question(text, options, draft))
        }
        Part::List { title, items, multiple: true } => options::list(title, items, draft),
        Part::Card(card) => cards::card(card, draft),
        Part::Carousel(cards) => cards::carousel(cards, draft),
        Part::Date(picker) => options::date(picker, draft),
        Part::Form { title, fields } => options::form(title, fields, draft),
        Part::Native(json) => native::render(json),
        Part::Edit { message_id, text } => edit(message_id, text),
        Part::Typing { on, .. } => Ok(on.then_some(Action::Typing).into_iter().collect()),
        Part::Album(_) | Part::Location(_) | Part::Sticker(_) | Part::Read => Err("Teams has none".into()),
    }
}

/// A text as messages, as many as it needs.
pub(crate) fn texts(text: &str) -> impl Iterator<Item = Action> {
    let parts = text::split(text, DESCRIPTOR.text_limit).into_iter().filter(|part| !part.trim().is_empty());
    parts.map(|part| Action::Post(text_message(part)))
}

/// A picture in the text. One whose type is not known is tried as PNG: Teams looks at the bytes.
fn picture(file: &Attachment) -> Result<Vec<Action>, Unsupported> {
    let url = file.url().filter(|url| is_web_address(url)).ok_or("Teams cannot fetch this address")?;
    let told = file.mime.as_deref().and_then(|mime| mime.split(';').next()).map(str::trim);
    let names = [file.name.as_deref(), url.split(['?', '#']).next()].into_iter().flatten();
    let by_name = || names.flat_map(|name| mime_guess::from_path(name).first_raw()).next();
    let mime = told.filter(|mime| !mime.is_empty()).or_else(by_name).unwrap_or("image/png");
    let mut picture = json!({ "contentType": mime, "contentUrl": url });
    if file.name.is_some() {
        picture["name"] = file_consent::file_name(file).into();
    }
    Ok(vec![Action::Post(message_with(&[picture]))])
}

/// Our message, changed. Of one that is gone Teams says so only when it is asked: the new one goes along.
fn edit(message_id: &str, text: &str) -> Result<Vec<Action>, Unsupported> {
    let anew = format!("✏️ {text}");
    if TextUnit::Utf16.measure(&anew) > limits::TEXT {
        return Err("the new text does not fit into one message".into());
    }
    let (message_id, activity) = (message_id.to_owned(), text_message(text));
    Ok(vec![Action::Replace { message_id, activity, otherwise: Some(text_message(&anew)) }])
}
