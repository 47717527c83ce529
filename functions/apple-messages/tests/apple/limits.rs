//! Whatever an agent or a canned response says, Apple takes it; whatever is posted, nothing breaks.

use apple_messages::{AppleMessages, simulator::rules};
use jiff::Timestamp;
use proptest::{collection::vec, option::of, prelude::*};
use serde_json::{Value, json};
use shared::{
    Attachment, Card, CardAction, Channel, Choice, Content, DatePicker, FormField, Location, MediaKind, SendContext,
    Sticker, TimeSlot, text,
};
use unicode_segmentation::UnicodeSegmentation;

use crate::fixture::{BUSINESS, GUEST, context, context_of, message, posted, signed, typed};

/// Words of any length, in scripts that count differently.
fn words() -> BoxedStrategy<String> {
    let unit = prop_oneof![
        "[a-z \n]{1,8}",
        Just("日本語".to_owned()),
        Just("👨‍👩‍👧‍👦".to_owned()),
        Just("مرحبا ".to_owned()),
        Just("e\u{301}\u{323}".to_owned()),
        Just(" https://x.example/a ".to_owned()),
        Just("\n".to_owned()),
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
        1 => (words(), words()).prop_map(|(text, phone_number)| CardAction::Call { text, phone_number }),
    ]
    .boxed()
}

