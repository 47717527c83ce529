//! What the agent says, and what LINE is told.

use conformance::{OutboundRow, outbound_table};
use contract::{
    Answer, AnswerKind, Attachment, CardAction, Choice, Content, DatePicker, FormField, Location, MediaKind, Presence,
    Receipt, ReceiptStatus, SendContext, Sticker, TimeSlot, http::Request, parse_settings,
};
use jiff::Timestamp;
use line::Line;
use serde_json::{Value, json};

use crate::fixture::{GUEST, accepted, context, message, now, push_request, settings, token_issued, token_request};

fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
}

pub fn postback(text: &str, payload: &str) -> CardAction {
    CardAction::Postback { text: text.to_owned(), payload: payload.to_owned() }
}

pub fn link(text: &str, url: &str) -> CardAction {
    CardAction::Link { text: text.to_owned(), url: url.to_owned() }
}

pub fn tap(label: &str, data: &str) -> Value {
    json!({ "type": "postback", "label": label, "data": data, "displayText": label })
}

pub fn flex_button(action: Value) -> Value {
    json!({ "type": "button", "style": "link", "height": "sm", "action": action })
}

fn image(mime: &str, size: u64) -> Attachment {
    Attachment {
        mime: Some(mime.to_owned()),
        size: Some(size),
        name: Some("photo".to_owned()),
        ..Attachment::at_url(MediaKind::Image, "https://files.example.com/photo")
    }
}

/// A message that goes out as one push of these message objects.
pub fn row(label: &'static str, contents: Vec<Content>, messages: Value) -> OutboundRow {
    OutboundRow {
        label,
        message: message(contents),
        context: context(),
        answers: vec![token_issued(), Ok(accepted(&["1"]))],
        requests: vec![token_request(), push_request(0, messages)],
        result: Ok(vec!["1".to_owned()]),
    }
}

pub fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

