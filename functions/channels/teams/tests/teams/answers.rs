//! What cards are answered with.

use contract::{AnswerKind, Channel, parse_settings};
use serde_json::{Value, json};
use teams::Teams;

use crate::{
    fixture::{activity, settings, signed, with},
    inbound::{answer, row, run, text_activity, told},
};

#[test]
fn answers() {
    let sent = |value: Value| activity("message", json!({ "value": value, "replyToId": "1" }));
    let form = json!({
        "um": "form", "labels": { "n": "Name", "s": "Size" }, "order": ["n", "s"], "field:n": "Ann", "field:s": "m,l",
    });
    let rows = vec![
        (
            "a quick reply",
            sent(json!({ "um": "quickReply", "payload": "call=yes", "text": "Yes" })),
            answer(AnswerKind::QuickReply, "Yes", "call=yes"),
        ),
        (
            "a card's button",
            sent(json!({ "um": "button", "payload": "buy", "text": "Buy" })),
            answer(AnswerKind::Button, "Buy", "buy"),
        ),
        (
            "a button whose words come as the text",
            with(sent(json!({ "um": "button", "payload": "buy" })), json!({ "text": "Buy" })),
            answer(AnswerKind::Button, "Buy", "buy"),
        ),
        (
            "a date",
            sent(json!({ "um": "date", "date": "2026-07-01" })),
            answer(AnswerKind::DatePicker, "2026-07-01", "2026-07-01"),
        ),
        (
            "a time",
            sent(json!({ "um": "date", "payload": "2026-07-01T10:00:00Z", "text": "2026-07-01 10:00Z" })),
            answer(AnswerKind::DatePicker, "2026-07-01 10:00Z", "2026-07-01T10:00:00Z"),
        ),
        (
            "several items",
            sent(json!({ "um": "list", "items": "r,b", "words": { "r": "Red", "b": "Blue", "g": "Green" } })),
            answer(AnswerKind::QuickReply, "Red, Blue", "r,b"),
        ),
        (
            "an item with a comma in it",
            sent(json!({ "um": "list", "items": "r,b", "words": { "r,b": "Purple" } })),
            answer(AnswerKind::QuickReply, "Purple", "r,b"),
        ),
        ("a form", sent(form), answer(AnswerKind::Button, "Name: Ann\nSize: m,l", r#"{"n":"Ann","s":"m,l"}"#)),
        ("a native card's payload", sent(json!({ "payload": "p" })), answer(AnswerKind::Button, "p", "p")),
        (
            "a native card's value",
            with(
                sent(json!({ "value": "v", "msteams": { "type": "messageBack", "displayText": "V" } })),
                json!({ "text": "" }),
            ),
            answer(AnswerKind::Button, "V", "v"),
        ),
        (
            "a native card's fields",
            sent(json!({ "comment": "good", "stars": "5", "x": 1 })),
            answer(
                AnswerKind::Button,
                r#"{"comment":"good","stars":"5","x":1}"#,
                r#"{"comment":"good","stars":"5","x":1}"#,
            ),
        ),
        (
            "a hero card's value",
            with(sent(json!("v-1")), json!({ "text": "One" })),
            answer(AnswerKind::Button, "One", "v-1"),
        ),
        (
            "JSON in a hero card's value",
            sent(json!("{\"um\":\"quickReply\",\"payload\":\"p\",\"text\":\"T\"}")),
            answer(AnswerKind::QuickReply, "T", "p"),
        ),
    ];
    run(rows.into_iter().map(|(label, sent, content)| row(label, sent, vec![told(content)])).collect());
}

#[test]
fn a_card_that_is_executed_is_answered_at_once() {
    let settings = parse_settings(&settings()).unwrap();
    let invoke = activity("invoke", json!({ "name": "adaptiveCard/action", "value": { "action": { "verb": "go" } } }));
    let answer = Teams.parse(&signed(invoke.to_string()), &settings).unwrap().answer.unwrap();
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["type"], "application/vnd.microsoft.activity.message");
    assert_eq!(Teams.parse(&signed(text_activity("x").to_string()), &settings).unwrap().answer, None);
}
