//! Questions with options: quick replies while they are few, else a list picker; times; forms.
//! <https://register.apple.com/resources/messages/msp-rest-api/type-interactive>

use std::collections::BTreeSet;

use contract::{Choice, DatePicker, FormField, TimeSlot, text};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    answers::DATE_PAGE,
    compose::{Composer, POINT, Part, TITLE},
    links, wire,
};

/// Quick replies of a message.
const QUICK_REPLIES: std::ops::RangeInclusive<usize> = 2..=5;
/// Sets identifiers apart whose payload is the same; nobody sees it.
const APART: char = '\u{200B}';
/// How long a time is that says nothing of its length, in seconds.
const AN_HOUR: u64 = 3_600;

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
pub(crate) fn words(option: &Choice) -> &str {
    let words = if option.text.trim().is_empty() { &option.payload } else { &option.text };
    words.trim()
}

/// One part of a list picker.
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) items: Vec<Value>,
}

/// The pictures of a balloon, each named once.
#[derive(Default)]
pub(crate) struct Pictures(Vec<Value>);

impl Pictures {
    /// The identifier of a picture; none for what is no address.
    pub(crate) fn add(&mut self, url: Option<&str>) -> Option<String> {
        let url = url.filter(|url| links::is_address(url))?;
        let identifier = (self.0.len() + 1).to_string();
        self.0.push(json!({ "identifier": identifier, "url": url }));
        Some(identifier)
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

impl Composer<'_> {
    /// A question whose options vanish once one is tapped.
    pub(crate) fn quick_replies(&mut self, question: &str, options: &[Choice]) {
        let options: Vec<Choice> = options.iter().filter(|option| !words(option).is_empty()).cloned().collect();
        if options.is_empty() {
            return self.text(question);
        }
        if !self.device.quick {
            return self.choose(question, &options, false, "quick replies", "the guest's device has no quick replies");
        }
        if !QUICK_REPLIES.contains(&options.len()) {
            return self.choose(question, &options, false, "quick replies", "quick replies are two to five");
        }
        let mut identifiers = Identifiers::default();
        let items: Vec<Value> = options
            .iter()
            .map(|option| json!({ "identifier": identifiers.of(option), "title": words(option) }))
            .collect();
        let question = self.title(question);
        self.interactive(
            json!({ "quick-reply": { "summaryText": question, "items": items } }),
            None,
            Pictures::default(),
        );
    }

    /// A list to choose from.
    pub(crate) fn list(&mut self, question: &str, items: &[Choice], multiple: bool) {
        let items: Vec<Choice> = items.iter().filter(|item| !words(item).is_empty()).cloned().collect();
        if items.is_empty() {
            return self.text(question);
        }
        self.choose(question, &items, multiple, "list", "");
    }

    /// A list picker if the device has them, else a numbered text. `reason`: why it is not what the agent meant.
    fn choose(&mut self, question: &str, options: &[Choice], multiple: bool, what: &str, reason: &str) {
        if !self.device.list {
            self.note(format!("{what} → numbered text: the guest's device has no list pickers"));
            return self.ask_in_words(question, options);
        }
        if !reason.is_empty() {
            self.note(format!("{what} → list picker: {reason}"));
        }
        let (mut identifiers, mut pictures) = (Identifiers::default(), Pictures::default());
        let items = options.iter().enumerate().map(|(order, option)| {
            let image = pictures.add(option.image_url.as_deref());
            item(identifiers.of(option), words(option), None, image, order)
        });
        let section = Section { title: String::new(), items: items.collect() };
        self.list_picker(question, None, None, vec![section], multiple, pictures);
    }

    /// A list picker of sections, behind a balloon with the question.
    pub(crate) fn list_picker(
        &mut self,
        question: &str,
        subtitle: Option<&str>,
        image: Option<String>,
        sections: Vec<Section>,
        multiple: bool,
        pictures: Pictures,
    ) {
        let title = self.title(question);
        let sections: Vec<Value> = sections
            .into_iter()
            .enumerate()
            .map(|(order, section)| {
                let name = if section.title.trim().is_empty() { &title } else { &section.title };
                json!({
                    "title": text::truncate(name.trim(), TITLE), "order": order, "multipleSelection": multiple,
                    "items": section.items,
                })
            })
            .collect();
        let picker = json!({ "listPicker": { "multipleSelection": multiple, "sections": sections } });
        self.interactive(picker, Some(balloon(&title, subtitle, image)), pictures);
    }

    /// One of some times, or any day between two.
    pub(crate) fn date_picker(&mut self, picker: &DatePicker) {
        if picker.times.is_empty() {
            return self.any_day(picker);
        }
        let question = [Some(picker.title.as_str()), picker.subtitle.as_deref()];
        if !self.device.time {
            self.note("date picker → numbered text: the guest's device has no time pickers");
            let lines: Vec<&str> = question.into_iter().flatten().filter(|line| !line.trim().is_empty()).collect();
            let time = |slot: &TimeSlot| Choice { text: slot.spoken(), payload: slot.at.to_string(), image_url: None };
            return self.ask_in_words(&lines.join("\n"), &picker.times.iter().map(time).collect::<Vec<_>>());
        }
        let slots: Vec<Value> = picker
            .times
            .iter()
            .map(|slot| {
                let duration = if slot.duration_s == 0 { AN_HOUR } else { slot.duration_s };
                // In UTC; without `timezoneOffset` the device shows it in the guest's own time.
                let start = slot.at.strftime("%Y-%m-%dT%H:%M+0000").to_string();
                json!({ "identifier": slot.at.to_string(), "startTime": start, "duration": duration })
            })
            .collect();
        let title = self.title(&picker.title);
        let mut pictures = Pictures::default();
        let image = pictures.add(picker.image_url.as_deref());
        let mut event = json!({ "identifier": "1", "title": title, "timeslots": slots });
        if let Some(image) = &image {
            event["imageIdentifier"] = image.as_str().into();
        }
        if let Some(place) = &picker.location {
            let name = place.title.as_deref().or(place.address.as_deref()).unwrap_or_default();
            event["location"] =
                json!({ "latitude": place.latitude, "longitude": place.longitude, "radius": 100, "title": name });
        }
        let data = json!({ "mspVersion": "1.0", "event": event });
        self.interactive(data, Some(balloon(&title, picker.subtitle.as_deref(), image)), pictures);
    }

    /// A form of one page: the time picker knows given times only.
    fn any_day(&mut self, picker: &DatePicker) {
        let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
        if !self.device.form {
            self.note("date picker → text: the guest's device has no forms");
            let range = match (picker.earliest.map(day), picker.latest.map(day)) {
                (Some(first), Some(last)) => format!("({first} – {last})"),
                (Some(first), None) => format!("({first} –)"),
                (None, Some(last)) => format!("(– {last})"),
                (None, None) => String::new(),
            };
            let lines = [Some(picker.title.as_str()), picker.subtitle.as_deref(), Some(range.as_str())];
            let lines: Vec<&str> = lines.into_iter().flatten().filter(|line| !line.trim().is_empty()).collect();
            return self.text(&lines.join("\n"));
        }
        let mut options = json!({ "dateFormat": "yyyy-MM-dd", "labelText": "📅" });
        for (name, date) in [("startDate", picker.earliest), ("maximumDate", picker.latest)] {
            if let Some(date) = date {
                options[name] = day(date).into();
            }
        }
        let title = self.title(&picker.title);
        let page = json!({
            "pageIdentifier": DATE_PAGE, "type": "datePicker", "title": title,
            "subtitle": picker.subtitle.as_deref().unwrap_or_default(), "submitForm": true, "options": options,
        });
        let mut pictures = Pictures::default();
        let image = pictures.add(picker.image_url.as_deref());
        let balloon = balloon(&title, picker.subtitle.as_deref(), image);
        self.interactive(form(DATE_PAGE, false, vec![page]), Some(balloon), pictures);
    }

    /// Questions, a page each.
    pub(crate) fn form(&mut self, title: &str, fields: &[FormField]) {
        if fields.is_empty() {
            return self.text(title);
        }
        if !self.device.form {
            self.note("form → numbered text: the guest's device has no forms");
            let title = (!title.trim().is_empty()).then(|| title.trim().to_owned());
            let questions = fields.iter().enumerate().map(|(index, field)| {
                let options = match field.options.iter().map(words).collect::<Vec<_>>().join(" / ") {
                    options if options.is_empty() => options,
                    options => format!(" ({options})"),
                };
                format!("{}. {}{options}", index + 1, field.label.trim())
            });
            let lines: Vec<String> = title.into_iter().chain(questions).collect();
            return self.text(&lines.join("\n"));
        }
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
        let title = self.title(title);
        let first = names.first().map(String::as_str).unwrap_or_default();
        self.interactive(form(first, true, pages), Some(balloon(&title, None, None)), Pictures::default());
    }

    /// A message of Apple's own extension.
    pub(crate) fn interactive(&mut self, mut data: Value, received: Option<Value>, pictures: Pictures) {
        data["version"] = "1.0".into();
        let files = !pictures.0.is_empty();
        if files {
            data["images"] = pictures.0.into();
        }
        let mut interactive = json!({ "bid": wire::EXTENSION, "data": data });
        if let Some(received) = received {
            // What the guest's own balloon says once they have answered.
            interactive["replyMessage"] = json!({ "title": received["title"], "style": "icon" });
            interactive["receivedMessage"] = received;
        }
        let message = json!({ "type": "interactive", "interactiveData": interactive });
        self.push(if files { Part::with_files(message) } else { Part::new(message) });
    }
}

/// The balloon that opens a picker.
fn balloon(title: &str, subtitle: Option<&str>, image: Option<String>) -> Value {
    let style = if image.is_some() { "large" } else { "icon" };
    let mut balloon = json!({ "title": title, "style": style });
    if let Some(subtitle) = subtitle.map(str::trim).filter(|subtitle| !subtitle.is_empty()) {
        balloon["subtitle"] = text::truncate(subtitle, TITLE).into();
    }
    if let Some(image) = image {
        balloon["imageIdentifier"] = image.into();
    }
    balloon
}

fn form(first: &str, summary: bool, pages: Vec<Value>) -> Value {
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
        "title": if field.label.trim().is_empty() { POINT } else { field.label.trim() },
        "subtitle": "",
        "submitForm": next.is_none(),
    });
    if let Some(next) = next {
        page["nextPageIdentifier"] = next.as_str().into();
    }
    let options: Vec<&Choice> = field.options.iter().filter(|option| !words(option).is_empty()).collect();
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
            "identifier": identifiers.of(option), "title": words(option), "value": option.payload,
        });
        if let Some(next) = next.filter(|_| !field.multiple) {
            item["nextPageIdentifier"] = next.as_str().into();
        }
        item
    });
    page["items"] = items.collect::<Vec<_>>().into();
    page
}
