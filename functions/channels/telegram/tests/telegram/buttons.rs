//! Quick replies, lists, cards, dates.

use conformance::{OutboundRow, outbound_table};
use contract::{Card, CardAction, Choice, Content, DatePicker, FormField, TimeSlot};
use jiff::Timestamp;
use serde_json::{Value, json};
use telegram::Telegram;

use crate::fixture::{accepted, call, context, degradations, now, outbound, refused, sent, settings};

pub const IMAGE: &str = "https://x.example/a.jpg";

pub fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
}

fn postback(text: &str, payload: &str) -> CardAction {
    CardAction::Postback { text: text.to_owned(), payload: payload.to_owned() }
}

fn link(text: &str, url: &str) -> CardAction {
    CardAction::Link { text: text.to_owned(), url: url.to_owned() }
}

pub fn button(text: &str, data: &str) -> Value {
    json!({ "text": text, "callback_data": data })
}

pub fn inline(rows: Value) -> Value {
    json!({ "inline_keyboard": rows })
}

fn typed(rows: Value) -> Value {
    json!({ "keyboard": rows, "one_time_keyboard": true, "resize_keyboard": true })
}

fn ask(text: &str, options: Vec<Choice>) -> Vec<Content> {
    vec![Content::QuickReplies { text: text.to_owned(), options }]
}

pub fn message(text: &str, markup: Value) -> (&'static str, Value) {
    ("sendMessage", json!({ "text": text, "reply_markup": markup }))
}

fn bold(length: usize) -> Value {
    json!([{ "type": "bold", "offset": 0, "length": length }])
}

#[test]
fn quick_replies_and_lists() {
    let long = "p".repeat(65);
    let hundred: Vec<Choice> = (0..101).map(|n| choice(&format!("Option number {n:03}"), &n.to_string())).collect();
    let rows_of = |range: std::ops::Range<u32>| -> Vec<Value> {
        range.map(|n| json!([button(&format!("Option number {n:03}"), &n.to_string())])).collect()
    };
    let many_long: Vec<Choice> = (1..=101).map(|n| choice(&n.to_string(), &format!("{n}{long}"))).collect();
    let numbered: Vec<String> = (1..=101).map(|n| format!("{n}. {n}")).collect();
    let rows = vec![
        sent(
            "short words side by side",
            ask("Call?", vec![choice("Yes", "call=yes"), choice("No", "call=no")]),
            vec![message("Call?", inline(json!([[button("Yes", "call=yes"), button("No", "call=no")]])))],
        ),
        sent(
            "long words below each other, three at most in a row",
            ask(
                "?",
                vec![
                    choice("A", "1"),
                    choice("B", "2"),
                    choice("C", "3"),
                    choice("D", "4"),
                    choice("a longer answer here", "5"),
                ],
            ),
            vec![message(
                "?",
                inline(json!([
                    [button("A", "1"), button("B", "2"), button("C", "3")],
                    [button("D", "4"), button("a longer answer here", "5")],
                ])),
            )],
        ),
        sent(
            "options without a question",
            ask("", vec![choice("Yes", "y")]),
            vec![message("👇", inline(json!([[button("Yes", "y")]])))],
        ),
        sent("a question without options", ask("Well?", vec![]), vec![("sendMessage", json!({ "text": "Well?" }))]),
        sent(
            "words without payload, payload without words, neither",
            ask("?", vec![choice("Yes", ""), choice("", "n"), choice(" ", "")]),
            vec![message("?", inline(json!([[button("Yes", "Yes"), button("n", "n")]])))],
        ),
        sent(
            "64 bytes are carried",
            ask("?", vec![choice("Yes", &"あ".repeat(21))]),
            vec![message("?", inline(json!([[button("Yes", &"あ".repeat(21))]])))],
        ),
        sent(
            "65 bytes are not: all come back as texts",
            ask("?", vec![choice("Yes", &long), choice("No", "n")]),
            vec![message("?", typed(json!([[{ "text": "Yes" }, { "text": "No" }]])))],
        ),
        sent(
            "more long answers than a keyboard has room for",
            ask("Which?", many_long),
            vec![("sendMessage", json!({ "text": format!("Which?\n{}", numbered.join("\n")) }))],
        ),
        sent(
            "a label that is too long is cut",
            ask("?", vec![choice(&"a".repeat(65), "1")]),
            vec![message("?", inline(json!([[button(&format!("{}…", "a".repeat(63)), "1")]])))],
        ),
        sent(
            "101 options: two messages",
            ask("Which?", hundred),
            vec![message("Which?", inline(json!(rows_of(0..100)))), message("…", inline(json!(rows_of(100..101))))],
        ),
        sent(
            "a list is a column",
            vec![Content::List {
                title: "Which?".to_owned(),
                items: vec![choice("A", "1"), choice("B", "2")],
                multiple: true,
            }],
            vec![message("Which?", inline(json!([[button("A", "1")], [button("B", "2")]])))],
        ),
        sent(
            "the buttons are below the last part of a long question",
            ask(&format!("{}?", "a".repeat(4_096)), vec![choice("Yes", "y")]),
            vec![
                ("sendMessage", json!({ "text": "a".repeat(4_096) })),
                message("?", inline(json!([[button("Yes", "y")]]))),
            ],
        ),
    ];
    outbound_table(&Telegram, &settings(), now(), rows);
}

