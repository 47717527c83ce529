//! What guests tap, and what becomes of it.

use conformance::{InboundRow, inbound_table};
use contract::{Answer, AnswerKind, Content, Guest, Inbound, Profile, WebhookRequest};
use jiff::Timestamp;
use serde_json::{Value, json};
use slack::Slack;

use crate::fixture::{now, settings, signed, with};

const TS: &str = "1767225500.000100";
const TAPPED: &str = "1767225600.000900";

fn interaction(fields: Value) -> WebhookRequest {
    let body = with(
        json!({
            "type": "block_actions", "api_app_id": "A1", "team": { "id": "T1", "domain": "acme" },
            "user": { "id": "U1", "username": "bob", "team_id": "T1" },
            "container": { "type": "message", "message_ts": TS, "channel_id": "D1", "is_ephemeral": false },
            "channel": { "id": "D1", "name": "directmessage" },
            "message": { "ts": TS, "text": "A &amp; B?", "blocks": [] },
            "trigger_id": "t", "response_url": "https://hooks.slack.com/actions/x",
        }),
        fields,
    );
    signed(url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &body.to_string()).finish())
}

fn tapped(action: Value) -> WebhookRequest {
    interaction(json!({ "actions": [with(json!({ "block_id": "b", "action_ts": TAPPED }), action)] }))
}

fn answered(id: &str, kind: AnswerKind, text: &str, payload: &str) -> Inbound {
    let profile = Profile { attributes: [("workspaceId".to_owned(), "T1".to_owned())].into(), ..Profile::default() };
    Inbound {
        event_id: format!("T1/D1/{TS}/{id}").into(),
        message_id: None,
        at: Timestamp::from_microsecond(1_767_225_600_000_900).unwrap(),
        guest: Guest { profile, ..Guest::person("T1:U1") },
        content: Content::Answer(Answer {
            kind,
            text: text.to_owned(),
            payload: payload.to_owned(),
            question_id: None,
        }),
        reply_context: Some(json!({ "channel": "D1" })),
        only_while_open: false,
    }
}

fn row(label: &'static str, request: WebhookRequest, events: Vec<Inbound>) -> InboundRow {
    InboundRow { label, request, status: 200, events }
}

