//! Reply first and push after, and every way LINE can refuse.

use std::time::Duration;

use conformance::{Answer, OutboundRow, Script, outbound_table};
use contract::{
    Channel, Clock, Content, Io, MemoryTokens, SendContext, SendError, SendErrorKind, Sent, TenantId,
    http::{Request, Response},
    parse_settings,
};
use futures::executor::block_on;
use line::{Line, Step};
use serde_json::json;

use crate::fixture::{
    GUEST, accepted, context, context_aged, message, now, push_request, refused, rendered, reply_request, settings,
    token_issued, token_request,
};

fn hello() -> serde_json::Value {
    json!([{ "type": "text", "text": "hello" }])
}

fn row(
    label: &'static str,
    context: SendContext,
    answers: Vec<Answer>,
    requests: Vec<Request>,
    result: Result<&str, SendErrorKind>,
) -> OutboundRow {
    OutboundRow {
        label,
        message: message(vec![Content::text("hello")]),
        context,
        answers: [vec![token_issued()], answers].concat(),
        requests: [vec![token_request()], requests].concat(),
        result: result.map(|id| if id.is_empty() { vec![] } else { vec![id.to_owned()] }),
    }
}

/// The requests differ in their time limit alone, which the table does not compare.
#[test]
fn reply_first_and_push_after() {
    use SendErrorKind::*;
    let (fresh, bare) = (context_aged(3), context());
    let reply = || reply_request(hello());
    let push = || push_request(0, hello());
    let taken = || Ok(accepted(&["9"]));
    let used = || refused(400, "Invalid reply token");
    let lost = || Err(SendError::new(Timeout));
    let broken = || Err(SendError::new(Connection));
    let down = || refused(500, "Internal server error");
    let rows = vec![
        row("a fresh token: a reply", fresh.clone(), vec![taken()], vec![reply()], Ok("9")),
        row("no token: a push", bare.clone(), vec![taken()], vec![push()], Ok("9")),
        row("a token of 41 seconds: a push", context_aged(41), vec![taken()], vec![push()], Ok("9")),
        row("a token of the future: clocks differ", context_aged(-3), vec![taken()], vec![reply()], Ok("9")),
        row(
            "a second attempt: a push",
            SendContext { earlier_attempts: 1, ..fresh.clone() },
            vec![taken()],
            vec![push()],
            Ok("9"),
        ),
        row(
            "the token is used or too old: the same as a push",
            fresh.clone(),
            vec![used(), taken()],
            vec![reply(), push()],
            Ok("9"),
        ),
        row(
            "refused for a reason that LINE does not place in the message: a push tells the truth",
            fresh.clone(),
            vec![refused(400, "Reply is not possible"), refused(400, "Failed to send messages")],
            vec![reply(), push()],
            Err(UnknownRecipient),
        ),
        row(
            "the answer is lost, but the reply was taken",
            fresh.clone(),
            vec![lost(), used()],
            vec![reply(), reply()],
            Ok(""),
        ),
        row(
            "the answer is lost, and so was the reply",
            fresh.clone(),
            vec![broken(), taken()],
            vec![reply(), reply()],
            Ok("9"),
        ),
        row("LINE fails and recovers", fresh.clone(), vec![down(), taken()], vec![reply(), reply()], Ok("9")),
        row(
            "LINE fails, is too busy, and had taken it all the same",
            fresh.clone(),
            vec![down(), refused(429, "The API rate limit has been exceeded. Try again later."), used()],
            vec![reply(), reply(), reply()],
            Ok(""),
        ),
        row(
            "no answer at all",
            fresh.clone(),
            vec![lost(), lost(), broken()],
            vec![reply(), reply(), reply()],
            Err(Connection),
        ),
        row(
            "a doubtful reply, then a refusal that says nothing of the token: a push is the lesser evil",
            fresh.clone(),
            vec![lost(), refused(400, "Something else"), taken()],
            vec![reply(), reply(), push()],
            Ok("9"),
        ),
        row(
            "too busy for a reply: nothing is sent twice",
            fresh.clone(),
            vec![refused(429, "The API rate limit has been exceeded. Try again later.")],
            vec![reply()],
            Err(RateLimited),
        ),
        row(
            "a reply that LINE finds fault with is not pushed",
            fresh.clone(),
            vec![Ok(Response::new(400).json(&json!({
                "message": "The request body has 1 error(s)",
                "details": [{ "message": "May not be empty", "property": "messages[0].text" }],
            })))],
            vec![reply()],
            Err(InvalidMessage),
        ),
        row(
            "the push was taken before",
            bare.clone(),
            vec![Ok(Response::new(409).header("x-line-accepted-request-id", "r-0").json(&json!({
                "message": "The retry key is already accepted", "sentMessages": [{ "id": "9" }],
            })))],
            vec![push()],
            Ok("9"),
        ),
        row("an answer without ids is an answer", bare.clone(), vec![Ok(Response::new(200))], vec![push()], Ok("")),
        row(
            "the access token is refused, and renewed once",
            bare.clone(),
            vec![refused(401, "Authentication failed."), token_issued(), taken()],
            vec![push(), token_request(), push()],
            Ok("9"),
        ),
        row(
            "no such guest",
            bare.clone(),
            vec![refused(400, "The property, 'to', in the request body is invalid (line: -, column: -)")],
            vec![push()],
            Err(UnknownRecipient),
        ),
        row(
            "the plan does not allow it",
            bare.clone(),
            vec![refused(403, "Access to this API is not available for your account")],
            vec![push()],
            Err(Forbidden),
        ),
        row("not found", bare.clone(), vec![refused(404, "Not found")], vec![push()], Err(UnknownRecipient)),
        row("too big", bare.clone(), vec![refused(413, "Too large")], vec![push()], Err(TooLarge)),
        row("the wrong type", bare.clone(), vec![refused(415, "Unsupported")], vec![push()], Err(MediaNotAllowed)),
        row(
            "too busy",
            bare.clone(),
            vec![refused(429, "The API rate limit has been exceeded. Try again later.")],
            vec![push()],
            Err(RateLimited),
        ),
        row(
            "the month's messages are used up",
            bare.clone(),
            vec![refused(429, "You have reached your monthly limit.")],
            vec![push()],
            Err(QuotaExhausted),
        ),
        row("LINE is down", bare.clone(), vec![refused(503, "Service unavailable")], vec![push()], Err(Unavailable)),
        row("no answer to a push", bare.clone(), vec![lost()], vec![push()], Err(Timeout)),
        row("an answer from nowhere", bare, vec![Ok(Response::new(302))], vec![push()], Err(Garbled)),
    ];
    outbound_table(&Line, &settings(), now(), rows);
}

