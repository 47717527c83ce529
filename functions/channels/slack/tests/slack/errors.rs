//! Every way Slack can refuse, and how nothing is said twice.

use std::time::Duration;

use conformance::{Answer, OutboundRow, Script};
use contract::{
    Channel, Clock, Content, Io, MemoryTokens, Secret, SendContext, SendError, SendErrorKind, Sent, TenantId,
    TokenCache,
    http::{Request, Response},
    parse_settings,
};
use futures::executor::block_on;
use serde_json::json;
use slack::Slack;

use crate::fixture::{
    NOW_S, THREAD, TS, accepted, context, id, installation, message, now, post, refused, rendered, row, said, settings,
    table,
};

fn hi(label: &'static str, answers: Vec<Answer>, result: Result<(), SendErrorKind>) -> OutboundRow {
    OutboundRow {
        answers,
        result: result.map(|()| vec![format!("D1:{TS}")]),
        ..row(label, vec![Content::text("hi")], json!({ "text": "hi" }))
    }
}

#[test]
fn refusals() {
    use SendErrorKind::*;
    let rows = [
        ("ratelimited", RateLimited),
        ("internal_error", Unavailable),
        ("fatal_error", Unavailable),
        ("service_unavailable", Unavailable),
        ("request_timeout", Timeout),
        ("invalid_auth", Unauthorized),
        ("token_revoked", Unauthorized),
        ("account_inactive", Unauthorized),
        ("missing_scope", Forbidden),
        ("ekm_access_denied", Forbidden),
        ("restricted_action", Forbidden),
        ("not_in_channel", Forbidden),
        ("channel_not_found", UnknownRecipient),
        ("is_archived", UnknownRecipient),
        ("user_not_found", UnknownRecipient),
        ("messages_tab_disabled", RecipientOptedOut),
        ("msg_too_long", TooLarge),
        ("msg_blocks_too_long", TooLarge),
        ("no_text", InvalidMessage),
        ("invalid_blocks", InvalidMessage),
        ("a_word_of_tomorrow", InvalidMessage),
    ];
    table(rows.into_iter().map(|(word, kind)| hi(word, vec![refused(word)], Err(kind))).collect());
    table(vec![
        hi("no JSON", vec![Ok(Response::new(200).body("<html>"))], Err(Garbled)),
        hi("neither yes nor no", vec![Ok(Response::new(200).json(&json!({ "channel": "D1" })))], Err(Garbled)),
        hi("moved", vec![Ok(Response::new(302))], Err(Garbled)),
        hi("not found", vec![Ok(Response::new(404))], Err(UnknownRecipient)),
        hi("down", vec![Ok(Response::new(503).body("<html>"))], Err(Unavailable)),
        hi(
            "down, with words",
            vec![Ok(Response::new(500).json(&json!({ "ok": false, "error": "fatal_error" })))],
            Err(Unavailable),
        ),
        hi("no answer", vec![Err(SendError::new(Timeout))], Err(Timeout)),
    ]);
}

/// Sends a text with these tokens kept; the outcome, and the tokens after.
fn send(context: &SendContext, tokens: &MemoryTokens, answers: Vec<Answer>) -> (Result<Sent, SendError>, Vec<Request>) {
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new(answers));
    let settings = parse_settings(&settings()).unwrap();
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens, clock: &clock };
    let rendering = rendered(&message(vec![Content::text("hi")]), context);
    let outcome = block_on(Slack.send(&io, &rendering.steps[0]));
    (outcome, script.finish())
}

fn keeping(token: Secret) -> MemoryTokens {
    let tokens = MemoryTokens::new(Clock::fixed(now()));
    block_on(tokens.put(&"tenant-1".into(), "slack/T1", &token, jiff::Timestamp::MAX));
    tokens
}

#[test]
fn waits_are_as_long_as_slack_says() {
    let tokens = keeping(installation());
    let limited = Response::new(429).header("retry-after", "30").json(&json!({ "ok": false, "error": "ratelimited" }));
    let error = send(&context(), &tokens, vec![Ok(limited)]).0.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (SendErrorKind::RateLimited, Some(Duration::from_secs(30))));
    let error = send(&context(), &tokens, vec![refused("ratelimited")]).0.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (SendErrorKind::RateLimited, Some(Duration::from_secs(1))));
}

