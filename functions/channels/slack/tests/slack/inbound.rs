//! What Slack posts, and what becomes of it.

use conformance::{InboundRow, inbound_table};
use contract::{Attachment, Channel, Content, Guest, Inbound, MediaKind, Presence, Profile, parse_settings};
use jiff::Timestamp;
use serde_json::{Value, json};
use slack::Slack;

use crate::fixture::{
    BOT, NOW_S, SECRET, TS, at_ts, direct, envelope, in_channel, now, posted, request, settings, signature, signed,
    with,
};

const ROOT: &str = "1767225000.000100";

fn profile() -> Profile {
    Profile { attributes: [("workspaceId".to_owned(), "T1".to_owned())].into(), ..Profile::default() }
}

fn told(id: &str, content: Content) -> Inbound {
    Inbound {
        event_id: format!("T1/D1/{id}").into(),
        message_id: (id == TS).then(|| format!("D1:{TS}")),
        at: at_ts(),
        guest: Guest { profile: profile(), ..Guest::person("T1:U1") },
        content,
        reply_context: Some(json!({ "channel": "D1" })),
        only_while_open: false,
    }
}

fn told_in(guest: &str, content: Content) -> Inbound {
    Inbound {
        event_id: format!("T1/C1/{TS}").into(),
        message_id: Some(format!("C1:{TS}")),
        at: at_ts(),
        guest: Guest { profile: profile(), ..Guest::in_group(guest, Some("U1".to_owned())) },
        content,
        reply_context: None,
        only_while_open: false,
    }
}

/// Counts while the thread is an open conversation.
fn aside(event: Inbound) -> Inbound {
    Inbound { only_while_open: true, ..event }
}

fn row(label: &'static str, event: Value, events: Vec<Inbound>) -> InboundRow {
    InboundRow { label, request: posted(event), status: 200, events }
}

fn note() -> Content {
    Content::Note { text: "The guest took back a message.".to_owned() }
}

fn file(id: &str, mime: &str, name: &str) -> Value {
    json!({
        "id": id, "name": name, "title": "t", "mimetype": mime, "mode": "hosted", "size": 42, "is_external": false,
        "url_private": format!("https://files.slack.com/files-pri/T1-{id}/x"),
        "url_private_download": format!("https://files.slack.com/files-pri/T1-{id}/download/x"),
    })
}

fn kept(id: &str, mime: &str, name: &str) -> Attachment {
    let url = format!("https://files.slack.com/files-pri/T1-{id}/download/x");
    let reference = format!("{{\"install\":\"T1\",\"id\":\"{id}\",\"url\":\"{url}\"}}");
    Attachment {
        mime: Some(mime.to_owned()),
        name: Some(name.to_owned()),
        size: Some(42),
        ..Attachment::on_network(MediaKind::of_mime(mime), reference)
    }
}

