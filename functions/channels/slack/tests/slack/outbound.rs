//! What the agent says, and what Slack is told.

use conformance::{OutboundRow, outbound_table_with_tokens};
use contract::{
    Answer, AnswerKind, Card, CardAction, Choice, Content, DatePicker, FormField, Location, Presence, Receipt,
    ReceiptStatus, SendContext, Sticker, TimeSlot, parse_settings,
};
use serde_json::{Value, json};
use slack::Slack;

use crate::fixture::{
    DIRECT, THREAD, TS, accepted, context, json_request, message, now, post, post_to, refused, settings, tokens,
};

fn choice(text: &str, payload: &str) -> Choice {
    Choice { text: text.to_owned(), payload: payload.to_owned(), image_url: None }
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": true })
}

pub fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })
}

fn actions(elements: Value) -> Value {
    json!({ "type": "actions", "elements": elements })
}

fn button(id: &str, text: &str, value: &str) -> Value {
    json!({ "type": "button", "action_id": id, "text": plain(text), "value": value })
}

fn option(text: &str, value: &str) -> Value {
    json!({ "text": plain(text), "value": value })
}

pub fn table(rows: Vec<OutboundRow>) {
    outbound_table_with_tokens(&Slack, &settings(), now(), &tokens(), rows);
}

/// A message that goes out as one post of these fields.
pub fn row(label: &'static str, contents: Vec<Content>, fields: Value) -> OutboundRow {
    OutboundRow {
        label,
        message: message(contents),
        context: context(),
        answers: vec![Ok(accepted(TS))],
        requests: vec![post(0, fields)],
        result: Ok(vec![format!("D1:{TS}")]),
    }
}

#[test]
fn words() {
    let several = |label, contents: Vec<Content>, fields: Vec<Value>| OutboundRow {
        answers: fields.iter().map(|_| Ok(accepted(TS))).collect(),
        result: Ok(fields.iter().map(|_| format!("D1:{TS}")).collect()),
        requests: fields.into_iter().enumerate().map(|(index, fields)| post(index, fields)).collect(),
        ..row(label, contents, json!({}))
    };
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
    let parsed = parse_settings(&settings()).unwrap();
    for content in [
        Content::Typing { on: true, duration_ms: None },
        Content::Presence { presence: Presence::Join },
        Content::Note { text: "x".to_owned() },
        Content::text("  "),
        Content::Receipt(Receipt { message_id: "1".to_owned(), status: ReceiptStatus::Read, reason: None }),
    ] {
        assert_eq!(compose::compose(&Slack, &message(vec![content]), &parsed, &context()).steps, []);
    }
}