#[test]
fn words_and_files() {
    let file = |kind, url: &str| Attachment::at_url(kind, url);
    let rows = vec![
        row("a text", vec![Content::text("こんにちは")], json!([text("こんにちは")])),
        OutboundRow {
            context: SendContext { agent_name: Some("Acme".to_owned()), ..context() },
            ..row(
                "the agent's name, once",
                vec![
                    Content::Sticker(Sticker {
                        package_id: Some("446".to_owned()),
                        sticker_id: "1988".to_owned(),
                        text: None,
                        image_url: None,
                    }),
                    Content::text("hello"),
                    Content::text("again"),
                ],
                json!([
                    { "type": "sticker", "packageId": "446", "stickerId": "1988" },
                    text("Acme: hello"),
                    text("again"),
                ]),
            )
        },
        row(
            "an edit",
            vec![Content::Edited { message_id: "1".to_owned(), text: "new".to_owned() }],
            json!([text("✏️ new")]),
        ),
        row(
            "a small picture is its own preview",
            vec![Content::Attachment(image("image/png", 900_000))],
            json!([{
                "type": "image",
                "originalContentUrl": "https://files.example.com/photo",
                "previewImageUrl": "https://files.example.com/photo",
            }]),
        ),
        row(
            "a big picture with a preview and a caption",
            vec![Content::Attachment(Attachment {
                preview_url: Some("https://files.example.com/preview.jpg".to_owned()),
                caption: Some("our shop".to_owned()),
                ..image("image/jpeg", 4_000_000)
            })],
            json!([text("our shop"), {
                "type": "image",
                "originalContentUrl": "https://files.example.com/photo",
                "previewImageUrl": "https://files.example.com/preview.jpg",
            }]),
        ),
        row(
            "a big picture without a preview",
            vec![Content::Attachment(image("image/jpeg", 4_000_000))],
            json!([text("📎 photo\nhttps://files.example.com/photo")]),
        ),
        row(
            "a picture that LINE cannot show",
            vec![Content::Attachment(image("image/webp", 10))],
            json!([text("📎 photo\nhttps://files.example.com/photo")]),
        ),
        row(
            "a picture that is too big",
            vec![Content::Attachment(Attachment {
                preview_url: Some("https://files.example.com/p.jpg".to_owned()),
                ..image("image/jpeg", 10_000_001)
            })],
            json!([text("📎 photo\nhttps://files.example.com/photo")]),
        ),
        row(
            "a film with a poster",
            vec![Content::Attachment(Attachment {
                preview_url: Some("https://files.example.com/poster.jpg".to_owned()),
                mime: Some("video/mp4".to_owned()),
                ..file(MediaKind::Video, "https://files.example.com/film")
            })],
            json!([{
                "type": "video",
                "originalContentUrl": "https://files.example.com/film",
                "previewImageUrl": "https://files.example.com/poster.jpg",
            }]),
        ),
        row(
            "a film without a poster",
            vec![Content::Attachment(file(MediaKind::Video, "https://files.example.com/film.mp4"))],
            json!([text("📎 video\nhttps://files.example.com/film.mp4")]),
        ),
        row(
            "a sound",
            vec![Content::Attachment(Attachment {
                duration_ms: Some(1_200),
                ..file(MediaKind::Audio, "https://files.example.com/voice.m4a?sig=1")
            })],
            json!([{
                "type": "audio", "originalContentUrl": "https://files.example.com/voice.m4a?sig=1", "duration": 1_200,
            }]),
        ),
        row(
            "a sound that nobody measured",
            vec![Content::Attachment(file(MediaKind::Audio, "https://files.example.com/voice.mp3"))],
            json!([{
                "type": "audio", "originalContentUrl": "https://files.example.com/voice.mp3", "duration": 60_000,
            }]),
        ),
        row(
            "a sound that LINE does not play",
            vec![Content::Attachment(file(MediaKind::Audio, "https://files.example.com/voice.ogg"))],
            json!([text("📎 audio\nhttps://files.example.com/voice.ogg")]),
        ),
        row(
            "a file",
            vec![Content::Attachment(Attachment {
                name: Some("契約書.pdf".to_owned()),
                ..file(MediaKind::File, "https://files.example.com/1")
            })],
            json!([text("📎 契約書.pdf\nhttps://files.example.com/1")]),
        ),
        row(
            "a place",
            vec![Content::Location(Location {
                title: Some("Acme".to_owned()),
                address: None,
                latitude: 35.67966,
                longitude: 139.73669,
            })],
            json!([{
                "type": "location", "title": "Acme", "address": "Acme",
                "latitude": 35.67966, "longitude": 139.73669,
            }]),
        ),
        row(
            "a place without a name",
            vec![Content::Location(Location {
                title: None,
                address: Some(String::new()),
                latitude: 1.5,
                longitude: 2.0,
            })],
            json!([{ "type": "location", "title": "1.5, 2", "address": "1.5, 2", "latitude": 1.5, "longitude": 2.0 }]),
        ),
        row(
            "a sticker of another network",
            vec![Content::Sticker(Sticker {
                package_id: None,
                sticker_id: "46105".to_owned(),
                text: Some("thanks".to_owned()),
                image_url: None,
            })],
            json!([text("thanks")]),
        ),
        row(
            "an answer, which is the guest's to give",
            vec![Content::Answer(Answer {
                kind: AnswerKind::Button,
                text: "Yes".to_owned(),
                payload: "y".to_owned(),
                question_id: None,
            })],
            json!([text("Yes")]),
        ),
    ];
    outbound_table(&Line, &settings(), now(), rows);
}

