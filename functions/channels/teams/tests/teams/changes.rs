//! What happens in a conversation beside messages.

use contract::{AnswerKind, Content, Inbound, Presence};
use serde_json::json;

use crate::{
    fixture::{BOT, GUEST, MESSAGE, ORGANISATION, activity, in_channel, in_group},
    inbound::{answer, happened, in_a_group, note, row, run},
};

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