#[test]
fn direct_messages() {
    let rows = vec![
        row("a text", direct(json!({ "text": "hi there" })), vec![told(TS, Content::text("hi there"))]),
        row(
            "escapes, names and links",
            direct(json!({ "text": "a &lt; b &amp; <@U2> <https://x.example|here> <!here> *bold*" })),
            vec![told(TS, Content::text("a < b & @U2 here (https://x.example) @here *bold*"))],
        ),
        row(
            "an emoji",
            direct(json!({ "text": "hi :wave:", "blocks": [{ "type": "rich_text", "block_id": "b", "elements": [
                { "type": "rich_text_section", "elements": [
                    { "type": "text", "text": "hi " }, { "type": "emoji", "name": "wave", "unicode": "1f44b" },
                ] },
            ] }] })),
            vec![told(TS, Content::text("hi 👋"))],
        ),
        row(
            "a reply in a thread of the direct messages: the answer goes there",
            direct(json!({ "thread_ts": ROOT, "parent_user_id": BOT })),
            vec![Inbound {
                reply_context: Some(json!({ "channel": "D1", "threadTs": ROOT })),
                ..told(TS, Content::text("hi"))
            }],
        ),
        row("a text of /me", direct(json!({ "subtype": "me_message" })), vec![told(TS, Content::text("hi"))]),
        row(
            "a picture with words",
            direct(json!({ "subtype": "file_share", "text": "look", "files": [file("F1", "image/png", "a.png")] })),
            vec![
                told(TS, Content::text("look")),
                told(&format!("{TS}/F1"), Content::Attachment(kept("F1", "image/png", "a.png"))),
            ],
        ),
        row(
            "two files and no words",
            direct(json!({ "subtype": "file_share", "text": "", "files": [
                file("F1", "application/pdf", "契約書.pdf"), file("F2", "audio/mp4", "voice.m4a"),
            ] })),
            vec![
                Inbound {
                    message_id: Some(format!("D1:{TS}")),
                    ..told(&format!("{TS}/F1"), Content::Attachment(kept("F1", "application/pdf", "契約書.pdf")))
                },
                told(&format!("{TS}/F2"), Content::Attachment(kept("F2", "audio/mp4", "voice.m4a"))),
            ],
        ),
        row(
            "a file of which only the id is told",
            direct(json!({ "text": "", "files": [{ "id": "F3", "file_access": "check_file_info" }] })),
            vec![Inbound {
                message_id: Some(format!("D1:{TS}")),
                ..told(
                    &format!("{TS}/F3"),
                    Content::Attachment(Attachment::on_network(MediaKind::File, "{\"install\":\"T1\",\"id\":\"F3\"}")),
                )
            }],
        ),
        row(
            "files that nobody can fetch",
            direct(json!({ "text": "see", "files": [
                { "id": "F1", "mode": "tombstone" },
                { "id": "F2", "mode": "hidden_by_limit", "name": "a.pdf" },
                { "id": "F3", "mode": "external", "is_external": true, "name": "Plan",
                  "url_private": "https://docs.example/?a=1&amp;b=2" },
            ] })),
            vec![
                told(TS, Content::text("see")),
                told(&format!("{TS}/F1"), Content::text("[a file: the file was deleted.]")),
                told(
                    &format!("{TS}/F2"),
                    Content::text("[a.pdf: the file is hidden by the limit of the workspace's plan.]"),
                ),
                told(&format!("{TS}/F3"), Content::text("📎 Plan\nhttps://docs.example/?a=1&b=2")),
            ],
        ),
        row("the app's own message", direct(json!({ "user": BOT })), vec![]),
        row("the app's own message, as a bot", direct(json!({ "bot_id": "B1", "app_id": "A1" })), vec![]),
        row("another bot's", direct(json!({ "subtype": "bot_message", "bot_id": "B2", "user": null })), vec![]),
        row("Slackbot's", direct(json!({ "user": "USLACK" })), vec![]),
        row("nothing to see", direct(json!({ "hidden": true })), vec![]),
        row("somebody joined", in_channel(json!({ "subtype": "channel_join", "text": "<@U1> has joined" })), vec![]),
        row("no words at all", direct(json!({ "text": "" })), vec![]),
    ];
    inbound_table(&Slack, &settings(), now(), rows);
}

#[test]
fn channels_and_groups() {
    let called = format!("<@{BOT}> can you help?");
    let help = Content::text("can you help?");
    let thread = format!("T1:C1:{TS}");
    let mention = |fields: Value| {
        let mut event = in_channel(with(json!({ "type": "app_mention", "text": called }), fields));
        event.as_object_mut().unwrap().remove("channel_type");
        event
    };
    let rows = vec![
        row("talk that is not ours", in_channel(json!({ "text": "lunch?" })), vec![]),
        row("talk with somebody else", in_channel(json!({ "text": "<@U2> lunch?" })), vec![]),
        row("a mention begins a thread", mention(json!({})), vec![told_in(&thread, help.clone())]),
        row(
            "the same as a message, which has the same id",
            in_channel(json!({ "text": called })),
            vec![told_in(&thread, help.clone())],
        ),
        row(
            "a mention in a thread",
            mention(json!({ "thread_ts": ROOT })),
            vec![told_in(&format!("T1:C1:{ROOT}"), help.clone())],
        ),
        row(
            "a reply in a thread that the app began",
            in_channel(json!({ "thread_ts": ROOT, "parent_user_id": BOT, "text": "yes" })),
            vec![told_in(&format!("T1:C1:{ROOT}"), Content::text("yes"))],
        ),
        row(
            "a reply in somebody else's thread",
            in_channel(json!({ "thread_ts": ROOT, "parent_user_id": "U2", "text": "yes" })),
            vec![aside(told_in(&format!("T1:C1:{ROOT}"), Content::text("yes")))],
        ),
        row(
            "a reply that says nothing",
            in_channel(json!({ "thread_ts": ROOT, "parent_user_id": "U2", "text": " " })),
            vec![],
        ),
        row(
            "a reply in a thread of a direct message of several people",
            in_channel(json!({ "channel_type": "mpim", "thread_ts": ROOT, "text": "yes" })),
            vec![aside(told_in(&format!("T1:C1:{ROOT}"), Content::text("yes")))],
        ),
        row(
            "the app's own reply",
            in_channel(json!({ "thread_ts": ROOT, "user": BOT, "bot_id": "B1", "text": "yes" })),
            vec![],
        ),
        row(
            "a reply that is shown in the channel, too",
            in_channel(json!({ "subtype": "thread_broadcast", "thread_ts": ROOT, "text": called })),
            vec![told_in(&format!("T1:C1:{ROOT}"), help.clone())],
        ),
        row(
            "a name and nothing else",
            mention(json!({ "text": format!("<@{BOT}>") })),
            vec![told_in(&thread, Content::text("👋"))],
        ),
        row(
            "a direct message of several people is one conversation",
            in_channel(json!({ "channel_type": "mpim", "text": called })),
            vec![told_in("T1:C1", help.clone())],
        ),
        row("talk in a direct message of several people", in_channel(json!({ "channel_type": "mpim" })), vec![]),
        row(
            "a private channel",
            in_channel(json!({ "channel_type": "group", "text": called })),
            vec![told_in(&thread, help)],
        ),
    ];
    inbound_table(&Slack, &settings(), now(), rows);
}

