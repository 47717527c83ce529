//! Telegram's own JSON, passed through.

use conformance::{OutboundRow, outbound_table};
use contract::{Content, SendErrorKind, parse_settings};
use serde_json::{Value, json};
use telegram::Telegram;

use crate::fixture::{accepted, call, context, now, outbound, refused, sent, settings};

fn native(json: Value) -> Vec<Content> {
    vec![Content::Native { connector: Some("telegram".to_owned()), json }]
}

#[test]
fn native_messages() {
    let poll = json!({ "question": "Which?", "options": [{ "text": "A" }, { "text": "B" }], "is_anonymous": false });
    let named = |mut body: Value, method: &str| {
        body["method"] = method.into();
        body
    };
    let html = json!({ "text": "<b>hi</b> {", "parse_mode": "HTML" });
    let rows = vec![
        sent("a method by its name", native(named(poll.clone(), "sendPoll")), vec![("sendPoll", poll.clone())]),
        sent("in other letters", native(named(poll.clone(), "SENDPOLL")), vec![("sendPoll", poll.clone())]),
        sent("a method by its fields", native(poll.clone()), vec![("sendPoll", poll.clone())]),
        sent(
            "words and a keyboard",
            native(json!({ "text": "Where?", "reply_markup": {
                "keyboard": [[{ "text": "Here", "request_location": true }]],
            } })),
            vec![(
                "sendMessage",
                json!({ "text": "Where?", "reply_markup": {
                "keyboard": [[{ "text": "Here", "request_location": true }]],
            } }),
            )],
        ),
        sent(
            "a keyboard alone",
            native(json!({ "reply_markup": { "remove_keyboard": true } })),
            vec![("sendMessage", json!({ "text": "👇", "reply_markup": { "remove_keyboard": true } }))],
        ),
        sent(
            "several",
            native(
                json!({ "messages": [{ "text": "one" }, { "sticker": "CAACAgIAAxkBAAEB" }, { "latitude": 1, "longitude": 2 }] }),
            ),
            vec![
                ("sendMessage", json!({ "text": "one" })),
                ("sendSticker", json!({ "sticker": "CAACAgIAAxkBAAEB" })),
                ("sendLocation", json!({ "latitude": 1, "longitude": 2 })),
            ],
        ),
        sent(
            "an array, a contact, a voice message with words",
            native(json!([
                { "phone_number": "+81", "first_name": "Bo" }, { "voice": "https://x.example/v.ogg", "caption": "c" },
            ])),
            vec![
                ("sendContact", json!({ "phone_number": "+81", "first_name": "Bo" })),
                ("sendVoice", json!({ "voice": "https://x.example/v.ogg", "caption": "c" })),
            ],
        ),
        sent(
            "nobody else's chat",
            native(json!({ "method": "sendMessage", "chat_id": 666, "message_thread_id": 5, "text": 5 })),
            vec![("sendMessage", json!({ "text": "5" }))],
        ),
        sent("markup", native(html.clone()), vec![("sendMessage", html.clone())]),
        OutboundRow {
            label: "markup with a mistake goes as plain text",
            message: outbound(native(html.clone())),
            context: context(),
            answers: vec![
                refused(400, "Bad Request: can't parse entities: Unclosed start tag at byte offset 3"),
                Ok(accepted(1)),
            ],
            requests: vec![call("sendMessage", html), call("sendMessage", json!({ "text": "<b>hi</b> {" }))],
            result: Ok(vec!["1".to_owned()]),
        },
        sent(
            "nobody's in particular",
            vec![Content::Native { connector: None, json: json!({ "text": "hi" }) }],
            vec![("sendMessage", json!({ "text": "hi" }))],
        ),
        OutboundRow {
            answers: vec![Ok(contract::http::Response::new(200).json(&json!({ "ok": true, "result": true })))],
            result: Ok(vec![]),
            ..sent(
                "a message is taken away, which makes no message",
                native(json!({ "method": "deleteMessage", "message_id": 7 })),
                vec![("deleteMessage", json!({ "message_id": 7 }))],
            )
        },
    ];
    outbound_table(&Telegram, &settings(), now(), rows);
}

#[test]
fn what_is_not_sent_is_told_to_the_agent() {
    let settings = parse_settings(&settings()).unwrap();
    let strange = "it is not a message of the Bot API";
    let line = Content::Native { connector: Some("line".to_owned()), json: json!({ "text": "hi" }) };
    for (label, contents, reason) in [
        ("the bot's own affairs", native(json!({ "method": "logOut" })), strange),
        ("a webhook elsewhere", native(json!({ "method": "setWebhook", "url": "https://evil.example" })), strange),
        ("a method that is none", native(json!({ "method": "../sendMessage", "text": "x" })), strange),
        ("a method that is no text", native(json!({ "method": 5, "text": "x" })), strange),
        ("nothing that Telegram knows", native(json!({ "type": "flex" })), strange),
        ("one of several that is none", native(json!([{ "text": "hi" }, { "type": "flex" }])), strange),
        ("no object", native(json!("hi")), strange),
        ("no messages", native(json!([])), strange),
        ("another network's", vec![line], "it is written for another channel"),
    ] {
        let rendering = compose::compose(&Telegram, &outbound(contents), &settings, &context());
        assert_eq!(rendering.steps, [], "{label}");
        assert_eq!(rendering.degradations, [format!("native → nothing: {reason}")], "{label}");
        let refused = rendering.refused.expect(label);
        assert_eq!(refused.kind, SendErrorKind::InvalidMessage, "{label}");
        assert_eq!(refused.sentence, format!("The message was not sent to Telegram: {reason}."), "{label}");
    }
}