#[test]
fn five_messages_to_a_call_and_only_the_first_replies() {
    let texts = |from: u8, to: u8| {
        let texts: Vec<_> = (from..=to).map(|n| json!({ "type": "text", "text": format!("{n}") })).collect();
        json!(texts)
    };
    let contents: Vec<Content> = (1..=12).map(|n| Content::text(format!("{n}"))).collect();
    let rows = vec![
        OutboundRow {
            label: "twelve texts",
            message: message(contents.clone()),
            context: context_aged(1),
            answers: vec![token_issued(), Ok(accepted(&["1"])), Ok(accepted(&["6"])), Ok(accepted(&["11"]))],
            requests: vec![
                token_request(),
                reply_request(texts(1, 5)),
                push_request(1, texts(6, 10)),
                push_request(2, texts(11, 12)),
            ],
            result: Ok(vec!["1".to_owned(), "6".to_owned(), "11".to_owned()]),
        },
        OutboundRow {
            label: "the second call fails: the third is not made",
            message: message(contents),
            context: context(),
            answers: vec![token_issued(), Ok(accepted(&["1"])), refused(500, "Internal server error")],
            requests: vec![token_request(), push_request(0, texts(1, 5)), push_request(1, texts(6, 10))],
            result: Err(SendErrorKind::Unavailable),
        },
    ];
    outbound_table(&Line, &settings(), now(), rows);
}

#[test]
fn the_long_lived_token_is_used_when_there_is_one_and_cannot_be_renewed() {
    let mut settings = settings();
    settings["channelAccessToken"] = "long-lived".into();
    let push = push_request(0, hello()).bearer("long-lived");
    let row = |label, answer, result: Result<&str, _>| OutboundRow {
        label,
        message: message(vec![Content::text("hello")]),
        context: context(),
        answers: vec![answer],
        requests: vec![push.clone()],
        result: result.map(|id| vec![id.to_owned()]),
    };
    let rows = vec![
        row("taken", Ok(accepted(&["1"])), Ok("1")),
        row("refused", refused(401, "Authentication failed."), Err(SendErrorKind::Unauthorized)),
    ];
    outbound_table(&Line, &settings, now(), rows);
}

