//! Groups: what is ours, who speaks, and what they become.

use conformance::{InboundRow, OutboundRow, inbound_table, outbound_table};
use contract::{
    Attachment, Content, Guest, Inbound, MediaKind, Outbound, Profile, SendContext, SendErrorKind, WebhookRequest,
    http::{Request, Response},
};
use serde_json::{Value, json};
use telegram::Telegram;

use crate::{
    files::{URL, file, form},
    fixture::{
        BOT_ID, GROUP, NOW_S, accepted, ann, call_to, context, group_event, in_group, message_row, note, now,
        other_event, outbound, posted, profile_in_group, refused_with, row, settings, update,
    },
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
    let text_event = |text: &str| vec![group_event(Content::text(text))];
    let rows = vec![
        message_row("talk", in_group(json!({ "text": "lunch?" })), vec![]),
        message_row(
            "a mention",
            in_group(json!({ "text": "@acme_bot lunch?", "entities": mention(0, 9) })),
            text_event("lunch?"),
        ),
        message_row(
            "a mention after an emoji, in other letters",
            in_group(json!({ "text": "👋🏽 @Acme_Bot lunch?", "entities": mention(5, 9) })),
            text_event("👋🏽 lunch?"),
        ),
        message_row(
            "a mention and nothing else: the guest called",
            in_group(json!({ "text": "@acme_bot", "entities": mention(0, 9) })),
            text_event("@acme_bot"),
        ),
        message_row(
            "another's mention",
            in_group(json!({ "text": "@acme_bott hi", "entities": mention(0, 10) })),
            vec![],
        ),
        message_row("a name that is no mention", in_group(json!({ "text": "acme_bot @acme_bot" })), vec![]),
        message_row(
            "a mention without a name",
            in_group(json!({ "text": "Acme, hi", "entities": [
                { "type": "text_mention", "offset": 0, "length": 4, "user": ours() },
            ] })),
            text_event(", hi"),
        ),
        message_row("a command", in_group(command("/help me", 5)), text_event("/help me")),
        message_row("a command for us", in_group(command("/help@acme_bot me", 14)), text_event("/help me")),
        message_row("a command for another bot", in_group(command("/help@other_bot me", 15)), vec![]),
        message_row(
            "a reply to us",
            in_group(json!({ "text": "yes", "reply_to_message": reply_to(ours()) })),
            text_event("yes"),
        ),
        message_row(
            "a reply to somebody else",
            in_group(json!({ "text": "yes", "reply_to_message": reply_to(ann()) })),
            vec![],
        ),
        message_row(
            "in a topic that we opened, a reply to nothing",
            in_group(json!({
                "text": "yes", "message_thread_id": 70, "is_topic_message": true, "reply_to_message": reply_to(ours()),
            })),
            vec![],
        ),
        message_row(
            "a mention in a topic: the topic is the conversation",
            in_group(json!({
                "text": "@acme_bot hi", "entities": mention(0, 9), "message_thread_id": 7, "is_topic_message": true,
            })),
            vec![Inbound {
                guest: Guest {
                    profile: profile_in_group(),
                    ..Guest::in_group(format!("{GROUP}/7"), Some("42".to_owned()))
                },
                ..group_event(Content::text("hi"))
            }],
        ),
        message_row(
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
                ..group_event(Content::text("/help"))
            }],
        ),
        message_row(
            "a post that the group's channel passes on",
            in_group(json!({ "text": "@acme_bot news", "entities": mention(0, 9), "is_automatic_forward": true })),
            vec![],
        ),
        message_row(
            "a picture whose words mention us",
            in_group(json!({
                "voice": { "file_id": "v", "file_unique_id": "v" }, "caption": "@acme_bot this one",
                "caption_entities": mention(0, 9),
            })),
            vec![group_event(Content::Attachment(Attachment {
                mime: Some("audio/ogg".to_owned()),
                caption: Some("this one".to_owned()),
                ..Attachment::on_network(MediaKind::Audio, r#"{"fileId":"v"}"#)
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
            vec![group_event(Content::Edited { message_id: "77".to_owned(), text: "no".to_owned() })],
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
                ..other_event(Content::Answer(contract::Answer {
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
        nameless("a command", command("/help", 5), vec![group_event(Content::text("/help"))]),
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
        vec![Inbound { guest, ..other_event(note(text)) }]
    };
    let service_note = |text: &str| vec![Inbound { reply_context: None, ..group_event(note(text)) }];
    let member = |id: i64| json!({ "id": id, "is_bot": false, "first_name": "Bo" });
    let moved = group_event(note("The group became a supergroup: what is written there begins a new conversation."));
    let rows = vec![
        row("we are taken in", standing("left", "member"), here("The bot was added to the group.")),
        row("we are thrown out", standing("administrator", "kicked"), here("The bot was removed from the group.")),
        row("we get rights", standing("member", "administrator"), vec![]),
        message_row(
            "somebody joins",
            in_group(json!({ "new_chat_members": [member(5)] })),
            service_note("Somebody joined the group."),
        ),
        message_row(
            "people join",
            in_group(json!({ "new_chat_members": [member(5), member(6)] })),
            service_note("2 people joined the group."),
        ),
        message_row("we join", in_group(json!({ "new_chat_members": [ours()] })), vec![]),
        message_row(
            "somebody leaves",
            in_group(json!({ "left_chat_member": member(5) })),
            service_note("Somebody left the group."),
        ),
        message_row("we leave", in_group(json!({ "left_chat_member": ours() })), vec![]),
        message_row(
            "the group gets another number",
            in_group(json!({ "migrate_to_chat_id": -1_009_876_543_210_i64 })),
            vec![Inbound { reply_context: Some(json!({ "chatId": -1_009_876_543_210_i64 })), ..moved }],
        ),
        message_row("the supergroup says so, too", in_group(json!({ "migrate_from_chat_id": -5 })), vec![]),
    ];
    inbound_table(&Telegram, &settings(), now(), rows);
}

fn document() -> Attachment {
    Attachment { name: Some("a.txt".to_owned()), ..file(MediaKind::File, "text/plain", 9) }
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
            label: "a file for a group that has another number by now",
            message: Outbound { to: "-5".into(), ..outbound(vec![Content::Attachment(document())]) },
            context: context(),
            answers: vec![Ok(Response::new(200).body("bytes")), moved(), Ok(accepted(1))],
            requests: vec![
                Request::get(URL),
                form("sendDocument", "document", "a.txt", "text/plain", &[("chat_id", "-5")]),
                form("sendDocument", "document", "a.txt", "text/plain", &[("chat_id", "-1009876543210")]),
            ],
            result: taken(),
        },
        OutboundRow {
            label: "native JSON that says itself what it answers",
            message: Outbound {
                to: GROUP.into(),
                ..outbound(vec![Content::Native {
                    connector: None,
                    json: json!({ "text": "hi", "reply_parameters": { "message_id": 5 } }),
                }])
            },
            context: answering(json!({ "messageId": 77 })),
            answers: vec![Ok(accepted(1))],
            requests: vec![call_to(
                group.clone(),
                "sendMessage",
                json!({ "text": "hi", "reply_parameters": { "message_id": 5 } }),
            )],
            result: taken(),
        },
        OutboundRow {
            label: "an earlier message is taken away, which answers nothing",
            message: Outbound {
                to: GROUP.into(),
                ..outbound(vec![Content::Native {
                    connector: None,
                    json: json!({ "method": "deleteMessage", "message_id": 5 }),
                }])
            },
            context: answering(json!({ "messageId": 77 })),
            answers: vec![Ok(Response::new(200).json(&json!({ "ok": true, "result": true })))],
            requests: vec![call_to(group.clone(), "deleteMessage", json!({ "message_id": 5 }))],
            result: Ok(vec![]),
        },
        OutboundRow {
            label: "typing, in a topic, comes last",
            message: Outbound {
                to: format!("{GROUP}/7").into(),
                ..outbound(vec![
                    Content::Typing { on: true, duration_ms: None },
                    Content::text("hi"),
                    Content::Typing { on: true, duration_ms: None },
                ])
            },
            context: answering(json!({ "messageId": 77 })),
            answers: vec![Ok(accepted(1)), Ok(Response::new(200).json(&json!({ "ok": true, "result": true })))],
            requests: vec![
                call_to(
                    group.clone(),
                    "sendMessage",
                    json!({ "text": "hi", "message_thread_id": 7, "reply_parameters": answer }),
                ),
                call_to(group.clone(), "sendChatAction", json!({ "action": "typing", "message_thread_id": 7 })),
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
