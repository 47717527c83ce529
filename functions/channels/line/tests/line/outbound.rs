//! What the agent says, and what LINE is told.

use conformance::{OutboundRow, outbound_table};
use contract::{
    Answer, AnswerKind, Attachment, CardAction, Choice, Content, Location, MediaKind, SendContext, Sticker,
};
use line::Line;
use serde_json::{Value, json};

use crate::fixture::{accepted, context, message, now, push_request, settings, token_issued, token_request};

pub fn choice(text: &str, payload: &str) -> Choice {
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
            vec![Content::Attachment(image("image/jpeg", 10_000_001))],
            json!([text("📎 photo\nhttps://files.example.com/photo")]),
        ),
        row(
            "a picture that is too big, with a smaller one",
            vec![Content::Attachment(Attachment {
                preview_url: Some("https://files.example.com/p.jpg".to_owned()),
                ..image("image/jpeg", 10_000_001)
            })],
            json!([{
                "type": "image",
                "originalContentUrl": "https://files.example.com/p.jpg",
                "previewImageUrl": "https://files.example.com/p.jpg",
            }]),
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
            "a sticker of another network, with its picture",
            vec![Content::Sticker(Sticker {
                package_id: None,
                sticker_id: "46105".to_owned(),
                text: Some("thanks".to_owned()),
                image_url: Some("https://x.example/s.png".to_owned()),
            })],
            json!([{
                "type": "image",
                "originalContentUrl": "https://x.example/s.png",
                "previewImageUrl": "https://x.example/s.png",
            }]),
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
