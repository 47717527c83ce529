//! Whatever an agent or a canned response says, LINE takes it.

use jiff::Timestamp;
use line::{Line, simulator::rules};
use proptest::{collection::vec, option::of, prelude::*};
use serde_json::Value;
use shared::{
    Attachment, Card, CardAction, Channel, Choice, Content, DatePicker, FormField, Location, MediaKind, Outbound,
    SendContext, Sticker, TimeSlot, parse_settings,
};

use crate::fixture::{GUEST, context, message, settings};

/// Words of any length, in scripts that count differently.
fn words() -> BoxedStrategy<String> {
    let unit = prop_oneof![
        "[a-z \n]{1,8}",
        Just("日本語".to_owned()),
        Just("👨‍👩‍👧‍👦".to_owned()),
        Just("👍🏽".to_owned()),
        Just("\"\\\u{1}".to_owned()),
        Just(format!("a{}", "\u{301}".repeat(40))),
        any::<String>(),
    ];
    (unit, prop_oneof![4 => 0..6_usize, 2 => 0..60_usize, 1 => 0..900_usize])
        .prop_map(|(unit, times)| unit.repeat(times))
        .boxed()
}

fn url() -> BoxedStrategy<String> {
    prop_oneof![
        3 => Just("https://x.example/a.jpg".to_owned()),
        1 => Just("mailto:a@x.example".to_owned()),
        1 => (0..2_500_usize).prop_map(|n| format!("https://x.example/{}", "a".repeat(n))),
        1 => words(),
    ]
    .boxed()
}

fn choice() -> BoxedStrategy<Choice> {
    (words(), words(), of(url())).prop_map(|(text, payload, image_url)| Choice { text, payload, image_url }).boxed()
}

fn action() -> BoxedStrategy<CardAction> {
    prop_oneof![
        3 => (words(), words()).prop_map(|(text, payload)| CardAction::Postback { text, payload }),
        1 => ("[a-z]{1,12}", "[a-z]{1,12}").prop_map(|(text, payload)| CardAction::Postback { text, payload }),
        1 => (words(), url()).prop_map(|(text, url)| CardAction::Link { text, url }),
        1 => (words(), "[+0-9 ()]{0,20}").prop_map(|(text, phone_number)| CardAction::Call { text, phone_number }),
    ]
    .boxed()
}

fn card() -> BoxedStrategy<Card> {
    let title = prop_oneof![words(), "[a-z]{1,30}"];
    (title, of(words()), of(url()), of(url()), of(action()), vec(action(), 0..6))
        .prop_map(|(title, description, image_url, video_url, default_action, actions)| Card {
            title,
            description,
            image_url,
            video_url,
            default_action,
            actions,
        })
        .boxed()
}

fn moment() -> BoxedStrategy<Timestamp> {
    (0..4_000_000_000_i64).prop_map(|second| Timestamp::from_second(second).unwrap()).boxed()
}

fn date_picker() -> BoxedStrategy<DatePicker> {
    let slots = vec(moment().prop_map(|at| TimeSlot { at, duration_s: 60 }), 0..30);
    (words(), of(words()), of(url()), of(moment()), of(moment()), slots)
        .prop_map(|(title, subtitle, image_url, earliest, latest, times)| DatePicker {
            title,
            subtitle,
            image_url,
            earliest,
            latest,
            times,
            location: None,
        })
        .boxed()
}

fn attachment() -> BoxedStrategy<Attachment> {
    let kind =
        prop_oneof![Just(MediaKind::Image), Just(MediaKind::Video), Just(MediaKind::Audio), Just(MediaKind::File),];
    (kind, url(), of(words()), of(words()), of(url()), of(any::<u64>()), of(any::<u64>()))
        .prop_map(|(kind, url, name, caption, preview_url, size, duration_ms)| Attachment {
            name,
            caption,
            preview_url,
            size,
            duration_ms,
            ..Attachment::at_url(kind, url)
        })
        .boxed()
}

