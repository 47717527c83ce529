//! Cards and LINE's own JSON.

use conformance::outbound_table;
use contract::{Card, CardAction, Content};
use line::Line;
use serde_json::{Value, json};

use crate::{
    fixture::{context, message, now, rendered, settings},
    outbound::{bubble, choice, link, postback, row, tap, text},
};

#[test]
fn cards() {
    let card = |title: &str, description: Option<&str>, actions: Vec<CardAction>| Card {
        title: title.to_owned(),
        description: description.map(str::to_owned),
        actions,
        ..Card::default()
    };
    let picture = "https://x.example/a.jpg";
    let buttons = |template: Value| json!([{ "type": "template", "altText": "Lamp", "template": template }]);
    let uri = |label: &str, uri: &str| json!({ "type": "uri", "label": label, "uri": uri });
    let rows = vec![
        row(
            "a card that is a template",
            vec![Content::Card(Card {
                image_url: Some(picture.to_owned()),
                default_action: Some(link("More", "https://x.example/lamp")),
                ..card(
                    "Lamp",
                    Some("Bright."),
                    vec![
                        postback("Buy", "buy"),
                        link("More", "https://x.example/lamp"),
                        CardAction::Call { text: "Call".to_owned(), phone_number: "+81 (3) 1234-5678".to_owned() },
                    ],
                )
            })],
            buttons(json!({
                "type": "buttons", "title": "Lamp", "text": "Bright.", "thumbnailImageUrl": picture,
                "defaultAction": uri("More", "https://x.example/lamp"),
                "actions": [tap("Buy", "buy"), uri("More", "https://x.example/lamp"), uri("Call", "tel:+81312345678")],
            })),
        ),
        row(
            "a card without a description",
            vec![Content::Card(card("Lamp", None, vec![postback("Buy", "buy")]))],
            buttons(json!({ "type": "buttons", "text": "Lamp", "actions": [tap("Buy", "buy")] })),
        ),
        row(
            "a card without buttons is a bubble",
            vec![Content::Card(Card { image_url: Some(picture.to_owned()), ..card("Lamp", Some("Bright."), vec![]) })],
            json!([{ "type": "flex", "altText": "Lamp", "contents": {
                "type": "bubble",
                "hero": {
                    "type": "image", "url": picture, "size": "full", "aspectRatio": "20:13", "aspectMode": "cover",
                },
                "body": { "type": "box", "layout": "vertical", "spacing": "md", "contents": [
                    { "type": "text", "text": "Lamp", "weight": "bold", "size": "lg", "wrap": true },
                    { "type": "text", "text": "Bright.", "wrap": true },
                ] },
            } }]),
        ),
        row(
            "a button that LINE cannot make is told in words",
            vec![Content::Card(card("Lamp", None, vec![postback("Buy", "buy"), link("Write", "mailto:a@x.example")]))],
            json!([
                { "type": "template", "altText": "Lamp", "template": {
                    "type": "buttons", "text": "Lamp", "actions": [tap("Buy", "buy")],
                } },
                text("Write: mailto:a@x.example"),
            ]),
        ),
        row(
            "cards that are alike are a template",
            vec![Content::Carousel {
                cards: vec![
                    card("Lamp", Some("Bright."), vec![postback("Buy", "lamp")]),
                    card("Desk", Some("Flat."), vec![postback("Buy", "desk")]),
                ],
            }],
            buttons(json!({ "type": "carousel", "columns": [
                { "title": "Lamp", "text": "Bright.", "actions": [tap("Buy", "lamp")] },
                { "title": "Desk", "text": "Flat.", "actions": [tap("Buy", "desk")] },
            ] })),
        ),
        row(
            "cards that are not alike are bubbles",
            vec![Content::Carousel {
                cards: vec![
                    card("Lamp", None, vec![postback("Option 1", "1")]),
                    card("Desk", None, vec![postback("Option 1", "1"), postback("Option 2", "2")]),
                ],
            }],
            json!([{ "type": "flex", "altText": "Lamp", "contents": { "type": "carousel", "contents": [
                bubble("Lamp", 1..=1), bubble("Desk", 1..=2),
            ] } }]),
        ),
        row(
            "thirteen bubbles are two messages",
            vec![Content::Carousel { cards: (0..13).map(|_| card("Lamp", None, vec![])).collect() }],
            json!([
                { "type": "flex", "altText": "Lamp", "contents": { "type": "carousel", "contents": vec![plain(); 12] } },
                { "type": "flex", "altText": "Lamp", "contents": plain() },
            ]),
        ),
    ];
    outbound_table(&Line, &settings(), now(), rows);
}