fn card() -> BoxedStrategy<Card> {
    (words(), of(words()), of(url()), of(url()), of(action()), vec(action(), 0..5))
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

fn picker() -> BoxedStrategy<DatePicker> {
    let time = || (0_i64..4_000_000_000).prop_map(|s| Timestamp::from_second(s).unwrap());
    let slots = vec((time(), 0..100_000_u64).prop_map(|(at, duration_s)| TimeSlot { at, duration_s }), 0..5);
    (words(), of(words()), of(url()), of(time()), of(time()), slots)
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
    let field = (words(), words(), vec(choice(), 0..4), any::<bool>())
        .prop_map(|(id, label, options, multiple)| FormField { id, label, options, multiple });
    prop_oneof![
        words().prop_map(Content::text),
        (words(), vec(choice(), 0..9)).prop_map(|(text, options)| Content::QuickReplies { text, options }),
        (words(), vec(choice(), 0..9), any::<bool>()).prop_map(|(title, items, multiple)| Content::List {
            title,
            items,
            multiple
        }),
        card().prop_map(Content::Card),
        vec(card(), 0..4).prop_map(|cards| Content::Carousel { cards }),
        picker().prop_map(Content::DatePicker),
        (words(), vec(field, 0..4)).prop_map(|(title, fields)| Content::Form { title, fields }),
        (url(), of(words())).prop_map(|(url, name)| {
            Content::Attachment(Attachment { name, ..Attachment::at_url(MediaKind::File, url) })
        }),
        (of(words()), of(url())).prop_map(|(text, image_url)| {
            Content::Sticker(Sticker { package_id: None, sticker_id: "1".to_owned(), text, image_url })
        }),
        (of(words()), of(words()), -90.0..90.0_f64, -180.0..180.0_f64).prop_map(
            |(title, address, latitude, longitude)| {
                Content::Location(Location { title, address, latitude, longitude })
            }
        ),
    ]
    .boxed()
}

/// What is sent, with pictures and files in it as if they had been fetched.
fn sent(contents: Vec<Content>, context: &SendContext) -> Vec<Value> {
    let rendering = AppleMessages.render(&message(contents), &typed(), context);
    rendering
        .calls
        .iter()
        .map(|call| {
            let mut body: Value = serde_json::from_slice(&call.request.body).unwrap();
            if let Some(image) = body.pointer_mut("/richLinkData/assets/image") {
                *image = json!({ "data": "x", "mimeType": "image/png" });
            }
            for image in
                body.pointer_mut("/interactiveData/data/images").and_then(Value::as_array_mut).into_iter().flatten()
            {
                image["data"] = "x".into();
            }
            for file in body.get_mut("attachments").and_then(Value::as_array_mut).into_iter().flatten() {
                *file = json!({
                    "name": "n", "mimeType": "m", "size": "1", "signature-base64": "s", "url": "u", "owner": "o",
                    "key": "0".repeat(66),
                });
            }
            body
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_is_as_apple_wants_it(
        contents in vec(content(), 1..4),
        name in of(words()),
        capabilities in "(QUICK,)?(LIST,)?(TIME,)?(FORM)?",
    ) {
        let context = SendContext { agent_name: name, ..context_of(&capabilities) };
        for message in sent(contents, &context) {
            let faults = rules::faults(&message);
            prop_assert!(faults.is_empty(), "{faults:?}: {message:#}");
            prop_assert_eq!(&message["sourceId"], BUSINESS);
            prop_assert_eq!(&message["destinationId"], GUEST);
        }
    }

    #[test]
    fn no_word_of_a_text_is_lost(text in words()) {
        let parts = sent(vec![Content::text(&text)], &context());
        let texts: Vec<&str> = parts.iter().filter_map(|part| part["body"].as_str()).collect();
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        // An address on a line of its own is a rich link and no text.
        let without: String = text.lines().filter(|line| !line.trim().starts_with("https://x.example/a")).collect::<Vec<_>>().join("\n");
        let said = squeezed(&texts.concat());
        prop_assert!(said == squeezed(&text) || said == squeezed(&without) || text.contains("https://"), "{said:?}");
        for part in texts {
            prop_assert!(part.encode_utf16().count() <= 3_000);
        }
    }

    #[test]
    fn parts_are_whole_graphemes(text in "[^h]{0,40}", times in 0..400_usize) {
        let whole = text.repeat(times);
        let limit = apple_messages::DESCRIPTOR.text_limit;
        let parts = text::split(&whole, limit);
        prop_assert_eq!(parts.concat(), &*whole);
        prop_assert!(parts.iter().all(|part| part.encode_utf16().count() <= limit.max));
        let cuts: Vec<usize> = parts.iter().scan(0, |at, part| { *at += part.len(); Some(*at) }).collect();
        let bounds: std::collections::BTreeSet<usize> =
            whole.grapheme_indices(true).map(|(at, _)| at).chain([whole.len()]).collect();
        let longest = whole.graphemes(true).map(|g| g.encode_utf16().count()).max().unwrap_or_default();
        prop_assert!(longest > limit.max || cuts.iter().all(|cut| bounds.contains(cut)));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..400)) {
        let _ = AppleMessages.parse(&signed(body.clone()), &typed());
        let _ = AppleMessages.parse(&signed([vec![0x1f, 0x8b], body].concat()), &typed());
    }

    #[test]
    fn any_answer_is_read(kind in "quick-reply|listPicker|event|dynamic|authenticate|payment", value in "[a-z0-9{}:,\\[\\]\"]{0,60}") {
        let data: Value = serde_json::from_str(&value).unwrap_or_else(|_| json!({ "items": [value], "selections": [value] }));
        let message = posted("interactive", json!({ "interactiveData": { "data": { kind: data } } }));
        let events = AppleMessages.parse(&signed(message.to_string()), &typed()).unwrap().events;
        prop_assert_eq!(events.len(), 1);
    }

    #[test]
    fn any_option_is_still_there_to_tap(options in vec(("[a-z]{1,10}", "[a-z=]{1,200}"), 1..40)) {
        let content = Content::QuickReplies {
            text: "Which?".to_owned(),
            options: options
                .iter()
                .map(|(text, payload)| Choice { text: text.clone(), payload: payload.clone(), image_url: None })
                .collect(),
        };
        let sent = sent(vec![content], &context())[0].to_string();
        for (_, payload) in &options {
            let tap = format!("\"identifier\":\"{payload}");
            prop_assert!(sent.contains(&tap));
        }
    }
}