fn content() -> BoxedStrategy<Content> {
    let degrees = || prop_oneof![-200.0..200.0, Just(f64::NAN), Just(f64::INFINITY)];
    prop_oneof![
        words().prop_map(Content::text),
        attachment().prop_map(Content::Attachment),
        (of(words()), of(words()), degrees(), degrees()).prop_map(|(title, address, latitude, longitude)| {
            Content::Location(Location { title, address, latitude, longitude })
        }),
        (of("[0-9]{0,5}"), "[0-9]{1,9}", of(words())).prop_map(|(package_id, sticker_id, text)| {
            Content::Sticker(Sticker { package_id, sticker_id, text, image_url: None })
        }),
        (words(), vec(choice(), 0..30)).prop_map(|(text, options)| Content::QuickReplies { text, options }),
        (words(), vec(choice(), 0..60), any::<bool>()).prop_map(|(title, items, multiple)| Content::List {
            title,
            items,
            multiple
        }),
        card().prop_map(Content::Card),
        vec(card(), 0..16).prop_map(|cards| Content::Carousel { cards }),
        date_picker().prop_map(Content::DatePicker),
        (words(), vec((words(), vec(choice(), 0..3)), 0..4)).prop_map(|(title, fields)| Content::Form {
            title,
            fields: fields
                .into_iter()
                .map(|(label, options)| FormField { id: "f".to_owned(), label, options, multiple: false })
                .collect(),
        }),
    ]
    .boxed()
}

fn bodies(message: &Outbound, context: &SendContext) -> Vec<Value> {
    let settings = parse_settings(&settings()).unwrap();
    let rendering = Line.render(message, &settings, context);
    let body = |request: &shared::http::Request| serde_json::from_slice(&request.body).unwrap();
    for call in &rendering.calls {
        if let Some(push) = &call.fallback {
            let (reply, push): (Value, Value) = (body(&call.request), body(push));
            assert_eq!(reply["messages"], push["messages"], "reply and push say the same");
        }
    }
    rendering.calls.iter().map(|call| body(&call.request)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_within_the_limits(contents in vec(content(), 1..4), name in of(words())) {
        let context = SendContext { agent_name: name, ..crate::fixture::context_aged(1) };
        for body in bodies(&message(contents.clone()), &context) {
            let faults = rules::faults(&body["messages"]);
            prop_assert!(faults.is_empty(), "{faults:?}");
            prop_assert!(body.to_string().len() < 2_000_000);
        }
    }

    #[test]
    fn no_word_of_a_text_is_lost(text in words()) {
        let sent: String = bodies(&message(vec![Content::text(&text)]), &context())
            .iter()
            .flat_map(|body| body["messages"].as_array().unwrap().clone())
            .map(|message| message["text"].as_str().unwrap().to_owned())
            .collect();
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(squeezed(&sent), squeezed(&text));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..400)) {
        let settings = parse_settings(&settings()).unwrap();
        let _ = Line.parse(&crate::fixture::signed(body), &settings);
    }

    #[test]
    fn any_option_is_still_there_to_tap(options in vec(("[a-z]{1,10}", "[a-z]{1,200}"), 1..80)) {
        let content = Content::QuickReplies {
            text: "Which?".to_owned(),
            options: options
                .iter()
                .map(|(text, payload)| Choice { text: text.clone(), payload: payload.clone(), image_url: None })
                .collect(),
        };
        let sent = serde_json::to_string(&bodies(&message(vec![content]), &context())).unwrap();
        for (_, payload) in &options {
            let tap = format!("\"data\":\"{payload}\"");
            prop_assert!(sent.contains(&tap));
        }
    }
}

#[test]
fn the_guest_is_named() {
    let bodies = bodies(&message(vec![Content::text("hi")]), &context());
    assert_eq!(bodies[0]["to"], GUEST);
}