#[test]
fn agents_are_told_in_words() {
    let tokens = keeping(installation());
    let sentence = |answer: Answer| send(&context(), &tokens, vec![answer]).0.unwrap_err().sentence;
    let scope = said(json!({ "ok": false, "error": "missing_scope", "needed": "chat:write", "provided": "im:read" }));
    assert!(sentence(scope).contains("chat:write"));
    assert!(sentence(refused("token_revoked")).contains("installed in this workspace"));
    let detail =
        json!({ "ok": false, "error": "invalid_blocks", "response_metadata": { "messages": ["[ERROR] too many"] } });
    assert_eq!(sentence(said(detail)), "Slack refused this message: invalid_blocks ([ERROR] too many).");
}

#[test]
fn a_workspace_without_the_app() {
    let (outcome, requests) = send(&context(), &MemoryTokens::default(), vec![]);
    assert_eq!(outcome.unwrap_err().kind, SendErrorKind::Unauthorized);
    assert_eq!(requests, []);
}

#[test]
fn the_agents_name_without_its_scope() {
    let named = SendContext { agent_name: Some("Sue".to_owned()), ..context() };
    table(vec![OutboundRow {
        context: named,
        requests: vec![post(0, json!({ "text": "hi", "username": "Sue" })), post(0, json!({ "text": "Sue: hi" }))],
        ..hi("the name goes into the text", vec![refused("missing_scope"), Ok(accepted(TS))], Ok(()))
    }]);
}

/// Another function has renewed the token meanwhile: this one's memory does not know.
struct Stale(MemoryTokens);

#[async_trait::async_trait]
impl TokenCache for Stale {
    async fn get(&self, tenant: &TenantId, name: &str) -> Option<Secret> {
        self.0.get(tenant, name).await
    }
    async fn put(&self, tenant: &TenantId, name: &str, token: &Secret, expires: jiff::Timestamp) {
        self.0.put(tenant, name, token, expires).await;
    }
    async fn forget(&self, tenant: &TenantId, name: &str) {
        self.0.forget(tenant, name).await;
    }
    async fn renewed(&self, _: &TenantId, _: &str, _: &Secret) -> Option<Secret> {
        Some(Secret::new("xoxb-2"))
    }
}

#[test]
fn a_token_that_was_refused_is_looked_up_again() {
    let tokens = Stale(keeping(Secret::new("xoxb-old")));
    let (tenant, clock) = (TenantId::from("tenant-1"), Clock::fixed(now()));
    let script = Script::new([refused("token_revoked"), Ok(accepted(TS))]);
    let settings = parse_settings(&settings()).unwrap();
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let rendering = rendered(&message(vec![Content::text("hi")]), &context());
    assert!(block_on(Slack.send(&io, &rendering.steps[0])).is_ok());
    let bearers: Vec<_> = script.finish().iter().map(|request| request.headers["authorization"].clone()).collect();
    assert_eq!(bearers, ["Bearer xoxb-old", "Bearer xoxb-2"]);
}

#[test]
fn tokens_that_rotate() {
    let rotating = |expires_at: i64| {
        keeping(Secret::new(
            json!({
                "accessToken": "xoxe.xoxb-1", "refreshToken": "xoxe-1", "expiresAt": expires_at, "installedAt": 7,
                "teamId": "T1", "teamName": "Acme",
            })
            .to_string(),
        ))
    };
    let renewed = || said(json!({ "access_token": "xoxe.xoxb-2", "refresh_token": "xoxe-2", "expires_in": 43_200 }));
    for (label, tokens, answers, calls) in [
        ("good for long", rotating(NOW_S + 3_600), vec![Ok(accepted(TS))], vec!["xoxe.xoxb-1"]),
        ("about to end", rotating(NOW_S + 200), vec![renewed(), Ok(accepted(TS))], vec!["basic", "xoxe.xoxb-2"]),
        (
            "ended",
            rotating(NOW_S + 3_600),
            vec![refused("token_expired"), renewed(), Ok(accepted(TS))],
            vec!["xoxe.xoxb-1", "basic", "xoxe.xoxb-2"],
        ),
    ] {
        let (outcome, requests) = send(&context(), &tokens, answers);
        assert!(outcome.is_ok(), "{label}: {outcome:?}");
        let made: Vec<_> = requests
            .iter()
            .map(|request| match request.headers["authorization"].to_str().unwrap() {
                "Basic MS4yOmMtc2VjcmV0" => {
                    assert_eq!(request.body, "grant_type=refresh_token&refresh_token=xoxe-1");
                    "basic"
                }
                bearer => bearer.strip_prefix("Bearer ").unwrap(),
            })
            .collect();
        assert_eq!(made, calls, "{label}");
        let kept = block_on(tokens.get(&"tenant-1".into(), "slack/T1")).unwrap();
        assert_eq!(kept.expose().contains("xoxe-2"), calls.len() > 1, "{label}: the new one is kept");
        assert!(kept.expose().contains("Acme"), "{label}: with what was known");
    }
}

