//! What the agent says, and what Telegram is told: words, files, places.

use conformance::{OutboundRow, outbound_table};
use contract::{
    Answer, AnswerKind, Attachment, Content, FormField, Location, MediaKind, Presence, Receipt, ReceiptStatus,
    SendContext, Sticker,
    http::{Request, Response},
    stable_uuid,
};
use serde_json::{Value, json};
use telegram::Telegram;

use crate::fixture::{TOKEN, accepted, call, context, now, outbound, refused, sent, settings};

const URL: &str = "https://files.example.com/photo";

pub fn file(kind: MediaKind, mime: &str, size: u64) -> Attachment {
    Attachment { mime: Some(mime.to_owned()), size: Some(size), ..Attachment::at_url(kind, URL) }
}

/// The form that uploads a file's bytes.
fn form(method: &str, field: &str, name: &str, mime: &str, fields: &[(&str, &str)]) -> Request {
    let boundary = format!("um-{}", stable_uuid(&[URL, name]).simple());
    let mut body = String::new();
    for (name, value) in fields {
        body += &format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += &format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: \
         {mime}\r\n\r\nbytes\r\n--{boundary}--\r\n"
    );
    Request::new(http::Method::POST, format!("https://api.telegram.org/bot{TOKEN}/{method}"))
        .header(http::header::CONTENT_TYPE, &format!("multipart/form-data; boundary={boundary}"))
        .body(body)
}

/// A file that is downloaded from us and uploaded to Telegram.
fn uploaded(label: &'static str, file: Attachment, form: Request) -> OutboundRow {
    OutboundRow {
        label,
        message: outbound(vec![Content::Attachment(file)]),
        context: context(),
        answers: vec![Ok(Response::new(200).body("bytes")), Ok(accepted(1))],
        requests: vec![Request::get(URL), form],
        result: Ok(vec!["1".to_owned()]),
    }
}

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
fn files_that_telegram_fetches() {
    let one = |label, file: Attachment, method, fields: Value| {
        sent(label, vec![Content::Attachment(file)], vec![(method, fields)])
    };
    let timed = |file: Attachment| Attachment { duration_ms: Some(1_200), ..file };
    let rows = vec![
        one("a picture", file(MediaKind::Image, "image/jpeg", 5_000_000), "sendPhoto", json!({ "photo": URL })),
        one(
            "a picture with words",
            Attachment { caption: Some("our shop".to_owned()), ..file(MediaKind::Image, "image/webp", 9) },
            "sendPhoto",
            json!({ "photo": URL, "caption": "our shop" }),
        ),
        one("a moving picture", file(MediaKind::Image, "image/gif", 9), "sendAnimation", json!({ "animation": URL })),
        one(
            "a film",
            timed(file(MediaKind::Video, "video/mp4", 20_000_000)),
            "sendVideo",
            json!({ "video": URL, "duration": 2 }),
        ),
        one(
            "music",
            timed(file(MediaKind::Audio, "audio/mpeg", 9)),
            "sendAudio",
            json!({ "audio": URL, "duration": 2 }),
        ),
        one("a voice message", file(MediaKind::Audio, "audio/ogg", 9), "sendVoice", json!({ "voice": URL })),
        one(
            "a picture that says its type by its name alone",
            Attachment::at_url(MediaKind::Image, "https://files.example.com/a.PNG?sig=1"),
            "sendPhoto",
            json!({ "photo": "https://files.example.com/a.PNG?sig=1" }),
        ),
        sent(
            "words too long for a caption",
            vec![Content::Attachment(Attachment {
                caption: Some("あ".repeat(1_025)),
                ..file(MediaKind::Image, "image/png", 9)
            })],
            vec![("sendMessage", json!({ "text": "あ".repeat(1_025) })), ("sendPhoto", json!({ "photo": URL }))],
        ),
        sent(
            "a file that is too big for anything",
            vec![Content::Attachment(Attachment {
                name: Some("all.zip".to_owned()),
                caption: Some("everything".to_owned()),
                ..file(MediaKind::File, "application/zip", 50_000_001)
            })],
            vec![
                ("sendMessage", json!({ "text": "everything" })),
                ("sendMessage", json!({ "text": format!("📎 all.zip\n{URL}") })),
            ],
        ),
        sent(
            "a file without an address",
            vec![Content::Attachment(Attachment::on_network(MediaKind::File, "x"))],
            vec![("sendMessage", json!({ "text": "📎 file" }))],
        ),
    ];
    outbound_table(&Telegram, &settings(), now(), rows);
}

