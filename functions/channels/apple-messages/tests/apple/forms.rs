//! Dates and forms, as the guest's device shows them.

use apple_messages::AppleMessages;
use conformance::{choice, outbound_table};
use contract::{Content, DatePicker, FormField, Location, TimeSlot};
use serde_json::json;

use crate::fixture::{interactive, link, now, quick, row, row_on, settings, text};

#[test]
fn dates_and_times() {
    let times = || DatePicker {
        title: "When?".to_owned(),
        subtitle: Some("One hour".to_owned()),
        times: vec![
            TimeSlot { at: "2026-07-10T17:00:00Z".parse().unwrap(), duration_s: 1_800 },
            TimeSlot { at: "2026-07-11T09:30:00Z".parse().unwrap(), duration_s: 0 },
        ],
        location: Some(Location { title: Some("Acme".to_owned()), address: None, latitude: 35.5, longitude: 139.25 }),
        ..DatePicker::default()
    };
    let day = || DatePicker {
        title: "Which day?".to_owned(),
        earliest: Some("2026-07-01T00:00:00Z".parse().unwrap()),
        latest: Some("2026-07-31T00:00:00Z".parse().unwrap()),
        ..DatePicker::default()
    };
    let event = json!({ "mspVersion": "1.0", "event": {
        "identifier": "1",
        "title": "When?",
        "location": { "latitude": 35.5, "longitude": 139.25, "radius": 100, "title": "Acme" },
        "timeslots": [
            { "identifier": "2026-07-10T17:00:00Z", "startTime": "2026-07-10T17:00+0000", "duration": 1_800 },
            { "identifier": "2026-07-11T09:30:00Z", "startTime": "2026-07-11T09:30+0000", "duration": 3_600 },
        ],
    } });
    let form = json!({ "dynamic": { "version": "1.2", "template": "messageForms", "data": {
        "startPageIdentifier": "um:date", "showSummary": false, "pages": [{
            "pageIdentifier": "um:date", "type": "datePicker", "title": "Which day?", "subtitle": "", "submitForm": true,
            "options": {
                "dateFormat": "yyyy-MM-dd", "labelText": "📅", "startDate": "2026-07-01", "maximumDate": "2026-07-31",
            },
        }],
    } } });
    let content = |picker| vec![Content::DatePicker(picker)];
    let map = "https://www.google.com/maps/search/?api=1&query=35.5,139.25";
    let rows = vec![
        row(
            "times",
            content(times()),
            vec![interactive("0", event, Some(json!({ "title": "When?", "subtitle": "One hour", "style": "icon" })))],
        ),
        row_on(
            "times on a device without time pickers",
            "QUICK,LIST",
            content(times()),
            vec![quick(
                "0",
                &format!("When?\nOne hour\nAcme\n{map}"),
                json!([
                    { "identifier": "2026-07-10T17:00:00Z", "title": "2026-07-10 17:00Z" },
                    { "identifier": "2026-07-11T09:30:00Z", "title": "2026-07-11 09:30Z" },
                ]),
            )],
        ),
        row_on(
            "times on a device with nothing",
            "",
            content(times()),
            vec![
                text("When?\nOne hour\nAcme"),
                link(map, "google.com"),
                text("1. 2026-07-10 17:00Z\n2. 2026-07-11 09:30Z"),
            ],
        ),
        row(
            "any day",
            content(day()),
            vec![interactive("0", form, Some(json!({ "title": "Which day?", "style": "icon" })))],
        ),
        row_on(
            "any day on a device without forms",
            "TIME",
            content(day()),
            vec![text("Which day?\n📅 2026-07-01 … 2026-07-31")],
        ),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}

#[test]
fn forms() {
    let form = || {
        let field = |id: &str, label: &str, options, multiple| FormField {
            id: id.to_owned(),
            label: label.to_owned(),
            options,
            multiple,
        };
        vec![Content::Form {
            title: "About you".to_owned(),
            fields: vec![
                field("name", "Your name", vec![], false),
                field("size", "Size", vec![choice("Small", "s"), choice("Large", "l")], false),
            ],
        }]
    };
    let pages = json!([
        {
            "pageIdentifier": "name", "type": "input", "title": "Your name", "subtitle": "", "submitForm": false,
            "nextPageIdentifier": "size", "options": { "required": true, "inputType": "singleline", "placeholder": "" },
        },
        {
            "pageIdentifier": "size", "type": "select", "title": "Size", "subtitle": "", "submitForm": true,
            "multipleSelection": false, "items": [
                { "identifier": "s", "title": "Small", "value": "s" },
                { "identifier": "l", "title": "Large", "value": "l" },
            ],
        },
    ]);
    let data = json!({ "dynamic": { "version": "1.2", "template": "messageForms", "data": {
        "startPageIdentifier": "name", "showSummary": true, "pages": pages,
    } } });
    let rows = vec![
        row("a form", form(), vec![interactive("0", data, Some(json!({ "title": "About you", "style": "icon" })))]),
        row_on("a form in words", "LIST", form(), vec![text("About you\n1. Your name\n2. Size (Small / Large)")]),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}
