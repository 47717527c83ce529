//! Every way Telegram can refuse.

use std::time::Duration;

use conformance::{Answer, Script};
use contract::{
    Channel, Clock, Content, Io, MemoryTokens, SendError, SendErrorKind, TenantId, http::Response, parse_settings,
};
use futures::executor::block_on;
use serde_json::json;
use telegram::Telegram;

use crate::fixture::{TOKEN, context, now, outbound, refused, refused_with, settings};

/// Sends a text, and says what became of it.
fn outcome(answer: Answer) -> Result<Vec<String>, SendError> {
    let settings = parse_settings(&settings()).unwrap();
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new([answer]));
    let tokens = MemoryTokens::new(clock.clone());
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let rendering = compose::compose(&Telegram, &outbound(vec![Content::text("hello")]), &settings, &context());
    assert!(!format!("{rendering:?}").contains(TOKEN), "a rendering holds no token");
    let sent = block_on(Telegram.send(&io, &rendering.steps[0]));
    script.finish();
    sent.map(|sent| sent.message_ids)
}

#[test]
fn refusals() {
    use SendErrorKind::*;
    let bad = |what: &str| refused(400, &format!("Bad Request: {what}"));
    let no = |what: &str| refused(403, &format!("Forbidden: {what}"));
    for (answer, kind, words) in [
        (no("bot was blocked by the user"), RecipientOptedOut, "does not want"),
        (no("bot was kicked from the supergroup chat"), RecipientOptedOut, "no longer in this group"),
        (no("bot is not a member of the channel chat"), RecipientOptedOut, "no longer in this group"),
        (no("user is deactivated"), UnknownRecipient, "no longer be found"),
        (no("bot can't initiate conversation with a user"), UnknownRecipient, "has not started a chat"),
        (no("bot can't send messages to bots"), UnknownRecipient, "no longer be found"),
        (no("something else"), Forbidden, "something else"),
        (bad("chat not found"), UnknownRecipient, "no longer be found"),
        (bad("PEER_ID_INVALID"), UnknownRecipient, "no longer be found"),
        (bad("message thread not found"), UnknownRecipient, "no longer be found"),
        (bad("message is too long"), TooLarge, "too long"),
        (bad("message caption is too long"), TooLarge, "too long"),
        (bad("wrong file identifier/HTTP URL specified"), MediaUnavailable, "wrong file identifier"),
        (bad("wrong type of the web page content"), MediaNotAllowed, "wrong type"),
        (bad("not enough rights to send text messages to the chat"), Forbidden, "not enough rights"),
        (bad("message text is empty"), InvalidMessage, "Telegram refused this message: message text is empty."),
        (bad("can't parse entities: Unclosed start tag"), InvalidMessage, "can't parse entities"),
        (refused(401, "Unauthorized"), Unauthorized, "credentials"),
        (refused(404, "Not Found"), Unauthorized, "credentials"),
        (Ok(Response::new(404)), Unauthorized, "credentials"),
        (refused(409, "Conflict: terminated by other getUpdates request"), InvalidMessage, "Conflict"),
        (refused(413, "Request Entity Too Large"), TooLarge, "too big"),
        (refused(429, "Too Many Requests: retry later"), RateLimited, "no more messages"),
        (refused(500, "Internal Server Error"), Unavailable, "not available"),
        (refused(502, "Bad Gateway"), Unavailable, "not available"),
        (Ok(Response::new(200).json(&json!({ "ok": false, "error_code": 403 }))), Forbidden, "does not allow"),
        (Ok(Response::new(200).body("<html>Log in</html>")), Garbled, "not be understood"),
        (Ok(Response::new(302)), Garbled, "not be understood"),
        (Err(Timeout.into()), Timeout, "in time"),
    ] {
        let label = format!("{answer:?}");
        let error = outcome(answer).expect_err(&label);
        assert_eq!(error.kind, kind, "{label}");
        assert!(error.sentence.contains(words), "{label}: {}", error.sentence);
        assert!(!error.to_string().contains(TOKEN), "{label}");
    }
}

#[test]
fn telegram_says_how_long_to_wait() {
    let wait = |answer| outcome(answer).unwrap_err().retry_after;
    let asked = refused_with(429, "Too Many Requests: retry after 35", json!({ "retry_after": 35 }));
    assert_eq!(wait(asked), Some(Duration::from_secs(35)));
    assert_eq!(wait(refused(429, "Too Many Requests")), None);
    let header = Ok(Response::new(429).header("retry-after", "3"));
    assert_eq!(wait(header), Some(Duration::from_secs(3)));
}

#[test]
fn what_a_call_comes_to() {
    let ok = |result| Ok(Response::new(200).json(&json!({ "ok": true, "result": result })));
    assert_eq!(outcome(ok(json!({ "message_id": 7 }))), Ok(vec!["7".to_owned()]));
    assert_eq!(
        outcome(ok(json!([{ "message_id": 7 }, { "message_id": 8 }]))),
        Ok(vec!["7".to_owned(), "8".to_owned()])
    );
    assert_eq!(outcome(ok(json!(true))), Ok(vec![]));
}

/// A token that is none would lead to another address.
#[test]
fn a_token_that_is_none_is_not_sent() {
    let settings = parse_settings(&json!({ "apiToken": "../../evil" })).unwrap();
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new([]));
    let tokens = MemoryTokens::new(clock.clone());
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let rendering = compose::compose(&Telegram, &outbound(vec![Content::text("hello")]), &settings, &context());
    let error = block_on(Telegram.send(&io, &rendering.steps[0])).unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Unauthorized);
    assert!(script.finish().is_empty());
}
