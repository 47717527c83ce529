//! Files, by address and uploaded.

use conformance::{OutboundRow, outbound_table};
use contract::{
    Attachment, Content, MediaKind, SendContext,
    http::{Request, Response},
    stable_uuid,
};
use serde_json::{Value, json};
use telegram::Telegram;

use crate::fixture::{TOKEN, accepted, call, context, degradations, now, outbound, refused, sent, settings};

pub const URL: &str = "https://files.example.com/photo";

pub fn file(kind: MediaKind, mime: &str, size: u64) -> Attachment {
    Attachment { mime: Some(mime.to_owned()), size: Some(size), ..Attachment::at_url(kind, URL) }
}

/// The form that uploads a file's bytes.
pub fn form(method: &str, field: &str, name: &str, mime: &str, fields: &[(&str, &str)]) -> Request {
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
        OutboundRow {
            context: SendContext { agent_name: Some("Acme".to_owned()), ..context() },
            ..sent(
                "words too long for a caption with the agent's name before them",
                vec![Content::Attachment(Attachment {
                    caption: Some("あ".repeat(1_020)),
                    ..file(MediaKind::Image, "image/png", 9)
                })],
                vec![
                    ("sendMessage", json!({ "text": format!("Acme: {}", "あ".repeat(1_020)) })),
                    ("sendPhoto", json!({ "photo": URL })),
                ],
            )
        },
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
fn what_is_no_picture_or_film_is_noted() {
    for (file, note) in [
        (file(MediaKind::Image, "image/heic", 9), "image → file: Telegram shows only JPEG, PNG, WEBP, GIF, JPG"),
        (file(MediaKind::Image, "image/jpeg", 10_000_001), "image → file: Telegram takes pictures of at most 10 MB"),
        (file(MediaKind::Video, "video/webm", 9), "video → file: Telegram shows only MP4"),
        (file(MediaKind::Audio, "audio/flac", 9), "audio → file: Telegram shows only MPEG, MP4, OGG, MP3, M4A, OPUS"),
        (file(MediaKind::File, "text/csv", 50_000_001), "file → link: Telegram takes files of at most 50 MB"),
        (
            Attachment::on_network(MediaKind::File, "x"),
            "file → link: it has no address that Telegram could fetch it from",
        ),
    ] {
        assert_eq!(degradations(vec![Content::Attachment(file)]), [note]);
    }
    for shown in [file(MediaKind::Image, "image/gif", 9), file(MediaKind::File, "text/csv", 50_000_000)] {
        assert_eq!(degradations(vec![Content::Attachment(shown)]), [""; 0]);
    }
}
