//! Slack's own JSON, passed through.

use conformance::OutboundRow;
use contract::{Content, SendErrorKind};
use serde_json::{Value, json};

use crate::fixture::{DIRECT, TS, accepted, context, json_request, message, refused, rendered, row, section, table};

#[test]
fn native_messages() {
    let native =
        |connector: Option<&str>, json: Value| vec![Content::Native { connector: connector.map(str::to_owned), json }];
    let block = section("You have a new request:\n*Fred*");
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
    ]);
}

#[test]
fn what_slack_cannot_mean_is_not_sent() {
    let elsewhere = "it is written for another channel";
    let which = "it does not say which message (ts) is meant";
    let method = "of Slack's methods, only chat.postMessage, chat.update and chat.delete can be called";
    for (label, connector, json, reason) in [
        ("another channel's", Some("line"), json!({ "blocks": [] }), elsewhere),
        ("no message at all", None, json!({ "hello": "world" }), "it is no message of Slack's"),
        ("no JSON object", None, json!("hello"), "it is no message of Slack's"),
        ("blocks of which one is none", None, json!([section("a"), "b"]), "it is no message of Slack's"),
        ("a change to nothing", None, json!({ "method": "chat.update", "ts": TS }), "it changes nothing"),
        ("a change of which message?", None, json!({ "method": "chat.update", "text": "a" }), which),
        ("which message?", None, json!({ "method": "chat.delete" }), which),
        ("another method", None, json!({ "method": "chat.scheduleMessage", "ts": TS, "text": "a" }), method),
    ] {
        let native = Content::Native { connector: connector.map(str::to_owned), json };
        let rendering = rendered(&message(vec![native]), &context());
        assert_eq!(rendering.steps, [], "{label}");
        let refused = rendering.refused.unwrap();
        assert_eq!(refused.kind, SendErrorKind::InvalidMessage, "{label}");
        assert_eq!(refused.sentence, format!("The message was not sent to Slack: {reason}."), "{label}");
    }
}
