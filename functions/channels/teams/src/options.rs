//! Questions: quick replies, lists, dates, forms. Each is a card, since what Teams calls suggested actions is shown in
//! private chats only and sends back the words on the button, not what they stand for.

use contract::{Choice, DatePicker, Draft, FormField, Location, Unsupported};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

use crate::{
    adaptive_card::{CardBuilder, TextStyle},
    answers,
    cards::is_web_address,
    limits,
    send::Action,
    settings::Settings,
};

/// A question and buttons.
pub(crate) fn question(text: &str, options: &[Choice], draft: &Draft<'_, Settings>) -> Vec<Action> {
    let mut card = CardBuilder::new(draft);
    card.words(text, TextStyle::Paragraph);
    let buttons = buttons(&card, "quickReply", options);
    card.messages(buttons)
}

fn buttons(card: &CardBuilder<'_, '_>, kind: &str, options: &[Choice]) -> Vec<Value> {
    let button = |option: &Choice| {
        let mut button = card.answer(kind, &option.text, &option.payload)?;
        if let Some(url) = option.image_url.as_deref().filter(|url| is_web_address(url)) {
            button["iconUrl"] = url.into();
        }
        Some(button)
    };
    options.iter().filter_map(button).collect()
}

/// A list to choose several items from.
pub(crate) fn list(title: &str, items: &[Choice], draft: &Draft<'_, Settings>) -> Result<Vec<Action>, Unsupported> {
    let mut card = CardBuilder::new(draft);
    card.words(title, TextStyle::Heading);
    card.body.push(choice_set(answers::ITEMS, "", items, true));
    let words: Map<String, Value> =
        items.iter().map(|item| (item.payload.clone(), item.text.as_str().into())).collect();
    card.submit(&json!({ answers::MARK: "list", "words": words }));
    card.message()
}

/// A date, or one of some times. A day is the same everywhere, so that no time zone is needed; times are UTC and say so,
/// since the guest may be anywhere.
pub(crate) fn date(picker: &DatePicker, draft: &Draft<'_, Settings>) -> Result<Vec<Action>, Unsupported> {
    let mut card = CardBuilder::new(draft);
    if let Some(url) = picker.image_url.as_deref().filter(|url| is_web_address(url)) {
        card.image(url, &picker.title);
    }
    card.words(&picker.title, TextStyle::Heading);
    let location = picker.location.as_ref().map(Location::describe);
    for text in [picker.subtitle.as_deref(), location.as_deref()].into_iter().flatten() {
        card.words(text, TextStyle::Paragraph);
    }
    if !picker.times.is_empty() {
        let times = picker.times.iter();
        let times = times.map(|slot| Choice { text: slot.spoken(), payload: slot.at.to_string(), image_url: None });
        let buttons = buttons(&card, "date", &times.collect::<Vec<_>>());
        return Ok(card.messages(buttons));
    }
    let mut input = json!({ "type": "Input.Date", "id": answers::DATE, "isRequired": true, "errorMessage": "📅" });
    for (name, at) in [("min", picker.earliest), ("max", picker.latest)] {
        if let Some(at) = at {
            input[name] = day(at).into();
        }
    }
    card.body.push(input);
    card.submit(&json!({ answers::MARK: "date" }));
    card.message()
}

/// Questions with fields to fill in.
pub(crate) fn form(title: &str, fields: &[FormField], draft: &Draft<'_, Settings>) -> Result<Vec<Action>, Unsupported> {
    let mut card = CardBuilder::new(draft);
    card.words(title, TextStyle::Heading);
    let (mut labels, mut order) = (Map::new(), Vec::new());
    for field in fields {
        let id = format!("{}{}", answers::FIELD, field.id);
        let label = limits::clip(&field.label, 300);
        card.body.push(match field.options.as_slice() {
            [] => json!({ "type": "Input.Text", "id": id, "label": label }),
            options => choice_set(&id, &label, options, field.multiple),
        });
        labels.insert(field.id.clone(), label.into());
        order.push(Value::from(field.id.as_str()));
    }
    card.submit(&json!({ answers::MARK: "form", "labels": labels, "order": order }));
    card.message()
}

fn choice_set(id: &str, label: &str, options: &[Choice], multiple: bool) -> Value {
    let choices: Vec<Value> = options
        .iter()
        .map(|option| {
            let title = if option.text.trim().is_empty() { &option.payload } else { &option.text };
            json!({ "title": title, "value": option.payload })
        })
        .collect();
    let mut set = json!({
        "type": "Input.ChoiceSet", "id": id, "style": "expanded", "isMultiSelect": multiple, "choices": choices,
    });
    if !label.is_empty() {
        set["label"] = label.into();
    }
    set
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}
