//! Agents' files, and the buttons of answered questions.

use conformance::OutboundRow;
use contract::{
    Attachment, Content, MediaKind, SendContext,
    http::{Request, Response},
};
use serde_json::{Value, json};

use crate::fixture::{
    DIRECT, THREAD, TS, accepted, context, json_request, message, now, post, refused, row, said, section, several,
    table, with,
};

#[test]
fn files() {
    let source = "https://files.example.com/a%20b.pdf?sig=1";
    let file = |caption: Option<&str>| Attachment {
        name: Some("a b.pdf".to_owned()),
        caption: caption.map(str::to_owned),
        ..Attachment::at_url(MediaKind::File, source)
    };
    let bytes = || Ok(Response::new(200).header("content-type", "application/pdf").body("12345"));
    let place = || said(json!({ "upload_url": "https://files.slack.com/upload/v1/abc", "file_id": "F1" }));
    let announce = || {
        Request::post_form(
            "https://slack.com/api/files.getUploadURLExternal",
            &[("filename", "a b.pdf"), ("length", "5")],
        )
        .bearer("xoxb-1")
    };
    let upload = || {
        Request::new(http::Method::POST, "https://files.slack.com/upload/v1/abc")
            .header(http::header::CONTENT_TYPE, "application/octet-stream")
            .body("12345")
    };
    let complete = |fields: Value| {
        json_request(
            "https://slack.com/api/files.completeUploadExternal",
            &with(json!({ "channel_id": DIRECT, "files": [{ "id": "F1", "title": "a b.pdf" }] }), fields),
        )
    };
    let taken = || said(json!({ "files": [{ "id": "F1" }] }));
    let link = |text: &str| post(0, json!({ "text": text }));
    let rows = vec![
        OutboundRow {
            answers: vec![bytes(), place(), Ok(Response::new(200).body("OK - 5")), taken()],
            requests: vec![Request::get(source), announce(), upload(), complete(json!({}))],
            result: Ok(vec!["F1".to_owned()]),
            ..row("a file, in three steps", vec![Content::Attachment(file(None))], json!({}))
        },
        OutboundRow {
            message: contract::Outbound {
                to: THREAD.into(),
                ..message(vec![Content::Attachment(file(Some("a & b")))])
            },
            answers: vec![bytes(), place(), Ok(Response::new(200)), taken()],
            requests: vec![
                Request::get(source),
                announce(),
                upload(),
                complete(json!({
                    "channel_id": "C1", "thread_ts": "1767225000.000100", "initial_comment": "a &amp; b",
                })),
            ],
            result: Ok(vec!["F1".to_owned()]),
            ..row("a file with words, in a thread", vec![], json!({}))
        },
        OutboundRow {
            context: SendContext { now: now(), ..SendContext::default() },
            answers: vec![
                bytes(),
                place(),
                Ok(Response::new(200)),
                said(json!({ "channel": { "id": "D1" } })),
                taken(),
            ],
            requests: vec![
                Request::get(source),
                announce(),
                upload(),
                Request::post_form("https://slack.com/api/conversations.open", &[("users", "U1")]).bearer("xoxb-1"),
                complete(json!({})),
            ],
            result: Ok(vec!["F1".to_owned()]),
            ..row("a file to somebody who has not written", vec![Content::Attachment(file(None))], json!({}))
        },
        OutboundRow {
            answers: vec![bytes(), refused("missing_scope"), Ok(accepted(TS))],
            requests: vec![
                Request::get(source),
                announce(),
                link("📎 a b.pdf\nhttps://files.example.com/a%20b.pdf?sig=1"),
            ],
            ..row("the app may not upload: a link", vec![Content::Attachment(file(None))], json!({}))
        },
        OutboundRow {
            answers: vec![bytes(), refused("missing_scope"), Ok(accepted(TS))],
            requests: vec![
                Request::get(source),
                announce(),
                link("a &amp; b\n📎 a b.pdf\nhttps://files.example.com/a%20b.pdf?sig=1"),
            ],
            ..row("the same, with words", vec![Content::Attachment(file(Some("a & b")))], json!({}))
        },
        several(
            "a file too big for us: a link",
            vec![Content::Attachment(Attachment { size: Some(60 << 20), ..file(Some("Here")) })],
            vec![json!({ "text": "Here" }), json!({ "text": "📎 a b.pdf\nhttps://files.example.com/a%20b.pdf?sig=1" })],
        ),
        OutboundRow {
            answers: vec![Ok(Response::new(404))],
            requests: vec![Request::get(source)],
            result: Err(contract::SendErrorKind::MediaUnavailable),
            ..row("a file that is gone", vec![Content::Attachment(file(None))], json!({}))
        },
        OutboundRow {
            answers: vec![bytes(), place(), Ok(Response::new(500))],
            requests: vec![Request::get(source), announce(), upload()],
            result: Err(contract::SendErrorKind::Unavailable),
            ..row("a place that does not take it", vec![Content::Attachment(file(None))], json!({}))
        },
    ];
    table(rows);
}

#[test]
fn an_answered_question_loses_its_buttons() {
    let answered = json!({ "channel": "D1", "ts": "1.2", "text": "A &amp; B?", "choice": "Yes & no" });
    let update = json_request(
        "https://slack.com/api/chat.update",
        &json!({ "channel": "D1", "ts": "1.2", "text": "A &amp; B?", "blocks": [
            section("A &amp; B?"), { "type": "context", "elements": [{ "type": "mrkdwn", "text": "✅ Yes &amp; no" }] },
        ] }),
    );
    let context =
        || SendContext { reply: Some((json!({ "channel": "D1", "answered": answered }), now())), ..context() };
    let hi = || row("", vec![Content::text("hi")], json!({ "text": "hi" }));
    let rows = vec![
        OutboundRow {
            label: "with the next message, and after it",
            context: context(),
            answers: vec![Ok(accepted(TS)), Ok(accepted("1.2"))],
            requests: vec![post(0, json!({ "text": "hi" })), update.clone()],
            result: Ok(vec![format!("D1:{TS}"), "D1:1.2".to_owned()]),
            ..hi()
        },
        OutboundRow {
            label: "which may fail",
            context: context(),
            answers: vec![Ok(accepted(TS)), refused("message_not_found")],
            requests: vec![post(0, json!({ "text": "hi" })), update],
            ..hi()
        },
    ];
    table(rows);
}
