//! Questions: options, lists, days, forms, cards.

use conformance::OutboundRow;
use contract::{
    Attachment, Card, CardAction, Choice, Content, DatePicker, FormField, Location, MediaKind, Sticker, TimeSlot,
};
use serde_json::{Value, json};

use crate::fixture::{TS, accepted, context, message, post, refused, rendered, row, section, several, table};

fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": true })
}

fn actions(elements: Value) -> Value {
    json!({ "type": "actions", "elements": elements })
}

fn button(id: &str, text: &str, value: &str) -> Value {
    json!({ "type": "button", "action_id": id, "text": plain(text), "value": value })
}

fn option(text: &str, value: &str) -> Value {
    json!({ "text": plain(text), "value": value })
}

#[test]
fn questions() {
    let quick = |text: &str, options: Vec<Choice>| vec![Content::QuickReplies { text: text.to_owned(), options }];
    let picker =
        DatePicker { title: "When?".to_owned(), subtitle: Some("Any day.".to_owned()), ..DatePicker::default() };
    let many: Vec<Choice> = (0..30).map(|n| choice(&format!("{n}"), &format!("p{n}"))).collect();
    let buttons = |range: std::ops::Range<usize>| {
        actions(range.map(|n| button(&format!("um_once_{n}"), &format!("{n}"), &format!("p{n}"))).collect())
    };
    let rows = vec![
        row(
            "quick replies",
            quick("A & B?", vec![choice("Yes", "k=y"), choice("No", "k=n")]),
            json!({ "text": "A &amp; B?", "blocks": [
                section("A &amp; B?"), actions(json!([button("um_once_0", "Yes", "k=y"), button("um_once_1", "No", "k=n")])),
            ] }),
        ),
        row("quick replies without any", quick("Well?", vec![choice(" ", "")]), json!({ "text": "Well?" })),
        row(
            "quick replies without a question",
            quick("", vec![choice("Yes", "")]),
            json!({ "text": "💬", "blocks": [section("👇"), actions(json!([button("um_once_0", "Yes", "Yes")]))] }),
        ),
        row(
            "thirty quick replies",
            quick("Which?", many),
            json!({ "text": "Which?", "blocks": [section("Which?"), buttons(0..25), buttons(25..30)] }),
        ),
        row(
            "a long label, and a payload that a button cannot carry",
            quick("Which?", vec![choice(&"x".repeat(80), "long"), choice("Big", &"y".repeat(2_001))]),
            json!({ "text": "Which?", "blocks": [section("Which?"), actions(json!([
                button("um_once_0", &format!("{}…", "x".repeat(74)), "long"), button("um_once_1", "Big", "Big"),
            ]))] }),
        ),
        several(
            "a question that no section holds",
            quick(&"a".repeat(3_001), vec![choice("Yes", "y")]),
            vec![
                json!({ "text": "a".repeat(3_001) }),
                json!({ "text": format!("{}…", "a".repeat(2_999)), "blocks": [
                    section(&format!("{}…", "a".repeat(2_999))), actions(json!([button("um_once_0", "Yes", "y")])),
                ] }),
            ],
        ),
        row(
            "a list",
            vec![Content::List {
                title: "Which?".to_owned(),
                items: vec![choice("Lamp", "lamp"), choice("Desk", "")],
                multiple: false,
            }],
            json!({ "text": "Which?", "blocks": [section("Which?"), actions(json!([
                { "type": "static_select", "action_id": "um_tap_0", "options": [option("Lamp", "lamp"), option("Desk", "Desk")] },
            ]))] }),
        ),
        row(
            "a list of which several may be chosen",
            vec![Content::List { title: "Which?".to_owned(), items: vec![choice("Lamp", "lamp")], multiple: true }],
            json!({ "text": "Which?", "blocks": [
                { "type": "input", "block_id": "um_list", "label": plain("Which?"), "element": {
                    "type": "checkboxes", "action_id": "um_input_0", "options": [option("Lamp", "lamp")],
                } },
                actions(json!([{
                    "type": "button", "action_id": "um_submit_1", "text": plain("✅"), "style": "primary", "value": "submit",
                }])),
            ] }),
        ),
        row(
            "a list whose payloads no menu carries",
            vec![Content::List {
                title: "Which?".to_owned(),
                items: vec![choice("Lamp", &"x".repeat(151))],
                multiple: false,
            }],
            json!({ "text": "Which?", "blocks": [
                section("Which?"), actions(json!([button("um_once_0", "Lamp", &"x".repeat(151))])),
            ] }),
        ),
        row(
            "any day",
            vec![Content::DatePicker(DatePicker {
                earliest: Some("2026-07-01T00:00:00Z".parse().unwrap()),
                latest: Some("2026-07-31T00:00:00Z".parse().unwrap()),
                ..picker.clone()
            })],
            json!({ "text": "When?\nAny day.", "blocks": [
                section("When?\nAny day."),
                actions(json!([{ "type": "datepicker", "action_id": "um_date_0" }])),
                { "type": "context", "elements": [{ "type": "mrkdwn", "text": "2026-07-01 – 2026-07-31" }] },
            ] }),
        ),
        row(
            "any day, somewhere",
            vec![Content::DatePicker(DatePicker {
                location: Some(Location {
                    title: Some("Acme".to_owned()),
                    address: None,
                    latitude: 35.0,
                    longitude: 139.5,
                }),
                image_url: Some("https://x.example/a.jpg".to_owned()),
                ..picker.clone()
            })],
            json!({
                "text": "When?\nAny day.\nAcme\nhttps://www.google.com/maps/search/?api=1&amp;query=35,139.5",
                "blocks": [
                    { "type": "image", "image_url": "https://x.example/a.jpg", "alt_text": "When?" },
                    section("When?\nAny day.\nAcme\nhttps://www.google.com/maps/search/?api=1&amp;query=35,139.5"),
                    actions(json!([{ "type": "datepicker", "action_id": "um_date_0" }])),
                ],
            }),
        ),
        row(
            "one of some times",
            vec![Content::DatePicker(DatePicker {
                times: vec![TimeSlot { at: "2026-07-01T09:00:00Z".parse().unwrap(), duration_s: 60 }],
                ..picker
            })],
            json!({ "text": "When?\nAny day.", "blocks": [
                section("When?\nAny day."),
                actions(json!([button("um_once_0", "2026-07-01 09:00Z", "2026-07-01T09:00:00Z")])),
            ] }),
        ),
        row(
            "a form",
            vec![Content::Form {
                title: "About you".to_owned(),
                fields: vec![
                    FormField { id: "name".to_owned(), label: "Name".to_owned(), options: vec![], multiple: false },
                    FormField {
                        id: "size".to_owned(),
                        label: "Size".to_owned(),
                        options: vec![choice("L", "l")],
                        multiple: false,
                    },
                ],
            }],
            json!({ "text": "About you", "blocks": [
                section("About you"),
                { "type": "input", "block_id": "um_field_000_name", "optional": true, "label": plain("Name"),
                  "element": { "type": "plain_text_input", "action_id": "um_input_0" } },
                { "type": "input", "block_id": "um_field_001_size", "optional": true, "label": plain("Size"),
                  "element": { "type": "static_select", "action_id": "um_input_1", "options": [option("L", "l")] } },
                actions(json!([{
                    "type": "button", "action_id": "um_submit_2", "text": plain("✅"), "style": "primary", "value": "submit",
                }])),
            ] }),
        ),
        row(
            "a form too long for one message",
            vec![Content::Form {
                title: "All".to_owned(),
                fields: (0..21)
                    .map(|n| FormField {
                        id: format!("f{n}"),
                        label: "?".to_owned(),
                        options: vec![choice("A", "a")],
                        multiple: false,
                    })
                    .collect(),
            }],
            json!({ "text": format!("All\n{}", (1..=21).map(|n| format!("{n}. ? (A)")).collect::<Vec<_>>().join("\n")) }),
        ),
    ];
    table(rows);
}