#[test]
fn changes() {
    let stamp = "1767225700.000300";
    let at = Timestamp::from_microsecond(1_767_225_700_000_300).unwrap();
    let changed = |message: Value, before: Value| {
        json!({
            "type": "message", "subtype": "message_changed", "hidden": true, "channel": "D1", "channel_type": "im",
            "ts": stamp, "event_ts": stamp, "message": message, "previous_message": before,
        })
    };
    let was = |text: &str| json!({ "type": "message", "user": "U1", "text": text, "ts": TS });
    let is = |text: &str| with(was(text), json!({ "edited": { "user": "U1", "ts": stamp } }));
    let happened = |id: &str, content: Content| Inbound { message_id: None, at, ..told(id, content) };
    let in_thread = |event: Value| with(event, json!({ "channel": "C1", "channel_type": "channel" }));
    let replied = |id: &str, content: Content| {
        let event = told_in(&format!("T1:C1:{ROOT}"), content);
        aside(Inbound { event_id: format!("T1/C1/{id}").into(), message_id: None, at, ..event })
    };
    let rows = vec![
        row(
            "an edit",
            changed(is("new &amp; better"), was("old")),
            vec![happened(
                &format!("{TS}/edited/{stamp}"),
                Content::Edited { message_id: format!("D1:{TS}"), text: "new & better".to_owned() },
            )],
        ),
        row("a preview of a link", changed(was("https://x.example"), was("https://x.example")), vec![]),
        row("an edit that changes nothing", changed(is("same"), was("same")), vec![]),
        row("the app's own edit", changed(with(is("b"), json!({ "user": BOT, "bot_id": "B1" })), was("a")), vec![]),
        row(
            "taken back",
            json!({
                "type": "message", "subtype": "message_deleted", "hidden": true, "channel": "D1", "channel_type": "im",
                "ts": stamp, "event_ts": stamp, "deleted_ts": TS, "previous_message": was("oops"),
            }),
            vec![happened(&format!("{TS}/deleted"), note())],
        ),
        row(
            "taken back, with replies below it",
            changed(with(was("This message was deleted."), json!({ "subtype": "tombstone" })), was("oops")),
            vec![happened(&format!("{TS}/deleted"), note())],
        ),
        row(
            "an edit in a channel that does not call the app",
            with(changed(is("b"), was("a")), json!({ "channel": "C1", "channel_type": "channel" })),
            vec![],
        ),
        row(
            "an edit of a reply that does not call the app",
            in_thread(changed(with(is("b"), json!({ "thread_ts": ROOT })), was("a"))),
            vec![replied(
                &format!("{TS}/edited/{stamp}"),
                Content::Edited { message_id: format!("C1:{TS}"), text: "b".to_owned() },
            )],
        ),
        row(
            "a reply taken back",
            in_thread(json!({
                "type": "message", "subtype": "message_deleted", "hidden": true, "ts": stamp, "event_ts": stamp,
                "deleted_ts": TS, "previous_message": with(was("oops"), json!({ "thread_ts": ROOT })),
            })),
            vec![replied(&format!("{TS}/deleted"), note())],
        ),
    ];
    inbound_table(&Slack, &settings(), now(), rows);
}

