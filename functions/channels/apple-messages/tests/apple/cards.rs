//! Cards, as list pickers and rich links.

use apple_messages::AppleMessages;
use conformance::{OutboundRow, outbound_table};
use contract::{
    Card, CardAction, Content,
    http::{Request, Response},
};
use serde_json::{Value, json};

use crate::fixture::{
    ALL, BID, GIF, composed, context_of, interactive, item, link, now, picker, plain, post, quick, request_id, row,
    row_on, settings, taken, text,
};

fn postback(text: &str, payload: &str) -> CardAction {
    CardAction::Postback { text: text.to_owned(), payload: payload.to_owned() }
}

fn opens(text: &str, url: &str) -> CardAction {
    CardAction::Link { text: text.to_owned(), url: url.to_owned() }
}

#[test]
fn cards() {
    let card = |title: &str, actions: Vec<CardAction>| Card { title: title.to_owned(), actions, ..Card::default() };
    let lamp = || Card {
        description: Some("Bright.".to_owned()),
        ..card("Lamp", vec![postback("Buy", "buy"), opens("Details", "https://example.com/lamp")])
    };
    let balloon = json!({ "title": "Lamp", "subtitle": "Bright.", "style": "icon" });
    let asked = |items: Value| {
        let sections = json!([{ "title": "Lamp", "order": 0, "multipleSelection": false, "items": items }]);
        json!({ "listPicker": { "multipleSelection": false, "sections": sections } })
    };
    let carousel = json!({ "listPicker": { "multipleSelection": false, "sections": [
        { "title": "Lamp", "order": 0, "multipleSelection": false, "items": [
            { "identifier": "buy", "title": "Buy", "subtitle": "Bright.", "order": 0, "style": "default" },
        ] },
        { "title": "Desk", "order": 1, "multipleSelection": false, "items": [item("buy\u{200B}", "Buy", 0)] },
    ] } });
    let two_that_ask = || {
        let first = card("Lamp", vec![postback("Buy", "a"), postback("Skip", "b")]);
        vec![Content::Carousel { cards: vec![first, card("Desk", vec![postback("Buy", "c")])] }]
    };
    let rows = vec![
        row(
            "a card that asks and leads somewhere",
            vec![Content::Card(lamp())],
            vec![
                interactive("0", asked(json!([item("buy", "Buy", 0)])), Some(balloon)),
                link("https://example.com/lamp", "Details"),
            ],
        ),
        row_on(
            "the same in words",
            "",
            vec![Content::Card(lamp())],
            vec![
                text("Lamp\nBright.\nDetails: https://example.com/lamp\n1. Buy"),
                link("https://example.com/lamp", "example.com"),
            ],
        ),
        row(
            "a card that leads somewhere is a rich link",
            vec![Content::Card(card(
                "Lamp",
                vec![opens("Details", "https://example.com/lamp"), opens("Shop", "https://example.com")],
            ))],
            vec![link("https://example.com/lamp", "Lamp"), link("https://example.com", "Shop")],
        ),
        row("a card of words", vec![Content::Card(card("Lamp", vec![]))], vec![text("Lamp")]),
        row(
            "a card with a telephone number",
            vec![Content::Card(card(
                "Lamp",
                vec![CardAction::Call { text: "Call".to_owned(), phone_number: "+81 3".to_owned() }],
            ))],
            vec![text("Lamp\nCall: +81 3")],
        ),
        row(
            "cards in a row are one list",
            vec![Content::Carousel {
                cards: vec![
                    lamp(),
                    card("Desk", vec![postback("Buy", "buy")]),
                    card("Shop", vec![opens("Open", "https://example.com")]),
                ],
            }],
            vec![
                interactive("0", carousel, Some(json!({ "title": "Lamp · Desk", "style": "icon" }))),
                link("https://example.com/lamp", "Lamp – Details"),
                link("https://example.com", "Shop"),
            ],
        ),
        row_on(
            "cards in a row in words, numbered through",
            "",
            two_that_ask(),
            vec![text("Lamp\n1. Buy\n2. Skip"), text("Desk\n3. Buy")],
        ),
        row_on(
            "cards in a row on a device with quick replies alone",
            "QUICK",
            two_that_ask(),
            vec![
                quick(
                    "0",
                    "Lamp",
                    json!([{ "identifier": "a", "title": "Buy" }, { "identifier": "b", "title": "Skip" }]),
                ),
                text("Desk\n1. Buy"),
            ],
        ),
        row(
            "cards in a row that all lead somewhere",
            vec![Content::Carousel {
                cards: vec![
                    card("Lamp", vec![opens("Open", "https://example.com/lamp")]),
                    card("Desk", vec![opens("Open", "https://example.com/desk")]),
                ],
            }],
            vec![link("https://example.com/lamp", "Lamp"), link("https://example.com/desk", "Desk")],
        ),
        row(
            "cards in a row of which one has nothing to tap",
            vec![Content::Carousel { cards: vec![card("Lamp", vec![postback("Buy", "buy")]), card("Desk", vec![])] }],
            vec![picker("0", "Lamp", false, json!([item("buy", "Buy", 0)])), text("Desk")],
        ),
        row(
            "a card whose links go beside the list, and whose number is said",
            vec![Content::Card(card(
                "Lamp",
                vec![
                    postback("Buy", "buy"),
                    CardAction::Call { text: "Call".to_owned(), phone_number: "+81 3".to_owned() },
                ],
            ))],
            vec![picker("0", "Lamp", false, json!([item("buy", "Buy", 0)])), text("📞 Call: +81 3")],
        ),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}

#[test]
fn what_becomes_of_cards_is_noted() {
    let asks = || Card { title: "Lamp".to_owned(), actions: vec![postback("Buy", "buy")], ..Card::default() };
    let leads = || Card { actions: vec![opens("Open", "https://example.com")], ..asks() };
    let words = || Card { actions: vec![], ..asks() };
    let row = |cards: Vec<Card>| vec![Content::Carousel { cards }];
    for (contents, capabilities, expected) in [
        (vec![Content::Card(asks())], ALL, vec!["card → list picker: there are no cards"]),
        (vec![Content::Card(leads())], "", vec!["card → rich link: there are no cards"]),
        (
            vec![Content::Card(words())],
            ALL,
            vec!["card → picture, words and options: it neither asks nor leads anywhere"],
        ),
        (row(vec![asks(), leads()]), ALL, vec!["carousel → list picker: there are no cards"]),
        (
            row(vec![leads(), leads()]),
            ALL,
            vec!["carousel → cards: none of them asks anything", "card → rich link: there are no cards"],
        ),
        (
            row(vec![asks()]),
            "",
            vec![
                "carousel → cards: the guest's device has no list pickers",
                "card → picture, words and options: the guest's device has no list pickers",
                "quick replies → numbered text: Apple Messages for Business shows this guest none",
            ],
        ),
    ] {
        assert_eq!(composed(contents, &context_of(capabilities)).degradations, expected);
    }
}

#[test]
fn pictures_travel_inside_the_message() {
    let url = "https://images.example.com/lamp";
    let found = || Ok(Response::new(200).header("content-type", "image/gif").body(GIF));
    let gone = || Ok(Response::new(404));
    let card = Card {
        title: "Lamp".to_owned(),
        image_url: Some(url.to_owned()),
        actions: vec![postback("Buy", "buy")],
        ..Card::default()
    };
    let picture = json!({ "data": "R0lGODlhAQABAAAAADs=", "mimeType": "image/gif" });
    let rich = |image: &Value| {
        json!({ "type": "richLink", "richLinkData": {
            "url": "https://example.com", "title": "Lamp", "assets": { "image": image },
        } })
    };
    let asks = |images: Option<Value>, balloon: Value| {
        let sections = json!([{
            "title": "Lamp", "order": 0, "multipleSelection": false, "items": [item("buy", "Buy", 0)],
        }]);
        let mut data = json!({
            "version": "1.0", "requestIdentifier": request_id("0"),
            "listPicker": { "multipleSelection": false, "sections": sections },
        });
        if let Some(images) = images {
            data["images"] = images;
        }
        json!({ "type": "interactive", "interactiveData": {
            "bid": BID, "data": data, "replyMessage": { "title": "Lamp", "style": "icon" }, "receivedMessage": balloon,
        } })
    };
    let leading = Card { actions: vec![opens("Open", "https://example.com")], ..card.clone() };
    let row = |label, card: &Card, found, sent: Value| OutboundRow {
        answers: vec![found, taken()],
        requests: vec![Request::get(url), post("0", sent)],
        ..row(label, vec![Content::Card(card.clone())], vec![json!({})])
    };
    let rows = vec![
        row("a rich link's", &leading, found(), rich(&picture)),
        row("a rich link's that is gone", &leading, gone(), rich(&plain())),
        row(
            "a picker's",
            &card,
            found(),
            asks(
                Some(json!([{ "identifier": "1", "data": "R0lGODlhAQABAAAAADs=" }])),
                json!({ "title": "Lamp", "style": "large", "imageIdentifier": "1" }),
            ),
        ),
        row(
            "a picker's that is gone: nothing points to it",
            &card,
            gone(),
            asks(Some(json!([])), json!({ "title": "Lamp", "style": "large" })),
        ),
        row(
            "a picker's that is no picture",
            &card,
            Ok(Response::new(200).header("content-type", "text/html").body("<html></html>")),
            asks(Some(json!([])), json!({ "title": "Lamp", "style": "large" })),
        ),
    ];
    outbound_table(&AppleMessages, &settings(), now(), rows);
}