#[test]
fn cards() {
    let card = |title: &str, description: Option<&str>, actions: Vec<CardAction>| Card {
        title: title.to_owned(),
        description: description.map(str::to_owned),
        actions,
        ..Card::default()
    };
    let postback =
        |text: &str, payload: &str| CardAction::Postback { text: text.to_owned(), payload: payload.to_owned() };
    let link = |text: &str, url: &str| CardAction::Link { text: text.to_owned(), url: url.to_owned() };
    let rows = vec![
        row(
            "a card",
            vec![Content::Card(Card {
                image_url: Some("https://x.example/a.jpg".to_owned()),
                default_action: Some(link("More", "https://x.example/?a=1&b=2")),
                ..card(
                    "Lamp",
                    Some("Bright & warm."),
                    vec![postback("Buy", "buy"), link("More", "https://x.example/lamp")],
                )
            })],
            json!({ "text": "Lamp", "blocks": [
                { "type": "image", "image_url": "https://x.example/a.jpg", "alt_text": "Lamp" },
                section("*<https://x.example/?a=1&amp;b=2|Lamp>*\nBright &amp; warm."),
                actions(json!([
                    button("um_tap_0", "Buy", "buy"),
                    { "type": "button", "action_id": "um_link_1", "text": plain("More"), "url": "https://x.example/lamp" },
                ])),
            ] }),
        ),
        row(
            "buttons that Slack cannot make",
            vec![Content::Card(card(
                "Lamp",
                None,
                vec![
                    link("Write", "mailto:a@x.example"),
                    CardAction::Call { text: "Call".to_owned(), phone_number: "+81 3".to_owned() },
                ],
            ))],
            json!({ "text": "Lamp", "blocks": [section("*Lamp*\nWrite: mailto:a@x.example\n☎ Call: +81 3")] }),
        ),
        row(
            "cards in a row stand one below the other",
            vec![Content::Carousel {
                cards: vec![card("Lamp", None, vec![postback("Buy", "1")]), card("Desk", None, vec![])],
            }],
            json!({ "text": "Lamp", "blocks": [
                section("*Lamp*"), actions(json!([button("um_tap_0", "Buy", "1")])), { "type": "divider" }, section("*Desk*"),
            ] }),
        ),
        OutboundRow {
            answers: vec![refused("invalid_blocks"), Ok(accepted(TS))],
            requests: vec![
                post(
                    0,
                    json!({ "text": "Lamp", "blocks": [
                    { "type": "image", "image_url": "https://x.example/gone.jpg", "alt_text": "Lamp" }, section("*Lamp*"),
                ] }),
                ),
                post(0, json!({ "text": "Lamp", "blocks": [section("*Lamp*")] })),
            ],
            ..row(
                "a picture that Slack cannot fetch",
                vec![Content::Card(Card {
                    image_url: Some("https://x.example/gone.jpg".to_owned()),
                    ..card("Lamp", None, vec![])
                })],
                json!({}),
            )
        },
    ];
    table(rows);
}

