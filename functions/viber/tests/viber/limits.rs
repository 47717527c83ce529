//! Whatever an agent or a canned response says, Viber takes it, and the guest's telephone shows it.

use jiff::Timestamp;
use proptest::{collection::vec, option::of, prelude::*};
use serde_json::Value;
use shared::{
    Attachment, Card, CardAction, Channel, Choice, Content, DatePicker, FormField, Location, MediaKind, Outbound,
    SendContext, Sticker, TimeSlot, parse_settings,
};
use viber::{Viber, simulator::rules};

use crate::fixture::{context, message, said, settings, signed};

/// Words of any length, in scripts that count differently.
fn words() -> BoxedStrategy<String> {
    let unit = prop_oneof![
        "[a-z \n]{1,8}",
        Just("日本語".to_owned()),
        Just("👨‍👩‍👧‍👦".to_owned()),
        Just("👍🏽".to_owned()),
        Just("\"\\\u{1}<&>".to_owned()),
        Just("مرحبا".to_owned()),
        Just(format!("a{}", "\u{301}".repeat(40))),
        any::<String>(),
    ];
    (unit, prop_oneof![4 => 0..6_usize, 2 => 0..60_usize, 1 => 0..1_500_usize])
        .prop_map(|(unit, times)| unit.repeat(times))
        .boxed()
}

fn url() -> BoxedStrategy<String> {
    prop_oneof![
        3 => Just("https://x.example/a.jpg".to_owned()),
        2 => Just("https://x.example/a.mp4".to_owned()),
        1 => Just("mailto:a@x.example".to_owned()),
        1 => (0..2_500_usize).prop_map(|n| format!("https://x.example/{}.png", "a".repeat(n))),
        1 => words().prop_map(|words| format!("https://x.example/{words}")),
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
    (title, of(words()), of(url()), of(url()), of(action()), vec(action(), 0..9))
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
    let slots = vec(moment().prop_map(|at| TimeSlot { at, duration_s: 60 }), 0..40);
    (words(), of(words()), of(moment()), of(moment()), slots)
        .prop_map(|(title, subtitle, earliest, latest, times)| DatePicker {
            title,
            subtitle,
            earliest,
            latest,
            times,
            ..DatePicker::default()
        })
        .boxed()
}

fn attachment() -> BoxedStrategy<Attachment> {
    let kind =
        prop_oneof![Just(MediaKind::Image), Just(MediaKind::Video), Just(MediaKind::Audio), Just(MediaKind::File)];
    let size = prop_oneof![0..100_000_000_u64, any::<u64>()];
    let name = prop_oneof![words(), words().prop_map(|words| format!("{words}.exe"))];
    (kind, url(), of(name), of(words()), of(url()), of(size), of(any::<u64>()))
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
        (prop_oneof!["[0-9]{1,9}", "[a-f0-9]{1,30}"], of(words())).prop_map(|(sticker_id, text)| {
            Content::Sticker(Sticker { package_id: None, sticker_id, text, image_url: None })
        }),
        (words(), vec(choice(), 0..30)).prop_map(|(text, options)| Content::QuickReplies { text, options }),
        (words(), vec(choice(), 0..60), any::<bool>()).prop_map(|(title, items, multiple)| Content::List {
            title,
            items,
            multiple
        }),
        card().prop_map(Content::Card),
        vec(card(), 0..9).prop_map(|cards| Content::Carousel { cards }),
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

/// All requests, those in words too.
fn bodies(message: &Outbound, context: &SendContext) -> Vec<Value> {
    let settings = parse_settings(&settings()).unwrap();
    let rendering = Viber.render(message, &settings, context);
    let requests = rendering.calls.iter().flat_map(|call| [Some(&call.request), call.fallback.as_ref()]);
    requests
        .flatten()
        .map(|request| {
            assert!(request.body.len() <= 30_000, "{} bytes", request.body.len());
            serde_json::from_slice(&request.body).unwrap()
        })
        .collect()
}

fn texts(bodies: &[Value]) -> String {
    bodies.iter().map(|body| body["text"].as_str().unwrap()).collect()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_within_the_limits(contents in vec(content(), 1..4), name in of(words())) {
        let context = SendContext { agent_name: name, ..context() };
        for body in bodies(&message(contents.clone()), &context) {
            let faults = [rules::faults(&body), rules::client_faults(&body)].concat();
            prop_assert!(faults.is_empty(), "{faults:?}");
        }
    }

    #[test]
    fn no_word_of_a_text_is_lost(text in words()) {
        prop_assert_eq!(squeezed(&texts(&bodies(&message(vec![Content::text(&text)]), &context()))), squeezed(&text));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..400)) {
        let settings = parse_settings(&settings()).unwrap();
        let _ = Viber.parse(&signed(body), &settings);
    }

    /// Whatever the guest taps comes back as the answer it means.
    #[test]
    fn any_option_comes_back_with_its_payload(
        options in vec(("[a-zé日👍 <&\"]{1,10}", "[a-z=\"\\\\é日]{1,200}"), 1..80),
        list in any::<bool>(),
    ) {
        let options: Vec<Choice> = options
            .into_iter()
            .filter(|(text, _)| !text.trim().is_empty())
            .map(|(text, payload)| Choice { text, payload, image_url: None })
            .collect();
        let content = match list {
            true => Content::List { title: "Which?".to_owned(), items: options.clone(), multiple: false },
            false => Content::QuickReplies { text: "Which?".to_owned(), options: options.clone() },
        };
        let settings = parse_settings(&settings()).unwrap();
        let rendering = Viber.render(&message(vec![content]), &settings, &context());
        let mut answers = Vec::new();
        for call in &rendering.calls {
            let body: Value = serde_json::from_slice(&call.request.body).unwrap();
            let buttons = [&body["keyboard"]["Buttons"], &body["rich_media"]["Buttons"]];
            for button in buttons.into_iter().filter_map(Value::as_array).flatten() {
                if button["ActionType"] != "reply" {
                    continue;
                }
                let tap = serde_json::json!({
                    "type": "text", "text": button["ActionBody"], "tracking_data": body["tracking_data"],
                });
                let parsed = Viber.parse(&signed(said(tap).to_string()), &settings).unwrap();
                let Content::Answer(answer) = &parsed.events[0].content else { panic!("no answer: {button}") };
                answers.push((answer.text.clone(), answer.payload.clone()));
            }
        }
        let expected: Vec<(String, String)> =
            options.into_iter().map(|option| (option.text.trim().to_owned(), option.payload)).collect();
        prop_assert_eq!(answers, expected);
    }
}
