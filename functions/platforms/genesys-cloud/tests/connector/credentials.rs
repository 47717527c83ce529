//! Tokens, pacing, conversations, the self-test: what is asked, what is said.

use std::time::Duration;

use contract::{Connector, Content, CxPlatform, PlatformState, SendErrorKind, TokenCache, http::Response};
use futures::executor::block_on;
use genesys_cloud::GenesysCloud;
use serde_json::{Value, json};

use crate::fixture::{
    Bench, CONVERSATION, INTEGRATION, TOKEN_NAME, context, granted, inbound, lines, ok, refused, settings,
    settings_with,
};

#[test]
fn a_token_lives_as_long_as_it_says() {
    let open = || ok(json!({ "id": CONVERSATION, "participants": [] }));
    let bench = Bench::without_token(
        &settings(),
        [
            granted(),
            open(),
            open(),
            ok(json!({ "access_token": "token-2", "expires_in": 300 })),
            open(),
            granted(),
            open(),
        ],
    );
    let ask = || block_on(GenesysCloud::default().conversation_state(&bench.io(), CONVERSATION)).unwrap();
    ask();
    bench.clock.advance(Duration::from_secs(86_300));
    ask();
    bench.clock.advance(Duration::from_secs(80));
    ask();
    bench.clock.advance(Duration::from_secs(280));
    ask();
    let used: Vec<String> = bench
        .script
        .finish()
        .iter()
        .filter_map(|request| {
            request.headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").map(str::to_owned)
        })
        .collect();
    assert_eq!(used, ["token-1", "token-1", "token-2", "token-1"], "kept, renewed before its end, by its own life");
}

#[test]
fn a_refused_token_is_forgotten() {
    let bench = Bench::new(&settings(), [Ok(Response::new(401)), refused(400, "", "")]);
    let error = block_on(GenesysCloud::default().conversation_state(&bench.io(), CONVERSATION)).unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Unauthorized);
    assert!(block_on(bench.tokens.get(&bench.tenant, TOKEN_NAME)).is_none());
    bench.script.finish();
}

#[test]
fn refusals_speak() {
    for (answer, code, says) in [
        (
            refused(400, "bad.request", "the text was: my password"),
            "400 bad.request (contextId ctx-1)",
            "Genesys Cloud refused this message.",
        ),
        (
            refused(
                403,
                "missing.any.permissions",
                "You must have at least one of: [conversation:message:receive, messaging:x:y]",
            ),
            "403 missing.any.permissions (contextId ctx-1)",
            "lacks a permission in Genesys Cloud: conversation:message:receive, messaging:x:y.",
        ),
        (Ok(Response::new(403)), "403", "lacks a permission in Genesys Cloud: conversation:message:receive."),
        (refused(404, "not.found", "?"), "404 not.found (contextId ctx-1)", "does not exist in Genesys Cloud"),
        (
            Ok(Response::new(500).header("inin-correlation-id", "corr-1")),
            "500 (contextId corr-1)",
            "Genesys Cloud is not available.",
        ),
    ] {
        let bench = Bench::new(&settings(), [answer]);
        let platform = GenesysCloud::default();
        let call = &platform.render(&inbound(Content::text("my password")), &bench.settings, &context()).steps[0];
        let error = block_on(platform.send(&bench.io(), call)).unwrap_err();
        assert_eq!(error.code.as_deref(), Some(code));
        assert!(error.sentence.contains(says), "{}", error.sentence);
        assert!(!error.sentence.contains("password"));
    }
}

#[test]
fn a_tenant_without_integration_sends_nothing() {
    let bench = Bench::new(&settings_with(json!({ "integrationId": null })), []);
    let platform = GenesysCloud::default();
    let call = &platform.render(&inbound(Content::text("a")), &bench.settings, &context()).steps[0];
    let error = block_on(platform.send(&bench.io(), call)).unwrap_err();
    assert!(error.retryable() && error.sentence.contains("has not been created yet"), "{error}");
}

#[test]
fn a_tenants_own_pace() {
    let taken = || ok(json!({ "id": "g" }));
    let bench = Bench::new(&settings_with(json!({ "requestsPerMinute": 2 })), [taken(), taken(), taken()]);
    let platform = GenesysCloud::default();
    let call = &platform.render(&inbound(Content::text("a")), &bench.settings, &context()).steps[0];
    let send = || block_on(platform.send(&bench.io(), call));
    send().unwrap();
    bench.clock.advance(Duration::from_secs(20));
    send().unwrap();
    let error = send().unwrap_err();
    assert_eq!((error.kind, error.retry_after), (SendErrorKind::RateLimited, Some(Duration::from_secs(40))));
    bench.clock.advance(Duration::from_secs(40));
    send().unwrap();
    send().unwrap_err();
    assert_eq!(bench.script.finish().len(), 3, "what is refused makes no request");
}