#[test]
fn what_is_shown_in_another_form_is_noted() {
    let one = || vec![choice("A", "a")];
    let list = |items: Vec<Choice>, multiple| Content::List { title: "Which?".to_owned(), items, multiple };
    let quick = |text: &str, options| Content::QuickReplies { text: text.to_owned(), options };
    let sticker = |url: Option<&str>| {
        let (sticker_id, image_url) = ("1".to_owned(), url.map(str::to_owned));
        Content::Sticker(Sticker { package_id: None, sticker_id, text: None, image_url })
    };
    let card = |card: Card| Content::Card(Card { title: "Lamp".to_owned(), ..card });
    let url = || Some("https://x.example/a".to_owned());
    let field = || FormField { id: "f".to_owned(), label: "?".to_owned(), options: vec![], multiple: false };
    let file = |url: &str, size| Content::Attachment(Attachment { size, ..Attachment::at_url(MediaKind::File, url) });
    let edited = |id: &str, text: &str| Content::Edited { message_id: id.to_owned(), text: text.to_owned() };
    let call = CardAction::Call { text: "Call".to_owned(), phone_number: "+81 3".to_owned() };
    let time = TimeSlot { at: "2026-07-01T09:00:00Z".parse().unwrap(), duration_s: 60 };
    for (content, noted) in [
        (quick("Which?", one()), vec![]),
        (list(one(), true), vec![]),
        (Content::DatePicker(DatePicker { title: "When?".to_owned(), ..DatePicker::default() }), vec![]),
        (Content::Form { title: "All".to_owned(), fields: vec![field()] }, vec![]),
        (card(Card { image_url: url(), ..Card::default() }), vec![]),
        (edited("D1:1.2", "new"), vec![]),
        (file("https://x.example/a.pdf", Some(50 << 20)), vec![]),
        (
            quick("Which?", vec![Choice { image_url: url(), ..choice("A", "a") }]),
            vec!["quick replies without their pictures: Slack's buttons have none"],
        ),
        (
            quick("Which?", vec![choice("A", &"x".repeat(2_001))]),
            vec!["answer → its words: Slack's buttons carry at most 2000 characters"],
        ),
        (
            quick("Which?", vec![choice(&"x".repeat(76), "x")]),
            vec!["label shortened: Slack shows at most 75 characters"],
        ),
        (list(vec![choice(&"x".repeat(76), "x")], false), vec!["label shortened: Slack shows at most 75 characters"]),
        (
            quick(&"x".repeat(3_001), one()),
            vec!["text → message of its own: a section of Slack's holds 3000 characters"],
        ),
        (
            list(vec![choice("A", &"x".repeat(151))], false),
            vec!["list → quick replies: Slack's menus carry at most 150 characters"],
        ),
        (
            list(vec![choice("A", "a"); 101], true),
            vec!["list → list of one choice: Slack's menus show at most 100 items"],
        ),
        (
            Content::DatePicker(DatePicker { title: "When?".to_owned(), times: vec![time], ..DatePicker::default() }),
            vec!["date picker → quick replies: Slack has none"],
        ),
        (
            Content::Form { title: "All".to_owned(), fields: (0..21).map(|_| field()).collect() },
            vec!["form → text: it is too big for a message of Slack's"],
        ),
        (
            Content::Carousel { cards: vec![Card { title: "Lamp".to_owned(), ..Card::default() }] },
            vec!["carousel → cards one below the other: Slack shows none side by side"],
        ),
        (
            card(Card { image_url: Some("ftp://x.example".to_owned()), ..Card::default() }),
            vec!["card without its picture: Slack cannot fetch this address"],
        ),
        (
            card(Card { video_url: url(), ..Card::default() }),
            vec!["card with a video → button: Slack plays none in a card"],
        ),
        (
            card(Card { actions: vec![call], ..Card::default() }),
            vec!["button → text: Slack's buttons open web pages alone"],
        ),
        (sticker(Some("https://x.example/s.png")), vec!["sticker → picture: Slack has none"]),
        (sticker(Some("s.png")), vec!["sticker → text: Slack has none"]),
        (sticker(None), vec!["sticker → text: Slack has none"]),
        (
            Content::Location(Location { title: None, address: None, latitude: 35.0, longitude: 139.5 }),
            vec!["location → text with a link to a map: Slack has none"],
        ),
        (edited("1.2", "new"), vec!["edit → new message: which message is meant is not known"]),
        (edited("D1:1.2", &"x".repeat(4_001)), vec!["edit → new message: it does not fit into one message"]),
        (
            file("https://x.example/a.pdf", Some((50 << 20) + 1)),
            vec!["file → link: Slack takes files of at most 53 MB"],
        ),
        (file("mailto:a@x.example", None), vec!["file → link: its address is not on the web"]),
    ] {
        let rendering = rendered(&message(vec![content.clone()]), &context());
        assert_eq!(rendering.degradations, noted, "{content:?}");
        assert!(!rendering.steps.is_empty() && rendering.refused.is_none(), "{content:?}");
    }
}
