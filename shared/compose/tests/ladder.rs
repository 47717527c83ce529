//! Whatever a network shows: every content arrives as something, words are not lost, what is not declared is not asked.
#![allow(clippy::unwrap_used)]

use std::cell::{Cell, RefCell};

use compose::{Ladder, Renderer};
use contract::{
    Attachment, Capabilities, Card, CardAction, Choice, Content, DatePicker, FormField, Location, MediaKind, Part,
    Sticker, TimeSlot, Unsupported,
    descriptor::{Dates, Lists, Media, Options, Support, TextLimit, TextUnit, utf16},
};
use proptest::{collection::vec, prelude::*};
use serde_json::json;

/// A network with any capabilities, which writes down what it is asked.
struct Network {
    capabilities: Capabilities,
    /// Refuses everything but text, to reach the last rung.
    refuses: bool,
    notes: RefCell<Vec<String>>,
    numbered: RefCell<Vec<Choice>>,
    name: Cell<Option<&'static str>>,
}

impl Network {
    fn new(capabilities: Capabilities, refuses: bool) -> Self {
        let (notes, numbered) = (RefCell::default(), RefCell::default());
        Self { capabilities, refuses, notes, numbered, name: Cell::new(Some("Ann")) }
    }

    /// Whether a part is declared.
    fn declares(&self, part: &Part<'_>) -> bool {
        let c = &self.capabilities;
        match part {
            Part::Text(_) => true,
            Part::Media(file) => match file.kind {
                MediaKind::Image => c.image.is_some(),
                MediaKind::Video => c.video.is_some(),
                MediaKind::Audio => c.audio.is_some(),
                MediaKind::File => c.file.is_some(),
            },
            Part::Album(files) => (2..=c.album).contains(&files.len()),
            Part::Location(_) => c.location.is_asked(),
            Part::Sticker(_) => c.sticker.is_asked(),
            Part::Options { options, .. } => c.options.is_some_and(|declared| options.len() <= declared.most),
            Part::List { items, multiple, .. } => {
                c.list.is_some_and(|declared| items.len() <= declared.most && (declared.multiple || !multiple))
            }
            Part::Card(_) => c.card.is_asked(),
            Part::Carousel(cards) => c.carousel.is_asked() && cards.len() <= c.carousel_most,
            Part::Date(picker) if picker.times.is_empty() => c.date.days.is_asked(),
            Part::Date(_) => c.date.times.is_asked(),
            Part::Form { .. } => c.form.is_asked(),
            Part::Native(_) => c.native.is_asked(),
            Part::Edit { .. } => c.edit.is_asked(),
            Part::Typing { .. } => c.typing_to_guest,
            Part::Read => c.read_marks,
        }
    }
}

impl Renderer for Network {
    type Step = String;

    fn connector(&self) -> &'static str {
        "any"
    }

    fn network(&self) -> &'static str {
        "Any"
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn text_limit(&self) -> TextLimit {
        TextLimit { max: 50, unit: TextUnit::Utf16 }
    }

    fn render(&self, part: &Part<'_>) -> Result<Vec<String>, Unsupported> {
        assert!(self.declares(part), "asked for what is not declared: {part:?}");
        match part {
            Part::Text(text) => {
                assert!(!text.trim().is_empty() && utf16(50).unit.measure(text) <= 50, "{text:?}");
                Ok(vec![(*text).to_owned()])
            }
            _ if self.refuses => Err("not like this".into()),
            part => Ok(vec![format!("{part:?}")]),
        }
    }

    fn note(&self, degradation: String) {
        self.notes.borrow_mut().push(degradation);
    }

    fn named(&self, words: &str) -> String {
        self.name.take().map_or_else(|| words.to_owned(), |name| format!("{name}: {words}"))
    }

    fn number(&self, option: &Choice) -> usize {
        self.numbered.borrow_mut().push(option.clone());
        self.numbered.borrow().len()
    }
}

fn support() -> impl Strategy<Value = Support> {
    prop_oneof![Just(Support::Native), Just(Support::Degraded), Just(Support::No)]
}

fn media() -> impl Strategy<Value = Option<Media>> {
    prop_oneof![
        Just(None),
        Just(Some(Media::up_to(1_000))),
        Just(Some(Media::up_to(u64::MAX).only(&["image/png"]).captioned(utf16(5)).lasting(1_000))),
    ]
}

