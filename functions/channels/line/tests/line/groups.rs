//! Groups and rooms: the group is the conversation, and only what calls the account is read.

use conformance::inbound_table;
use contract::{AnswerKind, Content, Guest, Inbound};
use line::Line;
use serde_json::{Value, json};

use crate::{
    fixture::{BOT, GROUP, GUEST, event, now, said_in_group, settings},
    inbound::{MESSAGE, answer, happened, note, row, text, told, with},
};

fn told_in_group(content: Content) -> Inbound {
    Inbound { guest: Guest::in_group(GROUP, Some(GUEST.to_owned())), ..told(content) }
}

#[test]
fn groups() {
    let call = |words: &str, at: usize, length: usize| {
        let mention = json!({ "mentionees": [
            { "index": at, "length": length, "type": "user", "userId": BOT, "isSelf": true },
        ] });
        said_in_group(with(text(words), json!({ "mention": mention })))
    };
    let group_event = |kind: &str, fields: Value| {
        with(event(kind, fields), json!({ "source": { "type": "group", "groupId": GROUP } }))
    };
    let in_group = |content| Inbound { guest: Guest::in_group(GROUP, None), ..happened(content) };
    let rows = vec![
        row("talk that is not ours", said_in_group(text("lunch?")), vec![]),
        row(
            "talk that names another",
            said_in_group(with(
                text("@Brown lunch?"),
                json!({ "mention": { "mentionees": [{ "index": 0, "length": 6, "type": "user", "isSelf": false }] } }),
            )),
            vec![],
        ),
        row(
            "a picture in a group is not for us",
            said_in_group(json!({ "id": MESSAGE, "type": "image", "contentProvider": { "type": "line" } })),
            vec![],
        ),
        row(
            "called at the beginning",
            call("@Acme when do you open?", 0, 5),
            vec![told_in_group(Content::text("when do you open?"))],
        ),
        row("called in the middle", call("hey @Acme hello", 4, 5), vec![told_in_group(Content::text("hey hello"))]),
        row(
            "called after emojis, which count two",
            call("🍎🍎 @Acme 🍎", 5, 5),
            vec![told_in_group(Content::text("🍎🍎 🍎"))],
        ),
        row("only called", call("@Acme", 0, 5), vec![told_in_group(Content::text("@Acme"))]),
        row(
            "a mention that lies outside the text",
            call("@Acme hi", 70, 500),
            vec![told_in_group(Content::text("@Acme hi"))],
        ),
        row(
            "a button in a group",
            group_event("postback", json!({ "postback": { "data": "k=v" } })),
            vec![in_group(answer(AnswerKind::QuickReply, "", "k=v"))],
        ),
        row("invited", group_event("join", json!({})), vec![in_group(note("The account was added to the group."))]),
        row(
            "thrown out",
            with(group_event("leave", json!({})), json!({ "replyToken": null })),
            vec![Inbound { reply_context: None, ..in_group(note("The account was removed from the group.")) }],
        ),
        row(
            "two joined",
            group_event(
                "memberJoined",
                json!({ "joined": { "members": [{ "type": "user", "userId": "U1" }, { "type": "user", "userId": "U2" }] } }),
            ),
            vec![in_group(note("2 people joined the group."))],
        ),
        row(
            "one left",
            group_event("memberLeft", json!({ "left": { "members": [{ "type": "user", "userId": "U1" }] } })),
            vec![in_group(note("Somebody left the group."))],
        ),
        row(
            "a chat of several people",
            with(
                event("postback", json!({ "postback": { "data": "k=v" } })),
                json!({ "source": { "type": "room", "roomId": "Ra8dbf4673c4c812cd491258042226c99", "userId": GUEST } }),
            ),
            vec![Inbound {
                guest: Guest::in_group("Ra8dbf4673c4c812cd491258042226c99", Some(GUEST.to_owned())),
                ..happened(answer(AnswerKind::QuickReply, "", "k=v"))
            }],
        ),
    ];
    inbound_table(&Line, &settings(), now(), rows);
}
