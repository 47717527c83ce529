//! Forms: a page for each question.

use contract::{Choice, Draft, FormField};
use serde_json::{Value, json};

use crate::{
    interactive::{self, PLACEHOLDER, Pictures, balloon},
    pickers::{Identifiers, label},
    settings::Settings,
    step::Step,
};

/// A form.
pub(crate) fn form(title: &str, fields: &[FormField], draft: &Draft<'_, Settings>) -> Vec<Step> {
    let mut names = Identifiers::default();
    let names: Vec<String> = fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let named = [&field.id, &field.label].into_iter().find(|name| !name.trim().is_empty()).cloned();
            let name = named.unwrap_or_else(|| (index + 1).to_string());
            names.of(&Choice { text: name.clone(), payload: name, image_url: None })
        })
        .collect();
    let pages = fields.iter().enumerate().map(|(index, field)| page(field, &names, index)).collect();
    let (title, mut steps) = interactive::title(title, draft);
    let first = names.first().map(String::as_str).unwrap_or_default();
    let balloon = balloon(&title, None, None);
    steps.push(interactive::message(data(first, true, pages), Some(balloon), Pictures::default()));
    steps
}

/// A form of these pages, of which one comes first; `summary`: whether the guest sees all answers before sending them.
pub(crate) fn data(first: &str, summary: bool, pages: Vec<Value>) -> Value {
    json!({ "dynamic": {
        "version": "1.2",
        "template": "messageForms",
        "data": { "startPageIdentifier": first, "showSummary": summary, "pages": pages },
    } })
}

/// A question: something to write, or something to choose.
fn page(field: &FormField, names: &[String], index: usize) -> Value {
    let next = names.get(index + 1);
    let mut page = json!({
        "pageIdentifier": names[index],
        "title": if field.label.trim().is_empty() { PLACEHOLDER } else { field.label.trim() },
        "subtitle": "",
        "submitForm": next.is_none(),
    });
    if let Some(next) = next {
        page["nextPageIdentifier"] = next.as_str().into();
    }
    let options: Vec<&Choice> = field.options.iter().filter(|option| !label(option).is_empty()).collect();
    if options.is_empty() {
        page["type"] = "input".into();
        page["options"] = json!({ "required": true, "inputType": "singleline", "placeholder": "" });
        return page;
    }
    page["type"] = "select".into();
    page["multipleSelection"] = field.multiple.into();
    let mut identifiers = Identifiers::default();
    let items = options.into_iter().map(|option| {
        let mut item = json!({
            "identifier": identifiers.of(option), "title": label(option), "value": option.payload,
        });
        if let Some(next) = next.filter(|_| !field.multiple) {
            item["nextPageIdentifier"] = next.as_str().into();
        }
        item
    });
    page["items"] = items.collect::<Vec<_>>().into();
    page
}