fn plain() -> Value {
    json!({ "type": "bubble", "body": { "type": "box", "layout": "vertical", "spacing": "md", "contents": [
        { "type": "text", "text": "Lamp", "weight": "bold", "size": "lg", "wrap": true },
    ] } })
}

#[test]
fn native_messages() {
    let native =
        |connector: Option<&str>, json: Value| vec![Content::Native { connector: connector.map(str::to_owned), json }];
    let body = json!({ "type": "bubble", "body": { "type": "box", "layout": "vertical", "contents": [
        { "type": "text", "text": "Brown Cafe" },
    ] } });
    let camera = json!({ "type": "action", "action": { "type": "camera", "label": "Camera" } });
    let rows = vec![
        row(
            "a message object",
            native(
                Some("line"),
                json!({ "type": "sticker", "packageId": "1", "stickerId": "2", "sender": { "name": "B" } }),
            ),
            json!([{ "type": "sticker", "packageId": "1", "stickerId": "2", "sender": { "name": "B" } }]),
        ),
        row("several", native(None, json!({ "messages": [text("a"), text("b")] })), json!([text("a"), text("b")])),
        row("an array", native(None, json!([text("a"), text("b")])), json!([text("a"), text("b")])),
        row(
            "a Flex Message without its alternative text",
            native(None, json!({ "type": "flex", "contents": body })),
            json!([{ "type": "flex", "altText": "Brown Cafe", "contents": body }]),
        ),
        row(
            "a Flex container as the simulator of LINE's shows it",
            native(None, body.clone()),
            json!([{ "type": "flex", "altText": "Brown Cafe", "contents": body }]),
        ),
        row(
            "an alternative text of the author's stays",
            native(None, json!({ "type": "flex", "altText": "menu", "contents": body })),
            json!([{ "type": "flex", "altText": "menu", "contents": body }]),
        ),
        row(
            "quick replies of the author's own, and ours beside them",
            [
                vec![Content::QuickReplies { text: "Tea?".to_owned(), options: vec![choice("Yes", "y")] }],
                native(None, json!({ "type": "text", "text": "or", "quickReply": { "items": [camera] } })),
            ]
            .concat(),
            json!([text("Tea?"), { "type": "text", "text": "or", "quickReply": { "items": [
                camera, { "type": "action", "action": tap("Yes", "y") },
            ] } }]),
        ),
    ];
    outbound_table(&Line, &settings(), now(), rows);
}

#[test]
fn what_is_no_message_of_lines_is_not_sent() {
    let template = json!({ "templateKey": "shipped_ja", "body": {} });
    for (label, connector, json, reason) in [
        ("another channel's", Some("slack"), json!({ "blocks": [] }), "it is written for another channel"),
        ("no message at all", None, json!({ "hello": "world" }), "it is not a LINE message object"),
        ("no JSON object", None, json!("hello"), "it is not a LINE message object"),
        ("nothing", None, json!([]), "it is not a LINE message object"),
        ("one of two is none", None, json!([text("a"), { "hello": "world" }]), "it is not a LINE message object"),
        ("for telephone numbers only", Some("line"), template, "it is not a LINE message object"),
    ] {
        let native = Content::Native { connector: connector.map(str::to_owned), json };
        let rendering = rendered(&message(vec![native.clone()]), &context());
        assert_eq!(rendering.steps, [], "{label}");
        assert_eq!(rendering.degradations, [format!("native → nothing: {reason}")], "{label}");
        let refused = rendering.refused.expect(label);
        assert_eq!(refused.sentence, format!("The message was not sent to LINE: {reason}."), "{label}");
        let beside = rendered(&message(vec![Content::text("hi"), native]), &context());
        assert_eq!((beside.steps.len(), beside.refused), (1, None), "{label}: what can be shown is sent");
    }
}
