//! Questions with options: a keyboard while they are few, else cards full of buttons; dates and forms in words.

use contract::{Choice, DatePicker, FormField};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    limits,
    messages::{Composer, POINT},
    tracking,
};

impl Composer {
    /// A question whose options vanish once one is tapped.
    pub(crate) fn quick_replies(&mut self, text: &str, options: &[Choice]) {
        let options: Vec<Choice> =
            options.iter().filter(|option| !tracking::words(option).is_empty()).cloned().collect();
        if options.is_empty() {
            return self.text(text);
        }
        if self.offer(&options) {
            if options.iter().any(is_cut) {
                self.note(format!("label shortened: Viber's buttons show at most {} characters", limits::LABEL));
            }
            return self.text(if text.trim().is_empty() { POINT } else { text });
        }
        self.note(format!("quick replies → buttons: Viber's keyboard does not hold these {}", options.len()));
        self.buttons(text, &options);
    }

    /// A list to choose from: buttons, which stay after a tap.
    pub(crate) fn list(&mut self, title: &str, items: &[Choice], multiple: bool) {
        let items: Vec<Choice> = items.iter().filter(|item| !tracking::words(item).is_empty()).cloned().collect();
        if items.is_empty() {
            return self.text(title);
        }
        if multiple {
            self.note("list → buttons: on Viber the guest chooses one item at a time");
        }
        self.buttons(title, &items);
    }

    /// One of some times, which are UTC and say so, since nobody knows where the guest is; or any day, in words.
    pub(crate) fn date_picker(&mut self, picker: &DatePicker) {
        let words = [Some(picker.title.as_str()), picker.subtitle.as_deref()];
        let words: Vec<&str> = words.into_iter().flatten().filter(|line| !line.trim().is_empty()).collect();
        let words = words.join("\n");
        if !picker.times.is_empty() {
            self.note("date picker → buttons: Viber has none");
            let options: Vec<Choice> = picker
                .times
                .iter()
                .map(|slot| Choice { text: slot.spoken(), payload: slot.at.to_string(), image_url: None })
                .collect();
            return self.quick_replies(&words, &options);
        }
        self.note("date picker → text: Viber has none");
        let line = match (picker.earliest.map(day), picker.latest.map(day)) {
            (Some(first), Some(last)) => format!("📅 {first} … {last}"),
            (Some(first), None) => format!("📅 {first} …"),
            (None, Some(last)) => format!("📅 … {last}"),
            (None, None) => "📅 YYYY-MM-DD".to_owned(),
        };
        self.text(format!("{words}\n{line}").trim_start());
    }

    /// Questions with fields: Viber has none, so the guest reads them and answers in words.
    pub(crate) fn form(&mut self, title: &str, fields: &[FormField]) {
        self.note("form → text: Viber has no forms");
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

fn is_cut(choice: &Choice) -> bool {
    limits::utf16(choice.text.trim()) > limits::LABEL
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}
