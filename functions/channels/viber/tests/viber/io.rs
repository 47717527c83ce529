//! Files, profiles, and the account: the look at it, its webhook.

use conformance::{Answer, Script};
use contract::{
    AnyChannel, AnyConnector, Attachment, Clock, Fetched, Guest, Io, MediaKind, MemoryTokens, Place, Profile,
    ProvisionStatus, Provisioned, SendErrorKind, TenantId,
    http::{Request, Response},
};
use futures::executor::block_on;
use serde_json::{Value, json};
use viber::Viber;

use crate::fixture::{GUEST, authorized, now, refused, settings};

const FILE: &str = "https://dl-media.viber.com/5/media/1.jpg";

/// Runs something; and the requests that were made.
fn with<T>(answers: Vec<Answer>, run: impl AsyncFnOnce(&Io<'_, Value>) -> T) -> (T, Vec<Request>) {
    let (tenant, clock, script) = (TenantId::from("tenant-1"), Clock::fixed(now()), Script::new(answers));
    let tokens = MemoryTokens::new(clock.clone());
    let settings = settings();
    let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
    let outcome = block_on(run(&io));
    (outcome, script.finish())
}

fn ok(mut body: Value) -> Answer {
    body["status"] = 0.into();
    body["status_message"] = "ok".into();
    Ok(Response::new(200).json(&body))
}

fn asks(method: &str, body: Value) -> Request {
    authorized(Request::post_json(format!("https://chatapi.viber.com/pa/{method}"), &body))
}

#[test]
fn files() {
    use SendErrorKind::*;
    let bytes = || Ok(Response::new(200).header("content-type", "image/jpeg").body("bytes"));
    for (label, url, answers, expected) in [
        ("a file", FILE, vec![bytes()], Ok("image/jpeg")),
        ("after an hour", FILE, vec![Ok(Response::new(403))], Err(MediaUnavailable)),
        ("long gone", FILE, vec![Ok(Response::new(404))], Err(MediaUnavailable)),
        ("too large", FILE, vec![Err(TooLarge.into())], Err(TooLarge)),
        ("down", FILE, vec![Ok(Response::new(503))], Err(Unavailable)),
        ("no answer", FILE, vec![Err(Timeout.into())], Err(Timeout)),
        ("nowhere", "", vec![], Err(MediaUnavailable)),
        ("not on the web", "file:///etc/passwd", vec![], Err(MediaUnavailable)),
    ] {
        let file = Attachment { name: Some("n".to_owned()), ..Attachment::on_network(MediaKind::Image, url) };
        let (outcome, asked) = with(answers, async |io| AnyChannel::fetch(&Viber, io, &file).await);
        assert!(asked.iter().all(|request| request.url == url && request.headers.is_empty()), "{label}: no token");
        let expected = expected.map(|mime| Fetched {
            bytes: "bytes".into(),
            mime: Some(mime.to_owned()),
            name: Some("n".to_owned()),
        });
        assert_eq!(outcome.map_err(|error| error.kind), expected, "{label}");
    }
}

#[test]
fn profiles() {
    let john = json!({ "message_token": 4_912_661_846_655_238_145_u64, "user": {
        "id": GUEST, "name": "John McClane", "avatar": "https://avatar.example.com/1", "country": "UK", "language": "en",
        "primary_device_os": "android 7.1", "api_version": 1, "viber_version": "6.5.0", "mcc": 1, "mnc": 1,
        "device_type": "iPhone9,4",
    } });
    let attributes = [("country", "UK"), ("deviceOS", "android 7.1"), ("deviceType", "iPhone9,4"), ("locale", "en")];
    let known = Profile {
        nickname: Some("John McClane".to_owned()),
        image_url: Some("https://avatar.example.com/1".to_owned()),
        attributes: attributes.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        ..Profile::default()
    };
    let bare = json!({ "user": { "id": GUEST, "name": "", "country": null } });
    for (label, answer, expected) in [
        ("a subscriber", ok(john), Ok(Some(known))),
        ("somebody who tells little", ok(bare), Ok(Some(Profile::default()))),
        ("nobody", refused(5, "receiverNotRegistered"), Ok(None)),
        ("no subscriber", refused(6, "receiverNotSubscribed"), Ok(None)),
        ("asked too often", refused(12, "tooManyRequests"), Err(SendErrorKind::RateLimited)),
        ("no such token", refused(2, "invalidAuthToken"), Err(SendErrorKind::Unauthorized)),
        ("Viber is down", Ok(Response::new(500)), Err(SendErrorKind::Unavailable)),
        ("an answer without the user", ok(json!({})), Err(SendErrorKind::Garbled)),
    ] {
        let guest = Guest::person(GUEST);
        let (outcome, asked) = with(vec![answer], async |io| AnyChannel::profile(&Viber, io, &guest).await);
        assert_eq!(asked, [asks("get_user_details", json!({ "id": GUEST }))], "{label}");
        assert_eq!(outcome.map_err(|error| error.kind), expected, "{label}");
    }
}

fn account(webhook: Value, events: Value) -> Answer {
    ok(json!({
        "id": "pa:75346594275468546724", "name": "Acme", "uri": "acmebot", "icon": "https://x.example", "category": "Retail",
        "country": "UK", "webhook": webhook, "event_types": events, "subscribers_count": 412, "members": [],
    }))
}

const OURS: &str = "https://um.example.com/viber/tenant-1";

#[test]
fn a_look_at_the_account() {
    let all = json!(["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"]);
    for (label, answer, words) in [
        ("as it should be", account(json!(OURS), all.clone()), None),
        ("all events", account(json!(OURS), json!([])), None),
        ("no webhook", account(json!(""), json!([])), Some("No webhook is set")),
        ("no webhook at all", account(json!(null), json!([])), Some("No webhook is set")),
        ("elsewhere", account(json!("https://other.example.com"), all), Some("go to https://other.example.com")),
        ("too few events", account(json!(OURS), json!(["delivered", "seen"])), Some("failed, subscribed")),
    ] {
        let (test, asked) = with(vec![answer], async |io| AnyConnector::self_test(&Viber, io).await);
        let test = test.expect(label);
        assert_eq!(asked, [asks("get_account_info", json!({}))]);
        assert_eq!(test.found, "acmebot (Acme), 412 subscribers");
        match words {
            None => assert_eq!(test.warnings, Vec::<String>::new(), "{label}"),
            Some(words) => assert!(test.warnings.len() == 1 && test.warnings[0].contains(words), "{:?}", test.warnings),
        }
    }
    let (test, _) = with(vec![refused(2, "invalidAuthToken")], async |io| AnyConnector::self_test(&Viber, io).await);
    assert_eq!(test.unwrap_err().kind, SendErrorKind::Unauthorized);
}

#[test]
fn the_webhook_is_registered_and_removed() {
    let place = Place { webhook_url: OURS.to_owned(), tenant_name: "Acme".to_owned() };
    let done = || ok(json!({ "event_types": [] }));
    let (provisioned, asked) = with(vec![done(), account(json!(OURS), json!([]))], async |io| {
        AnyConnector::provision(&Viber, io, &place).await
    });
    let provisioned = provisioned.unwrap();
    assert_eq!(provisioned.status, ProvisionStatus::Ready);
    assert_eq!(provisioned.settings["botUri"], "acmebot");
    let events = json!(["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"]);
    let body = json!({ "url": OURS, "event_types": events, "send_name": true, "send_photo": true });
    let mut expected = asks("set_webhook", body);
    expected.timeout = asked[0].timeout;
    assert_eq!(asked, [expected, asks("get_account_info", json!({}))]);

    let (provisioned, _) = with(vec![done(), refused(12, "tooManyRequests")], async |io| {
        AnyConnector::provision(&Viber, io, &place).await
    });
    assert_eq!(provisioned.unwrap(), Provisioned { status: ProvisionStatus::Ready, ..Provisioned::default() });

    let (provisioned, _) =
        with(vec![refused(1, "invalidUrl")], async |io| AnyConnector::provision(&Viber, io, &place).await);
    assert_eq!(provisioned.unwrap_err().sentence, "Viber does not take the address: invalidUrl.");

    let removal = || asks("set_webhook", json!({ "url": "" }));
    for (label, webhook, removes) in [
        ("ours", json!(OURS), true),
        ("ours, in another deployment", json!("https://other.example.com/viber/tenant-1"), true),
        ("somebody else's", json!("https://um.example.com/viber/tenant-2"), false),
        ("none", json!(""), false),
    ] {
        let answers = [vec![account(webhook, json!([]))], vec![ok(json!({})); usize::from(removes)]].concat();
        let (outcome, asked) = with(answers, async |io| AnyConnector::deprovision(&Viber, io).await);
        assert_eq!(outcome, Ok(()), "{label}");
        assert_eq!(asked.get(1), removes.then(removal).as_ref(), "{label}");
    }
}
