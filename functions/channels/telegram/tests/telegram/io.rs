//! Files, profiles, the webhook's registration, and the look at the bot.

use conformance::{Answer, Script};
use contract::{
    AnyChannel, AnyConnector, Attachment, Clock, Fetched, Guest, Io, MediaKind, MemoryTokens, Place, Profile,
    ProvisionStatus, Provisioned, SelfTest, SendError, SendErrorKind, TenantId,
    http::{Request, Response},
};
use futures::executor::block_on;
use serde_json::{Value, json};
use telegram::Telegram;

use crate::fixture::{GROUP, GUEST, NOW_S, SECRET_TOKEN, TOKEN, now, profile, refused, settings};

/// Runs something; and what was asked, as method and parameters.
fn with<T>(answers: Vec<Answer>, run: impl AsyncFnOnce(&Io<'_, Value>) -> T) -> (T, Vec<(String, Value)>) {
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new(answers));
    let (tokens, settings) = (MemoryTokens::new(clock.clone()), settings());
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let outcome = block_on(run(&io));
    let asked = |request: Request| {
        let root = format!("https://api.telegram.org/bot{TOKEN}/");
        let path = request.url.strip_prefix(&root).unwrap_or(&request.url).to_owned();
        (path, serde_json::from_slice(&request.body).unwrap_or_default())
    };
    (outcome, script.finish().into_iter().map(asked).collect())
}

fn ok(result: Value) -> Answer {
    Ok(Response::new(200).json(&json!({ "ok": true, "result": result })))
}

