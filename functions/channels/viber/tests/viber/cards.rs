//! Cards and carousels.

use conformance::outbound_table;
use contract::{Card, CardAction, Content};
use serde_json::{Value, json};
use viber::Viber;

use crate::fixture::{now, row, settings, text};

const PICTURE: &str = "https://x.example/lamp.jpg";

fn postback(text: &str, payload: &str) -> CardAction {
    CardAction::Postback { text: text.to_owned(), payload: payload.to_owned() }
}

fn link(text: &str, url: &str) -> CardAction {
    CardAction::Link { text: text.to_owned(), url: url.to_owned() }
}

fn lamp() -> Card {
    Card {
        title: "Lamp".to_owned(),
        description: Some("Bright & warm.".to_owned()),
        image_url: Some(PICTURE.to_owned()),
        actions: vec![postback("Buy", "buy=lamp"), link("More", "https://x.example/lamp")],
        ..Card::default()
    }
}

fn sized(rows: u32, mut button: Value) -> Value {
    button["Columns"] = 6.into();
    button["Rows"] = rows.into();
    button
}

fn picture(rows: u32) -> Value {
    sized(rows, json!({ "ActionType": "none", "ActionBody": "none", "Image": PICTURE }))
}

fn words(rows: u32, html: &str) -> Value {
    let words = json!({ "ActionType": "none", "ActionBody": "none", "Text": html, "TextHAlign": "left", "TextVAlign": "middle" });
    sized(rows, words)
}

fn tap(text: &str, payload: &str) -> Value {
    let body = json!({ "um": [text, payload] }).to_string();
    sized(1, json!({ "ActionType": "reply", "ActionBody": body, "Text": text, "Silent": true }))
}

fn open(text: &str, url: &str) -> Value {
    sized(1, json!({ "ActionType": "open-url", "ActionBody": url, "Text": text }))
}

fn grid(height: u32, buttons: Vec<Value>, alt_text: &str) -> (u32, Value) {
    let grid = json!({
        "Type": "rich_media", "ButtonsGroupColumns": 6, "ButtonsGroupRows": height, "BgColor": "#FFFFFF",
        "Buttons": buttons,
    });
    (7, json!({ "type": "rich_media", "alt_text": alt_text, "rich_media": grid }))
}

const LAMP: &str = "<b>Lamp</b><br>Bright &amp; warm.";

fn whole_lamp() -> Vec<Value> {
    vec![picture(3), words(2, LAMP), tap("Buy", "buy=lamp"), open("More", "https://x.example/lamp")]
}

const LAMP_IN_WORDS: &str = "Lamp\nBright & warm.\n– Buy\n– More: https://x.example/lamp";