#[test]
fn questions() {
    let options = vec![
        choice("Yes", "k=y"),
        Choice { image_url: Some("https://x.example/i.png".to_owned()), ..choice("No", "k=n") },
    ];
    let items = json!({ "items": [
        { "type": "action", "action": tap("Yes", "k=y") },
        { "type": "action", "action": tap("No", "k=n"), "imageUrl": "https://x.example/i.png" },
    ] });
    let long = "x".repeat(301);
    let slot = |at: &str| TimeSlot { at: at.parse().unwrap(), duration_s: 1_800 };
    let at = |at: &str| Some(at.parse::<Timestamp>().unwrap());
    let rows = vec![
        row(
            "quick replies",
            vec![Content::QuickReplies { text: "Shall we?".to_owned(), options: options.clone() }],
            json!([{ "type": "text", "text": "Shall we?", "quickReply": items }]),
        ),
        row(
            "quick replies hang below the last message, else they are not seen",
            vec![Content::QuickReplies { text: String::new(), options }, Content::text("Take your time.")],
            json!([text("👇"), { "type": "text", "text": "Take your time.", "quickReply": items }]),
        ),
        row(
            "a long option and a payload that LINE cannot carry",
            vec![Content::QuickReplies {
                text: "Which?".to_owned(),
                options: vec![choice("A very long option indeed", "a"), choice("B", &long)],
            }],
            json!([{ "type": "text", "text": "Which?", "quickReply": { "items": [
                { "type": "action", "action": {
                    "type": "postback", "label": "A very long option…", "data": "a",
                    "displayText": "A very long option indeed",
                } },
                { "type": "action", "action": { "type": "message", "label": "B", "text": "B" } },
            ] } }]),
        ),
        row(
            "fourteen options become buttons",
            vec![Content::QuickReplies {
                text: "Which?".to_owned(),
                options: (1..=14).map(|n| choice(&format!("Option {n}"), &format!("{n}"))).collect(),
            }],
            json!([{ "type": "flex", "altText": "Which?", "contents": { "type": "carousel", "contents": [
                bubble("Which?", 1..=10), bubble("…", 11..=14),
            ] } }]),
        ),
        row(
            "a list",
            vec![Content::List {
                title: "Which?".to_owned(),
                items: vec![choice("Option 1", "1"), choice("Option 2", "2")],
                multiple: true,
            }],
            json!([{ "type": "flex", "altText": "Which?", "contents": bubble("Which?", 1..=2) }]),
        ),
        row(
            "a date",
            vec![Content::DatePicker(DatePicker {
                title: "When?".to_owned(),
                subtitle: Some("We are open every day.".to_owned()),
                earliest: at("2026-07-01T09:00:00Z"),
                latest: at("2026-07-31T09:00:00Z"),
                ..DatePicker::default()
            })],
            json!([{ "type": "template", "altText": "When?", "template": {
                "type": "buttons", "title": "When?", "text": "We are open every day.",
                "actions": [{
                    "type": "datetimepicker", "label": "📅", "data": "um:date", "mode": "date",
                    "min": "2026-07-01", "max": "2026-07-31",
                }],
            } }]),
        ),
        row(
            "one of some times",
            vec![Content::DatePicker(DatePicker {
                title: "When?".to_owned(),
                times: vec![slot("2026-07-01T09:00:00Z"), slot("2026-07-01T09:30:00Z")],
                ..DatePicker::default()
            })],
            json!([{ "type": "text", "text": "When?", "quickReply": { "items": [
                { "type": "action", "action": tap2("2026-07-01 09:00Z", "2026-07-01T09:00:00Z") },
                { "type": "action", "action": tap2("2026-07-01 09:30Z", "2026-07-01T09:30:00Z") },
            ] } }]),
        ),
        row(
            "a form, which LINE does not have",
            vec![Content::Form {
                title: "About you".to_owned(),
                fields: vec![
                    FormField { id: "n".to_owned(), label: "Name".to_owned(), options: vec![], multiple: false },
                    FormField {
                        id: "c".to_owned(),
                        label: "Colour".to_owned(),
                        options: vec![choice("red", "r"), choice("blue", "b")],
                        multiple: true,
                    },
                ],
            }],
            json!([text("About you\n1. Name\n2. Colour (red / blue)")]),
        ),
    ];
    outbound_table(&Line, &settings(), now(), rows);
}

