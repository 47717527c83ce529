//! Whatever an agent or a canned response says, Slack takes it.

use jiff::Timestamp;
use proptest::{collection::vec, option::of, prelude::*};
use serde_json::Value;
use shared::{
    Card, CardAction, Channel, Choice, Content, DatePicker, FormField, Location, Outbound, SendContext, Sticker,
    TimeSlot, parse_settings,
};
use slack::{Slack, simulator::rules};

use crate::fixture::{context, message, settings, signed};

/// Words of any length, in scripts that count differently.
fn words() -> BoxedStrategy<String> {
    let unit = prop_oneof![
        "[a-z \n]{1,8}",
        Just("日本語".to_owned()),
        Just("👨‍👩‍👧‍👦".to_owned()),
        Just("👍🏽".to_owned()),
        Just("<&>".to_owned()),
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
        1 => (0..3_500_usize).prop_map(|n| format!("https://x.example/{}", "a".repeat(n))),
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
        1 => (words(), url()).prop_map(|(text, url)| CardAction::Link { text, url }),
        1 => (words(), "[+0-9 ()]{0,20}").prop_map(|(text, phone_number)| CardAction::Call { text, phone_number }),
    ]
    .boxed()
}

fn card() -> BoxedStrategy<Card> {
    (words(), of(words()), of(url()), of(url()), of(action()), vec(action(), 0..6))
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

fn content() -> BoxedStrategy<Content> {
    prop_oneof![
        words().prop_map(Content::text),
        (of(words()), of(words())).prop_map(|(title, address)| {
            Content::Location(Location { title, address, latitude: 1.0, longitude: 2.0 })
        }),
        (of(words()), of(url())).prop_map(|(text, image_url)| {
            Content::Sticker(Sticker { package_id: None, sticker_id: "1".to_owned(), text, image_url })
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
        (words(), vec((words(), vec(choice(), 0..3), any::<bool>()), 0..24)).prop_map(|(title, fields)| {
            Content::Form {
                title,
                fields: fields
                    .into_iter()
                    .enumerate()
                    .map(|(n, (label, options, multiple))| FormField { id: format!("f{n}"), label, options, multiple })
                    .collect(),
            }
        }),
    ]
    .boxed()
}

fn bodies(message: &Outbound, context: &SendContext) -> Vec<Value> {
    let settings = parse_settings(&settings()).unwrap();
    let rendering = Slack.render(message, &settings, context);
    let requests = rendering.calls.iter().flat_map(|call| [Some(&call.request), call.fallback.as_ref()]);
    requests.flatten().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

fn read_back(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_within_the_limits(contents in vec(content(), 1..4), name in of(words())) {
        let context = SendContext { agent_name: name, ..context() };
        for body in bodies(&message(contents.clone()), &context) {
            let faults = rules::faults(&body);
            prop_assert!(faults.is_empty(), "{faults:?}");
        }
    }

    #[test]
    fn no_word_of_a_text_is_lost(text in words()) {
        let sent: String = bodies(&message(vec![Content::text(&text)]), &context())
            .iter()
            .map(|body| read_back(body["text"].as_str().unwrap()))
            .collect();
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(squeezed(&sent), squeezed(&text));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..400)) {
        let settings = parse_settings(&settings()).unwrap();
        let _ = Slack.parse(&signed(body), &settings);
    }

    #[test]
    fn any_words_are_read(text in words(), user in words()) {
        let settings = parse_settings(&settings()).unwrap();
        let event = crate::fixture::direct(serde_json::json!({ "text": text, "user": user, "ts": user, "thread_ts": text }));
        let _ = Slack.parse(&crate::fixture::posted(event), &settings);
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
            let tap = format!("\"value\":\"{payload}\"");
            prop_assert!(sent.contains(&tap));
        }
    }
}
