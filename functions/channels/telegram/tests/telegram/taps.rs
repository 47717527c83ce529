//! Taps on inline buttons, and how they are acknowledged.

use conformance::inbound_table;
use contract::{AnswerKind, Channel, Inbound, parse_settings};
use serde_json::{Value, json};
use telegram::Telegram;

use crate::fixture::{BOT_ID, ann, answer, message, now, other_event, posted, row, settings, update, with};

/// A question of ours with two buttons.
fn question() -> Value {
    message(json!({
        "from": { "id": BOT_ID, "is_bot": true, "first_name": "Acme" }, "text": "Call?",
        "reply_markup": { "inline_keyboard": [[
            { "text": "Yes", "callback_data": "call=yes" }, { "text": "Site", "url": "https://x.example" },
        ]] },
    }))
}

fn tap(fields: Value) -> Value {
    update("callback_query", with(json!({ "id": "4382", "from": ann(), "chat_instance": "-3" }), fields))
}

#[test]
fn taps() {
    let tapped = |content| vec![Inbound { at: Inbound::UNTOLD, ..other_event(content) }];
    let too_old = message(json!({ "date": 0 }));
    let rows = vec![
        row(
            "a button",
            tap(json!({ "message": question(), "data": "call=yes" })),
            tapped(answer(AnswerKind::QuickReply, "Yes", "call=yes")),
        ),
        row(
            "a button of a message that is too old to be shown",
            tap(json!({ "message": too_old, "data": "call=yes" })),
            tapped(answer(AnswerKind::QuickReply, "", "call=yes")),
        ),
        row(
            "a day",
            tap(json!({ "message": too_old, "data": "um:date:2026-07-01" })),
            tapped(answer(AnswerKind::DatePicker, "2026-07-01", "2026-07-01")),
        ),
        row("a game's button", tap(json!({ "message": question(), "game_short_name": "snake" })), vec![]),
        row("a button of the inline mode", tap(json!({ "inline_message_id": "7", "data": "x" })), vec![]),
    ];
    inbound_table(&Telegram, &settings(), now(), rows);
}

/// The clock on the button goes away by what the webhook answers.
#[test]
fn taps_are_acknowledged() {
    let settings = parse_settings(&settings()).unwrap();
    let answer_to = |update: Value| {
        let parsed = Telegram.parse(&posted(&update), &settings).unwrap();
        parsed.answer.map(|answer| {
            assert_eq!(
                (answer.status.as_u16(), &answer.headers["content-type"]),
                (200, &"application/json".parse().unwrap())
            );
            serde_json::from_slice::<Value>(&answer.body).unwrap()
        })
    };
    let called = answer_to(tap(json!({ "message": question(), "data": "call=yes" })));
    let expected = json!({ "method": "answerCallbackQuery", "callback_query_id": "4382", "text": "✓ Yes" });
    assert_eq!(called, Some(expected));
    let bare = json!({ "method": "answerCallbackQuery", "callback_query_id": "4382" });
    assert_eq!(answer_to(tap(json!({ "inline_message_id": "7", "data": "x" }))), Some(bare));
    assert_eq!(answer_to(update("message", message(json!({ "text": "hi" })))), None);
}