#[test]
fn the_life_of_an_app() {
    let gone = Inbound {
        event_id: "Ev1".into(),
        message_id: None,
        at: now(),
        guest: Guest { profile: profile(), ..Guest::person("T1") },
        content: Content::Presence { presence: Presence::Unsubscribed },
        reply_context: None,
        only_while_open: false,
    };
    let retried = {
        let mut request = posted(direct(json!({})));
        for (name, value) in [("x-slack-retry-num", "2"), ("x-slack-retry-reason", "http_timeout")] {
            request.headers.insert(name, value.parse().unwrap());
        }
        request
    };
    let rows = vec![
        InboundRow {
            label: "sent again: the same id",
            request: retried,
            status: 200,
            events: vec![told(TS, Content::text("hi"))],
        },
        row("removed", json!({ "type": "app_uninstalled" }), vec![gone.clone()]),
        row(
            "the app's token revoked",
            json!({ "type": "tokens_revoked", "tokens": { "oauth": ["U1"], "bot": [BOT] } }),
            vec![gone],
        ),
        row("a user's token revoked", json!({ "type": "tokens_revoked", "tokens": { "oauth": ["U1"] } }), vec![]),
        row(
            "the home tab opened",
            json!({ "type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "messages" }),
            vec![],
        ),
        row(
            "the app joined a channel",
            json!({ "type": "member_joined_channel", "user": BOT, "channel": "C1" }),
            vec![],
        ),
        row("fields that mean something else", json!({ "type": "team_join", "user": { "id": "U1" } }), vec![]),
        row("a message that is none", json!({ "type": "message", "channel": { "id": "C1" } }), vec![]),
        InboundRow {
            label: "too many events",
            request: signed(
                json!({ "type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1 }).to_string(),
            ),
            status: 200,
            events: vec![],
        },
        InboundRow {
            label: "no event",
            request: signed(json!({ "type": "event_callback" }).to_string()),
            status: 400,
            events: vec![],
        },
        InboundRow { label: "no body", request: signed(""), status: 400, events: vec![] },
        InboundRow { label: "a form without a payload", request: signed("a=b"), status: 400, events: vec![] },
        InboundRow {
            label: "an old signature",
            request: {
                let (at, body) = ((NOW_S - 301).to_string(), envelope(direct(json!({}))).to_string());
                let signature = signature(SECRET, &at, body.as_bytes());
                request(body, Some(&at), Some(&signature))
            },
            status: 401,
            events: vec![],
        },
    ];
    inbound_table(&Slack, &settings(), now(), rows);
}

#[test]
fn the_challenge_is_answered() {
    let body = json!({ "token": "t", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", "type": "url_verification" });
    let parsed = Slack.parse(&signed(body.to_string()), &parse_settings(&settings()).unwrap()).unwrap();
    let answer = parsed.answer.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P");
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
}

#[test]
fn organisations_and_shared_channels() {
    let settings = parse_settings(&settings()).unwrap();
    let read = |body: Value| Slack.parse(&signed(body.to_string()), &settings).unwrap().events.remove(0);
    let attributes = |event: &Inbound| event.guest.profile.attributes.clone();
    let authorized = |fields: Value| {
        let mut body = envelope(direct(json!({})));
        body["authorizations"][0] = with(body["authorizations"][0].clone(), fields);
        body
    };
    let workspace = read(authorized(json!({ "enterprise_id": "E1" })));
    assert_eq!(workspace.guest.id.as_str(), "T1:U1");
    assert_eq!(attributes(&workspace)["enterpriseId"], "E1");
    let organisation = read(authorized(json!({ "enterprise_id": "E1", "is_enterprise_install": true })));
    assert_eq!(organisation.guest.id.as_str(), "T1@E1:U1");
    assert_eq!(attributes(&organisation)["workspaceId"], "T1");
    // Somebody of another company writes in a channel that both share: the token is ours.
    let mut shared = authorized(json!({}));
    shared["team_id"] = "T2".into();
    shared["event"]["team"] = "T2".into();
    assert_eq!(read(shared).guest.id.as_str(), "T1:U1");
    let mut bare = envelope(direct(json!({})));
    bare.as_object_mut().unwrap().remove("authorizations");
    assert_eq!(read(bare).guest.id.as_str(), "T1:U1");
}
