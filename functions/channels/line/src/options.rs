//! Questions with options: quick replies while they are few, else a Flex Message full of buttons; and dates.

use contract::{Choice, DatePicker, Location};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::{Draft, actions, cards, render::texts, step::Messages};

/// The `data` of our own date pickers: marks an answer whose payload is the date alone.
pub(crate) const DATE_MARK: &str = "um:date";

/// Shown in place of a question without words: a text message must not be empty.
const PLACEHOLDER: &str = "👇";

/// A question's words, or what is shown without them.
pub(crate) fn worded(question: &str) -> &str {
    if question.trim().is_empty() { PLACEHOLDER } else { question }
}

/// A question whose options vanish once one is tapped.
pub(crate) fn quick_replies(text: &str, options: &[Choice], draft: &Draft<'_>) -> Messages {
    options.iter().for_each(|option| actions::note_payload(&option.payload, draft));
    Messages { objects: texts(worded(text), draft), quick_replies: options.to_vec() }
}

/// Buttons without end, which stay after a tap: ten to a bubble, bubbles in a row.
pub(crate) fn buttons(title: &str, options: &[Choice], draft: &Draft<'_>) -> Vec<Value> {
    let (mut objects, title) = cards::within_card(title, draft);
    let buttons: Vec<Value> =
        options.iter().map(|option| actions::answer(&option.text, &option.payload, draft)).collect();
    objects.extend(cards::bubbles(&title, cards::button_bubbles(&title, &buttons)));
    objects
}

/// Any day between two. A day is the same everywhere, so that no time zone is needed.
pub(crate) fn date(picker: &DatePicker, draft: &Draft<'_>) -> Vec<Value> {
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
    let location = picker.location.as_ref().map(Location::describe);
    let text: Vec<&str> = [picker.subtitle.as_deref(), location.as_deref()].into_iter().flatten().collect();
    cards::question(&draft.named(worded(&picker.title)), &text.join("\n"), picker.image_url.as_deref(), action, draft)
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}
