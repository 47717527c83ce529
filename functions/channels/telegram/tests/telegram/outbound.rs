//! Agents' messages: texts, albums, places, stickers.

use conformance::{OutboundRow, outbound_table};
use contract::{
    Answer, AnswerKind, Attachment, Content, FormField, Location, MediaKind, Presence, Receipt, ReceiptStatus,
    SendContext, Sticker, http::Response,
};
use serde_json::{Value, json};
use telegram::Telegram;

use crate::{
    files::{URL, file},
    fixture::{accepted, call, context, now, outbound, refused, sent, settings},
};

#[test]
fn words() {
    let text = |text: &str| ("sendMessage", json!({ "text": text }));
    let rows = vec![
        sent("a text", vec![Content::text("こんにちは <b>*_[x]")], vec![text("こんにちは <b>*_[x]")]),
        OutboundRow {
            context: SendContext { agent_name: Some("Acme".to_owned()), ..context() },
            ..sent(
                "the agent's name, once",
                vec![Content::text("hello"), Content::text("again")],
                vec![text("Acme: hello"), text("again")],
            )
        },
        OutboundRow {
            context: SendContext { agent_name: Some("Acme".to_owned()), ..context() },
            ..sent(
                "the agent's name before a caption",
                vec![Content::Attachment(Attachment {
                    caption: Some("our shop".to_owned()),
                    ..file(MediaKind::Image, "image/png", 10)
                })],
                vec![("sendPhoto", json!({ "photo": URL, "caption": "Acme: our shop" }))],
            )
        },
        sent(
            "an edit",
            vec![Content::Edited { message_id: "1".to_owned(), text: "new".to_owned() }],
            vec![text("✏️ new")],
        ),
        sent(
            "an answer",
            vec![Content::Answer(Answer {
                kind: AnswerKind::Button,
                text: "Yes".to_owned(),
                payload: "y".to_owned(),
                question_id: None,
            })],
            vec![text("Yes")],
        ),
        sent(
            "a form",
            vec![Content::Form {
                title: "About you".to_owned(),
                fields: vec![
                    FormField { id: "n".to_owned(), label: "Name".to_owned(), options: vec![], multiple: false },
                    FormField {
                        id: "s".to_owned(),
                        label: "Size".to_owned(),
                        options: vec![crate::buttons::choice("S", "s"), crate::buttons::choice("M", "m")],
                        multiple: false,
                    },
                ],
            }],
            vec![text("About you\n1. Name\n2. Size (S / M)")],
        ),
        sent("white space", vec![Content::text(" \n")], vec![]),
        sent(
            "what is no message",
            vec![
                Content::Receipt(Receipt { message_id: "77".to_owned(), status: ReceiptStatus::Read, reason: None }),
                Content::Presence { presence: Presence::Join },
                Content::Typing { on: false, duration_ms: None },
            ],
            vec![],
        ),
        OutboundRow {
            label: "typing, which may fail",
            message: outbound(vec![Content::Typing { on: true, duration_ms: Some(3_000) }]),
            context: context(),
            answers: vec![refused(500, "Internal Server Error")],
            requests: vec![call("sendChatAction", json!({ "action": "typing" }))],
            result: Ok(vec![]),
        },
    ];
    outbound_table(&Telegram, &settings(), now(), rows);
}

