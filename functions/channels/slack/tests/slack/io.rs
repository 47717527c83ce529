//! Files, profiles, and the look at the app.

use conformance::{Answer, Script};
use contract::{
    AnyChannel, AnyConnector, Attachment, Clock, Fetched, Guest, Io, MediaKind, MemoryTokens, SendError, SendErrorKind,
    TenantId, TokenCache,
    http::{Request, Response},
};
use futures::executor::block_on;
use serde_json::{Value, json};
use slack::Slack;

use crate::fixture::{THREAD, now, refused, said, settings, tokens};

/// Runs something in a workspace that has the app; and the requests that were made.
fn with<T>(answers: Vec<Answer>, run: impl AsyncFnOnce(&Io<'_, Value>) -> T) -> (T, Vec<Request>, MemoryTokens) {
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new(answers));
    let cache = MemoryTokens::new(clock.clone());
    for (name, token) in tokens() {
        block_on(cache.put(&tenant, &name, &token, jiff::Timestamp::MAX));
    }
    let settings = settings();
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &cache, clock: &clock };
    let outcome = block_on(run(&io));
    (outcome, script.finish(), cache)
}

#[test]
fn files() {
    use SendErrorKind::*;
    const URL: &str = "https://files.slack.com/files-pri/T1-F1/download/a.png";
    const INFO: &str = "https://slack.com/api/files.info?file=F1";
    let bytes = |mime: &str| Ok(Response::new(200).header("content-type", mime).body("bytes"));
    let known = format!("{{\"install\":\"T1\",\"id\":\"F1\",\"url\":\"{URL}\"}}");
    let unknown = "{\"install\":\"T1\",\"id\":\"F1\"}".to_owned();
    let elsewhere = "{\"install\":\"T1\",\"id\":\"F1\",\"url\":\"https://evil.example/a\"}".to_owned();
    let stranger = known.replace("\"T1\"", "\"T9\"");
    for (label, reference, answers, urls, expected) in [
        ("a picture", &known, vec![bytes("image/png; charset=x")], vec![URL], Ok("image/png")),
        (
            "a file of which only the id was told",
            &unknown,
            vec![said(json!({ "file": { "id": "F1", "url_private_download": URL } })), bytes("image/png")],
            vec![INFO, URL],
            Ok("image/png"),
        ),
        ("a file that is gone", &unknown, vec![refused("file_not_found")], vec![INFO], Err(MediaUnavailable)),
        ("the login page", &known, vec![bytes("text/html; charset=utf-8")], vec![URL], Err(MediaUnavailable)),
        ("the way to the login page", &known, vec![Ok(Response::new(302))], vec![URL], Err(MediaUnavailable)),
        ("long gone", &known, vec![Ok(Response::new(404))], vec![URL], Err(MediaUnavailable)),
        ("down", &known, vec![Ok(Response::new(500))], vec![URL], Err(Unavailable)),
        ("too fast", &known, vec![Ok(Response::new(429))], vec![URL], Err(RateLimited)),
        ("too large", &known, vec![Err(SendError::new(TooLarge))], vec![URL], Err(TooLarge)),
        ("a token for somebody else", &elsewhere, vec![], vec![], Err(MediaUnavailable)),
        ("a workspace without the app", &stranger, vec![], vec![], Err(Unauthorized)),
        ("no reference", &"F1".to_owned(), vec![], vec![], Err(MediaUnavailable)),
    ] {
        let file = Attachment { name: Some("n".to_owned()), ..Attachment::on_network(MediaKind::Image, reference) };
        let (outcome, requests, _) = with(answers, async |io| Slack.fetch(io, &file).await);
        let asked: Vec<&str> = requests.iter().map(|request| request.url.as_str()).collect();
        assert_eq!(asked, urls, "{label}");
        assert!(requests.iter().all(|request| request.headers["authorization"] == "Bearer xoxb-1"), "{label}");
        match expected {
            Ok(mime) => {
                let fetched =
                    Fetched { bytes: "bytes".into(), mime: Some(mime.to_owned()), name: Some("n".to_owned()) };
                assert_eq!(outcome, Ok(fetched), "{label}");
            }
            Err(kind) => assert_eq!(outcome.expect_err(label).kind, kind, "{label}"),
        }
    }
}