#[test]
fn nothing_is_said_twice() {
    let again = SendContext { earlier_attempts: 1, ..context() };
    let tokens = keeping(installation());
    let history = |found: bool| {
        let id = if found { id("T1:U1", 0) } else { "other".to_owned() };
        said(json!({ "messages": [
            { "ts": "9.9", "text": "x" },
            { "ts": TS, "metadata": { "event_type": "universal_messaging", "event_payload": { "id": id } } },
        ] }))
    };
    let asked = format!(
        "https://slack.com/api/conversations.history?channel=D1&oldest={}&limit=200&include_all_metadata=true",
        NOW_S - 60
    );
    let (outcome, requests) = send(&again, &tokens, vec![history(true)]);
    let sent = outcome.unwrap();
    assert_eq!((sent.already, sent.message_ids), (true, vec![format!("D1:{TS}")]));
    assert_eq!(requests[0].url, asked);

    let (outcome, requests) = send(&again, &tokens, vec![history(false), Ok(accepted("8.8"))]);
    assert_eq!(outcome.unwrap().message_ids, ["D1:8.8"]);
    assert_eq!(requests[1].url, "https://slack.com/api/chat.postMessage");
    assert!(requests.iter().all(|request| request.headers.keys().all(|name| !name.as_str().starts_with("um-"))));

    let (outcome, _) = send(&again, &tokens, vec![refused("missing_scope"), Ok(accepted("8.8"))]);
    assert!(outcome.is_ok(), "where we may not read, nobody knows");
    let (outcome, _) = send(&again, &tokens, vec![Ok(Response::new(503))]);
    assert_eq!(outcome.unwrap_err().kind, SendErrorKind::Unavailable, "later, then");
}

#[test]
fn what_was_taken_is_sought_where_it_would_be() {
    let history = |guest: &str| {
        let metadata = json!({ "event_payload": { "id": id(guest, 0) } });
        said(json!({ "messages": [{ "ts": TS, "metadata": metadata }] }))
    };
    let opened = said(json!({ "channel": { "id": "D1" } }));
    for (guest, answers, urls, found) in [
        (
            "T1:U1",
            vec![opened, history("T1:U1")],
            vec!["conversations.open", "conversations.history?channel=D1"],
            format!("D1:{TS}"),
        ),
        (THREAD, vec![history(THREAD)], vec!["conversations.replies?channel=C1"], format!("C1:{TS}")),
    ] {
        let context = SendContext { earlier_attempts: 1, now: now(), ..SendContext::default() };
        let message = contract::Outbound { to: guest.into(), ..message(vec![Content::text("hi")]) };
        let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new(answers));
        let (settings, tokens) = (parse_settings(&settings()).unwrap(), keeping(installation()));
        let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
        let sent = block_on(Slack.send(&io, &rendered(&message, &context).steps[0])).unwrap();
        assert_eq!((sent.already, sent.message_ids), (true, vec![found]), "{guest}");
        let asked = script.finish();
        assert_eq!(asked.len(), urls.len(), "{guest}");
        for (request, url) in asked.iter().zip(urls) {
            assert!(request.url.starts_with(&format!("https://slack.com/api/{url}")), "{guest}: {}", request.url);
        }
        let thread = guest == THREAD;
        assert_eq!(asked.last().unwrap().url.contains("&ts=1767225000.000100"), thread, "{guest}: in the thread");
    }
}
