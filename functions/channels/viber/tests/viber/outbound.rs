//! Words, files, places, stickers and native JSON: what the agent says, and what Viber is told.

use conformance::{OutboundRow, outbound_table};
use contract::{
    Answer, AnswerKind, Attachment, Content, FormField, Location, MediaKind, Presence, Receipt, ReceiptStatus,
    SendContext, SendErrorKind, Sticker, parse_settings,
};
use serde_json::json;
use viber::Viber;

use crate::fixture::{context, message, now, row, settings, text};

const URL: &str = "https://files.example.com/t/2026/01/u/photo.jpg?Expires=1&Signature=a.b~c";

fn file(kind: MediaKind, url: &str) -> Attachment {
    Attachment::at_url(kind, url)
}

fn image(mime: &str, size: u64) -> Attachment {
    Attachment {
        mime: Some(mime.to_owned()),
        size: Some(size),
        name: Some("photo.jpg".to_owned()),
        ..file(MediaKind::Image, URL)
    }
}

fn sticker(id: &str) -> Content {
    Content::Sticker(Sticker { package_id: None, sticker_id: id.to_owned(), text: None, image_url: None })
}

#[test]
fn words() {
    let long = "あ".repeat(7_000);
    let rows = vec![
        row("a text", vec![Content::text("こんにちは")], vec![text("こんにちは")]),
        row("two texts", vec![Content::text("a"), Content::text("b")], vec![text("a"), text("b")]),
        row("nothing but white space", vec![Content::text(" \n"), Content::text("b")], vec![text("b")]),
        row("a text too long", vec![Content::text(format!("{long}い"))], vec![text(&long), text("い")]),
        OutboundRow {
            context: SendContext { agent_name: Some("Ann".to_owned()), ..context() },
            ..row(
                "the agent's name is the sender's",
                vec![Content::text("hello")],
                vec![(
                    1,
                    json!({
                        "type": "text", "text": "hello",
                        "sender": { "name": "Ann", "avatar": "https://www.example.com/acme.png" },
                    }),
                )],
            )
        },
        OutboundRow {
            context: SendContext { agent_name: Some("Wolfeschlegelsteinhausenbergerdorff".to_owned()), ..context() },
            ..row(
                "a name of more than 28 characters",
                vec![Content::text("hello")],
                vec![(
                    1,
                    json!({
                        "type": "text", "text": "hello",
                        "sender": { "name": "Wolfeschlegelsteinhausenber…", "avatar": "https://www.example.com/acme.png" },
                    }),
                )],
            )
        },
        row(
            "an edit",
            vec![Content::Edited { message_id: "1".to_owned(), text: "new".to_owned() }],
            vec![text("✏️ new")],
        ),
        row(
            "an answer",
            vec![Content::Answer(Answer {
                kind: AnswerKind::Button,
                text: "Yes".to_owned(),
                payload: "y".to_owned(),
                question_id: None,
            })],
            vec![text("Yes")],
        ),
        row(
            "what Viber has no word for",
            vec![
                Content::Typing { on: true, duration_ms: None },
                Content::Receipt(Receipt { message_id: "1".to_owned(), status: ReceiptStatus::Read, reason: None }),
                Content::Presence { presence: Presence::Join },
                Content::Note { text: "note".to_owned() },
            ],
            vec![],
        ),
        row("a sticker", vec![sticker("46105")], vec![(1, json!({ "type": "sticker", "sticker_id": 46_105 }))]),
        row("another network's sticker", vec![sticker("bfe458bf64fa8da4d4eb")], vec![text("🙂")]),
        row(
            "a place with a name, which Viber's places have not",
            vec![Content::Location(Location {
                title: Some("Acme".to_owned()),
                address: Some("1 High Street".to_owned()),
                latitude: 35.67966,
                longitude: 139.73669,
            })],
            vec![
                text("Acme\n1 High Street"),
                (1, json!({ "type": "location", "location": { "lat": 35.67966, "lon": 139.73669 } })),
            ],
        ),
        row(
            "a place on the moon",
            vec![Content::Location(Location {
                title: Some("Moon".to_owned()),
                address: None,
                latitude: 384_400.0,
                longitude: 0.0,
            })],
            vec![text("Moon")],
        ),
    ];
    outbound_table(&Viber, &settings(), now(), rows);
}