#[test]
fn taps() {
    let button = |id: &str, text: &str, value: &str| json!({ "type": "button", "action_id": id, "text": { "type": "plain_text", "text": text }, "value": value });
    let option = |text: &str, value: &str| json!({ "text": { "type": "plain_text", "text": text }, "value": value });
    let id = |action: &str| format!("{action}/{TAPPED}/U1");
    let once = |text: &str, payload: &str, choice: &str| Inbound {
        reply_context: Some(json!({
            "channel": "D1",
            "answered": { "channel": "D1", "ts": TS, "text": "A &amp; B?", "choice": choice },
        })),
        ..answered("answered", AnswerKind::QuickReply, text, payload)
    };
    let thread = |channel: Value, guest: &str| Inbound {
        event_id: format!("T1/C1/{TS}/um_tap_0/{TAPPED}/U1").into(),
        guest: Guest {
            writer_id: Some("U1".to_owned()),
            ..Guest { id: guest.into(), ..answered("", AnswerKind::Button, "", "").guest }
        },
        reply_context: None,
        ..answered(if channel.is_null() { "" } else { "x" }, AnswerKind::Button, "Buy", "buy")
    };
    let in_channel = |fields: Value| {
        interaction(with(
            json!({
                "container": { "type": "message", "message_ts": TS, "channel_id": "C1" },
                "channel": { "id": "C1", "name": "support" },
                "actions": [with(button("um_tap_0", "Buy", "buy"), json!({ "action_ts": TAPPED }))],
            }),
            fields,
        ))
    };
    let rows = vec![
        row(
            "a quick reply: one tap counts",
            tapped(button("um_once_0", "Yes &amp; no", "k=y")),
            vec![once("Yes & no", "k=y", "Yes & no")],
        ),
        row(
            "a card's button",
            tapped(button("um_tap_1", "Buy", "buy")),
            vec![answered(&id("um_tap_1"), AnswerKind::Button, "Buy", "buy")],
        ),
        row(
            "a native button",
            tapped(button("approve", "Approve", "click_me_approve")),
            vec![answered(&id("approve"), AnswerKind::Button, "Approve", "click_me_approve")],
        ),
        row(
            "a button that carries nothing says its words",
            tapped(json!({ "type": "button", "action_id": "x", "text": { "type": "plain_text", "text": "Hello" } })),
            vec![answered(&id("x"), AnswerKind::Button, "Hello", "Hello")],
        ),
        row("a link", tapped(with(button("um_link_0", "Open", ""), json!({ "url": "https://x.example" }))), vec![]),
        row(
            "a menu",
            tapped(
                json!({ "type": "static_select", "action_id": "um_tap_0", "selected_option": option("Lamp", "lamp") }),
            ),
            vec![answered(&id("um_tap_0"), AnswerKind::QuickReply, "Lamp", "lamp")],
        ),
        row(
            "several of a native menu",
            tapped(json!({
                "type": "multi_static_select", "action_id": "m", "selected_options": [option("A", "a"), option("B", "b")],
            })),
            vec![answered(&id("m"), AnswerKind::QuickReply, "A, B", "a,b")],
        ),
        row(
            "a menu emptied",
            tapped(json!({ "type": "multi_static_select", "action_id": "m", "selected_options": [] })),
            vec![],
        ),
        row(
            "a date",
            tapped(json!({ "type": "datepicker", "action_id": "um_date_0", "selected_date": "2026-07-01" })),
            vec![answered(&id("um_date_0"), AnswerKind::DatePicker, "2026-07-01", "2026-07-01")],
        ),
        row(
            "a time",
            tapped(json!({ "type": "timepicker", "action_id": "t", "selected_time": "13:37" })),
            vec![answered(&id("t"), AnswerKind::DatePicker, "13:37", "13:37")],
        ),
        row(
            "a date and time",
            tapped(json!({ "type": "datetimepicker", "action_id": "t", "selected_date_time": 1_767_225_600 })),
            vec![answered(&id("t"), AnswerKind::DatePicker, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")],
        ),
        row(
            "an input that is not sent yet",
            tapped(json!({ "type": "checkboxes", "action_id": "um_input_0", "selected_options": [option("A", "a")] })),
            vec![],
        ),
        row(
            "in a channel, the message's thread",
            in_channel(json!({})),
            vec![thread(json!(1), &format!("T1:C1:{TS}"))],
        ),
        row(
            "in a thread",
            in_channel(
                json!({ "container": { "type": "message", "message_ts": TS, "channel_id": "C1", "thread_ts": "1.2" } }),
            ),
            vec![thread(json!(1), "T1:C1:1.2")],
        ),
        row(
            "in a direct message of several people",
            in_channel(json!({ "channel": { "id": "C1", "name": "mpdm-bob--sue-1" } })),
            vec![thread(json!(1), "T1:C1")],
        ),
        row(
            "on the home tab",
            interaction(json!({
                "container": { "type": "view", "view_id": "V1" }, "channel": null, "message": null,
                "actions": [button("x", "a", "b")],
            })),
            vec![],
        ),
        row("a dialog sent", interaction(json!({ "type": "view_submission" })), vec![]),
        row("a shortcut", interaction(json!({ "type": "shortcut" })), vec![]),
        row("something new", interaction(json!({ "type": "hologram" })), vec![]),
        row("no action", interaction(json!({ "actions": [] })), vec![]),
    ];
    inbound_table(&Slack, &settings(), now(), rows);
}

#[test]
fn what_is_filled_in() {
    let picked = |texts: &[(&str, &str)]| {
        let options: Vec<Value> = texts
            .iter()
            .map(|(text, value)| json!({ "text": { "type": "plain_text", "text": text }, "value": value }))
            .collect();
        json!(options)
    };
    let sent = |state: Value, blocks: Value| {
        interaction(json!({
            "actions": [{ "type": "button", "action_id": "um_submit_9", "block_id": "b", "action_ts": TAPPED, "value": "submit" }],
            "state": { "values": state },
            "message": { "ts": TS, "text": "Form", "blocks": blocks },
        }))
    };
    let id = format!("um_submit_9/{TAPPED}/U1");
    let list = json!({ "um_list": { "um_input_0": { "type": "checkboxes", "selected_options": picked(&[("A", "a"), ("B", "b")]) } } });
    let form = json!({
        "um_field_000_name": { "um_input_0": { "type": "plain_text_input", "value": "Bob" } },
        "um_field_001_size": { "um_input_1": { "type": "static_select", "selected_option": picked(&[("Large", "l")])[0] } },
        "um_field_002_more": { "um_input_2": { "type": "plain_text_input", "value": null } },
    });
    let labels = json!([
        { "type": "input", "block_id": "um_field_000_name", "label": { "type": "plain_text", "text": "Your name" } },
    ]);
    let rows = vec![
        row("a list", sent(list, json!([])), vec![answered(&id, AnswerKind::QuickReply, "A, B", "a,b")]),
        row(
            "a form",
            sent(form, labels),
            vec![answered(
                &id,
                AnswerKind::QuickReply,
                "Your name: Bob\nsize: Large",
                "{\"name\":\"Bob\",\"size\":\"l\"}",
            )],
        ),
        row("nothing", sent(json!({}), json!([])), vec![]),
    ];
    inbound_table(&Slack, &settings(), now(), rows);
}
