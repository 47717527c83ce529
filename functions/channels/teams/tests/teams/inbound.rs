//! What the connector service posts, and what becomes of it.

use std::collections::BTreeMap;

use conformance::{InboundRow, inbound_table_with};
use contract::{Answer, AnswerKind, Attachment, Channel, Content, Guest, Inbound, MediaKind, parse_settings};
use serde_json::{Value, json};
use teams::Teams;

use crate::fixture::{
    BOT, CHANNEL, CHAT, GROUP, GUEST, MESSAGE, ORGANISATION, SERVICE, TEAM, THREAD, activity, in_channel, in_group,
    keys, now, request, settings, signed, with,
};

fn attributes(more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let told = [("teamsTenantId", ORGANISATION)];
    told.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn person() -> Guest {
    let mut guest = Guest::person(GUEST);
    guest.profile.nickname = Some("Ann Example".to_owned());
    guest.profile.attributes = attributes(&[
        ("teamsConversationId", CHAT),
        ("teamsConversationType", "personal"),
        ("teamsUserId", GUEST),
        ("teamsUserName", "Ann Example"),
    ]);
    guest
}

pub fn happened(suffix: &str, content: Content) -> Inbound {
    Inbound {
        event_id: format!("{MESSAGE}{suffix}").into(),
        message_id: None,
        at: now(),
        guest: person(),
        content,
        reply_context: Some(json!({ "serviceUrl": SERVICE, "conversation": CHAT })),
        only_while_open: false,
    }
}

pub fn told(content: Content) -> Inbound {
    Inbound { message_id: Some(MESSAGE.to_owned()), ..happened("", content) }
}

pub fn in_a_group(event: Inbound) -> Inbound {
    let mut guest = Guest::in_group(GROUP, Some(GUEST.to_owned()));
    guest.profile.nickname = Some("Ann Example".to_owned());
    guest.profile.attributes = attributes(&[("teamsConversationId", GROUP), ("teamsConversationType", "groupchat")]);
    Inbound { guest, reply_context: Some(json!({ "serviceUrl": SERVICE, "conversation": GROUP })), ..event }
}

fn in_a_channel(event: Inbound) -> Inbound {
    let mut guest = Guest::in_group(THREAD, Some(GUEST.to_owned()));
    guest.profile.nickname = Some("Ann Example".to_owned());
    guest.profile.attributes = attributes(&[
        ("teamsConversationId", THREAD),
        ("teamsConversationType", "channel"),
        ("teamsChannelId", CHANNEL),
        ("teamsTeamId", TEAM),
    ]);
    Inbound { guest, reply_context: Some(json!({ "serviceUrl": SERVICE, "conversation": THREAD })), ..event }
}

pub fn note(text: &str) -> Content {
    Content::Note { text: text.to_owned() }
}

pub fn answer(kind: AnswerKind, text: &str, payload: &str) -> Content {
    Content::Answer(Answer { kind, text: text.to_owned(), payload: payload.to_owned(), question_id: None })
}

pub fn row(label: &'static str, activity: Value, events: Vec<Inbound>) -> InboundRow {
    InboundRow { label, request: signed(activity.to_string()), status: 200, events }
}

pub fn text_activity(text: &str) -> Value {
    activity("message", json!({ "text": text, "textFormat": "plain" }))
}

fn mention(id: &str, name: &str) -> Value {
    json!({ "type": "mention", "text": format!("<at>{name}</at>"), "mentioned": { "id": id, "name": name } })
}

fn us() -> Value {
    mention(&format!("28:{BOT}"), "Acme")
}

fn called(text: &str) -> Value {
    with(text_activity(text), json!({ "entities": [us()] }))
}

pub fn run(rows: Vec<InboundRow>) {
    inbound_table_with(&Teams, &settings(), &keys(), now(), rows);
}

#[test]
fn texts() {
    let mirrored = json!([{ "contentType": "text/html", "content": "<p>hello</p>" }]);
    let mut told_more = told(Content::text("hello"));
    told_more.guest.profile.attributes.insert("locale".to_owned(), "en-US".to_owned());
    told_more.guest.profile.attributes.insert("timezone".to_owned(), "Europe/Paris".to_owned());
    run(vec![
        row("a text", text_activity("Hello, world"), vec![told(Content::text("Hello, world"))]),
        row(
            "with what the client tells of itself",
            with(
                text_activity("hello"),
                json!({ "entities": [{ "type": "clientInfo", "locale": "en-US", "country": "US", "timezone": "Europe/Paris" }] }),
            ),
            vec![told_more.clone()],
        ),
        row(
            "with locale and time zone of its own",
            with(text_activity("hello"), json!({ "locale": "en-US", "localTimezone": "Europe/Paris" })),
            vec![told_more],
        ),
        row(
            "its mirror in HTML is no file",
            with(text_activity("hello"), json!({ "attachments": mirrored })),
            vec![told(Content::text("hello"))],
        ),
        row(
            "without an id, by the time",
            with(text_activity("hello"), json!({ "id": null })),
            vec![Inbound {
                event_id: "1767225600000-message".into(),
                message_id: Some("1767225600000-message".to_owned()),
                ..told(Content::text("hello"))
            }],
        ),
        row(
            "without a time, by the id",
            with(text_activity("hello"), json!({ "timestamp": null })),
            vec![told(Content::text("hello"))],
        ),
        row("nothing at all", text_activity(""), vec![]),
        row("our name in a private chat", called("<at>Acme</at> hello"), vec![told(Content::text("hello"))]),
        row(
            "a quoted message",
            with(
                text_activity("yes"),
                json!({ "attachments": [{ "contentType": "messageReference", "content": {} }] }),
            ),
            vec![told(Content::text("yes"))],
        ),
    ]);
}

#[test]
fn groups_and_channels() {
    run(vec![
        row(
            "a group that calls us",
            in_group(called("<at>Acme</at> hello")),
            vec![in_a_group(told(Content::text("hello")))],
        ),
        row("a group that does not", in_group(text_activity("hello")), vec![]),
        row(
            "somebody else is called",
            in_group(with(text_activity("<at>Bob</at> hello"), json!({ "entities": [mention("29:1xBob", "Bob")] }))),
            vec![],
        ),
        row(
            "we and somebody else",
            in_group(with(
                text_activity("<at>Acme</at>&nbsp;please ask <at>Bob</at>"),
                json!({ "entities": [us(), mention("29:1xBob", "Bob")] }),
            )),
            vec![in_a_group(told(Content::text("please ask @Bob")))],
        ),
        row("our name alone", in_group(called("<at>Acme</at>\n")), vec![in_a_group(told(Content::text("@Acme")))]),
        row(
            "a thread in a channel",
            in_channel(called("<at>Acme</at> hello")),
            vec![in_a_channel(told(Content::text("hello")))],
        ),
        row("a channel that does not call us", in_channel(text_activity("hello")), vec![]),
        row(
            "a tap needs no call",
            in_channel(activity("message", json!({ "value": { "um": "button", "payload": "p", "text": "Yes" } }))),
            vec![in_a_channel(told(answer(AnswerKind::Button, "Yes", "p")))],
        ),
        row(
            "a file in a channel stays in SharePoint",
            in_channel(with(
                called("<at>Acme</at>"),
                json!({ "attachments": [{ "contentType": "reference", "name": "a.pdf", "contentUrl": "https://x.sharepoint.com/a.pdf" }] }),
            )),
            vec![in_a_channel(told(Content::text("📎 a.pdf\nhttps://x.sharepoint.com/a.pdf")))],
        ),
        row(
            "an edit that calls us",
            in_group(with(called("<at>Acme</at> bye"), json!({ "type": "messageUpdate" }))),
            vec![in_a_group(Inbound {
                event_id: format!("{MESSAGE}/edited/1767225600000").into(),
                ..told(Content::Edited { message_id: MESSAGE.to_owned(), text: "bye".to_owned() })
            })],
        ),
        row("an edit that does not", in_group(with(text_activity("bye"), json!({ "type": "messageUpdate" }))), vec![]),
    ]);
}

#[test]
fn files() {
    let kept =
        |kind, url: &str, ours: bool| Attachment::on_network(kind, format!("{{\"url\":\"{url}\",\"ours\":{ours}}}"));
    let picture = json!({
        "contentType": "image/*", "contentUrl": "https://smba.trafficmanager.net/amer/v3/attachments/0-1/views/original",
    });
    let pdf = json!({
        "contentType": "application/vnd.microsoft.teams.file.download.info",
        "name": "a.pdf",
        "contentUrl": "https://x.sharepoint.com/a.pdf",
        "content": { "downloadUrl": "https://x.sharepoint.com/download?t=1", "uniqueId": "u-1", "fileType": "pdf", "etag": "e" },
    });
    let film = json!({
        "contentType": "application/vnd.microsoft.teams.file.download.info",
        "name": "Film",
        "content": { "downloadUrl": "https://x.sharepoint.com/film", "fileType": "mp4" },
    });
    let picture_kept =
        kept(MediaKind::Image, "https://smba.trafficmanager.net/amer/v3/attachments/0-1/views/original", true);
    run(vec![
        row(
            "a picture in the text",
            activity("message", json!({ "attachments": [picture] })),
            vec![told(Content::Attachment(picture_kept.clone()))],
        ),
        row(
            "a text with a picture and a file",
            with(
                text_activity("look"),
                json!({ "attachments": [{ "contentType": "text/html", "content": "look" }, picture, pdf] }),
            ),
            vec![
                told(Content::text("look")),
                Inbound { event_id: format!("{MESSAGE}/1").into(), ..told(Content::Attachment(picture_kept)) },
                Inbound {
                    event_id: format!("{MESSAGE}/2").into(),
                    ..told(Content::Attachment(Attachment {
                        name: Some("a.pdf".to_owned()),
                        mime: Some("application/pdf".to_owned()),
                        ..kept(MediaKind::File, "https://x.sharepoint.com/download?t=1", false)
                    }))
                },
            ],
        ),
        row(
            "a film, known by its type",
            activity("message", json!({ "attachments": [film] })),
            vec![told(Content::Attachment(Attachment {
                name: Some("Film".to_owned()),
                mime: Some("video/mp4".to_owned()),
                ..kept(MediaKind::Video, "https://x.sharepoint.com/film", false)
            }))],
        ),
        row(
            "a voice message",
            activity(
                "message",
                json!({ "attachments": [{ "contentType": "audio/mp4", "name": "v", "contentUrl": "https://smba.trafficmanager.net/v" }] }),
            ),
            vec![told(Content::Attachment(Attachment {
                name: Some("v".to_owned()),
                mime: Some("audio/mp4".to_owned()),
                ..kept(MediaKind::Audio, "https://smba.trafficmanager.net/v", true)
            }))],
        ),
        row(
            "somebody else's card",
            activity(
                "message",
                json!({ "attachments": [{ "contentType": "application/vnd.microsoft.card.hero", "content": {} }] }),
            ),
            vec![told(note("The guest sent something that cannot be shown here."))],
        ),
    ]);
}

#[test]
fn what_is_not_ours() {
    run(vec![
        row("an unknown type", activity("somethingNew", json!({})), vec![]),
        row("an event", activity("event", json!({ "name": "application/vnd.microsoft.readReceipt" })), vec![]),
        row("an unknown invoke", activity("invoke", json!({ "name": "task/fetch", "value": {} })), vec![]),
        row("our own echo", with(text_activity("hello"), json!({ "from": { "id": format!("28:{BOT}") } })), vec![]),
        row("no conversation", with(text_activity("hello"), json!({ "conversation": {} })), vec![]),
        row("nobody", with(text_activity("hello"), json!({ "from": null })), vec![]),
        row("no time at all", with(text_activity("hello"), json!({ "timestamp": null, "id": "x" })), vec![]),
        row("no type", with(text_activity("hello"), json!({ "type": 7 })), vec![]),
        InboundRow {
            label: "another channel of the bot's, with a key that signs for Teams only",
            status: 403,
            ..row("", with(text_activity("hello"), json!({ "channelId": "webchat" })), vec![])
        },
        InboundRow {
            label: "without a token",
            request: request(text_activity("hello").to_string(), None),
            status: 403,
            events: Vec::new(),
        },
        InboundRow { label: "no JSON", request: signed("{"), status: 400, events: Vec::new() },
    ]);
    let settings = parse_settings(&settings()).unwrap();
    let reason = |activity: Value| Teams.parse(&signed(activity.to_string()), &settings).unwrap().ignored;
    for (activity, expected) in [
        (activity("somethingNew", json!({})), "unknownEvent"),
        (activity("event", json!({})), "event"),
        (activity("invoke", json!({ "name": "task/fetch" })), "invoke"),
        (with(text_activity("hello"), json!({ "from": { "id": format!("28:{BOT}") } })), "echo"),
        (in_group(text_activity("hello")), "notMentioned"),
        (with(text_activity("hello"), json!({ "channelId": "webchat" })), "otherChannel"),
        (text_activity(" "), "emptyText"),
        (with(text_activity("hello"), json!({ "conversation": {} })), "noConversation"),
        (activity("installationUpdate", json!({ "action": "remove-upgrade" })), "upgrade"),
        (activity("conversationUpdate", json!({ "topicName": "x" })), "conversationChanged"),
    ] {
        assert_eq!(reason(activity), [expected]);
    }
}