#[test]
fn questions() {
    let quick = |text: &str, options: Vec<Choice>| vec![Content::QuickReplies { text: text.to_owned(), options }];
    let picker =
        DatePicker { title: "When?".to_owned(), subtitle: Some("Any day.".to_owned()), ..DatePicker::default() };
    let many: Vec<Choice> = (0..30).map(|n| choice(&format!("{n}"), &format!("p{n}"))).collect();
    let buttons = |range: std::ops::Range<usize>| {
        actions(range.map(|n| button(&format!("um_once_{n}"), &format!("{n}"), &format!("p{n}"))).collect())
    };
    let rows = vec![
        row(
            "quick replies",
            quick("A & B?", vec![choice("Yes", "k=y"), choice("No", "k=n")]),
            json!({ "text": "A &amp; B?", "blocks": [
                section("A &amp; B?"), actions(json!([button("um_once_0", "Yes", "k=y"), button("um_once_1", "No", "k=n")])),
            ] }),
        ),
        row("quick replies without any", quick("Well?", vec![choice(" ", "")]), json!({ "text": "Well?" })),
        row(
            "quick replies without a question",
            quick("", vec![choice("Yes", "")]),
            json!({ "text": "💬", "blocks": [section("👇"), actions(json!([button("um_once_0", "Yes", "Yes")]))] }),
        ),
        row(
            "thirty quick replies",
            quick("Which?", many),
            json!({ "text": "Which?", "blocks": [section("Which?"), buttons(0..25), buttons(25..30)] }),
        ),
        row(
            "a long label, and a payload that a button cannot carry",
            quick("Which?", vec![choice(&"x".repeat(80), "long"), choice("Big", &"y".repeat(2_001))]),
            json!({ "text": "Which?", "blocks": [section("Which?"), actions(json!([
                button("um_once_0", &format!("{}…", "x".repeat(74)), "long"), button("um_once_1", "Big", "Big"),
            ]))] }),
        ),
        row(
            "a list",
            vec![Content::List {
                title: "Which?".to_owned(),
                items: vec![choice("Lamp", "lamp"), choice("Desk", "")],
                multiple: false,
            }],
            json!({ "text": "Which?", "blocks": [section("Which?"), actions(json!([
                { "type": "static_select", "action_id": "um_tap_0", "options": [option("Lamp", "lamp"), option("Desk", "Desk")] },
            ]))] }),
        ),
        row(
            "a list of which several may be chosen",
            vec![Content::List { title: "Which?".to_owned(), items: vec![choice("Lamp", "lamp")], multiple: true }],
            json!({ "text": "Which?", "blocks": [
                { "type": "input", "block_id": "um_list", "label": plain("Which?"), "element": {
                    "type": "checkboxes", "action_id": "um_input_0", "options": [option("Lamp", "lamp")],
                } },
                actions(json!([{
                    "type": "button", "action_id": "um_submit_1", "text": plain("✅"), "style": "primary", "value": "submit",
                }])),
            ] }),
        ),
        row(
            "a list whose payloads no menu carries",
            vec![Content::List {
                title: "Which?".to_owned(),
                items: vec![choice("Lamp", &"x".repeat(151))],
                multiple: false,
            }],
            json!({ "text": "Which?", "blocks": [
                section("Which?"), actions(json!([button("um_tap_0", "Lamp", &"x".repeat(151))])),
            ] }),
        ),
        row(
            "any day",
            vec![Content::DatePicker(DatePicker {
                earliest: Some("2026-07-01T00:00:00Z".parse().unwrap()),
                latest: Some("2026-07-31T00:00:00Z".parse().unwrap()),
                ..picker.clone()
            })],
            json!({ "text": "When?\nAny day.", "blocks": [
                section("When?\nAny day."),
                actions(json!([{ "type": "datepicker", "action_id": "um_date_0" }])),
                { "type": "context", "elements": [{ "type": "mrkdwn", "text": "2026-07-01 – 2026-07-31" }] },
            ] }),
        ),
        row(
            "one of some times",
            vec![Content::DatePicker(DatePicker {
                times: vec![TimeSlot { at: "2026-07-01T09:00:00Z".parse().unwrap(), duration_s: 60 }],
                ..picker
            })],
            json!({ "text": "When?\nAny day.", "blocks": [
                section("When?\nAny day."),
                actions(json!([button("um_once_0", "2026-07-01 09:00Z", "2026-07-01T09:00:00Z")])),
            ] }),
        ),
        row(
            "a form",
            vec![Content::Form {
                title: "About you".to_owned(),
                fields: vec![
                    FormField { id: "name".to_owned(), label: "Name".to_owned(), options: vec![], multiple: false },
                    FormField {
                        id: "size".to_owned(),
                        label: "Size".to_owned(),
                        options: vec![choice("L", "l")],
                        multiple: false,
                    },
                ],
            }],
            json!({ "text": "About you", "blocks": [
                section("About you"),
                { "type": "input", "block_id": "um_field_000_name", "optional": true, "label": plain("Name"),
                  "element": { "type": "plain_text_input", "action_id": "um_input_0" } },
                { "type": "input", "block_id": "um_field_001_size", "optional": true, "label": plain("Size"),
                  "element": { "type": "static_select", "action_id": "um_input_1", "options": [option("L", "l")] } },
                actions(json!([{
                    "type": "button", "action_id": "um_submit_2", "text": plain("✅"), "style": "primary", "value": "submit",
                }])),
            ] }),
        ),
        row(
            "a form too long for one message",
            vec![Content::Form {
                title: "All".to_owned(),
                fields: (0..21)
                    .map(|n| FormField {
                        id: format!("f{n}"),
                        label: "?".to_owned(),
                        options: vec![choice("A", "a")],
                        multiple: false,
                    })
                    .collect(),
            }],
            json!({ "text": format!("All\n{}", (1..=21).map(|n| format!("{n}. ? (A)")).collect::<Vec<_>>().join("\n")) }),
        ),
    ];
    table(rows);
}

#[test]
fn cards() {
    let card = |title: &str, description: Option<&str>, actions: Vec<CardAction>| Card {
        title: title.to_owned(),
        description: description.map(str::to_owned),
        actions,
        ..Card::default()
    };
    let postback =
        |text: &str, payload: &str| CardAction::Postback { text: text.to_owned(), payload: payload.to_owned() };
    let link = |text: &str, url: &str| CardAction::Link { text: text.to_owned(), url: url.to_owned() };
    let rows = vec![
        row(
            "a card",
            vec![Content::Card(Card {
                image_url: Some("https://x.example/a.jpg".to_owned()),
                default_action: Some(link("More", "https://x.example/?a=1&b=2")),
                ..card(
                    "Lamp",
                    Some("Bright & warm."),
                    vec![postback("Buy", "buy"), link("More", "https://x.example/lamp")],
                )
            })],
            json!({ "text": "Lamp", "blocks": [
                { "type": "image", "image_url": "https://x.example/a.jpg", "alt_text": "Lamp" },
                section("*<https://x.example/?a=1&amp;b=2|Lamp>*\nBright &amp; warm."),
                actions(json!([
                    button("um_tap_0", "Buy", "buy"),
                    { "type": "button", "action_id": "um_link_1", "text": plain("More"), "url": "https://x.example/lamp" },
                ])),
            ] }),
        ),
        row(
            "buttons that Slack cannot make",
            vec![Content::Card(card(
                "Lamp",
                None,
                vec![
                    link("Write", "mailto:a@x.example"),
                    CardAction::Call { text: "Call".to_owned(), phone_number: "+81 3".to_owned() },
                ],
            ))],
            json!({ "text": "Lamp", "blocks": [section("*Lamp*\nWrite: mailto:a@x.example\n☎ Call: +81 3")] }),
        ),
        row(
            "cards in a row stand one below the other",
            vec![Content::Carousel {
                cards: vec![card("Lamp", None, vec![postback("Buy", "1")]), card("Desk", None, vec![])],
            }],
            json!({ "text": "Lamp", "blocks": [
                section("*Lamp*"), actions(json!([button("um_tap_0", "Buy", "1")])), { "type": "divider" }, section("*Desk*"),
            ] }),
        ),
        OutboundRow {
            answers: vec![refused("invalid_blocks"), Ok(accepted(TS))],
            requests: vec![
                post(
                    0,
                    json!({ "text": "Lamp", "blocks": [
                    { "type": "image", "image_url": "https://x.example/gone.jpg", "alt_text": "Lamp" }, section("*Lamp*"),
                ] }),
                ),
                post(0, json!({ "text": "Lamp", "blocks": [section("*Lamp*")] })),
            ],
            ..row(
                "a picture that Slack cannot fetch",
                vec![Content::Card(Card {
                    image_url: Some("https://x.example/gone.jpg".to_owned()),
                    ..card("Lamp", None, vec![])
                })],
                json!({}),
            )
        },
    ];
    table(rows);
}