fn lamp() -> Card {
    Card {
        title: "Lamp".to_owned(),
        description: Some("Bright.".to_owned()),
        image_url: Some(IMAGE.to_owned()),
        actions: vec![postback("Buy", "buy=1"), link("More", "https://x.example/lamp")],
        ..Card::default()
    }
}

fn numbered_card() -> Card {
    let long = "p".repeat(65);
    Card { title: "Lamp".to_owned(), actions: vec![postback(&long, &long)], ..Card::default() }
}

fn lamp_keyboard() -> Value {
    inline(json!([[button("Buy", "buy=1")], [{ "text": "More", "url": "https://x.example/lamp" }]]))
}

fn lamp_photo() -> Value {
    json!({
        "photo": IMAGE, "caption": "Lamp\nBright.", "caption_entities": bold(4), "reply_markup": lamp_keyboard(),
    })
}

#[test]
fn cards() {
    let long = "p".repeat(65);
    let of = |actions: Vec<CardAction>| {
        vec![Content::Card(Card { title: "💡 Lamp".to_owned(), actions, ..Card::default() })]
    };
    let bright = "b".repeat(1_100);
    let rows = vec![
        sent("a card", vec![Content::Card(lamp())], vec![("sendPhoto", lamp_photo())]),
        OutboundRow {
            label: "a picture that Telegram cannot fetch",
            message: outbound(vec![Content::Card(lamp())]),
            context: context(),
            answers: vec![refused(400, "Bad Request: wrong type of the web page content"), Ok(accepted(1))],
            requests: vec![
                call("sendPhoto", lamp_photo()),
                call(
                    "sendMessage",
                    json!({
                        "text": "Lamp\nBright.", "entities": bold(4), "reply_markup": lamp_keyboard(),
                    }),
                ),
            ],
            result: Ok(vec!["1".to_owned()]),
        },
        sent(
            "a card without a picture",
            of(vec![postback("Buy", "1")]),
            vec![(
                "sendMessage",
                json!({
                    "text": "💡 Lamp", "entities": bold(7), "reply_markup": inline(json!([[button("Buy", "1")]])),
                }),
            )],
        ),
        sent(
            "a card without buttons",
            of(vec![]),
            vec![("sendMessage", json!({ "text": "💡 Lamp", "entities": bold(7) }))],
        ),
        sent(
            "a number to call, and an address that Telegram does not open",
            of(vec![
                CardAction::Call { text: "Call us".to_owned(), phone_number: "+81 3 0000 0000".to_owned() },
                link("Write", "mailto:a@x.example"),
            ]),
            vec![(
                "sendMessage",
                json!({
                    "text": "💡 Lamp\nCall us: +81 3 0000 0000\nWrite: mailto:a@x.example", "entities": bold(7),
                }),
            )],
        ),
        sent(
            "an answer that is too long for a button",
            of(vec![postback("Buy", &long), postback("Ask", "a")]),
            vec![
                (
                    "sendMessage",
                    json!({
                        "text": "💡 Lamp", "entities": bold(7), "reply_markup": inline(json!([[button("Ask", "a")]])),
                    }),
                ),
                message("👇", typed(json!([[{ "text": "Buy" }]]))),
            ],
        ),
        sent(
            "what a tap on the card does is a button, unless there is one",
            vec![
                Content::Card(Card { default_action: Some(link("", "https://x.example/lamp")), ..lamp() }),
                Content::Card(Card {
                    title: "Desk".to_owned(),
                    default_action: Some(link("", "https://x.example/desk")),
                    ..Card::default()
                }),
            ],
            vec![
                ("sendPhoto", lamp_photo()),
                (
                    "sendMessage",
                    json!({
                        "text": "Desk", "entities": bold(4),
                        "reply_markup": inline(json!([[{ "text": "x.example", "url": "https://x.example/desk" }]])),
                    }),
                ),
            ],
        ),
        sent(
            "words too long for a caption",
            vec![Content::Card(Card { description: Some(bright.clone()), ..lamp() })],
            vec![
                ("sendPhoto", json!({ "photo": IMAGE })),
                (
                    "sendMessage",
                    json!({
                        "text": format!("Lamp\n{bright}"), "entities": bold(4), "reply_markup": lamp_keyboard(),
                    }),
                ),
            ],
        ),
        sent(
            "a film",
            vec![Content::Card(Card {
                title: "Lamp".to_owned(),
                video_url: Some("https://x.example/a.mp4".to_owned()),
                ..Card::default()
            })],
            vec![(
                "sendVideo",
                json!({
                    "video": "https://x.example/a.mp4", "caption": "Lamp", "caption_entities": bold(4),
                }),
            )],
        ),
        sent(
            "a film beside a picture",
            vec![Content::Card(Card {
                video_url: Some("https://x.example/a.mp4".to_owned()),
                actions: vec![],
                ..lamp()
            })],
            vec![(
                "sendPhoto",
                json!({
                    "photo": IMAGE, "caption": "Lamp\nBright.", "caption_entities": bold(4),
                    "reply_markup": inline(json!([[{ "text": "▶", "url": "https://x.example/a.mp4" }]])),
                }),
            )],
        ),
        sent(
            "a picture at no address",
            vec![Content::Card(Card { image_url: Some("cid:1".to_owned()), actions: vec![], ..lamp() })],
            vec![("sendMessage", json!({ "text": "Lamp\nBright.", "entities": bold(4) }))],
        ),
        sent(
            "an answer that is too long for any button",
            vec![Content::Card(Card { image_url: Some(IMAGE.to_owned()), ..numbered_card() })],
            vec![
                ("sendPhoto", json!({ "photo": IMAGE })),
                ("sendMessage", json!({ "text": format!("Lamp\n1. {}", "p".repeat(65)) })),
            ],
        ),
        sent(
            "a carousel",
            vec![Content::Carousel { cards: vec![lamp(), lamp()] }],
            vec![("sendPhoto", lamp_photo()), ("sendPhoto", lamp_photo())],
        ),
    ];
    outbound_table(&Telegram, &settings(), now(), rows);
}