#[test]
fn files_that_are_uploaded() {
    let named = |name: &str, file: Attachment| Attachment { name: Some(name.to_owned()), ..file };
    let rows = vec![
        uploaded(
            "a document keeps its name",
            Attachment {
                caption: Some("please \"sign\"".to_owned()),
                ..named("契約書.docx", file(MediaKind::File, "application/msword", 9))
            },
            form(
                "sendDocument",
                "document",
                "契約書.docx",
                "application/msword",
                &[("caption", "please \"sign\""), ("chat_id", "42")],
            ),
        ),
        uploaded(
            "a picture of 6 MB",
            named("a.jpg", file(MediaKind::Image, "image/jpeg", 6_000_000)),
            form("sendPhoto", "photo", "a.jpg", "image/jpeg", &[("chat_id", "42")]),
        ),
        uploaded(
            "a picture of 11 MB is a file",
            named("a.jpg", file(MediaKind::Image, "image/jpeg", 11_000_000)),
            form("sendDocument", "document", "a.jpg", "image/jpeg", &[("chat_id", "42")]),
        ),
        uploaded(
            "a picture that Telegram does not show is a file",
            named("a.heic", file(MediaKind::Image, "image/heic", 9)),
            form("sendDocument", "document", "a.heic", "image/heic", &[("chat_id", "42")]),
        ),
        uploaded(
            "a film of 21 MB",
            named("a.mp4", file(MediaKind::Video, "video/mp4", 21_000_000)),
            form("sendVideo", "video", "a.mp4", "video/mp4", &[("chat_id", "42")]),
        ),
        uploaded(
            "a name that would break the form",
            named("a%22\r\nb.txt", file(MediaKind::File, "text/plain", 9)),
            form("sendDocument", "document", "a%22\r\nb.txt", "text/plain", &[("chat_id", "42")]),
        ),
        OutboundRow {
            label: "a picture that Telegram cannot show after all is uploaded as a file",
            message: outbound(vec![Content::Attachment(named("a.jpg", file(MediaKind::Image, "image/jpeg", 9)))]),
            context: context(),
            answers: vec![
                refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
                Ok(Response::new(200).body("bytes")),
                Ok(accepted(1)),
            ],
            requests: vec![
                call("sendPhoto", json!({ "photo": URL })),
                Request::get(URL),
                form("sendDocument", "document", "a.jpg", "image/jpeg", &[("chat_id", "42")]),
            ],
            result: Ok(vec!["1".to_owned()]),
        },
        OutboundRow {
            label: "a document that is gone is a link, for what it is worth",
            message: outbound(vec![Content::Attachment(named("a.csv", file(MediaKind::File, "text/csv", 9)))]),
            context: context(),
            answers: vec![Ok(Response::new(404)), Ok(accepted(1))],
            requests: vec![Request::get(URL), call("sendMessage", json!({ "text": format!("📎 a.csv\n{URL}") }))],
            result: Ok(vec!["1".to_owned()]),
        },
    ];
    // A line break in a name is written as browsers write it.
    let rows = rows.into_iter().map(|mut row| {
        for request in &mut row.requests {
            let body = String::from_utf8(request.body.to_vec()).unwrap().replace("a%22\r\nb.txt", "a%22%0D%0Ab.txt");
            request.body = body.into();
        }
        row
    });
    outbound_table(&Telegram, &settings(), now(), rows.collect());
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
            "a sticker of another network's",
            vec![sticker("1988", Some("thumbs up"))],
            vec![("sendMessage", json!({ "text": "thumbs up" }))],
        ),
    ];
    outbound_table(&Telegram, &settings(), now(), rows);
}