#[test]
fn native_messages() {
    let native =
        |connector: Option<&str>, json: Value| vec![Content::Native { connector: connector.map(str::to_owned), json }];
    let block = section("You have a new request:\n*Fred*");
    let cannot = json!({ "text": "(This message cannot be shown here.)" });
    let rows = vec![
        row(
            "what the Block Kit Builder shows",
            native(Some("slack"), json!({ "blocks": [block] })),
            json!({ "text": "You have a new request:\n*Fred*", "blocks": [block] }),
        ),
        row(
            "blocks alone",
            native(None, json!([block])),
            json!({ "text": "You have a new request:\n*Fred*", "blocks": [block] }),
        ),
        row(
            "one block",
            native(None, block.clone()),
            json!({ "text": "You have a new request:\n*Fred*", "blocks": [block] }),
        ),
        row(
            "a divider: something for the notification",
            native(None, json!({ "type": "divider" })),
            json!({ "text": "💬", "blocks": [{ "type": "divider" }] }),
        ),
        row(
            "where it goes and in whose name is not the author's to say",
            native(
                None,
                json!({ "channel": "C9", "token": "x", "username": "boss", "thread_ts": "1", "text": "<!date^1^{date}|x> ok" }),
            ),
            json!({ "text": "<!date^1^{date}|x> ok" }),
        ),
        row(
            "attachments",
            native(None, json!({ "attachments": [{ "fallback": "old", "color": "#f00" }] })),
            json!({ "text": "old", "attachments": [{ "fallback": "old", "color": "#f00" }] }),
        ),
        row("another channel's", native(Some("line"), json!({ "blocks": [] })), cannot.clone()),
        row("no message at all", native(None, json!({ "hello": "world" })), cannot.clone()),
        row("no JSON object", native(None, json!("hello")), cannot),
    ];
    table(rows);
}

#[test]
fn messages_are_changed_and_taken_back() {
    let native = |json: Value| vec![Content::Native { connector: Some("slack".to_owned()), json }];
    let with = |label, json: Value, answer, method: &str, body: Value, ids: &[&str]| OutboundRow {
        answers: vec![answer],
        requests: vec![json_request(&format!("https://slack.com/api/{method}"), &body)],
        result: Ok(ids.iter().map(|id| (*id).to_owned()).collect()),
        ..row(label, native(json), json!({}))
    };
    let id = format!("D1:{TS}");
    let new = || json!({ "channel": DIRECT, "ts": TS, "blocks": [section("new")] });
    let gone = || json!({ "channel": DIRECT, "ts": TS });
    table(vec![
        with(
            "another in its place, by our id",
            json!({ "method": "chat.update", "ts": id, "blocks": [section("new")], "channel": "C9" }),
            Ok(accepted(TS)),
            "chat.update",
            new(),
            &[&id],
        ),
        with(
            "by Slack's id",
            json!({ "method": "chat.update", "ts": TS, "blocks": [section("new")] }),
            Ok(accepted(TS)),
            "chat.update",
            new(),
            &[&id],
        ),
        with("taken back", json!({ "method": "chat.delete", "ts": id }), Ok(accepted(TS)), "chat.delete", gone(), &[]),
        with(
            "in no other conversation",
            json!({ "method": "chat.delete", "ts": format!("C9:{TS}") }),
            refused("message_not_found"),
            "chat.delete",
            gone(),
            &[],
        ),
        row("a change to nothing", native(json!({ "method": "chat.update", "ts": TS })), nothing()),
        row("which message?", native(json!({ "method": "chat.delete" })), nothing()),
        row("another method", native(json!({ "method": "chat.scheduleMessage", "ts": TS, "text": "a" })), nothing()),
    ]);
}

fn nothing() -> Value {
    json!({ "text": "(This message cannot be shown here.)" })
}
