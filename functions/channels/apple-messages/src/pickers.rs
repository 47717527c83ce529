//! Questions with options: quick replies, list pickers.

use std::collections::BTreeSet;

use contract::{Choice, Draft, Unsupported, text};
use serde_json::{Value, json};

use crate::{
    interactive::{self, Pictures, TITLE, balloon},
    settings::Settings,
    step::Step,
};

/// Least quick replies of a message.
const QUICK_REPLIES_LEAST: usize = 2;
/// Most quick replies of a message.
pub(crate) const QUICK_REPLIES_MOST: usize = 5;
/// Sets identifiers apart whose payload is the same; nobody sees it.
const APART: char = '\u{200B}';

/// The payload behind an identifier of ours.
pub(crate) fn payload(identifier: &str) -> &str {
    identifier.trim_end_matches(APART)
}

/// Identifiers of options: their payloads, told apart. Apple gives them back with the answer.
#[derive(Default)]
pub(crate) struct Identifiers(BTreeSet<String>);

impl Identifiers {
    pub(crate) fn of(&mut self, option: &Choice) -> String {
        let payload = if option.payload.trim().is_empty() { &option.text } else { &option.payload };
        let mut identifier = payload.clone();
        while !self.0.insert(identifier.clone()) {
            identifier.push(APART);
        }
        identifier
    }
}

/// What an option is called.
pub(crate) fn label(option: &Choice) -> &str {
    let label = if option.text.trim().is_empty() { &option.payload } else { &option.text };
    label.trim()
}

/// One part of a list picker.
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) items: Vec<Value>,
}

/// A list picker to be.
#[derive(Default)]
pub(crate) struct ListPicker<'a> {
    pub(crate) question: &'a str,
    pub(crate) subtitle: Option<&'a str>,
    pub(crate) image: Option<String>,
    pub(crate) sections: Vec<Section>,
    pub(crate) multiple: bool,
    pub(crate) pictures: Pictures,
}

impl ListPicker<'_> {
    /// Its message, and before it a question that is too long for a balloon.
    pub(crate) fn messages(self, draft: &Draft<'_, Settings>) -> Vec<Step> {
        let Self { question, subtitle, image, sections, multiple, pictures } = self;
        let (title, mut steps) = interactive::title(question, draft);
        let sections = sections.into_iter().enumerate().map(|(order, section)| {
            let name = if section.title.trim().is_empty() { &title } else { &section.title };
            json!({
                "title": text::truncate(name.trim(), TITLE), "order": order, "multipleSelection": multiple,
                "items": section.items,
            })
        });
        let sections: Vec<Value> = sections.collect();
        let picker = json!({ "listPicker": { "multipleSelection": multiple, "sections": sections } });
        steps.push(interactive::message(picker, Some(balloon(&title, subtitle, image)), pictures));
        steps
    }
}

/// An item of a list picker.
pub(crate) fn item(
    identifier: String,
    title: &str,
    subtitle: Option<&str>,
    image: Option<String>,
    order: usize,
) -> Value {
    let style = if image.is_some() { "icon" } else { "default" };
    let mut item = json!({
        "identifier": identifier, "title": text::truncate(title, TITLE), "order": order, "style": style,
    });
    if let Some(subtitle) = subtitle.map(str::trim).filter(|subtitle| !subtitle.is_empty()) {
        item["subtitle"] = text::truncate(subtitle, TITLE).into();
    }
    if let Some(image) = image {
        item["imageIdentifier"] = image.into();
    }
    item
}

/// A question whose options vanish once one is tapped.
pub(crate) fn quick_replies(
    question: &str,
    options: &[Choice],
    draft: &Draft<'_, Settings>,
) -> Result<Vec<Step>, Unsupported> {
    if !(QUICK_REPLIES_LEAST..=QUICK_REPLIES_MOST).contains(&options.len()) {
        return Err("quick replies are two to five".into());
    }
    let mut identifiers = Identifiers::default();
    let items: Vec<Value> =
        options.iter().map(|option| json!({ "identifier": identifiers.of(option), "title": label(option) })).collect();
    let (question, mut steps) = interactive::title(question, draft);
    let data = json!({ "quick-reply": { "summaryText": question, "items": items } });
    steps.push(interactive::message(data, None, Pictures::default()));
    Ok(steps)
}

/// A list picker of one section.
pub(crate) fn list(question: &str, options: &[Choice], multiple: bool, draft: &Draft<'_, Settings>) -> Vec<Step> {
    let (mut identifiers, mut pictures) = (Identifiers::default(), Pictures::default());
    let items = options.iter().enumerate().map(|(order, option)| {
        let image = pictures.add(option.image_url.as_deref());
        item(identifiers.of(option), label(option), None, image, order)
    });
    let section = Section { title: String::new(), items: items.collect() };
    ListPicker { question, sections: vec![section], multiple, pictures, ..ListPicker::default() }.messages(draft)
}