fn tap2(label: &str, data: &str) -> Value {
    json!({ "type": "postback", "label": label, "data": data, "displayText": label })
}

pub fn bubble(title: &str, options: std::ops::RangeInclusive<u8>) -> Value {
    let buttons: Vec<Value> = options.map(|n| flex_button(tap(&format!("Option {n}"), &format!("{n}")))).collect();
    json!({
        "type": "bubble",
        "body": { "type": "box", "layout": "vertical", "spacing": "md", "contents": [
            { "type": "text", "text": title, "weight": "bold", "size": "lg", "wrap": true },
        ] },
        "footer": { "type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons },
    })
}

#[test]
fn signs() {
    let typing = |on, duration_ms| vec![Content::Typing { on, duration_ms }];
    let loading = |seconds: u64| {
        Request::post_json(
            "https://api.line.me/v2/bot/chat/loading/start",
            &json!({ "chatId": GUEST, "loadingSeconds": seconds }),
        )
    };
    let read = Request::post_json("https://api.line.me/v2/bot/chat/markAsRead", &json!({ "markAsReadToken": "m-1" }));
    let seen = SendContext { reply: Some((json!({ "markAsReadToken": "m-1" }), now())), ..context() };
    let receipt =
        vec![Content::Receipt(Receipt { message_id: "1".to_owned(), status: ReceiptStatus::Read, reason: None })];
    let settings = parse_settings(&settings()).unwrap();
    let bare = context();
    for (label, contents, context, expected) in [
        ("typing", typing(true, None), bare.clone(), vec![loading(20)]),
        ("typing for a second", typing(true, Some(1_000)), bare.clone(), vec![loading(5)]),
        ("typing for seven seconds", typing(true, Some(7_000)), bare.clone(), vec![loading(10)]),
        ("typing for an hour", typing(true, Some(3_600_000)), bare.clone(), vec![loading(60)]),
        ("no typing", typing(false, None), bare.clone(), vec![]),
        ("read", receipt.clone(), seen.clone(), vec![read.clone()]),
        ("read, but nothing can be marked", receipt, bare.clone(), vec![]),
        ("somebody joined", vec![Content::Presence { presence: Presence::Join }], seen.clone(), vec![]),
        ("a note", vec![Content::Note { text: "n".to_owned() }], bare.clone(), vec![]),
        ("nothing but space", vec![Content::text(" \n ")], seen.clone(), vec![]),
    ] {
        let rendering = compose::compose(&Line, &message(contents), &settings, &context);
        let requests: Vec<Request> = rendering.steps.iter().map(|call| call.request.clone()).collect();
        assert_eq!(requests, expected, "{label}");
        assert!(rendering.steps.iter().all(|call| call.best_effort), "{label}");
    }
    let answered = compose::compose(&Line, &message(vec![Content::text("hi")]), &settings, &seen);
    assert_eq!(answered.steps.len(), 2);
    assert!(!answered.steps[0].best_effort, "the message keeps its place");
    assert_eq!((&answered.steps[1].request, answered.steps[1].best_effort), (&read, true), "who answers has read");
    let mut group = message(typing(true, None));
    group.to = "Ca56f94637cc4347f90a25382909b24b9".into();
    assert_eq!(compose::compose(&Line, &group, &settings, &bare).steps, [], "groups show no typing");
}

#[test]
fn what_is_shown_in_another_form_is_told() {
    let settings = parse_settings(&settings()).unwrap();
    let told = |content| compose::compose(&Line, &message(vec![content]), &settings, &context()).degradations;
    assert_eq!(
        told(Content::Attachment(Attachment::at_url(MediaKind::File, "https://x.example/a.pdf"))),
        ["file → link: LINE has no message for files"]
    );
    assert_eq!(
        told(Content::Native { connector: Some("slack".to_owned()), json: json!({}) }),
        ["native → text: it is written for another channel"]
    );
    assert_eq!(told(Content::text("hello")), Vec::<String>::new());
}
