//! Days and times.

use conformance::outbound_table;
use contract::{Content, DatePicker, Location, TimeSlot};
use jiff::Timestamp;
use serde_json::json;
use telegram::Telegram;

use crate::{
    buttons::{IMAGE, button, inline, message},
    fixture::{now, sent, settings},
};

#[test]
fn dates() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let picker = |earliest: Option<&str>, latest: Option<&str>| {
        vec![Content::DatePicker(DatePicker {
            title: "When?".to_owned(),
            subtitle: Some("Any day.".to_owned()),
            earliest: earliest.map(at),
            latest: latest.map(at),
            ..DatePicker::default()
        })]
    };
    let day = |day: &str| button(day, &format!("um:date:{day}"));
    let words = |words: &str| vec![("sendMessage", json!({ "text": format!("When?\nAny day.\n📅 {words}") }))];
    let rows = vec![
        sent(
            "times",
            vec![Content::DatePicker(DatePicker {
                title: "When?".to_owned(),
                image_url: Some(IMAGE.to_owned()),
                times: vec![TimeSlot { at: at("2026-07-01T10:00:00Z"), duration_s: 3_600 }],
                ..DatePicker::default()
            })],
            vec![
                ("sendPhoto", json!({ "photo": IMAGE })),
                message("When?", inline(json!([[button("2026-07-01 10:00Z", "2026-07-01T10:00:00Z")]]))),
            ],
        ),
        sent(
            "days",
            picker(Some("2026-06-30T12:00:00Z"), Some("2026-07-02T00:00:00Z")),
            vec![message(
                "When?\nAny day.",
                inline(json!([[day("2026-06-30"), day("2026-07-01")], [day("2026-07-02")]])),
            )],
        ),
        sent(
            "too many days",
            picker(Some("2026-07-01T00:00:00Z"), Some("2026-07-29T00:00:00Z")),
            words("2026-07-01 … 2026-07-29"),
        ),
        sent("from a day on", picker(Some("2026-07-01T00:00:00Z"), None), words("2026-07-01 …")),
        sent("until a day", picker(None, Some("2026-07-01T00:00:00Z")), words("… 2026-07-01")),
        sent("any day", picker(None, None), words("YYYY-MM-DD")),
        sent(
            "days in disorder",
            picker(Some("2026-07-02T00:00:00Z"), Some("2026-07-01T00:00:00Z")),
            words("2026-07-02 … 2026-07-01"),
        ),
        sent(
            "times at a place",
            vec![Content::DatePicker(DatePicker {
                times: vec![TimeSlot { at: at("2026-07-01T10:00:00Z"), duration_s: 3_600 }],
                location: Some(Location {
                    title: Some("Acme".to_owned()),
                    address: None,
                    latitude: 35.5,
                    longitude: 139.5,
                }),
                ..DatePicker::default()
            })],
            vec![message(
                "Acme\nhttps://www.google.com/maps/search/?api=1&query=35.5,139.5",
                inline(json!([[button("2026-07-01 10:00Z", "2026-07-01T10:00:00Z")]])),
            )],
        ),
    ];
    outbound_table(&Telegram, &settings(), now(), rows);
}