#[test]
fn albums_places_and_stickers() {
    let image = |n: u32| Attachment::at_url(MediaKind::Image, format!("https://files.example.com/{n}.jpg"));
    let url = |n: u32| format!("https://files.example.com/{n}.jpg");
    let photo = |n: u32| json!({ "type": "photo", "media": url(n) });
    let several = |ids: std::ops::RangeInclusive<i64>| {
        let messages: Vec<Value> = ids.map(|id| json!({ "message_id": id })).collect();
        Ok(Response::new(200).json(&json!({ "ok": true, "result": messages })))
    };
    let place = |title: Option<&str>, address: Option<&str>, latitude| {
        Content::Location(Location {
            title: title.map(str::to_owned),
            address: address.map(str::to_owned),
            latitude,
            longitude: 139.76,
        })
    };
    let sticker = |id: &str, text: Option<&str>| {
        Content::Sticker(Sticker {
            package_id: None,
            sticker_id: id.to_owned(),
            text: text.map(str::to_owned),
            image_url: None,
        })
    };
    let eleven: Vec<Content> = (1..=11).map(|n| Content::Attachment(image(n))).collect();
    let ids = |ids: std::ops::RangeInclusive<i64>| Ok(ids.map(|id| id.to_string()).collect::<Vec<_>>());
    let rows = vec![
        OutboundRow {
            label: "two pictures and a film side by side, and a text after them",
            message: outbound(vec![
                Content::Attachment(Attachment { caption: Some("one".to_owned()), ..image(1) }),
                Content::Attachment(image(2)),
                Content::Attachment(Attachment::at_url(MediaKind::Video, "https://files.example.com/f.mp4")),
                Content::text("there"),
            ]),
            context: context(),
            answers: vec![several(1..=3), Ok(accepted(4))],
            requests: vec![
                call(
                    "sendMediaGroup",
                    json!({ "media": [
                    { "type": "photo", "media": url(1), "caption": "one" }, photo(2),
                    { "type": "video", "media": "https://files.example.com/f.mp4" },
                ] }),
                ),
                call("sendMessage", json!({ "text": "there" })),
            ],
            result: ids(1..=4),
        },
        OutboundRow {
            label: "eleven pictures: ten, and one",
            message: outbound(eleven),
            context: context(),
            answers: vec![several(1..=10), Ok(accepted(11))],
            requests: vec![
                call("sendMediaGroup", json!({ "media": (1..=10).map(photo).collect::<Vec<_>>() })),
                call("sendPhoto", json!({ "photo": url(11) })),
            ],
            result: ids(1..=11),
        },
        OutboundRow {
            label: "a moving picture is in no album",
            message: outbound(vec![
                Content::Attachment(image(1)),
                Content::Attachment(image(2)),
                Content::Attachment(Attachment { mime: Some("image/gif".to_owned()), ..image(3) }),
                Content::Attachment(image(4)),
            ]),
            context: context(),
            answers: vec![several(1..=2), Ok(accepted(3)), Ok(accepted(4))],
            requests: vec![
                call("sendMediaGroup", json!({ "media": [photo(1), photo(2)] })),
                call("sendAnimation", json!({ "animation": url(3) })),
                call("sendPhoto", json!({ "photo": url(4) })),
            ],
            result: ids(1..=4),
        },
        OutboundRow {
            label: "an album that Telegram does not take is links",
            message: outbound(vec![
                Content::Attachment(Attachment { caption: Some("one".to_owned()), ..image(1) }),
                Content::Attachment(Attachment { name: Some("b.jpg".to_owned()), ..image(2) }),
            ]),
            context: context(),
            answers: vec![refused(400, "Bad Request: failed to get HTTP URL content"), Ok(accepted(1))],
            requests: vec![
                call(
                    "sendMediaGroup",
                    json!({ "media": [
                    { "type": "photo", "media": url(1), "caption": "one" }, photo(2),
                ] }),
                ),
                call(
                    "sendMessage",
                    json!({
                        "text": format!("one\n📎 image\n{}\n📎 b.jpg\n{}", url(1), url(2)),
                    }),
                ),
            ],
            result: ids(1..=1),
        },
        sent(
            "a place",
            vec![place(None, Some(""), 35.68)],
            vec![("sendLocation", json!({ "latitude": 35.68, "longitude": 139.76 }))],
        ),
        sent(
            "a place with a name",
            vec![place(Some("Acme"), None, 35.68)],
            vec![(
                "sendVenue",
                json!({
                    "latitude": 35.68, "longitude": 139.76, "title": "Acme", "address": "Acme",
                }),
            )],
        ),
        sent(
            "a place that is on no map",
            vec![place(Some("Acme"), Some("Mars"), f64::NAN)],
            vec![("sendMessage", json!({ "text": "Acme\nMars" }))],
        ),
        sent(
            "a sticker",
            vec![sticker("CAACAgIAAxkBAAEB-_x", None)],
            vec![("sendSticker", json!({ "sticker": "CAACAgIAAxkBAAEB-_x" }))],
        ),
        OutboundRow {
            answers: vec![refused(400, "Bad Request: wrong file identifier/HTTP URL specified"), Ok(accepted(1))],
            requests: vec![
                call("sendSticker", json!({ "sticker": "CAACAgIAAxkBAAEB-_x" })),
                call("sendMessage", json!({ "text": "👍" })),
            ],
            ..sent(
                "a sticker of another bot's",
                vec![sticker("CAACAgIAAxkBAAEB-_x", Some("👍"))],
                vec![("sendSticker", json!({}))],
            )
        },
        sent(
            "a sticker of another network's, as a picture",
            vec![Content::Sticker(Sticker {
                package_id: None,
                sticker_id: "1988".to_owned(),
                text: Some("thumbs up".to_owned()),
                image_url: Some(url(1)),
            })],
            vec![("sendPhoto", json!({ "photo": url(1) }))],
        ),
        sent(
            "a sticker of another network's",
            vec![sticker("1988", Some("thumbs up"))],
            vec![("sendMessage", json!({ "text": "thumbs up" }))],
        ),
    ];
    outbound_table(&Telegram, &settings(), now(), rows);
}
