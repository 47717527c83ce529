//! Contents in words, for whoever shows nothing better.

use contract::{Attachment, Card, CardAction, DatePicker, FormField, Location};
use jiff::{Timestamp, tz::TimeZone};

/// `📎 menu.pdf` and its address.
pub fn file_link(file: &Attachment) -> String {
    let name = file.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    lines([Some(format!("📎 {}", name.unwrap_or(file.kind.word())).as_str()), file.url()])
}

/// `📍`, the place's name, its address, and a link to a map.
pub fn place_words(location: &Location) -> String {
    format!("📍 {}", location.describe())
}

/// A place's name and address.
pub(crate) fn place_name(location: &Location) -> String {
    lines([location.title.as_deref(), location.address.as_deref()])
}

/// A card's title, its description, and its links and telephone numbers, a line each.
pub fn card_words(card: &Card) -> String {
    let film = card.video_url.as_deref().map(|url| format!("▶ {url}"));
    let default = card.default_action.as_ref().and_then(link);
    let links: Vec<String> = film.into_iter().chain(default).chain(card.actions.iter().filter_map(link)).collect();
    let head = [Some(card.title.as_str()), card.description.as_deref()];
    lines(head.into_iter().chain(links.iter().map(|line| Some(line.as_str()))))
}

fn link(action: &CardAction) -> Option<String> {
    let (text, target) = match action {
        CardAction::Link { text, url } => (text, url),
        CardAction::Call { text, phone_number } => (text, phone_number),
        CardAction::Postback { .. } => return None,
    };
    Some([text.trim(), target.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": "))
}

/// What a date picker asks, and where it takes place.
pub fn picker_words(picker: &DatePicker) -> String {
    let place = picker.location.as_ref().map(Location::describe);
    lines([Some(picker.title.as_str()), picker.subtitle.as_deref(), place.as_deref()])
}

/// `📅 2026-07-01 … 2026-07-31`: the days to choose from, in UTC.
pub fn day_range(picker: &DatePicker) -> String {
    match (picker.earliest.map(day), picker.latest.map(day)) {
        (Some(first), Some(last)) => format!("📅 {first} … {last}"),
        (Some(first), None) => format!("📅 {first} …"),
        (None, Some(last)) => format!("📅 … {last}"),
        (None, None) => "📅 YYYY-MM-DD".to_owned(),
    }
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}

/// A form's questions, numbered, each with what may be answered.
pub fn form_words(title: &str, fields: &[FormField]) -> String {
    let questions: Vec<String> = fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let options: Vec<&str> = field.options.iter().map(|option| option.text.as_str()).collect();
            let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" / ")) };
            format!("{}. {}{options}", index + 1, field.label)
        })
        .collect();
    lines(std::iter::once(Some(title)).chain(questions.iter().map(|line| Some(line.as_str()))))
}

/// The lines that say something.
fn lines<'a>(lines: impl IntoIterator<Item = Option<&'a str>>) -> String {
    lines.into_iter().flatten().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}