#[test]
fn files() {
    let pdf = |size| Attachment {
        name: Some("契約書.pdf".to_owned()),
        mime: Some("application/pdf".to_owned()),
        size,
        ..file(MediaKind::File, "https://files.example.com/1.pdf")
    };
    let film = |size, ms| Attachment {
        size: Some(size),
        duration_ms: ms,
        mime: Some("video/mp4".to_owned()),
        name: Some("film.mp4".to_owned()),
        preview_url: Some("https://files.example.com/preview.jpg".to_owned()),
        ..file(MediaKind::Video, "https://files.example.com/film.mp4?s=1")
    };
    let picture = |url: &str, caption: &str| (1, json!({ "type": "picture", "media": url, "text": caption }));
    let rows = vec![
        row("a picture", vec![Content::Attachment(image("image/jpeg", 900_000))], vec![picture(URL, "")]),
        row(
            "a picture with a caption",
            vec![Content::Attachment(Attachment { caption: Some(" our shop ".to_owned()), ..image("image/png", 1) })],
            vec![picture(URL, "our shop")],
        ),
        row(
            "a picture with a caption too long",
            vec![Content::Attachment(Attachment { caption: Some("é".repeat(513)), ..image("image/png", 1) })],
            vec![text(&"é".repeat(513)), picture(URL, "")],
        ),
        row(
            "a picture too big, with a smaller one beside it",
            vec![Content::Attachment(Attachment {
                preview_url: Some("https://files.example.com/preview.jpg".to_owned()),
                ..image("image/jpeg", 4_000_000)
            })],
            vec![picture("https://files.example.com/preview.jpg", "")],
        ),
        row(
            "a picture too big",
            vec![Content::Attachment(image("image/jpeg", 4_000_000))],
            vec![(1, json!({ "type": "file", "media": URL, "size": 4_000_000, "file_name": "photo.jpg" }))],
        ),
        row(
            "a picture that Viber cannot show",
            vec![Content::Attachment(Attachment {
                name: Some("a.webp".to_owned()),
                caption: Some("look".to_owned()),
                ..image("image/webp", 10)
            })],
            vec![text("look"), (1, json!({ "type": "file", "media": URL, "size": 10, "file_name": "a.webp" }))],
        ),
        row(
            "a picture whose address does not say so, of no known size",
            vec![Content::Attachment(file(MediaKind::Image, "https://files.example.com/1"))],
            vec![text("📎 image\nhttps://files.example.com/1")],
        ),
        row(
            "a film",
            vec![Content::Attachment(film(20_000_000, Some(12_345)))],
            vec![(
                1,
                json!({
                    "type": "video", "media": "https://files.example.com/film.mp4?s=1", "size": 20_000_000,
                    "duration": 13, "thumbnail": "https://files.example.com/preview.jpg", "text": "",
                }),
            )],
        ),
        row(
            "a film too big",
            vec![Content::Attachment(film(27_000_000, None))],
            vec![(
                1,
                json!({
                    "type": "file", "media": "https://files.example.com/film.mp4?s=1", "size": 27_000_000,
                    "file_name": "film.mp4",
                }),
            )],
        ),
        row(
            "a film too long",
            vec![Content::Attachment(film(1_000, Some(180_001)))],
            vec![(
                1,
                json!({
                    "type": "file", "media": "https://files.example.com/film.mp4?s=1", "size": 1_000,
                    "file_name": "film.mp4",
                }),
            )],
        ),
        row(
            "a film of 51 MB",
            vec![Content::Attachment(film(51_000_000, None))],
            vec![text("📎 film.mp4\nhttps://files.example.com/film.mp4?s=1")],
        ),
        row(
            "a sound",
            vec![Content::Attachment(Attachment {
                size: Some(1_000),
                ..file(MediaKind::Audio, "https://files.example.com/voice.m4a?sig=1")
            })],
            vec![(
                1,
                json!({
                    "type": "file", "media": "https://files.example.com/voice.m4a?sig=1", "size": 1_000,
                    "file_name": "voice.m4a",
                }),
            )],
        ),
        row(
            "a file",
            vec![Content::Attachment(pdf(Some(1_234)))],
            vec![(
                1,
                json!({
                    "type": "file", "media": "https://files.example.com/1.pdf", "size": 1_234, "file_name": "契約書.pdf",
                }),
            )],
        ),
        row(
            "a file of no known size",
            vec![Content::Attachment(Attachment { caption: Some("sign here".to_owned()), ..pdf(None) })],
            vec![text("sign here"), text("📎 契約書.pdf\nhttps://files.example.com/1.pdf")],
        ),
        row(
            "a file with a long name",
            vec![Content::Attachment(Attachment { name: Some(format!("{}.pdf", "n".repeat(300))), ..pdf(Some(1)) })],
            vec![(
                1,
                json!({
                    "type": "file", "media": "https://files.example.com/1.pdf", "size": 1,
                    "file_name": format!("{}….pdf", "n".repeat(251)),
                }),
            )],
        ),
        row(
            "a program",
            vec![Content::Attachment(Attachment { name: Some("setup.EXE".to_owned()), ..pdf(Some(1)) })],
            vec![text("📎 setup.EXE\nhttps://files.example.com/1.pdf")],
        ),
        row(
            "a file without an ending, in a storage that gives it one",
            vec![Content::Attachment(Attachment {
                name: Some("README".to_owned()),
                size: Some(5),
                ..file(MediaKind::File, "https://files.example.com/README.bin")
            })],
            vec![(
                1,
                json!({
                    "type": "file", "media": "https://files.example.com/README.bin", "size": 5, "file_name": "README",
                }),
            )],
        ),
    ];
    outbound_table(&Viber, &settings(), now(), rows);
}

