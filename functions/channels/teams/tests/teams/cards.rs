//! Cards, alone and in a row.

use conformance::OutboundRow;
use contract::{Card, CardAction, Content};
use serde_json::{Value, json};

use crate::fixture::{attached, card, context, line, named, open, rendered, row, run, sent, submit, text, title};

fn postback(text: &str, payload: &str) -> CardAction {
    CardAction::Postback { text: text.to_owned(), payload: payload.to_owned() }
}

fn link(text: &str, url: &str) -> CardAction {
    CardAction::Link { text: text.to_owned(), url: url.to_owned() }
}

#[test]
fn cards() {
    let picture =
        || json!({ "type": "Image", "url": "https://x.example/p.png", "size": "Stretch", "altText": "Shirt" });
    let shirt = Card {
        title: "Shirt".to_owned(),
        description: Some("Cotton\n_soft_".to_owned()),
        image_url: Some("https://x.example/p.png".to_owned()),
        default_action: Some(link("Open", "https://x.example/shirt")),
        actions: vec![
            postback("Buy", "buy=1"),
            link("More", "https://x.example/more"),
            CardAction::Call { text: "Call".to_owned(), phone_number: "+81 3-1234".to_owned() },
        ],
        video_url: None,
    };
    let mut soft = line("_soft_");
    soft["spacing"] = "None".into();
    let mut whole = card(
        json!([picture(), title("Shirt"), line("Cotton"), soft]),
        json!([submit("button", "Buy", "buy=1"), open("More", "https://x.example/more"), open("Call", "tel:+8131234")]),
    );
    whole["content"]["selectAction"] = open("Open", "https://x.example/shirt");
    let small = |name: &str| Card { title: name.to_owned(), ..Card::default() };
    let plain = |name: &str| card(json!([title(name)]), json!([]));
    let carousel =
        |cards: Vec<Value>| json!({ "type": "message", "attachmentLayout": "carousel", "attachments": cards });
    let eleven: Vec<Card> = (0..11).map(|at| small(&at.to_string())).collect();
    run(vec![
        row("a card", vec![Content::Card(shirt)], vec![attached(json!([whole]))]),
        OutboundRow {
            context: named("Bo"),
            ..row(
                "the agent's name, once",
                vec![Content::Card(small("A")), Content::Card(small("B"))],
                vec![attached(json!([plain("Bo: A")])), attached(json!([plain("B")]))],
            )
        },
        row(
            "a card of nothing but where it leads",
            vec![Content::Card(Card { default_action: Some(link("Open", "https://x.example/")), ..Card::default() })],
            vec![text("Open: https://x.example/")],
        ),
        row("an empty card", vec![Content::Card(Card::default())], vec![]),
        row(
            "a card whose picture and button Teams cannot open",
            vec![Content::Card(Card {
                image_url: Some("ftp://x".to_owned()),
                actions: vec![link("Go", "app:home")],
                ..small("Card")
            })],
            vec![attached(json!([card(json!([title("Card"), line("Go: app:home")]), json!([]))]))],
        ),
        row(
            "a card with a film",
            vec![Content::Card(Card { video_url: Some("https://x.example/v.mp4".to_owned()), ..small("Film") })],
            vec![attached(json!([card(json!([title("Film")]), json!([open("▶", "https://x.example/v.mp4")]))]))],
        ),
        row(
            "a row of cards",
            vec![Content::Carousel { cards: vec![small("A"), Card::default(), small("B")] }],
            vec![carousel(vec![plain("A"), plain("B")])],
        ),
        row("a row of one", vec![Content::Carousel { cards: vec![small("A")] }], vec![attached(json!([plain("A")]))]),
        row(
            "eleven cards are two rows",
            vec![Content::Carousel { cards: eleven }],
            vec![carousel((0..10).map(|at| plain(&at.to_string())).collect()), attached(json!([plain("10")]))],
        ),
    ]);
}

#[test]
fn what_a_card_cannot_hold() {
    let small = |name: &str| Card { title: name.to_owned(), ..Card::default() };
    let long = Card { description: Some("word ".repeat(500)), ..small("Long") };
    let parts = sent(vec![Content::Card(long)], &context());
    assert_eq!(parts[0]["text"].as_str().unwrap(), "word ".repeat(500), "in full before it");
    assert!(parts[1]["attachments"][0]["content"]["body"].to_string().contains('…'));

    let payload = |at: usize| format!("{at}{}", "p".repeat(1_000));
    let heavy = Card { actions: (0..40).map(|at| postback("x", &payload(at))).collect(), ..small("Heavy") };
    let parts = sent(vec![Content::Card(heavy)], &context());
    assert_eq!(parts[0]["attachments"][0]["content"]["body"][0], line("Heavy"));
    let buttons: Vec<&str> = parts.iter().flat_map(buttons).collect();
    assert_eq!(buttons, (0..40).map(payload).collect::<Vec<_>>(), "on cards of their own, all of them in order");

    let weighty = |name: &str| Card {
        description: Some("d".repeat(2_000)),
        actions: (0..5).map(|at| postback("x", &format!("{at}{}", "p".repeat(1_900)))).collect(),
        ..small(name)
    };
    let rows = sent(vec![Content::Carousel { cards: ["A", "B", "C", "D"].map(weighty).to_vec() }], &context());
    let lengths: Vec<usize> = rows.iter().map(|row| row["attachments"].as_array().unwrap().len()).collect();
    assert_eq!(lengths, [3, 1], "a row is within 80 KB");
}

/// What the buttons of a message carry.
fn buttons(message: &Value) -> Vec<&str> {
    let card = &message["attachments"][0]["content"];
    let sets = card["body"].as_array().unwrap().iter().filter(|element| element["type"] == "ActionSet");
    let buttons = sets.chain([card]).flat_map(|holder| holder["actions"].as_array().into_iter().flatten());
    buttons.map(|button| button["data"]["payload"].as_str().unwrap()).collect()
}

#[test]
fn what_is_shown_in_another_form_is_noted() {
    let small = || Card { title: "Card".to_owned(), ..Card::default() };
    let heavy = (0..40).map(|at| postback("x", &format!("{at}{}", "p".repeat(1_000)))).collect();
    for (card, expected) in [
        (small(), None),
        (
            Card { image_url: Some("ftp://x".to_owned()), ..small() },
            Some("card without its picture: Teams cannot fetch this address"),
        ),
        (
            Card { video_url: Some("https://x.example/v.mp4".to_owned()), ..small() },
            Some("card with a video → button: Teams's cards play only films of its own stores"),
        ),
        (
            Card { actions: vec![link("Go", "app:home")], ..small() },
            Some("button → text: Teams cannot open this address"),
        ),
        (
            Card { actions: vec![postback("Go", &"p".repeat(2_001))], ..small() },
            Some("payload → text: Teams's cards carry at most 2000 characters of it"),
        ),
        (
            Card { description: Some("word ".repeat(500)), ..small() },
            Some("card's text → text message: it is too long for a card"),
        ),
        (
            Card { actions: heavy, ..small() },
            Some("card → picture, words and options: it is too big for a card of Teams's"),
        ),
        (
            Card { default_action: Some(link("Open", "https://x.example/")), ..Card::default() },
            Some("card → picture, words and options: there is nothing on it to tap"),
        ),
    ] {
        let rendering = rendered(vec![Content::Card(card)], &context());
        assert_eq!(rendering.degradations, expected.into_iter().collect::<Vec<_>>());
        assert!(!rendering.steps.is_empty());
    }
}