#[test]
fn conversations_end() {
    let customer = |more: Value| {
        let mut participant = json!({ "id": "p1", "purpose": "customer" });
        for (name, value) in more.as_object().unwrap() {
            participant[name] = value.clone();
        }
        participant
    };
    let agent = json!({ "purpose": "agent", "state": "disconnected", "endTime": "2026-01-01T00:00:00Z" });
    let connected = || customer(json!({ "state": "connected" }));
    for (label, answer, expected) in [
        ("open", ok(json!({ "participants": [connected(), agent] })), PlatformState::Open),
        (
            "left",
            ok(json!({ "participants": [customer(json!({ "state": "disconnected" })), agent] })),
            PlatformState::Closed,
        ),
        (
            "ended",
            ok(json!({ "participants": [customer(json!({ "endTime": "2026-01-01T00:00:00Z" }))] })),
            PlatformState::Closed,
        ),
        (
            "came back",
            ok(json!({ "participants": [customer(json!({ "state": "terminated" })), connected()] })),
            PlatformState::Open,
        ),
        (
            "over",
            ok(json!({ "participants": [connected()], "endTime": "2026-01-01T00:00:00Z" })),
            PlatformState::Closed,
        ),
        ("nobody yet", ok(json!({ "participants": [agent] })), PlatformState::Open),
        ("unknown", refused(404, "not.found", ""), PlatformState::Closed),
    ] {
        let bench = Bench::new(&settings(), [answer]);
        let state = block_on(GenesysCloud::default().conversation_state(&bench.io(), CONVERSATION)).unwrap();
        assert_eq!(state, expected, "{label}");
        assert_eq!(lines(bench.script.finish()), [format!("GET /api/v2/conversations/messages/{CONVERSATION}")]);
    }
    let bench = Bench::new(&settings(), [Ok(Response::new(503))]);
    let error = block_on(GenesysCloud::default().conversation_state(&bench.io(), CONVERSATION)).unwrap_err();
    assert!(error.retryable(), "not knowing is not closed");
}

#[test]
fn self_tests() {
    let path = format!("GET /api/v2/conversations/messaging/integrations/open/{INTEGRATION}");
    let good = json!({
        "id": INTEGRATION, "name": "UM acme", "status": "Active", "createStatus": "Completed",
        "outboundNotificationWebhookUrl": "https://um.example/openmessaging/tenant-1",
        "supportedContent": { "id": "s" }, "messagingSetting": { "id": "m" },
    });
    let look = |settings: &Value, answer| {
        let bench = Bench::new(settings, [answer]);
        let outcome = block_on(GenesysCloud::default().self_test(&bench.io()));
        (outcome, lines(bench.script.finish()))
    };
    let (outcome, asked) = look(&settings(), ok(good.clone()));
    let outcome = outcome.unwrap();
    assert_eq!(asked, [path]);
    assert_eq!(outcome.found, format!("Open Messaging integration \"UM acme\" ({INTEGRATION}) in mypurecloud.jp."));
    assert_eq!(outcome.warnings, [] as [&str; 0]);

    let mut odd = good;
    odd["status"] = "inactive".into();
    odd["createStatus"] = "Initiated".into();
    odd["outboundNotificationWebhookUrl"] = "https://elsewhere.example/hook".into();
    odd["supportedContent"] = Value::Null;
    odd["messagingSetting"] = Value::Null;
    let warnings = look(&settings(), ok(odd)).0.unwrap().warnings;
    assert_eq!(warnings.len(), 5, "{warnings:?}");

    let (outcome, asked) = look(&settings_with(json!({ "integrationId": null })), ok(json!({ "entities": [] })));
    assert_eq!(asked, ["GET /api/v2/conversations/messaging/integrations/open?pageSize=1&pageNumber=1"]);
    assert!(outcome.unwrap().found.contains("is created when the tenant is saved"));

    let error = look(&settings(), Ok(Response::new(403))).0.unwrap_err();
    assert!(error.sentence.contains("messaging:integration:all"), "{error}");
    let error = look(&settings(), refused(404, "not.found", "")).0.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Forbidden);
    assert!(error.sentence.contains("does not exist"), "{error}");

    let bench = Bench::without_token(&settings(), [Ok(Response::new(401).json(&json!({ "error": "invalid_client" })))]);
    let error = block_on(GenesysCloud::default().self_test(&bench.io())).unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (SendErrorKind::Unauthorized, Some("401 invalid_client")));
    assert!(error.sentence.contains("Client Secret") && !error.sentence.contains("secret-1"), "{error}");
}
