//! Every way Apple can refuse, in words.

use std::time::Duration;

use apple_messages::AppleMessages;
use conformance::{Answer, Script};
use contract::{
    Channel, Clock, Connector, Content, Io, MemoryTokens, SendError, SendErrorKind, TenantId,
    http::{Request, Response},
    parse_settings,
};
use futures::executor::block_on;
use serde_json::json;

use crate::fixture::{BUSINESS, GATEWAY, context, header, message, now, our_token, settings};

fn try_text(settings: serde_json::Value, answers: Vec<Answer>) -> Result<contract::Sent, SendError> {
    let settings = parse_settings(&settings).unwrap();
    let (tenant, clock) = (TenantId::from("tenant-1"), Clock::fixed(now()));
    let (tokens, script) = (MemoryTokens::new(clock.clone()), Script::new(answers));
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let steps = compose::compose(&AppleMessages, &message(vec![Content::text("hello")]), &settings, &context()).steps;
    let outcome = block_on(AppleMessages.send(&io, &steps[0]));
    script.finish();
    outcome
}

#[test]
fn refusals() {
    use SendErrorKind::*;
    for (status, kind, word) in [
        (400, InvalidMessage, "not as Apple wants"),
        (401, Unauthorized, "credentials"),
        (403, Forbidden, "does not let"),
        (404, UnknownRecipient, "does not know this guest"),
        (410, RecipientOptedOut, "until they write again"),
        (413, TooLarge, "too big"),
        (429, RateLimited, "no more messages"),
        (500, Unavailable, "not available"),
        (503, Unavailable, "not available"),
    ] {
        let error = try_text(settings(), vec![Ok(Response::new(status).header("retry-after", "3"))]).unwrap_err();
        assert_eq!(error.kind, kind, "{status}");
        assert_eq!(error.retry_after, Some(Duration::from_secs(3)), "{status}");
        assert!(error.sentence.contains(word), "{status}: {}", error.sentence);
    }
}

#[test]
fn a_deployment_that_apple_does_not_know() {
    for settings in
        [json!({ "businessId": BUSINESS }), json!({ "businessId": BUSINESS, "mspId": "m", "mspSecret": "no base64!" })]
    {
        let error = try_text(settings, vec![]).unwrap_err();
        assert_eq!(error.kind, SendErrorKind::Unauthorized);
        assert!(error.sentence.contains("this deployment") || error.sentence.contains("This deployment"));
    }
}

#[test]
fn the_self_test_asks_for_a_place_to_upload_to() {
    let settings = parse_settings(&settings()).unwrap();
    let (tenant, clock) = (TenantId::from("tenant-1"), Clock::fixed(now()));
    let tokens = MemoryTokens::new(clock.clone());
    for (status, good) in [(200, true), (401, false), (403, false), (500, false)] {
        let script = Script::new([Ok(Response::new(status))]);
        let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
        let outcome = block_on(AppleMessages.self_test(&io));
        assert_eq!(outcome.is_ok(), good, "{status}");
        let expected = Request::get(format!("{GATEWAY}/preUpload"))
            .header(header("source-id"), BUSINESS)
            .bearer(&our_token())
            .header(header("mmcs-size"), "1")
            .header(header("size"), "1");
        assert_eq!(script.finish(), [expected]);
    }
}
