//! Groups: what is ours, who speaks, and what they become.

use conformance::{InboundRow, OutboundRow, inbound_table, outbound_table};
use contract::{Content, Guest, Inbound, Outbound, Profile, SendContext, SendErrorKind, WebhookRequest};
use serde_json::{Value, json};
use telegram::Telegram;

use crate::fixture::{
    BOT_ID, GROUP, NOW_S, accepted, ann, call_to, context, happened, in_group, note, now, outbound, posted,
    profile_in_group, refused_with, row, said, settings, told_in_group, update,
};

fn mention(offset: usize, length: usize) -> Value {
    json!([{ "type": "mention", "offset": offset, "length": length }])
}

fn command(text: &str, length: usize) -> Value {
    json!({ "text": text, "entities": [{ "type": "bot_command", "offset": 0, "length": length }] })
}

fn ours() -> Value {
    json!({ "id": BOT_ID, "is_bot": true, "first_name": "Acme", "username": "acme_bot" })
}

#[test]
fn what_is_for_us() {
    let reply_to = |user: Value| in_group(json!({ "message_id": 70, "from": user, "text": "?" }));
    let heard = |text: &str| vec![told_in_group(Content::text(text))];
    let rows = vec![
        said("talk", in_group(json!({ "text": "lunch?" })), vec![]),
        said("a mention", in_group(json!({ "text": "@acme_bot lunch?", "entities": mention(0, 9) })), heard("lunch?")),
        said(
            "a mention after an emoji, in other letters",
            in_group(json!({ "text": "👋🏽 @Acme_Bot lunch?", "entities": mention(5, 9) })),
            heard("👋🏽 lunch?"),
        ),
        said(
            "a mention and nothing else: the guest called",
            in_group(json!({ "text": "@acme_bot", "entities": mention(0, 9) })),
            heard("@acme_bot"),
        ),
        said("another's mention", in_group(json!({ "text": "@acme_bott hi", "entities": mention(0, 10) })), vec![]),
        said("a name that is no mention", in_group(json!({ "text": "acme_bot @acme_bot" })), vec![]),
        said(
            "a mention without a name",
            in_group(json!({ "text": "Acme, hi", "entities": [
                { "type": "text_mention", "offset": 0, "length": 4, "user": ours() },
            ] })),
            heard(", hi"),
        ),
        said("a command", in_group(command("/help me", 5)), heard("/help me")),
        said("a command for us", in_group(command("/help@acme_bot me", 14)), heard("/help me")),
        said("a command for another bot", in_group(command("/help@other_bot me", 15)), vec![]),
        said("a reply to us", in_group(json!({ "text": "yes", "reply_to_message": reply_to(ours()) })), heard("yes")),
        said(
            "a reply to somebody else",
            in_group(json!({ "text": "yes", "reply_to_message": reply_to(ann()) })),
            vec![],
        ),
        said(
            "in a topic that we opened, a reply to nothing",
            in_group(json!({
                "text": "yes", "message_thread_id": 70, "is_topic_message": true, "reply_to_message": reply_to(ours()),
            })),
            vec![],
        ),
        said(
            "a mention in a topic: the topic is the conversation",
            in_group(json!({
                "text": "@acme_bot hi", "entities": mention(0, 9), "message_thread_id": 7, "is_topic_message": true,
            })),
            vec![Inbound {
                guest: Guest {
                    profile: profile_in_group(),
                    ..Guest::in_group(format!("{GROUP}/7"), Some("42".to_owned()))
                },
                ..told_in_group(Content::text("hi"))
            }],
        ),
        said(
            "an administrator in the group's name",
            in_group(json!({
                "text": "/help", "entities": [{ "type": "bot_command", "offset": 0, "length": 5 }],
                "from": { "id": 1_087_968_824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot" },
                "sender_chat": { "id": -1_001_234_567_890_i64, "type": "supergroup", "title": "Club" },
            })),
            vec![Inbound {
                guest: Guest {
                    profile: Profile {
                        nickname: Some("Club".to_owned()),
                        attributes: [("groupName".to_owned(), "Club".to_owned())].into(),
                        ..Profile::default()
                    },
                    ..Guest::in_group(GROUP, Some(GROUP.to_owned()))
                },
                ..told_in_group(Content::text("/help"))
            }],
        ),
        said(
            "a post that the group's channel passes on",
            in_group(json!({ "text": "@acme_bot news", "entities": mention(0, 9), "is_automatic_forward": true })),
            vec![],
        ),
        said(
            "a picture whose words mention us",
            in_group(json!({
                "voice": { "file_id": "v", "file_unique_id": "v" }, "caption": "@acme_bot this one",
                "caption_entities": mention(0, 9),
            })),
            vec![told_in_group(Content::Attachment(contract::Attachment {
                mime: Some("audio/ogg".to_owned()),
                caption: Some("this one".to_owned()),
                ..contract::Attachment::on_network(contract::MediaKind::Audio, r#"{"fileId":"v"}"#)
            }))],
        ),
        row(
            "an edit of talk",
            update("edited_message", in_group(json!({ "text": "lunch!", "edit_date": NOW_S }))),
            vec![],
        ),
        row(
            "an edit of what mentions us",
            update("edited_message", in_group(json!({ "text": "@acme_bot no", "entities": mention(0, 9) }))),
            vec![told_in_group(Content::Edited { message_id: "77".to_owned(), text: "no".to_owned() })],
        ),
        row(
            "a tap on our button",
            update(
                "callback_query",
                json!({
                    "id": "4382", "from": ann(), "chat_instance": "-3", "data": "y",
                    "message": in_group(json!({ "from": ours(), "message_thread_id": 7, "is_topic_message": true })),
                }),
            ),
            vec![Inbound {
                at: Inbound::UNTOLD,
                guest: Guest {
                    profile: profile_in_group(),
                    ..Guest::in_group(format!("{GROUP}/7"), Some("42".to_owned()))
                },
                ..happened(Content::Answer(contract::Answer {
                    kind: contract::AnswerKind::QuickReply,
                    text: String::new(),
                    payload: "y".to_owned(),
                    question_id: None,
                }))
            }],
        ),
        row(
            "a reaction to anybody's",
            update(
                "message_reaction",
                json!({
                    "chat": { "id": -5, "type": "group" }, "message_id": 1, "date": NOW_S, "old_reaction": [], "new_reaction": [],
                }),
            ),
            vec![],
        ),
    ];
    inbound_table(&Telegram, &settings(), now(), rows);
}

/// Without the username in the address (registered by hand), what needs no name still works.
#[test]
fn a_bot_without_a_name() {
    let nameless = |label, fields: Value, events| InboundRow {
        label,
        request: WebhookRequest { query: String::new(), ..posted(&update("message", in_group(fields))) },
        status: 200,
        events,
    };
    let rows = vec![
        nameless("a mention", json!({ "text": "@acme_bot hi", "entities": mention(0, 9) }), vec![]),
        nameless("a command", command("/help", 5), vec![told_in_group(Content::text("/help"))]),
    ];
    inbound_table(&Telegram, &settings(), now(), rows);
}

#[test]
fn comings_and_goings() {
    let standing = |was: &str, is: &str| {
        let chat = json!({ "id": -1_001_234_567_890_i64, "type": "supergroup", "title": "Club" });
        update(
            "my_chat_member",
            json!({
                "chat": chat, "from": ann(), "date": NOW_S,
                "old_chat_member": { "user": ours(), "status": was }, "new_chat_member": { "user": ours(), "status": is },
            }),
        )
    };
    let here = |text: &str| {
        let guest = Guest { profile: profile_in_group(), ..Guest::in_group(GROUP, Some("42".to_owned())) };
        vec![Inbound { guest, ..happened(note(text)) }]
    };
    let told = |text: &str| vec![Inbound { reply_context: None, ..told_in_group(note(text)) }];
    let member = |id: i64| json!({ "id": id, "is_bot": false, "first_name": "Bo" });
    let moved = told_in_group(note("The group became a supergroup: what is written there begins a new conversation."));
    let rows = vec![
        row("we are taken in", standing("left", "member"), here("The bot was added to the group.")),
        row("we are thrown out", standing("administrator", "kicked"), here("The bot was removed from the group.")),
        row("we get rights", standing("member", "administrator"), vec![]),
        said(
            "somebody joins",
            in_group(json!({ "new_chat_members": [member(5)] })),
            told("Somebody joined the group."),
        ),
        said(
            "people join",
            in_group(json!({ "new_chat_members": [member(5), member(6)] })),
            told("2 people joined the group."),
        ),
        said("we join", in_group(json!({ "new_chat_members": [ours()] })), vec![]),
        said("somebody leaves", in_group(json!({ "left_chat_member": member(5) })), told("Somebody left the group.")),
        said("we leave", in_group(json!({ "left_chat_member": ours() })), vec![]),
        said(
            "the group gets another number",
            in_group(json!({ "migrate_to_chat_id": -1_009_876_543_210_i64 })),
            vec![Inbound { reply_context: Some(json!({ "chatId": -1_009_876_543_210_i64 })), ..moved }],
        ),
        said("the supergroup says so, too", in_group(json!({ "migrate_from_chat_id": -5 })), vec![]),
    ];
    inbound_table(&Telegram, &settings(), now(), rows);
}

#[test]
fn answers_to_a_group() {
    let to = |guest: &str, text: &str| Outbound { to: guest.into(), ..outbound(vec![Content::text(text)]) };
    let answering = |context: Value| SendContext { reply: Some((context, now())), ..crate::fixture::context() };
    let answer = json!({ "message_id": 77, "allow_sending_without_reply": true });
    let group = json!(-1_001_234_567_890_i64);
    let moved = || {
        let parameters = json!({ "migrate_to_chat_id": -1_009_876_543_210_i64 });
        refused_with(400, "Bad Request: group chat was upgraded to a supergroup chat", parameters)
    };
    let taken = || Ok(vec!["1".to_owned()]);
    let rows = vec![
        OutboundRow {
            label: "a reply to who asked, once",
            message: Outbound { to: GROUP.into(), ..outbound(vec![Content::text("hi"), Content::text("there")]) },
            context: answering(json!({ "messageId": 77 })),
            answers: vec![Ok(accepted(1)), Ok(accepted(2))],
            requests: vec![
                call_to(group.clone(), "sendMessage", json!({ "text": "hi", "reply_parameters": answer })),
                call_to(group.clone(), "sendMessage", json!({ "text": "there" })),
            ],
            result: Ok(vec!["1".to_owned(), "2".to_owned()]),
        },
        OutboundRow {
            label: "in a topic",
            message: to(&format!("{GROUP}/7"), "hi"),
            context: context(),
            answers: vec![Ok(accepted(1))],
            requests: vec![call_to(group.clone(), "sendMessage", json!({ "text": "hi", "message_thread_id": 7 }))],
            result: taken(),
        },
        OutboundRow {
            label: "a group that has another number by now",
            message: to("-5", "hi"),
            context: answering(json!({ "messageId": 77 })),
            answers: vec![moved(), Ok(accepted(1))],
            requests: vec![
                call_to(json!(-5), "sendMessage", json!({ "text": "hi", "reply_parameters": answer })),
                call_to(json!(-1_009_876_543_210_i64), "sendMessage", json!({ "text": "hi" })),
            ],
            result: taken(),
        },
        OutboundRow {
            label: "a group that told its new number",
            message: to("-5", "hi"),
            context: answering(json!({ "chatId": -1_009_876_543_210_i64 })),
            answers: vec![Ok(accepted(1))],
            requests: vec![call_to(json!(-1_009_876_543_210_i64), "sendMessage", json!({ "text": "hi" }))],
            result: taken(),
        },
        OutboundRow {
            label: "a group that moves on and on",
            message: to("-5", "hi"),
            context: context(),
            answers: vec![moved(), moved()],
            requests: vec![
                call_to(json!(-5), "sendMessage", json!({ "text": "hi" })),
                call_to(json!(-1_009_876_543_210_i64), "sendMessage", json!({ "text": "hi" })),
            ],
            result: Err(SendErrorKind::InvalidMessage),
        },
        OutboundRow {
            label: "a private chat is not replied to",
            message: to("42", "hi"),
            context: answering(json!({ "messageId": 77 })),
            answers: vec![Ok(accepted(1))],
            requests: vec![call_to(json!(42), "sendMessage", json!({ "text": "hi" }))],
            result: taken(),
        },
    ];
    outbound_table(&Telegram, &settings(), now(), rows);
}
