//! Questions with options: buttons, menus, boxes to tick; and a calendar.

use contract::{Choice, DatePicker, Location, Unsupported};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    action_ids::{DATE, INPUT, LIST, ONCE, SUBMIT, TAP},
    blocks::{Blocks, PLACEHOLDER, actions, image, plain_text, section},
    limits, mrkdwn,
};

impl Blocks<'_, '_> {
    /// A question whose buttons go once one is tapped: a tap counts once, and the next message of the agent's takes the buttons
    /// away.
    pub(crate) fn quick_replies(mut self, text: &str, options: &[Choice]) -> Vec<Value> {
        if options.iter().any(|option| option.image_url.is_some()) {
            self.note("quick replies without their pictures: Slack's buttons have none");
        }
        let mut shown = vec![section(&self.overflow_to_text(or_placeholder(text)))];
        shown.extend(actions(options.iter().map(|option| self.button(ONCE, &option.text, &option.payload)).collect()));
        self.messages(text, shown)
    }

    /// A list to choose from: menus; inputs where several items may be chosen.
    pub(crate) fn list(mut self, title: &str, items: &[Choice], multiple: bool) -> Result<Vec<Value>, Unsupported> {
        if !items.iter().all(fits_menu) {
            return Err(format!("Slack's menus carry at most {} characters", limits::OPTION_VALUE).into());
        }
        if multiple && items.len() > limits::OPTIONS {
            return Err(format!("Slack's menus show at most {} items", limits::OPTIONS).into());
        }
        let heading = self.overflow_to_text(or_placeholder(title));
        if multiple {
            let element = self.multiple_choice(items);
            let (label, submit) = (input_label(title), self.submit());
            let input = json!({ "type": "input", "block_id": LIST, "label": label, "element": element });
            return Ok(self.messages(title, vec![input, submit]));
        }
        let mut shown = vec![section(&heading)];
        for some in items.chunks(limits::OPTIONS) {
            let menu = self.menu(TAP, some);
            shown.extend(actions(vec![menu]));
        }
        Ok(self.messages(title, shown))
    }

    /// Any day. A day is the same everywhere, so that no time zone is needed.
    pub(crate) fn calendar(mut self, picker: &DatePicker) -> Vec<Value> {
        let place = picker.location.as_ref().map(Location::describe);
        let words = [Some(picker.title.as_str()), picker.subtitle.as_deref(), place.as_deref()];
        let words = words.into_iter().flatten().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n");
        let mut shown: Vec<Value> = picker.image_url.iter().filter_map(|url| image(url, &picker.title)).collect();
        shown.push(section(&self.overflow_to_text(or_placeholder(&words))));
        let id = self.action_id(DATE);
        shown.extend(actions(vec![json!({ "type": "datepicker", "action_id": id })]));
        let days = [picker.earliest.map(day), picker.latest.map(day)];
        if days.iter().any(Option::is_some) {
            // Slack's calendar has no first and no last day.
            let [first, last] = days.map(Option::unwrap_or_default);
            let range = json!({ "type": "mrkdwn", "text": format!("{first} – {last}").trim() });
            shown.push(json!({ "type": "context", "elements": [range] }));
        }
        self.messages(&words, shown)
    }

    /// A menu from which one item is chosen.
    pub(crate) fn menu(&mut self, prefix: &str, items: &[Choice]) -> Value {
        let id = self.action_id(prefix);
        let options: Vec<Value> = items.iter().map(|item| self.option(item)).collect();
        json!({ "type": "static_select", "action_id": id, "options": options })
    }

    /// An input in which several items may be chosen.
    pub(crate) fn multiple_choice(&mut self, items: &[Choice]) -> Value {
        let id = self.action_id(INPUT);
        let kind = if items.len() > limits::CHECKBOXES { "multi_static_select" } else { "checkboxes" };
        let options: Vec<Value> = items.iter().map(|item| self.option(item)).collect();
        json!({ "type": kind, "action_id": id, "options": options })
    }

    /// One line of a menu, for an item that fits ([`fits_menu`]).
    fn option(&self, item: &Choice) -> Value {
        let text = if item.text.trim().is_empty() { &item.payload } else { &item.text };
        let value = if item.payload.is_empty() { text } else { &item.payload };
        json!({ "text": self.label(text), "value": limits::clip(value, limits::OPTION_VALUE) })
    }

    /// The button that submits what the inputs hold.
    pub(crate) fn submit(&mut self) -> Value {
        let id = self.action_id(SUBMIT);
        let button = json!({
            "type": "button", "action_id": id, "text": plain_text("✅"), "style": "primary", "value": "submit",
        });
        json!({ "type": "actions", "elements": [button] })
    }
}

/// Whether a menu carries an item's payload. Where the words are the payload, they may be cut.
pub(crate) fn fits_menu(item: &Choice) -> bool {
    item.payload == item.text || limits::length(&item.payload) <= limits::OPTION_VALUE
}

/// What stands above an input. Never empty.
pub(crate) fn input_label(text: &str) -> Value {
    let text = limits::clip(or_placeholder(text).trim(), limits::INPUT_LABEL);
    plain_text(if text.is_empty() { PLACEHOLDER } else { &text })
}

/// The blocks of a question that is answered: what was asked, and what was chosen. `question` is escaped.
pub(crate) fn answered(question: &str, choice: &str) -> Vec<Value> {
    let choice = mrkdwn::escape(&limits::clip(choice, limits::LABEL));
    let chosen = json!({ "type": "mrkdwn", "text": format!("✅ {choice}") });
    let question = limits::clip(or_placeholder(question), limits::SECTION);
    vec![section(&question), json!({ "type": "context", "elements": [chosen] })]
}

fn or_placeholder(text: &str) -> &str {
    if text.trim().is_empty() { PLACEHOLDER } else { text }
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}
