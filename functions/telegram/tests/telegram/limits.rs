//! Whatever an agent or a canned response says, Telegram takes it.

use jiff::Timestamp;
use proptest::{collection::vec, option::of, prelude::*};
use serde_json::{Value, json};
use shared::{
    Attachment, Card, CardAction, Channel, Choice, Content, DatePicker, FormField, Location, MediaKind, Outbound,
    SendContext, Sticker, TimeSlot, parse_settings,
};
use telegram::{Telegram, simulator::rules};

use crate::fixture::{SECRET_TOKEN, context, in_group, outbound, posted, request, settings, update};

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
        (of("[0-9]{0,5}"), "[0-9A-Z]{1,40}", of(words())).prop_map(|(package_id, sticker_id, text)| {
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

/// Method and parameters of every call, and of what is tried in its place.
fn calls(message: &Outbound, context: &SendContext) -> Vec<(String, Value)> {
    let settings = parse_settings(&settings()).unwrap();
    let read = |request: &shared::http::Request| {
        let method = request.url.rsplit('/').next().unwrap().to_owned();
        (method, uploaded(serde_json::from_slice(&request.body).unwrap()))
    };
    let rendering = Telegram.render(message, &settings, context);
    rendering.calls.iter().flat_map(|call| [Some(&call.request), call.fallback.as_ref()]).flatten().map(read).collect()
}

/// What is uploaded becomes a file's id on the way.
fn uploaded(mut body: Value) -> Value {
    for (_, value) in body.as_object_mut().unwrap() {
        if value.get("upload").is_some() {
            *value = "BQACAgQAAxkBAAI-uploaded".into();
        }
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_call_is_within_the_limits(contents in vec(content(), 1..4), name in of(words())) {
        let context = SendContext { agent_name: name, ..context() };
        for (method, body) in calls(&outbound(contents.clone()), &context) {
            let fault = rules::fault(&method, &body);
            prop_assert!(fault.is_none(), "{method}: {fault:?}: {body}");
        }
    }

    #[test]
    fn no_word_of_a_text_is_lost(text in words()) {
        let sent: String = calls(&outbound(vec![Content::text(&text)]), &context())
            .iter()
            .map(|(_, body)| body["text"].as_str().unwrap())
            .collect();
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(squeezed(&sent), squeezed(&text));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..400)) {
        let settings = parse_settings(&settings()).unwrap();
        let _ = Telegram.parse(&request(body, Some(SECRET_TOKEN)), &settings);
    }

    /// Entities are places in a text; they may say anything.
    #[test]
    fn any_entity_is_read(text in words(), offset in 0..50_usize, length in any::<usize>(), end in 0..50_usize) {
        let settings = parse_settings(&settings()).unwrap();
        let entity = |kind: &str, length: usize| {
            json!({ "type": kind, "offset": offset, "length": length, "url": "https://x.example" })
        };
        let entities = ["mention", "bot_command", "text_link", "text_mention"]
            .map(|kind| [entity(kind, length), entity(kind, end)])
            .concat();
        let message = in_group(json!({ "text": text, "entities": entities }));
        prop_assert!(Telegram.parse(&posted(&update("message", message)), &settings).is_ok());
    }

    #[test]
    fn any_option_is_still_there_to_tap(options in vec(("[a-z]{1,10}", "[a-z]{1,64}"), 1..250)) {
        let content = Content::QuickReplies {
            text: "Which?".to_owned(),
            options: options
                .iter()
                .map(|(text, payload)| Choice { text: text.clone(), payload: payload.clone(), image_url: None })
                .collect(),
        };
        let sent = serde_json::to_string(&calls(&outbound(vec![content]), &context())).unwrap();
        for (_, payload) in &options {
            let tap = format!("\"callback_data\":\"{payload}\"");
            prop_assert!(sent.contains(&tap));
        }
    }
}
