//! Whatever an agent or a canned response may say: words of any length, addresses that are none, cards without a title, a
//! thousand options. For the properties that a channel's requests keep its network's rules.

use contract::{
    Attachment, Card, CardAction, Choice, Content, DatePicker, FormField, Location, MediaKind, Sticker, TimeSlot,
};
use jiff::Timestamp;
use proptest::{collection::vec, option::of, prelude::*};

/// Words of any length, in scripts that count differently. No web addresses: see [`any_url`].
pub fn any_words() -> BoxedStrategy<String> {
    let unit = prop_oneof![
        "[a-z \n]{1,8}",
        Just("日本語".to_owned()),
        Just("👨‍👩‍👧‍👦".to_owned()),
        Just("👍🏽".to_owned()),
        Just("مرحبا ".to_owned()),
        Just("\"\\\u{1}<&>".to_owned()),
        Just(format!("a{}", "\u{301}".repeat(40))),
        any::<String>(),
    ];
    (unit, prop_oneof![4 => 0..6_usize, 2 => 0..60_usize, 1 => 0..1_500_usize])
        .prop_map(|(unit, times)| unit.repeat(times))
        .boxed()
}

/// An address: of a file, of nothing a network takes, too long, no address at all.
pub fn any_url() -> BoxedStrategy<String> {
    let long = |end: &'static str| {
        (0..3_500_usize).prop_map(move |n| format!("https://x.example/{}{end}", "a".repeat(n))).boxed()
    };
    prop_oneof![
        3 => Just("https://x.example/a.jpg".to_owned()),
        2 => Just("https://x.example/a.mp4".to_owned()),
        1 => Just("mailto:a@x.example".to_owned()),
        1 => long(""),
        1 => long(".png"),
        1 => any_words(),
        1 => any_words().prop_map(|words| format!("https://x.example/{words}")),
    ]
    .boxed()
}

fn any_choice() -> BoxedStrategy<Choice> {
    (any_words(), any_words(), of(any_url()))
        .prop_map(|(text, payload, image_url)| Choice { text, payload, image_url })
        .boxed()
}

fn any_action() -> BoxedStrategy<CardAction> {
    let phone_number = prop_oneof![3 => "[+0-9 ()]{0,20}", 1 => any_words()];
    prop_oneof![
        3 => (any_words(), any_words()).prop_map(|(text, payload)| CardAction::Postback { text, payload }),
        1 => ("[a-z]{1,12}", "[a-z]{1,12}").prop_map(|(text, payload)| CardAction::Postback { text, payload }),
        1 => (any_words(), any_url()).prop_map(|(text, url)| CardAction::Link { text, url }),
        1 => (any_words(), phone_number).prop_map(|(text, phone_number)| CardAction::Call { text, phone_number }),
    ]
    .boxed()
}

fn any_card() -> BoxedStrategy<Card> {
    let title = prop_oneof![any_words(), "[a-z]{1,30}"];
    (title, of(any_words()), of(any_url()), of(any_url()), of(any_action()), vec(any_action(), 0..9))
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

fn any_moment() -> BoxedStrategy<Timestamp> {
    (0..4_000_000_000_i64).prop_map(|second| Timestamp::from_second(second).unwrap()).boxed()
}

fn any_date_picker() -> BoxedStrategy<DatePicker> {
    let slot = (any_moment(), 0..100_000_u64).prop_map(|(at, duration_s)| TimeSlot { at, duration_s });
    (any_words(), of(any_words()), of(any_url()), of(any_moment()), of(any_moment()), vec(slot, 0..40))
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

fn any_form() -> BoxedStrategy<Content> {
    let id = prop_oneof![3 => Just("f".to_owned()), 1 => any_words()];
    let field = (id, any_words(), vec(any_choice(), 0..4), any::<bool>());
    (any_words(), vec(field, 0..24))
        .prop_map(|(title, fields)| {
            let field =
                |(n, (id, label, options, multiple))| FormField { id: format!("{id}{n}"), label, options, multiple };
            Content::Form { title, fields: fields.into_iter().enumerate().map(field).collect() }
        })
        .boxed()
}

/// A file that lies somewhere.
pub fn any_attachment() -> BoxedStrategy<Attachment> {
    let kind =
        prop_oneof![Just(MediaKind::Image), Just(MediaKind::Video), Just(MediaKind::Audio), Just(MediaKind::File)];
    let name = prop_oneof![any_words(), any_words().prop_map(|words| format!("{words}.exe"))];
    let size = prop_oneof![0..100_000_000_u64, any::<u64>()];
    (kind, any_url(), of(name), of(any_words()), of(any_url()), of(size), of(any::<u64>()))
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

/// What is said without a file.
pub fn any_words_or_question() -> BoxedStrategy<Content> {
    let degrees = || prop_oneof![-200.0..200.0, Just(f64::NAN), Just(f64::INFINITY)];
    let location =
        (of(any_words()), of(any_words()), degrees(), degrees()).prop_map(|(title, address, latitude, longitude)| {
            Content::Location(Location { title, address, latitude, longitude })
        });
    let id = prop_oneof!["[0-9]{1,9}", "[0-9A-Z]{1,40}", "[a-f0-9]{1,30}"];
    let sticker =
        (of("[0-9]{0,5}"), id, of(any_words()), of(any_url())).prop_map(|(package_id, sticker_id, text, image_url)| {
            Content::Sticker(Sticker { package_id, sticker_id, text, image_url })
        });
    prop_oneof![
        any_words().prop_map(Content::text),
        location,
        sticker,
        (any_words(), vec(any_choice(), 0..30)).prop_map(|(text, options)| Content::QuickReplies { text, options }),
        (any_words(), vec(any_choice(), 0..60), any::<bool>()).prop_map(|(title, items, multiple)| Content::List {
            title,
            items,
            multiple
        }),
        any_card().prop_map(Content::Card),
        vec(any_card(), 0..16).prop_map(|cards| Content::Carousel { cards }),
        any_date_picker().prop_map(Content::DatePicker),
        any_form(),
    ]
    .boxed()
}

/// Anything that an agent's message may have in it.
pub fn any_content() -> BoxedStrategy<Content> {
    prop_oneof![8 => any_words_or_question(), 1 => any_attachment().prop_map(Content::Attachment)].boxed()
}
