//! Questions with options: quick replies while they are few, else a Flex Message full of buttons; and dates.

use contract::{Choice, DatePicker, FormField};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::{actions, cards, limits, messages::Composer};

/// The `data` of our own date pickers: marks an answer whose payload is the date alone.
pub(crate) const DATE_MARK: &str = "um:date";

/// Shown in the place of a question without words: a text message must not be empty.
const POINT: &str = "👇";

impl Composer<'_> {
    /// A question whose options vanish once one is tapped.
    pub(crate) fn quick_replies(&mut self, text: &str, options: &[Choice]) {
        let options: Vec<&Choice> = options.iter().filter(|option| has_words(option)).collect();
        if options.is_empty() {
            return self.text(text);
        }
        if self.quick.len() + options.len() > limits::QUICK_REPLIES {
            self.note(format!(
                "quick replies → buttons: LINE shows at most {} quick replies, and these are {}",
                limits::QUICK_REPLIES,
                self.quick.len() + options.len()
            ));
            return self.buttons(text, &options);
        }
        self.text(if text.trim().is_empty() { POINT } else { text });
        for option in options {
            let action = actions::answer(&option.text, &option.payload, limits::LABEL, &mut self.degradations);
            let mut item = json!({ "type": "action", "action": action });
            if let Some(url) = option
                .image_url
                .as_deref()
                .filter(|url| url.starts_with("https://") && limits::is_web_address(url, limits::LINK_URL))
            {
                item["imageUrl"] = url.into();
            }
            self.quick.push(item);
        }
    }

    /// A list to choose from: buttons, which stay after a tap.
    pub(crate) fn list(&mut self, title: &str, items: &[Choice], multiple: bool) {
        let items: Vec<&Choice> = items.iter().filter(|item| has_words(item)).collect();
        if items.is_empty() {
            return self.text(title);
        }
        if multiple {
            self.note("list → buttons: on LINE the guest chooses one item at a time");
        }
        self.buttons(title, &items);
    }

    /// Buttons without end: ten to a bubble, bubbles in a row.
    fn buttons(&mut self, text: &str, options: &[&Choice]) {
        let title = if text.trim().is_empty() { POINT } else { text };
        let shown = self.spill(title);
        let buttons: Vec<Value> = options
            .iter()
            .map(|o| actions::answer(&o.text, &o.payload, limits::FLEX_LABEL, &mut self.degradations))
            .collect();
        self.bubbles(&shown, cards::button_bubbles(&shown, &buttons));
    }

    /// A date, or one of some times. A day is the same everywhere, so that no time zone is needed; times are UTC and
    /// say so, since nobody knows where the guest is.
    pub(crate) fn date_picker(&mut self, picker: &DatePicker) {
        if !picker.times.is_empty() {
            let options: Vec<Choice> = picker
                .times
                .iter()
                .map(|slot| Choice { text: slot.spoken(), payload: slot.at.to_string(), image_url: None })
                .collect();
            let words = [Some(picker.title.as_str()), picker.subtitle.as_deref()];
            let words: Vec<&str> = words.into_iter().flatten().filter(|line| !line.trim().is_empty()).collect();
            return self.quick_replies(&words.join("\n"), &options);
        }
        let mut action = json!({ "type": "datetimepicker", "label": "📅", "data": DATE_MARK, "mode": "date" });
        // LINE refuses a range whose end is not after its beginning.
        let (first, last) = (picker.earliest.map(day), picker.latest.map(day));
        let in_order = first.as_ref().zip(last.as_ref()).is_none_or(|(first, last)| first < last);
        if in_order {
            for (name, date) in [("min", first), ("max", last)] {
                if let Some(date) = date {
                    action[name] = date.into();
                }
            }
        }
        let title = if picker.title.trim().is_empty() { POINT } else { &picker.title };
        self.card_of(title, picker.subtitle.as_deref(), picker.image_url.as_deref(), vec![action]);
    }

    /// Questions with fields: LINE has none, so the guest reads them and answers in words.
    pub(crate) fn form(&mut self, title: &str, fields: &[FormField]) {
        self.note("form → text: LINE has no forms");
        let mut lines: Vec<String> = Vec::with_capacity(fields.len() + 1);
        if !title.trim().is_empty() {
            lines.push(title.to_owned());
        }
        for (number, field) in fields.iter().enumerate() {
            let options: Vec<&str> = field.options.iter().map(|option| option.text.as_str()).collect();
            let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" / ")) };
            lines.push(format!("{}. {}{options}", number + 1, field.label));
        }
        self.text(&lines.join("\n"));
    }
}

fn has_words(choice: &Choice) -> bool {
    !choice.text.trim().is_empty() || !choice.payload.trim().is_empty()
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}