#[test]
fn native_messages() {
    let native = |json| vec![Content::Native { connector: None, json }];
    let keys = json!({ "Type": "keyboard", "Buttons": [{ "ActionBody": "1", "Text": "One" }] });
    let asks = json!({ "Type": "keyboard", "InputFieldState": "hidden", "Buttons": [
        { "ActionType": "share-phone", "ActionBody": "phone", "Text": "My number" },
    ] });
    let grid =
        json!({ "Type": "rich_media", "Buttons": [{ "ActionBody": "1", "Text": "One", "Columns": 6, "Rows": 7 }] });
    let rows = vec![
        row(
            "receiver, sender and version are added",
            native(json!({ "type": "text", "text": "hi" })),
            vec![text("hi")],
        ),
        row(
            "what the author says of them is kept, but for the receiver",
            native(json!({
                "type": "text", "text": "hi", "receiver": "somebody else", "auth_token": "x", "broadcast_list": ["y"],
                "sender": { "name": "Shop" }, "min_api_version": 2, "tracking_data": "t",
            })),
            vec![(2, json!({ "type": "text", "text": "hi", "sender": { "name": "Shop" }, "tracking_data": "t" }))],
        ),
        row(
            "a sticker as canned responses write it",
            native(json!({ "type": "sticker", "title": "Hug", "stickerId": 40_130 })),
            vec![(1, json!({ "type": "sticker", "title": "Hug", "sticker_id": 40_130 }))],
        ),
        row(
            "a sticker by its number as text",
            native(json!({ "type": "sticker", "sticker_id": "40130" })),
            vec![(1, json!({ "type": "sticker", "sticker_id": 40_130 }))],
        ),
        row(
            "a carousel",
            native(json!({ "type": "rich_media", "rich_media": grid })),
            vec![(7, json!({ "type": "rich_media", "rich_media": grid }))],
        ),
        row("a bare carousel", native(grid.clone()), vec![(7, json!({ "type": "rich_media", "rich_media": grid }))]),
        row(
            "a bare keyboard",
            native(keys.clone()),
            vec![(1, json!({ "type": "text", "text": "👇", "keyboard": keys }))],
        ),
        row(
            "a keyboard without a message",
            native(json!({ "keyboard": { "Buttons": keys["Buttons"] } })),
            vec![(1, json!({ "type": "text", "text": "👇", "keyboard": keys }))],
        ),
        row(
            "a keyboard that asks for the telephone number, and hides the field",
            native(json!({ "type": "text", "text": "Your number?", "keyboard": asks })),
            vec![(4, json!({ "type": "text", "text": "Your number?", "keyboard": asks }))],
        ),
        row(
            "a contact and a link",
            native(json!([
                { "type": "contact", "contact": { "name": "Ann", "phone_number": "+972511123123" } },
                { "type": "url", "media": "https://www.example.com" },
            ])),
            vec![
                (1, json!({ "type": "contact", "contact": { "name": "Ann", "phone_number": "+972511123123" } })),
                (1, json!({ "type": "url", "media": "https://www.example.com" })),
            ],
        ),
        row(
            "several messages",
            native(json!({ "messages": [{ "type": "text", "text": "a" }, { "type": "text", "text": "b" }] })),
            vec![text("a"), text("b")],
        ),
        row("no message", native(json!({ "colour": "blue" })), vec![]),
        row("nothing", native(json!([])), vec![]),
        row("a number", native(json!(7)), vec![]),
        row("one of several is no message", native(json!([{ "type": "text", "text": "a" }, 7])), vec![]),
        row(
            "another channel's",
            vec![Content::Native { connector: Some("line".to_owned()), json: json!({ "type": "text", "text": "a" }) }],
            vec![],
        ),
    ];
    outbound_table(&Viber, &settings(), now(), rows);
}

