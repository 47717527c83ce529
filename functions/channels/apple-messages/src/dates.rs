//! Days and times: the time picker knows given times only, so that any day is a form of one page.

use contract::{DatePicker, Draft};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    answers::DATE_PAGE,
    forms,
    interactive::{self, Pictures, balloon},
    settings::Settings,
    step::Step,
};

/// How long a time is that says nothing of its length, in seconds.
const AN_HOUR: u64 = 3_600;

/// One of some times.
pub(crate) fn times(picker: &DatePicker, draft: &Draft<'_, Settings>) -> Vec<Step> {
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
    let (title, mut steps) = interactive::title(&picker.title, draft);
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
    steps.push(interactive::message(data, Some(balloon(&title, picker.subtitle.as_deref(), image)), pictures));
    steps
}

/// Any day between two.
pub(crate) fn days(picker: &DatePicker, draft: &Draft<'_, Settings>) -> Vec<Step> {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let mut options = json!({ "dateFormat": "yyyy-MM-dd", "labelText": "📅" });
    for (name, date) in [("startDate", picker.earliest), ("maximumDate", picker.latest)] {
        if let Some(date) = date {
            options[name] = day(date).into();
        }
    }
    let (title, mut steps) = interactive::title(&picker.title, draft);
    let page = json!({
        "pageIdentifier": DATE_PAGE, "type": "datePicker", "title": title,
        "subtitle": picker.subtitle.as_deref().unwrap_or_default(), "submitForm": true, "options": options,
    });
    let mut pictures = Pictures::default();
    let image = pictures.add(picker.image_url.as_deref());
    let balloon = balloon(&title, picker.subtitle.as_deref(), image);
    steps.push(interactive::message(forms::data(DATE_PAGE, false, vec![page]), Some(balloon), pictures));
    steps
}