#[test]
fn one_card() {
    let many = Card { actions: (1..=4).map(|n| postback(&format!("B{n}"), &format!("{n}"))).collect(), ..lamp() };
    let rows = vec![
        row("a card", vec![Content::Card(lamp())], vec![grid(7, whole_lamp(), LAMP_IN_WORDS)]),
        row(
            "a headline and a button",
            vec![Content::Card(Card {
                title: "Lamp".to_owned(),
                actions: vec![postback("Buy", "b")],
                ..Card::default()
            })],
            vec![grid(2, vec![words(1, "<b>Lamp</b>"), tap("Buy", "b")], "Lamp\n– Buy")],
        ),
        row(
            "a picture alone, which opens a page",
            vec![Content::Card(Card {
                image_url: Some(PICTURE.to_owned()),
                default_action: Some(link("", "https://x.example/")),
                ..Card::default()
            })],
            vec![grid(
                3,
                vec![sized(
                    3,
                    json!({ "ActionType": "open-url", "ActionBody": "https://x.example/", "Image": PICTURE }),
                )],
                "🖼",
            )],
        ),
        row(
            "a tap on the card itself answers",
            vec![Content::Card(Card {
                title: "Lamp".to_owned(),
                default_action: Some(postback("Lamp, please", "lamp")),
                ..Card::default()
            })],
            vec![grid(
                1,
                vec![sized(
                    1,
                    json!({
                        "ActionType": "reply", "ActionBody": "{\"um\":[\"Lamp, please\",\"lamp\"]}", "Silent": true,
                        "Text": "<b>Lamp</b>", "TextHAlign": "left", "TextVAlign": "middle",
                    }),
                )],
                "Lamp",
            )],
        ),
        row(
            "more buttons than fit below a picture",
            vec![Content::Card(many)],
            vec![grid(
                7,
                vec![
                    picture(3),
                    words(2, LAMP),
                    tap("B1", "1"),
                    tap("B2", "2"),
                    words(5, "<b>…</b>"),
                    tap("B3", "3"),
                    tap("B4", "4"),
                ],
                "Lamp\nBright & warm.\n– B1\n– B2\n\n…\n– B3\n– B4",
            )],
        ),
        row(
            "what Viber has no button for is said below",
            vec![Content::Card(Card {
                title: "Lamp".to_owned(),
                video_url: Some("https://x.example/v.mp4".to_owned()),
                image_url: Some("ftp://x.example/a.jpg".to_owned()),
                actions: vec![
                    CardAction::Call { text: "Call us".to_owned(), phone_number: "+44 20 7946 0000".to_owned() },
                    link("Mail", "mailto:a@x.example"),
                ],
                ..Card::default()
            })],
            vec![
                grid(
                    2,
                    vec![words(1, "<b>Lamp</b>"), open("▶", "https://x.example/v.mp4")],
                    "Lamp\n– ▶: https://x.example/v.mp4",
                ),
                text("Call us: +44 20 7946 0000\nMail: mailto:a@x.example"),
            ],
        ),
        row(
            "words too long for a card come before it",
            vec![Content::Card(Card {
                title: "Lamp".to_owned(),
                description: Some("b".repeat(200)),
                actions: vec![postback("Buy", "b")],
                ..Card::default()
            })],
            vec![
                text(&format!("Lamp\n{}", "b".repeat(200))),
                grid(
                    3,
                    vec![words(2, &format!("<b>Lamp</b><br>{}…", "b".repeat(139))), tap("Buy", "b")],
                    &format!("Lamp\n{}…\n– Buy", "b".repeat(139)),
                ),
            ],
        ),
        row("an empty card", vec![Content::Card(Card::default())], vec![]),
        row(
            "a payload too long for a button",
            vec![Content::Card(Card {
                title: "Lamp".to_owned(),
                actions: vec![postback("Buy", &"p".repeat(1_300))],
                ..Card::default()
            })],
            vec![grid(
                2,
                vec![
                    words(1, "<b>Lamp</b>"),
                    sized(1, json!({ "ActionType": "reply", "ActionBody": "Buy", "Text": "Buy" })),
                ],
                "Lamp\n– Buy",
            )],
        ),
    ];
    outbound_table(&Viber, &settings(), now(), rows);
}

#[test]
fn cards_in_a_row() {
    let desk = Card { title: "Desk".to_owned(), actions: vec![postback("Buy", "buy=desk")], ..Card::default() };
    let seven: Vec<Card> = (1..=7).map(|n| Card { title: format!("Card {n}"), ..Card::default() }).collect();
    let rows = vec![
        row(
            "cards of different heights are made equal",
            vec![Content::Carousel { cards: vec![lamp(), desk] }],
            vec![grid(
                7,
                [whole_lamp(), vec![words(6, "<b>Desk</b>"), tap("Buy", "buy=desk")]].concat(),
                &format!("{LAMP_IN_WORDS}\n\nDesk\n– Buy"),
            )],
        ),
        row(
            "six cards to a message",
            vec![Content::Carousel { cards: seven }],
            vec![
                grid(
                    1,
                    (1..=6).map(|n| words(1, &format!("<b>Card {n}</b>"))).collect(),
                    "Card 1\n\nCard 2\n\nCard 3\n\nCard 4\n\nCard 5\n\nCard 6",
                ),
                grid(1, vec![words(1, "<b>Card 7</b>")], "Card 7"),
            ],
        ),
        row("no cards", vec![Content::Carousel { cards: vec![] }], vec![]),
    ];
    outbound_table(&Viber, &settings(), now(), rows);
}