#[test]
fn what_is_shown_in_another_form_is_said() {
    let settings = parse_settings(&settings()).unwrap();
    let degradations = |content| compose::compose(&Viber, &message(vec![content]), &settings, &context()).degradations;
    for (content, word) in [
        (Content::Edited { message_id: "1".to_owned(), text: "x".to_owned() }, "edit → new message"),
        (sticker("x"), "sticker → text"),
        (Content::Attachment(image("image/webp", 10)), "image → file: Viber shows only JPEG"),
        (Content::Attachment(file(MediaKind::Audio, "https://x.example/a.mp3")), "audio → link: Viber has no message"),
        (Content::Attachment(file(MediaKind::File, "https://x.example/a.pdf")), "file → link: its size"),
        (
            Content::Form {
                title: "f".to_owned(),
                fields: vec![FormField {
                    id: "n".to_owned(),
                    label: "Name".to_owned(),
                    options: vec![],
                    multiple: false,
                }],
            },
            "form → text: Viber has none",
        ),
        (Content::Native { connector: None, json: json!(7) }, "native → nothing: it is not a message of Viber's"),
    ] {
        let said = degradations(content);
        assert!(said.len() == 1 && said[0].starts_with(word), "{word}: {said:?}");
    }
    assert_eq!(degradations(Content::text("x")), Vec::<String>::new());
    assert_eq!(degradations(Content::Attachment(image("image/jpeg", 10))), Vec::<String>::new());

    let refused = |content| compose::compose(&Viber, &message(vec![content]), &settings, &context()).refused;
    let told = refused(Content::Native { connector: Some("line".to_owned()), json: json!({}) }).unwrap();
    assert_eq!(told.kind, SendErrorKind::InvalidMessage);
    assert_eq!(told.sentence, "The message was not sent to Viber: it is written for another channel.");
    assert_eq!(refused(Content::text("x")), None);
}
