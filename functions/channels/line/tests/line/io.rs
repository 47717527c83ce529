//! Files, profiles, and the look at the account.

use std::time::Duration;

use conformance::{Answer, Script};
use contract::{
    AnyChannel, AnyConnector, Attachment, Clock, Fetched, Guest, Io, MediaKind, MemoryTokens, Profile, SelfTest,
    SendError, SendErrorKind, TenantId, http::Response,
};
use futures::executor::block_on;
use line::Line;
use serde_json::{Value, json};

use crate::fixture::{GROUP, GUEST, now, refused, settings};

/// Runs something with a long-lived token, so that the table needs no other answers than its own; and the addresses that
/// were asked.
fn with<T>(answers: Vec<Answer>, run: impl AsyncFnOnce(&Io<'_, Value>) -> T) -> (T, Vec<String>) {
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new(answers));
    let tokens = MemoryTokens::new(clock.clone());
    let mut settings = settings();
    settings["channelAccessToken"] = "long-lived".into();
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let outcome = block_on(run(&io));
    let requests = script.finish();
    assert!(requests.iter().all(|request| request.headers["authorization"] == "Bearer long-lived"));
    (outcome, requests.into_iter().map(|request| request.url).collect())
}

fn bytes(mime: &str) -> Answer {
    Ok(Response::new(200).header("content-type", mime).body("bytes"))
}

fn transcoding(status: &str) -> Answer {
    Ok(Response::new(200).json(&json!({ "status": status })))
}

#[test]
fn files() {
    const CONTENT: &str = "https://api-data.line.me/v2/bot/message/444/content";
    const TRANSCODING: &str = "https://api-data.line.me/v2/bot/message/444/content/transcoding";
    use MediaKind::*;
    use SendErrorKind::*;
    let too_large = || Err(SendError::new(TooLarge));
    for (label, kind, answers, urls, expected) in [
        ("a picture", Image, vec![bytes("image/jpeg")], vec![CONTENT], Ok("image/jpeg")),
        ("a file", File, vec![bytes("application/pdf")], vec![CONTENT], Ok("application/pdf")),
        (
            "a film",
            Video,
            vec![transcoding("succeeded"), bytes("video/mp4")],
            vec![TRANSCODING, CONTENT],
            Ok("video/mp4"),
        ),
        (
            "a film that is not ready",
            Video,
            vec![transcoding("processing")],
            vec![TRANSCODING],
            Err((Unavailable, Some(2))),
        ),
        ("a film that failed", Video, vec![transcoding("failed")], vec![TRANSCODING], Err((MediaUnavailable, None))),
        (
            "a sound",
            Audio,
            vec![transcoding("succeeded"), bytes("audio/mp4")],
            vec![TRANSCODING, CONTENT],
            Ok("audio/mp4"),
        ),
        ("a sound long gone", Audio, vec![refused(404, "Not found")], vec![TRANSCODING], Err((MediaUnavailable, None))),
        ("not ready", Image, vec![Ok(Response::new(202))], vec![CONTENT], Err((Unavailable, Some(1)))),
        ("long gone", Image, vec![refused(404, "Not found")], vec![CONTENT], Err((MediaUnavailable, None))),
        ("gone for good", Image, vec![refused(410, "Gone")], vec![CONTENT], Err((MediaUnavailable, None))),
        ("too large", Image, vec![too_large()], vec![CONTENT], Err((TooLarge, None))),
        ("down", Image, vec![refused(500, "no")], vec![CONTENT], Err((Unavailable, None))),
        ("refused", Image, vec![refused(401, "no")], vec![CONTENT], Err((Unauthorized, None))),
    ] {
        let reference = format!("{{\"id\":\"444\",\"kind\":\"{}\"}}", kind.word());
        let file = Attachment { name: Some("n".to_owned()), ..Attachment::on_network(kind, reference) };
        let (outcome, asked) = with(answers, async |io| Line.fetch(io, &file).await);
        assert_eq!(asked, urls, "{label}");
        match expected {
            Ok(mime) => {
                let fetched =
                    Fetched { bytes: "bytes".into(), mime: Some(mime.to_owned()), name: Some("n".to_owned()) };
                assert_eq!(outcome, Ok(fetched), "{label}");
            }
            Err((kind, wait)) => {
                let error = outcome.expect_err(label);
                assert_eq!((error.kind, error.retry_after), (kind, wait.map(Duration::from_secs)), "{label}");
            }
        }
    }
}