fn capabilities() -> impl Strategy<Value = Capabilities> {
    let files = (media(), media(), media(), media(), 1..4_usize);
    let shown = (support(), support(), support(), support(), support(), support(), support(), support(), support());
    let most = (0..4_usize, 0..4_usize, any::<bool>(), any::<bool>(), 1..4_usize);
    (files, shown, most).prop_map(|(files, shown, (options, items, multiple, typing, cards))| Capabilities {
        image: files.0,
        video: files.1,
        audio: files.2,
        file: files.3,
        album: files.4,
        location: shown.0,
        sticker: shown.1,
        card: shown.2,
        carousel: shown.3,
        carousel_most: cards,
        date: Dates { days: shown.4, times: shown.5 },
        form: shown.6,
        native: shown.7,
        edit: shown.8,
        options: (options > 0).then_some(Options { most: options, label: utf16(3) }),
        list: (items > 0).then_some(Lists { most: items, multiple }),
        typing_to_guest: typing,
        ..Capabilities::TEXT_ONLY
    })
}

fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
}

fn content() -> impl Strategy<Value = Content> {
    let choices = || {
        vec(("[a-z]{1,4}", "[a-z]{0,3}"), 1..6)
            .prop_map(|all| all.into_iter().map(|(text, payload)| choice(&text, &payload)).collect::<Vec<_>>())
    };
    let kind =
        prop_oneof![Just(MediaKind::Image), Just(MediaKind::Video), Just(MediaKind::Audio), Just(MediaKind::File),];
    let file = (kind, prop::option::of(0..2_000_u64), prop::option::of("[a-z]{1,9}"), any::<bool>()).prop_map(
        |(kind, size, caption, preview)| Attachment {
            size,
            caption,
            preview_url: preview.then(|| "https://x.example/p.jpg".to_owned()),
            ..Attachment::at_url(kind, "https://x.example/f.png")
        },
    );
    let card = ("[a-z]{1,9}", choices()).prop_map(|(title, options)| Card {
        title,
        actions: options
            .into_iter()
            .map(|option| CardAction::Postback { text: option.text, payload: option.payload })
            .collect(),
        ..Card::default()
    });
    let slot = |second: i64| TimeSlot { at: jiff::Timestamp::from_second(second).unwrap(), duration_s: 60 };
    prop_oneof![
        "[a-z ]{1,200}[a-z]".prop_map(Content::text),
        file.prop_map(Content::Attachment),
        any::<(f64, f64)>().prop_map(|(latitude, longitude)| Content::Location(Location {
            title: Some("here".to_owned()),
            address: None,
            latitude,
            longitude,
        })),
        any::<bool>().prop_map(|pictured| Content::Sticker(Sticker {
            package_id: None,
            sticker_id: "1".to_owned(),
            text: None,
            image_url: pictured.then(|| "https://x.example/s.png".to_owned()),
        })),
        ("[a-z]{0,9}", choices()).prop_map(|(text, options)| Content::QuickReplies { text, options }),
        ("[a-z]{0,9}", choices(), any::<bool>()).prop_map(|(title, items, multiple)| Content::List {
            title,
            items,
            multiple
        }),
        card.clone().prop_map(Content::Card),
        vec(card, 1..5).prop_map(|cards| Content::Carousel { cards }),
        (0..3_i64).prop_map(move |times| Content::DatePicker(DatePicker {
            title: "when".to_owned(),
            times: (0..times).map(slot).collect(),
            ..DatePicker::default()
        })),
        Just(Content::Form {
            title: "form".to_owned(),
            fields: vec![FormField { id: "n".to_owned(), label: "Name".to_owned(), options: vec![], multiple: false }],
        }),
        Just(Content::Edited { message_id: "1".to_owned(), text: "new".to_owned() }),
    ]
}

