//! Days and times to choose from, as buttons. A day is the same everywhere, so that no time zone is needed; times are UTC
//! and say so, since nobody knows where the guest is.

use contract::{Choice, DatePicker, Draft, Unsupported};
use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};

use crate::{
    limits, media,
    options::{self, Layout},
    settings::Settings,
    step::Message,
};

/// Before a day in a button of our own date pickers: marks an answer whose payload is the date alone.
pub(crate) const DATE_MARK: &str = "um:date:";

/// Most days that are shown as buttons.
const DAYS: usize = 28;

/// A picture, if there is one, and buttons.
pub(crate) fn date_picker(picker: &DatePicker, draft: &Draft<'_, Settings>) -> Result<Vec<Message>, Unsupported> {
    let option = |text: String, payload: String| Choice { text, payload, image_url: None };
    let options: Vec<Choice> = if picker.times.is_empty() {
        let days = days(picker).ok_or("Telegram has no date picker, and the days are too many for buttons")?;
        days.iter().map(|day| option(day.to_string(), format!("{DATE_MARK}{day}"))).collect()
    } else {
        picker.times.iter().map(|slot| option(slot.spoken(), slot.at.to_string())).collect()
    };
    draft.note("date picker → buttons: Telegram has no date picker");
    let picture = picker.image_url.as_deref().filter(|url| limits::is_web_address(url));
    let mut messages: Vec<Message> = picture.map(media::picture).into_iter().collect();
    messages.extend(options::question(&compose::picker_words(picker), &options, Layout::Rows, draft)?);
    Ok(messages)
}

/// The days between the first and the last, if they are few.
fn days(picker: &DatePicker) -> Option<Vec<Date>> {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let (first, last) = (day(picker.earliest?), day(picker.latest?));
    let mut days = Vec::new();
    let mut next = first;
    while next <= last {
        if days.len() >= DAYS {
            return None;
        }
        days.push(next);
        next = next.checked_add(Span::new().days(1)).ok()?;
    }
    (!days.is_empty()).then_some(days)
}
