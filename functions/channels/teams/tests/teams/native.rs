//! Teams's own JSON.

use contract::{Content, SendErrorKind};
use serde_json::{Value, json};

use crate::fixture::{attached, card, context, rendered, row, run};

#[test]
fn native() {
    let designed = json!({ "type": "AdaptiveCard", "body": [{ "type": "TextBlock", "text": "Hi" }] });
    let hero = json!({ "contentType": "application/vnd.microsoft.card.hero", "content": { "title": "Hi" } });
    let done = || card(json!([{ "type": "TextBlock", "text": "Hi" }]), json!([]));
    let native = |json: Value| vec![Content::Native { connector: Some("teams".to_owned()), json }];
    run(vec![
        row(
            "a card of the designer's, with what it leaves out",
            native(designed.clone()),
            vec![attached(json!([done()]))],
        ),
        row(
            "a card with a version of its own",
            native(json!({ "type": "AdaptiveCard", "version": "1.5", "$schema": "s", "body": [] })),
            vec![attached(json!([{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": { "type": "AdaptiveCard", "version": "1.5", "$schema": "s", "body": [] },
            }]))],
        ),
        row("an attachment", native(hero.clone()), vec![attached(json!([hero]))]),
        row(
            "several",
            native(json!([designed, hero])),
            vec![json!({ "type": "message", "attachmentLayout": "carousel", "attachments": [done(), hero] })],
        ),
        row(
            "eleven are two rows",
            native(vec![hero.clone(); 11].into()),
            vec![
                json!({ "type": "message", "attachmentLayout": "carousel", "attachments": vec![hero.clone(); 10] }),
                attached(json!([hero])),
            ],
        ),
        row(
            "a card, then a text",
            native(json!([designed, { "type": "message", "text": "Hi" }])),
            vec![attached(json!([done()])), json!({ "type": "message", "text": "Hi" })],
        ),
        row(
            "an activity, without what is ours to say",
            native(json!({
                "type": "message", "text": "**Hi**", "textFormat": "markdown", "from": { "id": "28:other" },
                "conversation": { "id": "19:other" }, "serviceUrl": "https://x.example/", "id": "7",
            })),
            vec![json!({ "type": "message", "text": "**Hi**", "textFormat": "markdown" })],
        ),
        row(
            "an activity without its type",
            native(json!({ "text": "Hi", "suggestedActions": { "actions": [] } })),
            vec![json!({ "type": "message", "text": "Hi", "suggestedActions": { "actions": [] } })],
        ),
        row(
            "nobody's in particular",
            vec![Content::Native { connector: None, json: hero.clone() }],
            vec![attached(json!([hero]))],
        ),
    ]);
}

#[test]
fn what_is_not_teams_own_is_refused() {
    let hero = json!({ "contentType": "application/vnd.microsoft.card.hero", "content": { "title": "Hi" } });
    let foreign = "The message was not sent to Teams: it is written for another channel.";
    let unknown = "The message was not sent to Teams: it is neither a card nor a message of Teams's.";
    for (label, connector, json, sentence) in [
        ("an activity that is no message", "teams", json!({ "type": "event", "text": "x" }), unknown),
        ("nothing", "teams", json!([]), "The message was not sent to Teams: there is nothing in it."),
        ("a number", "teams", json!(7), unknown),
        ("half a message", "teams", json!([hero, 7]), unknown),
        ("a change of nobody knows what", "teams", json!({ "type": "messageUpdate", "text": "x" }), unknown),
        ("another channel's", "line", json!({ "type": "flex" }), foreign),
    ] {
        let content = Content::Native { connector: Some(connector.to_owned()), json };
        let rendering = rendered(vec![content.clone()], &context());
        assert!(rendering.steps.is_empty(), "{label}");
        let refused = rendering.refused.expect(label);
        assert_eq!((refused.kind, refused.sentence.as_str()), (SendErrorKind::InvalidMessage, sentence), "{label}");
        let rendering = rendered(vec![Content::text("x"), content], &context());
        assert_eq!((rendering.steps.len(), rendering.refused), (1, None), "{label}: the rest is sent");
    }
}
