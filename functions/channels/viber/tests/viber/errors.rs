//! Every way Viber can refuse, nearly all of them with status 200.

use std::time::Duration;

use conformance::{Answer, OutboundRow, Script, outbound_table};
use contract::{
    Card, Channel, Clock, Content, Io, MemoryTokens, SendError, SendErrorKind, Sent, TenantId,
    http::{Request, Response},
    parse_settings,
};
use futures::executor::block_on;
use serde_json::json;
use viber::Viber;

use crate::fixture::{accepted, context, message, now, refused, row, sends, settings, text};

fn send(content: Content, answers: Vec<Answer>) -> (Result<Sent, SendError>, Vec<Request>) {
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new(answers));
    let tokens = MemoryTokens::new(clock.clone());
    let settings = parse_settings(&settings()).unwrap();
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let rendering = compose::compose(&Viber, &message(vec![content]), &settings, &context());
    let outcome = block_on(Viber.send(&io, &rendering.steps[0]));
    (outcome, script.finish())
}

#[test]
fn statuses() {
    use SendErrorKind::*;
    for (status, message, kind, retryable) in [
        (1, "invalidUrl", InvalidMessage, false),
        (2, "invalidAuthToken", Unauthorized, false),
        (3, "badData", InvalidMessage, false),
        (4, "missingData", InvalidMessage, false),
        (5, "receiverNotRegistered", UnknownRecipient, false),
        (6, "receiverNotSubscribed", RecipientOptedOut, false),
        (7, "publicAccountBlocked", Forbidden, false),
        (8, "publicAccountNotFound", Unauthorized, false),
        (9, "publicAccountSuspended", Forbidden, false),
        (10, "webhookNotSet", Forbidden, false),
        (11, "receiverNoSuitableDevice", Unsupported, false),
        (12, "tooManyRequests", RateLimited, true),
        (13, "apiVersionNotSupported", Unsupported, false),
        (14, "incompatibleWithVersion", Unsupported, false),
        (15, "publicAccountNotAuthorized", Forbidden, false),
        (16, "inchatReplyMessageNotAllowed", Forbidden, false),
        (17, "publicAccountIsNotInline", Forbidden, false),
        (18, "noPublicChat", Forbidden, false),
        (19, "cannotSendBroadcast", Forbidden, false),
        (20, "broadcastNotAllowed", Forbidden, false),
        (21, "unsupportedCountry", Forbidden, false),
        (22, "paymentUnsupported", Unsupported, false),
        (23, "freeMessagesExceeded", QuotaExhausted, false),
        (24, "noBalance", QuotaExhausted, false),
        (25, "somethingNew", Unavailable, true),
        (-1, "general error", Unavailable, true),
    ] {
        let error = send(Content::text("hello"), vec![refused(status, message)]).0.expect_err(message);
        assert_eq!((error.kind, error.retryable()), (kind, retryable), "{message}");
        assert_eq!(error.code, Some(status.to_string()), "{message}");
        assert!(error.sentence.ends_with('.'), "{message}: {}", error.sentence);
    }
}

#[test]
fn answers() {
    use SendErrorKind::*;
    let hello = || vec![Content::text("hello")];
    let answered = |label, answer: Answer, result: Result<&str, SendErrorKind>| OutboundRow {
        answers: vec![answer],
        result: result.map(|token| if token.is_empty() { vec![] } else { vec![token.to_owned()] }),
        ..row(label, hello(), vec![text("hello")])
    };
    let with = |status, body: &str| Ok(Response::new(status).body(body.to_owned()));
    let rows = vec![
        answered("taken", Ok(accepted("5741311803571721087")), Ok("5741311803571721087")),
        answered("a number that no float holds", Ok(accepted("18446744073709551617")), Ok("18446744073709551617")),
        answered("taken without a number", with(200, "{\"status\":0,\"status_message\":\"ok\"}"), Ok("")),
        answered("a page", with(200, "<html>Log in</html>"), Err(Garbled)),
        answered("nothing", with(200, ""), Err(Garbled)),
        answered("JSON that says nothing", with(200, "{}"), Err(Garbled)),
        answered("a page that says it is an error", with(502, "<html>Bad gateway</html>"), Err(Unavailable)),
        answered("too busy at the door", with(429, ""), Err(RateLimited)),
        answered("too busy, in words too", with(429, "{\"status\":12}"), Err(RateLimited)),
        answered("an error that claims to be none", with(500, "{\"status\":0}"), Err(Unavailable)),
        answered("a page that is elsewhere", with(302, ""), Err(Garbled)),
        answered("no answer", Err(Timeout.into()), Err(Timeout)),
        answered("no connection", Err(Connection.into()), Err(Connection)),
        OutboundRow {
            label: "the second part fails: the third is not sent",
            message: message(vec![Content::text("a"), Content::text("b"), Content::text("c")]),
            context: context(),
            answers: vec![Ok(accepted("1")), refused(12, "tooManyRequests")],
            requests: vec![sends(1, text("a").1), sends(1, text("b").1)],
            result: Err(RateLimited),
        },
    ];
    outbound_table(&Viber, &settings(), now(), rows);
}

#[test]
fn a_hundred_messages_without_an_answer_wait_for_the_next_hour() {
    let error = |message| send(Content::text("x"), vec![refused(12, message)]).0.unwrap_err();
    // The fixture's time is a full hour.
    assert_eq!(error("maximum messages sent without reply exceeded").retry_after, Some(Duration::from_secs(3_600)));
    assert!(error("maximum messages sent without reply exceeded").sentence.contains("100 messages"));
    assert_eq!(error("tooManyRequests").retry_after, None);
}

#[test]
fn what_a_telephone_cannot_show_is_said_in_words() {
    let card = || Content::Card(Card { title: "Lamp".to_owned(), ..Card::default() });
    for status in [11, 13, 14] {
        let (outcome, requests) = send(card(), vec![refused(status, "no"), Ok(accepted("7"))]);
        assert_eq!(outcome.unwrap().message_ids, ["7"]);
        assert_eq!(requests[1], sends(1, text("Lamp").1));
    }
    let (outcome, requests) = send(card(), vec![refused(6, "receiverNotSubscribed")]);
    assert_eq!((outcome.unwrap_err().kind, requests.len()), (SendErrorKind::RecipientOptedOut, 1));
    let (outcome, _) = send(Content::text("Lamp"), vec![refused(14, "no")]);
    assert_eq!(outcome.unwrap_err().kind, SendErrorKind::Unsupported);
}

#[test]
fn a_message_that_is_too_big_is_not_sent() {
    let json = json!({ "type": "text", "text": "hi", "tracking_data": "x".repeat(31_000) });
    let (outcome, requests) = send(Content::Native { connector: None, json }, vec![]);
    assert_eq!((outcome.unwrap_err().kind, requests.len()), (SendErrorKind::TooLarge, 0));
}

#[test]
fn sentences_say_what_viber_says() {
    let sentence = |status, message| send(Content::text("x"), vec![refused(status, message)]).0.unwrap_err().sentence;
    assert_eq!(sentence(3, "badData."), "Viber refused this message: badData.");
    assert_eq!(sentence(4, ""), "Viber refused this message: bad data.");
    assert!(sentence(6, "x").contains("not subscribed"));
}
