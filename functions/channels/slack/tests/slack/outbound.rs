//! What the agent says, and what Slack is told.

use conformance::OutboundRow;
use contract::{
    Answer, AnswerKind, Content, Location, Presence, Receipt, ReceiptStatus, SendContext, SendErrorKind, Sticker,
};
use serde_json::json;

use crate::fixture::{
    DIRECT, THREAD, TS, accepted, context, json_request, message, now, post, post_to, refused, rendered, row, several,
    table,
};

#[test]
fn words() {
    let rows = vec![
        row("a text", vec![Content::text("こんにちは")], json!({ "text": "こんにちは" })),
        row("escapes", vec![Content::text("a < b & c > d")], json!({ "text": "a &lt; b &amp; c &gt; d" })),
        several(
            "two texts",
            vec![Content::text("a"), Content::text("b")],
            vec![json!({ "text": "a" }), json!({ "text": "b" })],
        ),
        several(
            "a text of 4,001 characters",
            vec![Content::text("a".repeat(4_001))],
            vec![json!({ "text": "a".repeat(4_000) }), json!({ "text": "a" })],
        ),
        OutboundRow {
            context: SendContext { agent_name: Some("Sue".to_owned()), ..context() },
            ..row("the agent's name", vec![Content::text("hi")], json!({ "text": "hi", "username": "Sue" }))
        },
        OutboundRow {
            context: SendContext { now: now(), ..SendContext::default() },
            requests: vec![post_to("T1:U1", 0, json!({ "channel": "U1", "text": "hi" }))],
            ..row("to somebody who has not written", vec![Content::text("hi")], json!({}))
        },
        OutboundRow {
            context: SendContext { reply: Some((json!({ "channel": DIRECT, "threadTs": "1.2" }), now())), ..context() },
            ..row(
                "in a thread of direct messages",
                vec![Content::text("hi")],
                json!({ "text": "hi", "thread_ts": "1.2" }),
            )
        },
        OutboundRow {
            message: contract::Outbound { to: THREAD.into(), ..message(vec![Content::text("hi")]) },
            requests: vec![post_to(
                THREAD,
                0,
                json!({ "channel": "C1", "thread_ts": "1767225000.000100", "text": "hi" }),
            )],
            ..row("in a channel's thread", vec![], json!({}))
        },
        OutboundRow {
            message: contract::Outbound { to: "T1:G1".into(), ..message(vec![Content::text("hi")]) },
            requests: vec![post_to("T1:G1", 0, json!({ "channel": "G1", "text": "hi" }))],
            ..row("to several people", vec![], json!({}))
        },
        OutboundRow {
            requests: vec![json_request(
                "https://slack.com/api/chat.update",
                &json!({ "channel": "D1", "ts": "1.2", "text": "new", "blocks": [] }),
            )],
            ..row(
                "an edit",
                vec![Content::Edited { message_id: "D1:1.2".to_owned(), text: "new".to_owned() }],
                json!({}),
            )
        },
        OutboundRow {
            answers: vec![refused("edit_window_closed"), Ok(accepted(TS))],
            requests: vec![
                json_request(
                    "https://slack.com/api/chat.update",
                    &json!({ "channel": "D1", "ts": "1.2", "text": "a &amp; b", "blocks": [] }),
                ),
                post(0, json!({ "text": "✏️ a &amp; b" })),
            ],
            ..row(
                "an edit that comes too late",
                vec![Content::Edited { message_id: "D1:1.2".to_owned(), text: "a & b".to_owned() }],
                json!({}),
            )
        },
        row(
            "an edit of nobody knows what",
            vec![Content::Edited { message_id: "x".to_owned(), text: "new".to_owned() }],
            json!({ "text": "✏️ new" }),
        ),
        row(
            "a place",
            vec![Content::Location(Location {
                title: Some("Acme".to_owned()),
                address: None,
                latitude: 35.0,
                longitude: 139.5,
            })],
            json!({ "text": "📍 Acme\nhttps://www.google.com/maps/search/?api=1&amp;query=35,139.5" }),
        ),
        row(
            "a sticker with a picture",
            vec![Content::Sticker(Sticker {
                package_id: None,
                sticker_id: "1".to_owned(),
                text: Some("hello".to_owned()),
                image_url: Some("https://x.example/s.png".to_owned()),
            })],
            json!({ "text": "hello", "blocks": [
                { "type": "image", "image_url": "https://x.example/s.png", "alt_text": "hello" },
            ] }),
        ),
        row(
            "a sticker without",
            vec![Content::Sticker(Sticker {
                package_id: None,
                sticker_id: "1".to_owned(),
                text: None,
                image_url: None,
            })],
            json!({ "text": "🙂" }),
        ),
        row(
            "an answer of the agent's",
            vec![Content::Answer(Answer {
                kind: AnswerKind::QuickReply,
                text: "Yes".to_owned(),
                payload: "y".to_owned(),
                question_id: None,
            })],
            json!({ "text": "Yes" }),
        ),
    ];
    table(rows);
}

#[test]
fn nothing_to_say() {
    for content in [
        Content::Typing { on: true, duration_ms: None },
        Content::Presence { presence: Presence::Join },
        Content::Note { text: "x".to_owned() },
        Content::text("  "),
        Content::Receipt(Receipt { message_id: "1".to_owned(), status: ReceiptStatus::Read, reason: None }),
    ] {
        assert_eq!(rendered(&message(vec![content]), &context()).steps, []);
    }
}

#[test]
fn an_id_that_is_none_of_slacks() {
    let to =
        |guest: &str| contract::Outbound { to: guest.into(), ..message(vec![Content::text("a"), Content::text("b")]) };
    table(vec![OutboundRow {
        message: to("guest-1"),
        answers: vec![],
        requests: vec![],
        result: Err(SendErrorKind::UnknownRecipient),
        ..row("nobody", vec![], json!({}))
    }]);
}
