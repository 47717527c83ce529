//! Typing and read marks.

use contract::{Channel, Content, Presence, Receipt, ReceiptStatus, SendContext, http::Request};
use line::Line;
use serde_json::json;

use crate::fixture::{GROUP, GUEST, context, message, now, push_request, rendered, requests};

#[test]
fn typing_and_read_marks() {
    let typing = |on, duration_ms| vec![Content::Typing { on, duration_ms }];
    let loading = |seconds: u64| {
        Request::post_json(
            "https://api.line.me/v2/bot/chat/loading/start",
            &json!({ "chatId": GUEST, "loadingSeconds": seconds }),
        )
        .bearer("t-1")
    };
    let read = Request::post_json("https://api.line.me/v2/bot/chat/markAsRead", &json!({ "markAsReadToken": "m-1" }))
        .bearer("t-1");
    let seen = SendContext { reply: Some((json!({ "markAsReadToken": "m-1" }), now())), ..context() };
    let receipt =
        vec![Content::Receipt(Receipt { message_id: "1".to_owned(), status: ReceiptStatus::Read, reason: None })];
    let (bare, receipt_read) = (context(), receipt.clone());
    for (label, contents, context, expected) in [
        ("typing", typing(true, None), bare.clone(), vec![loading(20)]),
        ("typing for a second", typing(true, Some(1_000)), bare.clone(), vec![loading(5)]),
        ("typing for seven seconds", typing(true, Some(7_000)), bare.clone(), vec![loading(10)]),
        ("typing for an hour", typing(true, Some(3_600_000)), bare.clone(), vec![loading(60)]),
        ("no typing", typing(false, None), bare.clone(), vec![]),
        ("read", receipt.clone(), seen.clone(), vec![read.clone()]),
        ("read, but nothing can be marked", receipt, bare.clone(), vec![]),
        ("somebody joined", vec![Content::Presence { presence: Presence::Join }], seen.clone(), vec![]),
        ("a note", vec![Content::Note { text: "n".to_owned() }], bare.clone(), vec![]),
        ("nothing but space", vec![Content::text(" \n ")], seen.clone(), vec![]),
    ] {
        let steps = rendered(&message(contents), &context).steps;
        assert_eq!(requests(&steps), expected, "{label}");
        assert!(steps.iter().all(|step| Line.is_best_effort(step)), "{label}");
    }
    let answered = rendered(&message(vec![Content::text("hi")]), &seen).steps;
    assert!(!Line.is_best_effort(&answered[0]), "the message keeps its place");
    let expected = [push_request(0, json!([{ "type": "text", "text": "hi" }])), read.clone()];
    assert_eq!(requests(&answered), expected, "who answers has read");
    let marked = rendered(&message([receipt_read, vec![Content::text("hi")]].concat()), &seen).steps;
    assert_eq!(requests(&marked), expected, "and need not say so twice");
    let mut group = message(typing(true, None));
    group.to = GROUP.into();
    assert_eq!(rendered(&group, &bare).steps, [], "groups show no typing");
}