#[test]
fn no_token_no_message() {
    let invalid = Response::new(401).json(&json!({ "error": "invalid_client" }));
    for (answer, expected) in [
        (Ok(invalid), SendErrorKind::Unauthorized),
        (refused(400, "no"), SendErrorKind::Unauthorized),
        (refused(500, "no"), SendErrorKind::Unavailable),
        (refused(429, "no"), SendErrorKind::RateLimited),
        (Ok(Response::new(200).body("hello")), SendErrorKind::Garbled),
        (Err(SendErrorKind::Timeout.into()), SendErrorKind::Timeout),
    ] {
        let (outcome, _) = send(&context(), vec![answer]);
        assert_eq!(outcome.map_err(|error| error.kind), Err(expected));
    }
}

fn send(context: &SendContext, answers: Vec<Answer>) -> (Result<Sent, SendError>, Vec<Request>) {
    step(&rendered(&message(vec![Content::text("hello")]), context).steps[0], answers)
}

fn step(step: &Step, answers: Vec<Answer>) -> (Result<Sent, SendError>, Vec<Request>) {
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new(answers));
    let tokens = MemoryTokens::new(clock.clone());
    let settings = parse_settings(&settings()).unwrap();
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let outcome = block_on(Line.send(&io, step));
    (outcome, script.finish())
}

#[test]
fn what_a_reply_leaves_behind() {
    let sent = |answers| send(&context_aged(1), [vec![token_issued()], answers].concat()).0.unwrap();
    let by_reply = sent(vec![Ok(accepted(&["1"]))]);
    assert!(by_reply.context_spent && !by_reply.already);
    let by_push = sent(vec![refused(400, "Invalid reply token"), Ok(accepted(&["1"]))]);
    assert!(by_push.context_spent && !by_push.already);
    let before = sent(vec![Err(SendErrorKind::Timeout.into()), refused(400, "Invalid reply token")]);
    assert!(before.context_spent && before.already);
    let pushed = send(&context(), vec![token_issued(), Ok(accepted(&["1"]))]).0.unwrap();
    assert!(!pushed.context_spent && !pushed.already);
    let twice = send(&context(), vec![token_issued(), refused(409, "The retry key is already accepted")]).0.unwrap();
    assert!(twice.already);
}

/// Neither carries a retry key, so that 409 is no success here.
#[test]
fn typing_and_read_marks_are_made_once() {
    let loading = Step::Loading { guest: GUEST.into(), seconds: 20 };
    let read = Step::MarkAsRead { token: "m-1".to_owned() };
    for (made, spent) in [(&loading, false), (&read, true)] {
        let (sent, requests) = step(made, vec![token_issued(), Ok(Response::new(202).json(&json!({})))]);
        assert_eq!(sent, Ok(Sent { context_spent: spent, ..Sent::default() }), "{made:?}");
        assert_eq!(requests.len(), 2, "{made:?}");
        for status in [400, 409, 500] {
            let (refusal, _) = step(made, vec![token_issued(), refused(status, "no")]);
            assert!(refusal.is_err(), "{made:?}: {status}");
        }
        assert!(Line.is_best_effort(made), "{made:?}");
    }
}

#[test]
fn sentences_say_what_line_says() {
    let error = |answer| send(&context(), vec![token_issued(), answer]).0.unwrap_err();
    let details = json!({
        "message": "The request body has 2 error(s)",
        "details": [
            { "message": "May not be empty", "property": "messages[0].text" },
            { "message": "Must be one of the following values", "property": "messages[1].type" },
        ],
    });
    assert_eq!(
        error(Ok(Response::new(400).json(&details))).sentence,
        "LINE refused this message: The request body has 2 error(s) (messages[0].text: May not be empty)."
    );
    assert_eq!(error(refused(400, "The message is odd.")).sentence, "LINE refused this message: The message is odd.");
    let busy = Response::new(429).header("retry-after", "7").json(&json!({ "message": "slow down" }));
    let busy = error(Ok(busy));
    assert_eq!((busy.retry_after, busy.code.as_deref()), (Some(Duration::from_secs(7)), Some("429")));
    assert!(error(refused(429, "You have reached your monthly limit.")).sentence.contains("monthly"));
}