#[test]
fn what_is_shown_in_another_form_is_told() {
    let long = "a".repeat(65);
    let ask = |options: Vec<Choice>| Content::QuickReplies { text: String::new(), options };
    let list = |items: Vec<Choice>, multiple| Content::List { title: String::new(), items, multiple };
    let card = |actions: Vec<CardAction>| Content::Card(Card { actions, ..lamp() });
    let field = FormField { id: "f".to_owned(), label: "Name".to_owned(), options: vec![], multiple: false };
    let times = vec![TimeSlot { at: Timestamp::UNIX_EPOCH, duration_s: 0 }];
    for (content, note) in [
        (Content::Carousel { cards: vec![lamp(), lamp()] }, "carousel → cards: Telegram has none"),
        (
            ask(vec![choice("a", &long)]),
            "answer → text: Telegram's buttons carry at most 64 bytes, so the guest's tap comes back as a text",
        ),
        (
            ask(vec![choice(&long, &long)]),
            "quick replies → numbered text: they are too many or too long for a keyboard",
        ),
        (ask(vec![choice(&long, "b")]), "label shortened: Telegram shows at most 64 characters"),
        (list(vec![choice(&long, "b")], false), "label shortened: Telegram shows at most 64 characters"),
        (card(vec![postback(&long, "b")]), "label shortened: Telegram shows at most 64 characters"),
        (
            card(vec![postback(&long, &long)]),
            "card → picture, words and options: they are too many or too long for a keyboard",
        ),
        (
            list(vec![choice("a", "b")], true),
            "list → list of one choice: Telegram lets the guest choose one item at a time",
        ),
        (
            Content::DatePicker(DatePicker::default()),
            "date picker → text: Telegram has no date picker, and the days are too many for buttons",
        ),
        (
            Content::DatePicker(DatePicker { times, ..DatePicker::default() }),
            "date picker → buttons: Telegram has no date picker",
        ),
        (Content::Form { title: "f".to_owned(), fields: vec![field] }, "form → text: Telegram has none"),
    ] {
        assert_eq!(degradations(vec![content]).first().map(String::as_str), Some(note));
    }
    for shown in [Content::Card(lamp()), ask(vec![choice("a", "b")]), list(vec![choice("a", "b")], false)] {
        assert_eq!(degradations(vec![shown]), [""; 0]);
    }
}
