//! What the connector service's refusals mean.

use conformance::{Answer, Script};
use contract::{
    Channel, Clock, Content, Io, MemoryTokens, SendError, SendErrorKind, Sent, TenantId,
    http::{Request, Response},
    parse_settings,
};
use serde_json::{Value, json};
use teams::{Settings, Teams};

use crate::fixture::{accepted, context, message, now, refused, settings, token_issued};

fn send_with(settings: Value, service: &str, answers: Vec<Answer>) -> (Result<Sent, SendError>, Vec<Request>) {
    let settings: Settings = parse_settings(&settings).unwrap();
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new(answers));
    let tokens = MemoryTokens::new(clock.clone());
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let mut context = context();
    context.reply = Some((json!({ "serviceUrl": service, "conversation": "a:1" }), now()));
    let rendering = compose::compose(&Teams, &message(vec![Content::text("hello")]), &settings, &context);
    let outcome = futures::executor::block_on(Teams.send(&io, &rendering.steps[0]));
    (outcome, script.finish())
}

fn send(answers: Vec<Answer>) -> Result<Sent, SendError> {
    send_with(settings(), "https://smba.trafficmanager.net/amer/", answers).0
}

#[test]
fn refusals() {
    use SendErrorKind::*;
    for (status, code, kind, says) in [
        (400, "BadSyntax", InvalidMessage, "Teams refused this message: says so."),
        (403, "MessageWritesBlocked", RecipientOptedOut, "does not want to receive"),
        (403, "ConversationBlockedByUser", RecipientOptedOut, "does not want to receive"),
        (403, "BotNotInConversationRoster", RecipientOptedOut, "was removed from this chat"),
        (403, "BotDisabledByAdmin", Forbidden, "organisation's administrator"),
        (403, "SomethingElse", Forbidden, "Please tell the administrator"),
        (404, "ConversationNotFound", UnknownRecipient, "can no longer be found"),
        (412, "PreconditionFailed", Unavailable, "not available"),
        (413, "MessageSizeTooBig", TooLarge, "too long or too big"),
        (429, "Throttled", RateLimited, "no more messages"),
        (500, "ServiceError", Unavailable, "not available"),
        (502, "BadGateway", Unavailable, "not available"),
        (504, "GatewayTimeout", Unavailable, "not available"),
    ] {
        let error = send(vec![token_issued(), refused(status, code, "says so.")]).unwrap_err();
        assert_eq!((error.kind, error.code.as_deref()), (kind, Some(code)), "{status} {code}");
        assert!(error.sentence.contains(says), "{status} {code}: {}", error.sentence);
    }
}

#[test]
fn a_token_that_was_refused_is_renewed_once() {
    let answers = vec![token_issued(), Ok(Response::new(401)), token_issued(), Ok(accepted("1"))];
    assert_eq!(send(answers).unwrap().message_ids, ["1"]);
    let answers = vec![token_issued(), Ok(Response::new(401)), token_issued(), Ok(Response::new(401))];
    assert_eq!(send(answers).unwrap_err().kind, SendErrorKind::Unauthorized);
}

#[test]
fn credentials_that_are_refused() {
    for (status, error) in [(400, "unauthorized_client"), (401, "invalid_client")] {
        let answer = Ok(Response::new(status).json(&json!({ "error": error, "error_description": "AADSTS7000215" })));
        let refusal = send(vec![answer]).unwrap_err();
        assert_eq!((refusal.kind, refusal.code.as_deref()), (SendErrorKind::Unauthorized, Some(error)));
        assert!(refusal.sentence.contains("client secret") && !refusal.sentence.contains("AADSTS"));
    }
    assert_eq!(send(vec![Ok(Response::new(503))]).unwrap_err().kind, SendErrorKind::Unavailable);
    assert_eq!(send(vec![Ok(Response::new(200).body("<html>"))]).unwrap_err().kind, SendErrorKind::Garbled);
}

#[test]
fn who_issues_the_token() {
    let asks = |change: &[(&str, Value)]| {
        let mut settings = settings();
        for (name, value) in change {
            settings[name] = value.clone();
        }
        let answers = vec![token_issued(), Ok(accepted("1"))];
        send_with(settings, "https://smba.trafficmanager.net/amer/", answers).1[0].url.clone()
    };
    let at = |authority: &str| format!("https://login.microsoftonline.com/{authority}/oauth2/v2.0/token");
    assert_eq!(asks(&[]), at(crate::fixture::APP_TENANT));
    assert_eq!(asks(&[("appType", json!("MultiTenant"))]), at("botframework.com"));
    assert_eq!(asks(&[("appType", json!("MultiTenant")), ("appTenantId", Value::Null)]), at("botframework.com"));
}

#[test]
fn the_token_is_shown_to_microsoft_alone() {
    for service in [
        "https://smba.trafficmanager.net.example.com/",
        "https://example.com/smba.trafficmanager.net/",
        "https://evilbotframework.com/",
        "https://smba.trafficmanager.net:8443/",
        "http://smba.trafficmanager.net/",
        "https://127.0.0.1/",
        "https://user@example.com/",
    ] {
        let (outcome, asked) = send_with(settings(), service, vec![]);
        assert_eq!(outcome.unwrap_err().kind, SendErrorKind::Forbidden, "{service}");
        assert!(asked.is_empty(), "{service}");
    }
    for service in ["https://smba.trafficmanager.net/emea", "https://europe.botframework.com/"] {
        let (outcome, _) = send_with(settings(), service, vec![token_issued(), Ok(accepted("1"))]);
        assert!(outcome.is_ok(), "{service}");
    }
}

#[test]
fn an_answer_without_an_id_is_one() {
    for body in ["", "{}", "<html>"] {
        assert_eq!(send(vec![token_issued(), Ok(Response::new(200).body(body))]).unwrap(), Sent::default());
    }
}