#[test]
fn files() {
    use SendErrorKind::*;
    let url = format!("https://api.telegram.org/file/bot{TOKEN}/documents/file_1.pdf");
    let found = |path: &str| ok(json!({ "file_id": "F", "file_unique_id": "u", "file_size": 5, "file_path": path }));
    let here = || found("documents/file_1.pdf");
    let bytes = || Ok(Response::new(200).header("content-type", "application/octet-stream").body("bytes"));
    let ask = ("getFile".to_owned(), json!({ "file_id": "F" }));
    let both = vec![ask.clone(), (url, Value::Null)];
    let asked = vec![ask];
    let ok_file = || {
        Ok(Fetched { bytes: "bytes".into(), mime: Some("application/pdf".to_owned()), name: Some("n.pdf".to_owned()) })
    };
    for (label, size, answers, requests, expected) in [
        ("a file", Some(5), vec![here(), bytes()], both.clone(), ok_file()),
        ("a file of unknown size", None, vec![here(), bytes()], both.clone(), ok_file()),
        ("a file that is too big for bots", Some(21_000_000), vec![], vec![], Err(TooLarge)),
        (
            "a file that turns out too big",
            None,
            vec![refused(400, "Bad Request: file is too big")],
            asked.clone(),
            Err(TooLarge),
        ),
        (
            "a file of which Telegram says so late",
            None,
            vec![ok(json!({ "file_path": "a", "file_size": 21_000_000 }))],
            asked.clone(),
            Err(TooLarge),
        ),
        ("more bytes than were told", None, vec![here(), Err(TooLarge.into())], both.clone(), Err(TooLarge)),
        (
            "a file that is gone",
            None,
            vec![refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")],
            asked.clone(),
            Err(MediaUnavailable),
        ),
        ("a path that has run out", None, vec![here(), Ok(Response::new(404))], both.clone(), Err(MediaUnavailable)),
        ("no path", None, vec![ok(json!({ "file_id": "F" }))], asked.clone(), Err(MediaUnavailable)),
        ("a path out of the folder", None, vec![found("a/../../bot1:x/getMe")], asked.clone(), Err(MediaUnavailable)),
        ("a path on a server's disk", None, vec![found("/var/lib/a")], asked.clone(), Err(MediaUnavailable)),
        ("a path with a question", None, vec![found("a?b")], asked.clone(), Err(MediaUnavailable)),
        ("down", None, vec![refused(500, "Internal Server Error")], asked.clone(), Err(Unavailable)),
        ("revoked", None, vec![refused(401, "Unauthorized")], asked, Err(Unauthorized)),
        ("broken", None, vec![here(), Err(Connection.into())], both, Err(Connection)),
    ] {
        let size = size.map(|size| format!(",\"size\":{size}")).unwrap_or_default();
        let file = Attachment {
            name: Some("n.pdf".to_owned()),
            mime: Some("application/pdf".to_owned()),
            ..Attachment::on_network(MediaKind::File, format!("{{\"fileId\":\"F\"{size}}}"))
        };
        let (outcome, made) = with(answers, async |io| Telegram.fetch(io, &file).await);
        assert_eq!(made, requests, "{label}");
        assert_eq!(outcome.map_err(|error: SendError| error.kind), expected, "{label}");
    }
}

/// A file of a guest's that looks like a refusal of Telegram's is a file.
#[test]
fn a_file_may_say_anything() {
    let body = "{\"ok\":false,\"error_code\":429}";
    let answers = vec![ok(json!({ "file_path": "documents/a.json" })), Ok(Response::new(200).body(body))];
    let file = Attachment::on_network(MediaKind::File, "{\"fileId\":\"F\"}");
    let fetched = with(answers, async |io| Telegram.fetch(io, &file).await).0.unwrap();
    assert_eq!((fetched.bytes.as_ref(), fetched.name.as_deref()), (body.as_bytes(), Some("a.json")));
}

#[test]
fn references_that_are_not_ours_are_not_followed() {
    let elsewhere = Attachment::at_url(MediaKind::Image, "https://x.example/a.jpg");
    let files = ["", "F", "{\"id\":\"F\"}"].map(|reference| Attachment::on_network(MediaKind::Image, reference));
    for file in files.into_iter().chain([elsewhere]) {
        let (outcome, _) = with(vec![], async |io| Telegram.fetch(io, &file).await);
        assert_eq!(outcome.unwrap_err().kind, SendErrorKind::MediaUnavailable, "{file:?}");
    }
}

#[test]
fn profiles() {
    let chat =
        json!({ "id": 42, "type": "private", "first_name": "Ann", "last_name": "Li", "username": "annli", "bio": "x" });
    let known = Profile { attributes: [("username".to_owned(), "annli".to_owned())].into(), ..profile() };
    let asked = || vec![("getChat".to_owned(), json!({ "chat_id": 42 }))];
    let gone = || refused(400, "Bad Request: chat not found");
    for (label, guest, answers, requests, expected) in [
        ("somebody unnamed", Guest::person(GUEST), vec![ok(chat)], asked(), Ok(Some(known))),
        (
            "somebody whose name was told",
            Guest { profile: profile(), ..Guest::person(GUEST) },
            vec![],
            vec![],
            Ok(None),
        ),
        ("somebody in a group", Guest::in_group(GROUP, Some("42".to_owned())), vec![], vec![], Ok(None)),
        ("nobody in particular", Guest::in_group(GROUP, None), vec![], vec![], Ok(None)),
        ("somebody unknown", Guest::person(GUEST), vec![gone()], asked(), Ok(None)),
        ("Telegram is down", Guest::person(GUEST), vec![refused(500, "no")], asked(), Err(SendErrorKind::Unavailable)),
    ] {
        let (outcome, made) = with(answers, async |io| Telegram.profile(io, &guest).await);
        assert_eq!(made, requests, "{label}");
        assert_eq!(outcome.map_err(|error| error.kind), expected, "{label}");
    }
}

fn me() -> Answer {
    ok(json!({
        "id": 110_201_543, "is_bot": true, "first_name": "Acme", "username": "acme_bot", "can_join_groups": true,
        "can_read_all_group_messages": true,
    }))
}

fn place() -> Place {
    Place { webhook_url: "https://um.example/telegram/tenant-1".to_owned(), tenant_name: "Acme".to_owned() }
}

#[test]
fn the_webhook_is_registered() {
    let set = json!({
        "url": "https://um.example/telegram/tenant-1?bot=acme_bot",
        "secret_token": SECRET_TOKEN,
        "allowed_updates": [
            "message", "edited_message", "callback_query", "my_chat_member", "message_reaction", "poll_answer",
        ],
    });
    let register = |answers| with(answers, async |io| Telegram.provision(io, &place()).await);
    let requests = vec![("getMe".to_owned(), json!({})), ("setWebhook".to_owned(), set)];
    let (done, asked) = register(vec![me(), ok(json!(true))]);
    let settings = serde_json::Map::from_iter([("botUsername".to_owned(), json!("acme_bot"))]);
    assert_eq!(done, Ok(Provisioned { settings, status: ProvisionStatus::Ready }));
    assert_eq!(asked, requests);
    let bad = "Bad Request: bad webhook: IP address 10.0.0.1 is reserved";
    let (done, _) = register(vec![me(), refused(400, bad)]);
    let detail = "Telegram refused the webhook: bad webhook: IP address 10.0.0.1 is reserved.".to_owned();
    assert_eq!(done.unwrap().status, ProvisionStatus::Failed { detail });
    let (refusal, _) = register(vec![refused(401, "Unauthorized")]);
    assert_eq!(refusal.unwrap_err().kind, SendErrorKind::Unauthorized);
    let (busy, _) = register(vec![me(), refused(429, "Too Many Requests: retry after 1")]);
    assert_eq!(busy.unwrap_err().kind, SendErrorKind::RateLimited);
}

#[test]
fn the_webhook_is_taken_back_if_it_is_ours() {
    let info = |url: &str| ok(json!({ "url": url, "has_custom_certificate": false, "pending_update_count": 0 }));
    let look = || ("getWebhookInfo".to_owned(), json!({}));
    let delete = || ("deleteWebhook".to_owned(), json!({ "drop_pending_updates": false }));
    for (label, answers, requests, expected) in [
        (
            "ours",
            vec![info("https://um.example/telegram/tenant-1?bot=acme_bot"), ok(json!(true))],
            vec![look(), delete()],
            Ok(()),
        ),
        ("another tenant's", vec![info("https://um.example/telegram/tenant-10")], vec![look()], Ok(())),
        ("another system's", vec![info("https://other.example/hook")], vec![look()], Ok(())),
        ("none", vec![info("")], vec![look()], Ok(())),
        ("a token that was revoked", vec![refused(401, "Unauthorized")], vec![look()], Ok(())),
        ("Telegram is down", vec![refused(500, "no")], vec![look()], Err(SendErrorKind::Unavailable)),
    ] {
        let (outcome, made) = with(answers, async |io| Telegram.deprovision(io).await);
        assert_eq!(made, requests, "{label}");
        assert_eq!(outcome.map_err(|error| error.kind), expected, "{label}");
    }
}

#[test]
fn a_look_at_the_bot() {
    let ours = "https://um.example/telegram/tenant-1?bot=acme_bot";
    let look = |me: Answer, webhook: Value| with(vec![me, ok(webhook)], async |io| Telegram.self_test(io).await).0;
    let SelfTest { found, warnings } = look(me(), json!({ "url": ours, "pending_update_count": 0 })).unwrap();
    assert_eq!((found.as_str(), warnings), ("@acme_bot (Acme)", vec![]));
    let private = ok(json!({
        "first_name": "Acme", "username": "acme_bot", "can_join_groups": true, "can_read_all_group_messages": false,
    }));
    let failing = |ago: i64| {
        json!({
            "url": ours, "pending_update_count": 3, "last_error_date": NOW_S - ago,
            "last_error_message": "Wrong response from the webhook: 503 Service Unavailable",
        })
    };
    for (label, bot, webhook, word) in [
        ("no webhook", me(), json!({ "url": "" }), "No webhook is registered"),
        ("another webhook", me(), json!({ "url": "https://other.example/hook" }), "another webhook"),
        ("failing", me(), failing(60), "503 Service Unavailable (3 waiting)"),
        ("hears little in groups", private, json!({ "url": ours }), "/setprivacy"),
    ] {
        let test = look(bot, webhook).unwrap();
        assert!(test.warnings.len() == 1 && test.warnings[0].contains(word), "{label}: {:?}", test.warnings);
    }
    assert_eq!(look(me(), failing(7_200)).unwrap().warnings, [""; 0], "long ago");
    let (refusal, _) = with(vec![refused(404, "Not Found")], async |io| Telegram.self_test(io).await);
    assert_eq!(refusal.unwrap_err().kind, SendErrorKind::Unauthorized);
}