#[test]
fn references_that_are_not_ours_are_not_followed() {
    for reference in ["", "444", "{\"id\":\"../../../evil\",\"kind\":\"image\"}", "{\"id\":\"\",\"kind\":\"image\"}"] {
        let file = Attachment::on_network(MediaKind::Image, reference);
        let (outcome, _) = with(vec![], async |io| Line.fetch(io, &file).await);
        assert_eq!(outcome.expect_err(reference).kind, SendErrorKind::MediaUnavailable);
    }
}

#[test]
fn profiles() {
    let brown = json!({
        "userId": GUEST, "displayName": "Brown", "pictureUrl": "https://p.example/1", "statusMessage": "hi",
        "language": "ja",
    });
    let known = Profile {
        nickname: Some("Brown".to_owned()),
        image_url: Some("https://p.example/1".to_owned()),
        attributes: [("locale".to_owned(), "ja".to_owned())].into(),
        ..Profile::default()
    };
    let found = || Ok(Response::new(200).json(&brown));
    let writer = || Some(GUEST.to_owned());
    let base = "https://api.line.me/v2/bot";
    for (label, guest, answers, urls, expected) in [
        (
            "a friend",
            Guest::person(GUEST),
            vec![found()],
            vec![format!("{base}/profile/{GUEST}")],
            Ok(Some(known.clone())),
        ),
        (
            "somebody in a group",
            Guest::in_group(GROUP, writer()),
            vec![found()],
            vec![format!("{base}/group/{GROUP}/member/{GUEST}")],
            Ok(Some(known.clone())),
        ),
        (
            "somebody in a room",
            Guest::in_group("R1", writer()),
            vec![found()],
            vec![format!("{base}/room/R1/member/{GUEST}")],
            Ok(Some(known)),
        ),
        ("nobody in particular", Guest::in_group(GROUP, None), vec![], vec![], Ok(None)),
        ("an id that is none", Guest::person("U/../x?"), vec![], vec![], Ok(None)),
        (
            "somebody who blocked the account",
            Guest::person(GUEST),
            vec![refused(404, "Not found")],
            vec![format!("{base}/profile/{GUEST}")],
            Ok(None),
        ),
        (
            "LINE is down",
            Guest::person(GUEST),
            vec![refused(500, "no")],
            vec![format!("{base}/profile/{GUEST}")],
            Err(SendErrorKind::Unavailable),
        ),
    ] {
        let (outcome, asked) = with(answers, async |io| Line.profile(io, &guest).await);
        assert_eq!(asked, urls, "{label}");
        assert_eq!(outcome.map_err(|error| error.kind), expected, "{label}");
    }
}

#[test]
fn a_look_at_the_account() {
    let ok = |body: Value| -> Answer { Ok(Response::new(200).json(&body)) };
    let look = |basic_id: &str, mode: &str, quota: Value, endpoint: Answer| {
        let answers = vec![
            ok(
                json!({ "userId": "U1", "basicId": basic_id, "displayName": "Acme", "chatMode": mode, "markAsReadMode": "auto" }),
            ),
            ok(quota),
            ok(json!({ "totalUsage": 412 })),
            endpoint,
        ];
        with(answers, async |io| Line.self_test(io).await).0.unwrap()
    };
    let limited = |value: u32| json!({ "type": "limited", "value": value });
    let active = |active: bool| ok(json!({ "endpoint": "https://um.example/line/t", "active": active }));
    let SelfTest { found, warnings } = look("@acme", "bot", limited(1_000), active(true));
    assert_eq!(found, "@acme (Acme), 412 of 1000 messages used");
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("Webhook redelivery"));
    let SelfTest { found, .. } = look("@acme", "bot", json!({ "type": "none" }), active(true));
    assert_eq!(found, "@acme (Acme), 412 messages used, no limit");
    for (label, test, word) in [
        ("another account", look("@other", "bot", limited(1_000), active(true)), "belongs to @other"),
        ("staff answer", look("@acme", "chat", limited(1_000), active(true)), "Chat is switched on"),
        ("used up", look("@acme", "bot", limited(412), active(true)), "used up"),
        ("webhooks are off", look("@acme", "bot", limited(1_000), active(false)), "is off"),
        ("no webhook", look("@acme", "bot", limited(1_000), refused(404, "Not found")), "No webhook URL"),
    ] {
        assert!(test.warnings.iter().any(|warning| warning.contains(word)), "{label}: {:?}", test.warnings);
    }
    let (refusal, _) = with(vec![refused(401, "no")], async |io| Line.self_test(io).await);
    assert_eq!(refusal.unwrap_err().kind, SendErrorKind::Unauthorized);
}
