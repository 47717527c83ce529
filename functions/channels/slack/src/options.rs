//! Questions with options: buttons, menus, boxes to tick; and dates.

use contract::{Choice, DatePicker};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    action_ids::{DATE, INPUT, LIST, ONCE, SUBMIT, TAP},
    blocks::{Composer, picture, section},
    limits, mrkdwn,
};

/// Shown in the place of a question without words.
const POINT: &str = "👇";

impl Composer {
    /// A question whose options go once one is tapped: a tap counts once, and the next message of the agent's takes the
    /// buttons away.
    pub(crate) fn quick_replies(&mut self, text: &str, options: &[Choice]) {
        let options: Vec<&Choice> = options.iter().filter(|option| has_words(option)).collect();
        if options.is_empty() {
            return self.text(text);
        }
        if options.iter().any(|option| option.image_url.is_some()) {
            self.note("quick replies without their pictures: Slack's buttons have none");
        }
        self.ask(text, &options, ONCE);
    }

    /// A list to choose from.
    pub(crate) fn list(&mut self, title: &str, items: &[Choice], multiple: bool) {
        let items: Vec<&Choice> = items.iter().filter(|item| has_words(item)).collect();
        if items.is_empty() {
            return self.text(title);
        }
        if !items.iter().all(|item| limits::length(&item.payload) <= limits::OPTION_VALUE) {
            self.note(format!("list → buttons: Slack's menus carry at most {} characters", limits::OPTION_VALUE));
            return self.ask(title, &items, TAP);
        }
        if multiple && items.len() > limits::OPTIONS {
            self.note(format!("list → buttons: Slack's menus show at most {} items", limits::OPTIONS));
            return self.ask(title, &items, TAP);
        }
        let shown = self.spill(worded(title));
        if multiple {
            let element = self.ticks(&items);
            let (label, submit) = (self.input_label(title), self.submit());
            let input = json!({ "type": "input", "block_id": LIST, "label": label, "element": element });
            return self.blocks(title, vec![input, submit]);
        }
        let mut blocks = vec![section(&shown)];
        for some in items.chunks(limits::OPTIONS) {
            let id = self.action_id(TAP);
            let options: Vec<Value> = some.iter().map(|item| self.option(item)).collect();
            let menu = json!({ "type": "static_select", "action_id": id, "options": options });
            blocks.push(json!({ "type": "actions", "elements": [menu] }));
        }
        self.blocks(title, blocks);
    }

    /// A date, or one of some times. A day is the same everywhere, so that no time zone is needed; times are UTC and say
    /// so, since a button cannot tell them in the reader's.
    pub(crate) fn date_picker(&mut self, picker: &DatePicker) {
        let words = [Some(picker.title.as_str()), picker.subtitle.as_deref()];
        let words: Vec<&str> = words.into_iter().flatten().filter(|line| !line.trim().is_empty()).collect();
        let words = words.join("\n");
        if !picker.times.is_empty() {
            let times: Vec<Choice> = picker
                .times
                .iter()
                .map(|slot| Choice { text: slot.spoken(), payload: slot.at.to_string(), image_url: None })
                .collect();
            return self.ask(&words, &times.iter().collect::<Vec<_>>(), ONCE);
        }
        let mut blocks: Vec<Value> = picker.image_url.iter().filter_map(|url| picture(url, &picker.title)).collect();
        let shown = self.spill(worded(&words));
        blocks.push(section(&shown));
        let id = self.action_id(DATE);
        blocks.push(json!({ "type": "actions", "elements": [{ "type": "datepicker", "action_id": id }] }));
        let days = [picker.earliest.map(day), picker.latest.map(day)];
        if days.iter().any(Option::is_some) {
            // Slack's calendar has no first and no last day.
            let [first, last] = days.map(Option::unwrap_or_default);
            let range = json!({ "type": "mrkdwn", "text": format!("{first} – {last}").trim() });
            blocks.push(json!({ "type": "context", "elements": [range] }));
        }
        self.blocks(&words, blocks);
    }

    /// Buttons without end.
    fn ask(&mut self, text: &str, options: &[&Choice], prefix: &str) {
        let mut blocks = vec![section(&self.spill(worded(text)))];
        let buttons = options.iter().map(|option| self.button(prefix, &option.text, &option.payload)).collect();
        blocks.extend(self.rows(buttons));
        self.blocks(text, blocks);
    }

    /// Several may be chosen.
    pub(crate) fn ticks(&mut self, items: &[&Choice]) -> Value {
        let id = self.action_id(INPUT);
        let kind = if items.len() > limits::CHECKBOXES { "multi_static_select" } else { "checkboxes" };
        let options: Vec<Value> = items.iter().map(|item| self.option(item)).collect();
        json!({ "type": kind, "action_id": id, "options": options })
    }

    /// One line of a menu. Its payload is known to fit.
    pub(crate) fn option(&mut self, choice: &Choice) -> Value {
        let text = if choice.text.trim().is_empty() { &choice.payload } else { &choice.text };
        let value =
            if choice.payload.is_empty() { limits::clip(text, limits::OPTION_VALUE) } else { choice.payload.clone() };
        json!({ "text": self.label(text), "value": value })
    }

    /// What stands above an input. Never empty.
    pub(crate) fn input_label(&mut self, text: &str) -> Value {
        let text = limits::clip(worded(text).trim(), limits::INPUT_LABEL);
        json!({ "type": "plain_text", "text": if text.is_empty() { POINT } else { &text }, "emoji": true })
    }

    /// The button that sends what the inputs hold.
    pub(crate) fn submit(&mut self) -> Value {
        let id = self.action_id(SUBMIT);
        let label = json!({ "type": "plain_text", "text": "✅", "emoji": true });
        let button = json!({ "type": "button", "action_id": id, "text": label, "style": "primary", "value": "submit" });
        json!({ "type": "actions", "elements": [button] })
    }
}

/// The blocks of a question that is answered: what was asked, and what was chosen. `question` is escaped.
pub(crate) fn answered(question: &str, choice: &str) -> Vec<Value> {
    let question = if question.trim().is_empty() { POINT } else { question };
    let choice = mrkdwn::escape(&limits::clip(choice, limits::LABEL));
    let chosen = json!({ "type": "mrkdwn", "text": format!("✅ {choice}") });
    vec![section(&limits::clip(question, limits::SECTION)), json!({ "type": "context", "elements": [chosen] })]
}

fn worded(text: &str) -> &str {
    if text.trim().is_empty() { POINT } else { text }
}

pub(crate) fn has_words(choice: &Choice) -> bool {
    !choice.text.trim().is_empty() || !choice.payload.trim().is_empty()
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}
