//! What the connector service posts, and what becomes of it.

use std::collections::BTreeMap;

use conformance::{InboundRow, inbound_table_with};
use contract::{Answer, AnswerKind, Attachment, Channel, Content, Guest, Inbound, MediaKind, Presence, parse_settings};
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

fn happened(suffix: &str, content: Content) -> Inbound {
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

fn in_a_group(event: Inbound) -> Inbound {
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

fn note(text: &str) -> Content {
    Content::Note { text: text.to_owned() }
}

pub fn answer(kind: AnswerKind, text: &str, payload: &str) -> Content {
    Content::Answer(Answer { kind, text: text.to_owned(), payload: payload.to_owned(), question_id: None })
}

pub fn row(label: &'static str, activity: Value, events: Vec<Inbound>) -> InboundRow {
    InboundRow { label, request: signed(activity.to_string()), status: 200, events }
}

pub fn said(text: &str) -> Value {
    activity("message", json!({ "text": text, "textFormat": "plain" }))
}

fn mention(id: &str, name: &str) -> Value {
    json!({ "type": "mention", "text": format!("<at>{name}</at>"), "mentioned": { "id": id, "name": name } })
}

fn us() -> Value {
    mention(&format!("28:{BOT}"), "Acme")
}

fn called(text: &str) -> Value {
    with(said(text), json!({ "entities": [us()] }))
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
        row("a text", said("Hello, world"), vec![told(Content::text("Hello, world"))]),
        row(
            "with what the client tells of itself",
            with(
                said("hello"),
                json!({ "entities": [{ "type": "clientInfo", "locale": "en-US", "country": "US", "timezone": "Europe/Paris" }] }),
            ),
            vec![told_more.clone()],
        ),
        row(
            "with locale and time zone of its own",
            with(said("hello"), json!({ "locale": "en-US", "localTimezone": "Europe/Paris" })),
            vec![told_more],
        ),
        row(
            "its mirror in HTML is no file",
            with(said("hello"), json!({ "attachments": mirrored })),
            vec![told(Content::text("hello"))],
        ),
        row(
            "without an id, by the time",
            with(said("hello"), json!({ "id": null })),
            vec![Inbound {
                event_id: "1767225600000-message".into(),
                message_id: Some("1767225600000-message".to_owned()),
                ..told(Content::text("hello"))
            }],
        ),
        row(
            "without a time, by the id",
            with(said("hello"), json!({ "timestamp": null })),
            vec![told(Content::text("hello"))],
        ),
        row("nothing at all", said(""), vec![]),
        row("our name in a private chat", called("<at>Acme</at> hello"), vec![told(Content::text("hello"))]),
        row(
            "a quoted message",
            with(said("yes"), json!({ "attachments": [{ "contentType": "messageReference", "content": {} }] })),
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
        row("a group that does not", in_group(said("hello")), vec![]),
        row(
            "somebody else is called",
            in_group(with(said("<at>Bob</at> hello"), json!({ "entities": [mention("29:1xBob", "Bob")] }))),
            vec![],
        ),
        row(
            "we and somebody else",
            in_group(with(
                said("<at>Acme</at>&nbsp;please ask <at>Bob</at>"),
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
        row("a channel that does not call us", in_channel(said("hello")), vec![]),
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
        row("an edit that does not", in_group(with(said("bye"), json!({ "type": "messageUpdate" }))), vec![]),
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
                said("look"),
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
fn what_else_happens() {
    let bot = json!({ "id": format!("28:{BOT}") });
    let at = "/1767225600000";
    let happens = |what: &str, content: Content| vec![happened(&format!("/{what}{at}"), content)];
    let presence = |presence| Content::Presence { presence };
    let reacted = |added: &[&str], removed: &[&str]| {
        let all = |kinds: &[&str]| kinds.iter().map(|kind| json!({ "type": kind })).collect::<Vec<_>>();
        activity(
            "messageReaction",
            json!({ "reactionsAdded": all(added), "reactionsRemoved": all(removed), "replyToId": "1" }),
        )
    };
    let changed = |event: &str| {
        in_channel(activity(
            "conversationUpdate",
            json!({ "channelData": { "eventType": event, "tenant": { "id": ORGANISATION } } }),
        ))
    };
    run(vec![
        row(
            "typing",
            activity("typing", json!({})),
            happens("typing", Content::Typing { on: true, duration_ms: None }),
        ),
        row(
            "an edit",
            activity(
                "messageUpdate",
                json!({ "text": "bye", "channelData": { "eventType": "editMessage", "tenant": { "id": ORGANISATION } } }),
            ),
            vec![Inbound {
                message_id: Some(MESSAGE.to_owned()),
                ..happened(
                    "/edited/1767225600000",
                    Content::Edited { message_id: MESSAGE.to_owned(), text: "bye".to_owned() },
                )
            }],
        ),
        row(
            "a deletion",
            activity("messageDelete", json!({})),
            happens("deleted", note("The guest took back a message.")),
        ),
        row(
            "a deletion undone",
            activity(
                "messageUpdate",
                json!({ "text": "x", "channelData": { "eventType": "undeleteMessage", "tenant": { "id": ORGANISATION } } }),
            ),
            happens("undeleted", note("The guest restored a message that had been taken back.")),
        ),
        row("a reaction", reacted(&["like"], &[]), happens("reaction", note("The guest reacted with 👍."))),
        row(
            "a reaction by its number",
            reacted(&["1f44b_wavinghand"], &[]),
            happens("reaction", note("The guest reacted with 👋.")),
        ),
        row(
            "a reaction taken back",
            reacted(&[], &["heart"]),
            happens("reaction", note("The guest took back the reaction ❤️.")),
        ),
        row(
            "a reaction changed",
            reacted(&["laugh"], &["sad"]),
            happens("reaction", note("The guest changed the reaction from 😢 to 😆.")),
        ),
        row("a reaction of nothing", reacted(&[], &[]), vec![]),
        row(
            "the bot is added",
            activity("conversationUpdate", json!({ "membersAdded": [{ "id": GUEST }, bot] })),
            happens("added", presence(Presence::Join)),
        ),
        row(
            "the bot is removed from a group",
            in_group(activity("conversationUpdate", json!({ "membersRemoved": [bot] }))),
            vec![in_a_group(happened(&format!("/removed{at}"), note("The bot was removed from the conversation.")))],
        ),
        row(
            "somebody joins a group",
            in_group(activity("conversationUpdate", json!({ "membersAdded": [{ "id": "29:1xBob" }] }))),
            vec![in_a_group(happened(&format!("/joined{at}"), note("Somebody joined the conversation.")))],
        ),
        row(
            "two leave, one comes",
            in_group(activity(
                "conversationUpdate",
                json!({ "membersAdded": [{ "id": "29:1" }], "membersRemoved": [{ "id": "29:2" }, { "id": "29:3" }] }),
            )),
            vec![in_a_group(happened(
                &format!("/members{at}"),
                note("People joined (1) and left (2) the conversation."),
            ))],
        ),
        row(
            "the app is installed",
            activity("installationUpdate", json!({ "action": "add" })),
            happens("installed", presence(Presence::Subscribed)),
        ),
        row(
            "the app is removed",
            activity("installationUpdate", json!({ "action": "remove" })),
            happens("removed", presence(Presence::Unsubscribed)),
        ),
        row("the app is renewed", activity("installationUpdate", json!({ "action": "add-upgrade" })), vec![]),
        row("a channel is renamed", changed("channelRenamed"), vec![]),
        row("a team is renamed", changed("teamRenamed"), vec![]),
        row(
            "a card is executed",
            activity(
                "invoke",
                json!({ "name": "adaptiveCard/action", "value": { "action": {
                "type": "Action.Execute", "verb": "go", "data": { "payload": "p" },
            } } }),
            ),
            vec![happened("", answer(AnswerKind::Button, "p", "p"))],
        ),
        row(
            "a card is executed, with a verb alone",
            activity(
                "invoke",
                json!({ "name": "adaptiveCard/action", "value": { "action": { "verb": "go", "data": {} } } }),
            ),
            vec![happened("", answer(AnswerKind::Button, "go", "go"))],
        ),
    ]);
}

#[test]
fn what_is_not_ours() {
    run(vec![
        row("an unknown type", activity("somethingNew", json!({})), vec![]),
        row("an event", activity("event", json!({ "name": "application/vnd.microsoft.readReceipt" })), vec![]),
        row("an unknown invoke", activity("invoke", json!({ "name": "task/fetch", "value": {} })), vec![]),
        row("our own echo", with(said("hello"), json!({ "from": { "id": format!("28:{BOT}") } })), vec![]),
        row("no conversation", with(said("hello"), json!({ "conversation": {} })), vec![]),
        row("nobody", with(said("hello"), json!({ "from": null })), vec![]),
        row("no time at all", with(said("hello"), json!({ "timestamp": null, "id": "x" })), vec![]),
        row("no type", with(said("hello"), json!({ "type": 7 })), vec![]),
        InboundRow {
            label: "another channel of the bot's, with a key that signs for Teams only",
            status: 403,
            ..row("", with(said("hello"), json!({ "channelId": "webchat" })), vec![])
        },
        InboundRow {
            label: "without a token",
            request: request(said("hello").to_string(), None),
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
        (with(said("hello"), json!({ "from": { "id": format!("28:{BOT}") } })), "echo"),
        (in_group(said("hello")), "notMentioned"),
        (with(said("hello"), json!({ "channelId": "webchat" })), "otherChannel"),
        (said(" "), "emptyText"),
        (with(said("hello"), json!({ "conversation": {} })), "nowhere"),
        (activity("installationUpdate", json!({ "action": "remove-upgrade" })), "upgrade"),
        (activity("conversationUpdate", json!({ "topicName": "x" })), "conversationChanged"),
    ] {
        assert_eq!(reason(activity), [expected]);
    }
}
