//! Questions with options: inline buttons while their answers fit, else a keyboard that writes them as text; and dates.

use contract::{Choice, DatePicker};
use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use crate::{keyboards, limits, messages::Composer};

/// Before a day in a button of our own date pickers: marks an answer whose payload is the date alone.
pub(crate) const DATE_MARK: &str = "um:date:";

/// Days that are shown as buttons.
const DAYS: i64 = 28;

impl Composer<'_> {
    /// A question whose options are tapped.
    pub(crate) fn quick_replies(&mut self, text: &str, options: &[Choice]) {
        let options = keyboards::options(options);
        self.ask(text, &options, false);
    }

    /// A list to choose from: a column of buttons.
    pub(crate) fn list(&mut self, title: &str, items: &[Choice], multiple: bool) {
        if multiple {
            self.note("list → buttons: on Telegram the guest chooses one item at a time");
        }
        let items = keyboards::options(items);
        self.ask(title, &items, true);
    }

    /// An inline button carries 64 bytes. If one answer is longer, none of the question's buttons is inline: a keyboard
    /// writes the option's words into the chat instead, and the payload stays behind.
    fn ask(&mut self, text: &str, options: &[(String, String)], is_column: bool) {
        if options.is_empty() {
            return self.text(text);
        }
        if options.iter().all(|(_, payload)| keyboards::carries(payload)) {
            let degradations = &mut self.degradations;
            let button = |(text, payload): &(String, String)| keyboards::answer(text, payload, degradations);
            let buttons: Vec<Value> = options.iter().map(button).collect();
            return self.with_boards(text, keyboards::inline(buttons, is_column));
        }
        self.ask_in_words(text, options);
    }

    /// The guest's tap comes back as a text.
    pub(crate) fn ask_in_words(&mut self, text: &str, options: &[(String, String)]) {
        self.note(format!(
            "answer → text: Telegram's buttons carry at most {} bytes, so the guest's tap comes back as a text",
            limits::CALLBACK_DATA
        ));
        match keyboards::reply(options) {
            Some(board) => self.text_with(text, Some(board)),
            None => {
                self.note("options → numbered text: they are too many or too long for a keyboard");
                let numbered = keyboards::numbered(text, options, self.numbered.len() + 1);
                self.text(&numbered);
                let choice = |(text, payload): &(String, String)| Choice {
                    text: text.clone(),
                    payload: payload.clone(),
                    image_url: None,
                };
                self.numbered.extend(options.iter().map(choice));
            }
        }
    }

    /// A text with the first keyboard below it, and the others after it.
    fn with_boards(&mut self, text: &str, boards: Vec<Value>) {
        let mut boards = boards.into_iter();
        self.text_with(text, boards.next());
        for board in boards {
            self.plain("…", 0, Some(board));
        }
    }

    /// A date, or one of some times: buttons. A day is the same everywhere, so that no time zone is needed; times are UTC
    /// and say so, since nobody knows where the guest is.
    pub(crate) fn date_picker(&mut self, picker: &DatePicker) {
        let lines = [Some(picker.title.as_str()), picker.subtitle.as_deref()];
        let lines: Vec<&str> = lines.into_iter().flatten().filter(|line| !line.trim().is_empty()).collect();
        let text = lines.join("\n");
        if let Some(url) = picker.image_url.as_deref().filter(|url| limits::is_web_address(url)) {
            self.picture(url);
        }
        if !picker.times.is_empty() {
            self.note("date picker → buttons: Telegram has no date picker");
            let options: Vec<(String, String)> =
                picker.times.iter().map(|slot| (slot.spoken(), slot.at.to_string())).collect();
            return self.ask(&text, &options, false);
        }
        match days(picker) {
            Some(days) => {
                self.note("date picker → buttons: Telegram has no date picker");
                let option = |day: &Date| (day.to_string(), format!("{DATE_MARK}{day}"));
                self.ask(&text, &days.iter().map(option).collect::<Vec<_>>(), false);
            }
            None => {
                self.note("date picker → text: Telegram has no date picker, and the days are too many for buttons");
                self.text(format!("{text}\n📅 {}", span(picker)).trim());
            }
        }
    }
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The days between the first and the last, if they are few.
fn days(picker: &DatePicker) -> Option<Vec<Date>> {
    let (first, last) = (day(picker.earliest?), day(picker.latest?));
    let mut days = Vec::new();
    let mut next = first;
    while next <= last {
        if days.len() as i64 >= DAYS {
            return None;
        }
        days.push(next);
        next = next.checked_add(Span::new().days(1)).ok()?;
    }
    (!days.is_empty()).then_some(days)
}

/// How to write a day, and which are allowed: `2026-07-01 … 2026-08-31`.
fn span(picker: &DatePicker) -> String {
    match (picker.earliest.map(day), picker.latest.map(day)) {
        (Some(first), Some(last)) if first <= last => format!("{first} … {last}"),
        (Some(first), None) => format!("{first} …"),
        (None, Some(last)) => format!("… {last}"),
        _ => "YYYY-MM-DD".to_owned(),
    }
}