/// What a reader must find again.
fn words_of(content: &Content) -> Vec<String> {
    match content {
        Content::Text { text } => text.split_whitespace().map(str::to_owned).collect(),
        Content::Edited { text, .. } => vec![text.clone()],
        Content::QuickReplies { text, options } | Content::List { title: text, items: options, .. } => {
            options.iter().map(|option| option.text.clone()).chain([text.clone()]).collect()
        }
        Content::Card(card) => std::iter::once(card.title.clone())
            .chain(card.actions.iter().map(|action| action.text().to_owned()))
            .collect(),
        Content::Carousel { cards } => cards.iter().flat_map(|card| words_of(&Content::Card(card.clone()))).collect(),
        Content::DatePicker(picker) => {
            picker.times.iter().map(TimeSlot::spoken).chain([picker.title.clone()]).collect()
        }
        Content::Form { title, fields } => {
            fields.iter().map(|field| field.label.clone()).chain([title.clone()]).collect()
        }
        Content::Attachment(file) => file.caption.clone().into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Without white space: a long word may be cut between two messages.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_content_arrives_in_some_form(
        contents in vec(content(), 1..4), capabilities in capabilities(), refuses in any::<bool>(),
    ) {
        let network = Network::new(capabilities, refuses);
        let (steps, refused) = Ladder::new(&network).contents(&contents);
        prop_assert!(!steps.is_empty() && refused.is_none());
        let shown = squeezed(&steps.concat());
        for word in contents.iter().flat_map(words_of) {
            // Times are written in one way in words and in another in a part.
            let found = shown.contains(&squeezed(&word)) || word.ends_with('Z');
            prop_assert!(found, "{word:?} is lost: {steps:?}");
        }
        // Numbers are what is printed, from 1.
        for (index, option) in network.numbered.borrow().iter().enumerate() {
            let line = squeezed(&format!("{}. {}", index + 1, option.text));
            prop_assert!(shown.contains(&line), "{line} is not shown: {steps:?}");
        }
        let plain = contents.iter().all(|content| content.kind() == "text");
        prop_assert!(!refuses || plain || !network.notes.borrow().is_empty(), "what is shown otherwise is said");
        prop_assert!(shown.matches("Ann:").count() <= 1, "the agent is named once");
    }
}

#[test]
fn what_is_declared_is_shown_without_a_note() {
    let all = Capabilities {
        image: Some(Media::up_to(u64::MAX)),
        options: Some(Options { most: 10, label: utf16(20) }),
        card: Support::Native,
        location: Support::Native,
        native: Support::Native,
        ..Capabilities::TEXT_ONLY
    };
    let network = Network::new(all, false);
    let contents = [
        Content::Attachment(Attachment::at_url(MediaKind::Image, "https://x.example/a.png")),
        Content::QuickReplies { text: "Tea?".to_owned(), options: vec![choice("Yes", "y")] },
        Content::Card(Card { title: "Red".to_owned(), ..Card::default() }),
        Content::Location(Location { title: None, address: None, latitude: 35.0, longitude: 139.0 }),
        Content::Native { connector: Some("any".to_owned()), json: json!({}) },
    ];
    let (steps, refused) = Ladder::new(&network).contents(&contents);
    assert_eq!((steps.len(), refused), (5, None));
    assert_eq!(*network.notes.borrow(), Vec::<String>::new());
}

#[test]
fn json_of_another_network_is_refused_in_words() {
    let network = Network::new(Capabilities { native: Support::Native, ..Capabilities::TEXT_ONLY }, false);
    let foreign = Content::Native { connector: Some("line".to_owned()), json: json!({ "type": "text" }) };
    let (steps, refused) = Ladder::new(&network).contents(&[foreign]);
    assert_eq!(steps, Vec::<String>::new());
    assert_eq!(refused.unwrap().sentence, "The message was not sent to Any: it is written for another channel.");
}

#[test]
fn the_words_of_each_rung() {
    let tea = || vec![choice("Yes", "y"), choice("No", "n")];
    let form = |options| FormField { id: "c".to_owned(), label: "Colour".to_owned(), options, multiple: false };
    let picture = || Attachment {
        name: Some("menu.png".to_owned()),
        ..Attachment::at_url(MediaKind::Image, "https://x.example/1.png")
    };
    for (label, content, expected) in [
        ("options", Content::QuickReplies { text: "Tea?".to_owned(), options: tea() }, "Tea?\n1. Yes\n2. No"),
        ("a list", Content::List { title: String::new(), items: tea(), multiple: true }, "1. Yes\n2. No"),
        ("no options", Content::QuickReplies { text: "Tea?".to_owned(), options: vec![] }, "Tea?"),
        (
            "a form",
            Content::Form { title: "Order".to_owned(), fields: vec![form(tea())] },
            "Order\n1. Colour (Yes / No)",
        ),
        ("a file", Content::Attachment(picture()), "📎 menu.png\nhttps://x.example/1.png"),
        ("an edit", Content::Edited { message_id: "1".to_owned(), text: "new".to_owned() }, "✏️ new"),
        (
            "any day",
            Content::DatePicker(DatePicker { title: "When?".to_owned(), ..DatePicker::default() }),
            "When?\n📅 YYYY-MM-DD",
        ),
        (
            "off the map",
            Content::Location(Location {
                title: Some("Moon".to_owned()),
                address: None,
                latitude: 384_400.0,
                longitude: 0.0,
            }),
            "Moon",
        ),
        (
            "a sticker",
            Content::Sticker(Sticker {
                package_id: None,
                sticker_id: "1".to_owned(),
                text: Some("hug".to_owned()),
                image_url: None,
            }),
            "hug",
        ),
    ] {
        let network = Network::new(Capabilities::TEXT_ONLY, false);
        network.name.set(None);
        let (steps, _) = Ladder::new(&network).contents(&[content]);
        assert_eq!(steps.concat(), expected, "{label}");
    }
}
