//! Questions: quick replies, lists, dates, forms. Each is a card, since what Teams calls suggested actions is shown in
//! private chats only and sends back the words on the button, not what they stand for.

use contract::{Choice, DatePicker, FormField};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

use crate::{
    answers,
    cards::{self, Look, POINT},
    limits,
    render::Composer,
};

/// Buttons on one card; a question with more is asked on several.
const ON_A_CARD: usize = 24;

impl Composer<'_> {
    /// A question and buttons.
    pub(crate) fn quick_replies(&mut self, text: &str, options: &[Choice]) {
        let head = cards::words(&self.spill(text), Look::Body);
        self.buttons(head, "quickReply", text, options);
    }

    fn buttons(&mut self, head: Vec<Value>, kind: &str, text: &str, options: &[Choice]) {
        let mut actions = Vec::new();
        for option in options {
            let Some(mut action) = self.answer(kind, &option.text, &option.payload) else { continue };
            if let Some(url) = option.image_url.as_deref().filter(|url| cards::is_web_address(url)) {
                action["iconUrl"] = url.into();
            }
            actions.push(action);
        }
        if actions.is_empty() {
            return self.text(text);
        }
        let mut head = if head.is_empty() { cards::words(POINT, Look::Body) } else { head };
        let with_one = cards::attachment(head.clone(), actions[..1].to_vec(), None);
        if limits::weight(&with_one) > limits::CARD {
            self.attach(vec![cards::attachment(head, Vec::new(), None)]);
            head = cards::words(POINT, Look::Body);
        }
        while !actions.is_empty() {
            // As many as fit, one at least.
            let mut count = actions.len().min(ON_A_CARD);
            let card = loop {
                let card = cards::attachment(head.clone(), actions[..count].to_vec(), None);
                if count == 1 || limits::weight(&card) <= limits::CARD {
                    break card;
                }
                count = count.div_ceil(2);
            };
            actions.drain(..count);
            self.attach(vec![card]);
            head = cards::words(POINT, Look::Body);
        }
    }

    /// A list to choose one or more items from.
    pub(crate) fn list(&mut self, title: &str, items: &[Choice], multiple: bool) {
        if !multiple {
            return self.quick_replies(title, items);
        }
        let mut body = cards::words(&self.spill(title), Look::Title);
        let mut known = Map::new();
        for item in items {
            let text = if item.text.trim().is_empty() { &item.payload } else { &item.text };
            known.insert(item.payload.clone(), text.as_str().into());
        }
        body.push(choice_set(answers::ITEMS, "", items, true));
        let data = json!({ answers::MARK: "list", "words": known });
        let card = cards::attachment(body, vec![cards::submit_fields(data)], None);
        if items.is_empty() || limits::weight(&card) > limits::CARD {
            self.note("list → buttons: it is too big for a card of Teams's");
            return self.quick_replies(title, items);
        }
        self.attach(vec![card]);
    }

    /// A date, or one of some times. A day is the same everywhere, so that no time zone is needed; times are UTC and say
    /// so, since the guest may be anywhere.
    pub(crate) fn date_picker(&mut self, picker: &DatePicker) {
        let mut head = Vec::new();
        if let Some(url) = picker.image_url.as_deref().filter(|url| cards::is_web_address(url)) {
            head.push(cards::picture(url, &picker.title));
        }
        head.extend(cards::words(&self.spill(&picker.title), Look::Title));
        let place = picker.location.as_ref().map(contract::Location::describe);
        for text in [picker.subtitle.as_deref(), place.as_deref()].into_iter().flatten() {
            head.extend(cards::words(&self.spill(text), Look::Body));
        }
        if !picker.times.is_empty() {
            let options: Vec<Choice> = picker
                .times
                .iter()
                .map(|slot| Choice { text: slot.spoken(), payload: slot.at.to_string(), image_url: None })
                .collect();
            return self.buttons(head, "date", &picker.title, &options);
        }
        let mut input = json!({ "type": "Input.Date", "id": answers::DATE, "isRequired": true, "errorMessage": "📅" });
        for (name, at) in [("min", picker.earliest), ("max", picker.latest)] {
            if let Some(at) = at {
                input[name] = day(at).into();
            }
        }
        head.push(input);
        let send = cards::submit_fields(json!({ answers::MARK: "date" }));
        self.attach(vec![cards::attachment(head, vec![send], None)]);
    }

    /// Questions with fields to fill in.
    pub(crate) fn form(&mut self, title: &str, fields: &[FormField]) {
        let mut body = cards::words(&self.spill(title), Look::Title);
        let (mut labels, mut order) = (Map::new(), Vec::new());
        for field in fields {
            let id = format!("{}{}", answers::FIELD, field.id);
            let label = limits::clip(&field.label, 300);
            body.push(match field.options.as_slice() {
                [] => json!({ "type": "Input.Text", "id": id, "label": label }),
                options => choice_set(&id, &label, options, field.multiple),
            });
            labels.insert(field.id.clone(), label.into());
            order.push(Value::from(field.id.as_str()));
        }
        let data = json!({ answers::MARK: "form", "labels": labels, "order": order });
        let card = cards::attachment(body, vec![cards::submit_fields(data)], None);
        if !fields.is_empty() && limits::weight(&card) <= limits::CARD {
            return self.attach(vec![card]);
        }
        self.note("form → text: it does not fit on a card of Teams's");
        let questions = fields.iter().enumerate().map(|(at, field)| format!("{}. {}", at + 1, field.label));
        let lines: Vec<String> = std::iter::once(title.to_owned()).chain(questions).collect();
        self.text(&lines.join("\n"));
    }
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