#[test]
fn profiles() {
    let user = json!({ "user": { "id": "U1", "name": "bob", "real_name": "Bob B", "profile": {
        "display_name": "bobby", "real_name": "Bob B", "first_name": "Bob", "last_name": "B", "email": "bob@acme.example",
        "image_192": "https://a.example/192.png",
    } } });
    let url = |user: &str| format!("https://slack.com/api/users.info?user={user}");
    let workspace =
        [("enterpriseId", "E1"), ("enterpriseName", "Acme Holding"), ("workspaceId", "T1"), ("workspaceName", "Acme")];
    let workspace = workspace.map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (label, guest, answers, urls, nickname) in [
        ("a person", Guest::person("T1:U1"), vec![said(user.clone())], vec![url("U1")], Some("bobby")),
        (
            "somebody in a thread",
            Guest::in_group(THREAD, Some("U1".to_owned())),
            vec![said(user.clone())],
            vec![url("U1")],
            Some("bobby"),
        ),
        (
            "somebody without a display name",
            Guest::person("T1:U1"),
            vec![said(json!({ "user": { "name": "bob", "profile": { "display_name": "", "real_name": "Bob" } } }))],
            vec![url("U1")],
            Some("Bob"),
        ),
        ("nobody in particular", Guest::in_group(THREAD, None), vec![], vec![], None),
        ("somebody unknown", Guest::person("T1:U2"), vec![refused("user_not_found")], vec![url("U2")], None),
    ] {
        let (outcome, requests, _) = with(answers, async |io| AnyChannel::profile(&Slack, io, &guest).await);
        let profile = outcome.unwrap().unwrap();
        assert_eq!(requests.into_iter().map(|request| request.url).collect::<Vec<_>>(), urls, "{label}");
        assert_eq!(profile.nickname.as_deref(), nickname, "{label}");
        assert_eq!(profile.attributes, workspace.clone().into(), "{label}");
    }
    let down =
        with(vec![Ok(Response::new(500))], async |io| AnyChannel::profile(&Slack, io, &Guest::person("T1:U1")).await);
    assert_eq!(down.0.unwrap_err().kind, SendErrorKind::Unavailable);
    let nowhere = with(vec![], async |io| AnyChannel::profile(&Slack, io, &Guest::person("x")).await);
    assert_eq!(nowhere.0.unwrap(), None);
}

#[test]
fn a_look_at_the_app() {
    let look = |answers| with(answers, async |io| AnyConnector::self_test(&Slack, io).await).0;
    let test = look(vec![refused("invalid_code"), said(json!({ "team": "Acme" }))]).unwrap();
    assert_eq!(test.found, "App A1, installed in Acme");
    assert!(test.warnings.iter().any(|warning| warning.contains("signing secret")));
    let removed = look(vec![refused("invalid_code"), refused("account_inactive")]).unwrap();
    assert_eq!(removed.found, "App A1, not installed anywhere");
    assert!(removed.warnings[0].contains("Acme has removed the app"));
    for (word, kind) in [
        ("bad_client_secret", SendErrorKind::Unauthorized),
        ("invalid_client_id", SendErrorKind::Unauthorized),
        ("ratelimited", SendErrorKind::RateLimited),
    ] {
        assert_eq!(look(vec![refused(word)]).unwrap_err().kind, kind, "{word}");
    }
    assert_eq!(look(vec![Ok(Response::new(502))]).unwrap_err().kind, SendErrorKind::Unavailable);
}

#[test]
fn a_tenant_that_is_deleted_gives_its_tokens_back() {
    let revoked = said(json!({ "revoked": true }));
    let (outcome, requests, cache) = with(vec![revoked], async |io| AnyConnector::deprovision(&Slack, io).await);
    outcome.unwrap();
    assert_eq!(requests[0].url, "https://slack.com/api/auth.revoke");
    assert_eq!(requests[0].headers["authorization"], "Bearer xoxb-1");
    assert_eq!(block_on(cache.names(&"tenant-1".into(), "slack/")), Vec::<String>::new());
}
