//! What must hold for every CX platform: run by each platform's tests.

use bytes::Bytes;
use contract::{
    Clock, Connector, Content, CxPlatform, Guest, Inbound, InboundContext, Io, MemoryTokens, SendErrorKind, TenantId,
    WebhookRequest,
    http::{Request, Response},
    text,
};
use futures::executor::block_on;
use http::Method;
use jiff::Timestamp;
use serde_json::Value;

use super::{Answer, Script};

/// What the suite needs to know of a platform.
pub trait PlatformFixture {
    /// The platform.
    type Platform: CxPlatform;
    /// The platform.
    fn platform(&self) -> &Self::Platform;
    /// Valid settings.
    fn settings(&self) -> Value;
    /// The time of the fixture.
    fn now(&self) -> Timestamp;
    /// Signs any bytes as the platform would: the request it would post.
    fn sign(&self, body: &[u8]) -> WebhookRequest;
    /// The same with signatures that must be refused, each with what is wrong with it.
    fn badly_signed(&self, body: &[u8]) -> Vec<(&'static str, WebhookRequest)>;
    /// The body of an agent's text with this text and id, as the platform writes it.
    fn text_event(&self, id: &str, text: &str) -> Vec<u8>;
    /// The body of an event of a type that does not exist (yet).
    fn unknown_event(&self) -> Vec<u8>;
    /// Answers that come before a message is posted at all: the access token.
    fn before_send(&self) -> Vec<Answer> {
        Vec::new()
    }
    /// Answers that follow a 401, until the room gives up with `Unauthorized`.
    fn after_unauthorized(&self) -> Vec<Answer> {
        Vec::new()
    }
    /// What a refusal with this status means here, where it is not what the status alone says.
    fn meaning(&self, _status: u16) -> Option<SendErrorKind> {
        None
    }
    /// The text of a guest's message in a request.
    fn text_of(&self, request: &Request) -> String;
    /// The id under which the platform recognises a message that comes again.
    fn idempotency_key_of(&self, request: &Request) -> String;
}

/// Runs the whole suite.
pub fn platform_suite<F: PlatformFixture>(fixture: &F) {
    bad_requests(fixture);
    event_ids(fixture);
    unicode_both_ways(fixture);
    splits(fixture);
    idempotency(fixture);
    provider_errors(fixture);
    descriptor(fixture);
}

fn settings_of<F: PlatformFixture>(fixture: &F) -> <F::Platform as Connector>::Settings {
    contract::parse_settings(&fixture.settings()).expect("the fixture's settings are valid")
}

/// Whatever is posted: no panic, no event, a refusal or an empty answer.
fn bad_requests<F: PlatformFixture>(fixture: &F) {
    let (platform, settings, now) = (fixture.platform(), settings_of(fixture), fixture.now());
    let good = fixture.text_event("event-1", "hello");
    let signed = fixture.sign(&good);
    platform.verify(&signed, &settings, now).expect("a good signature is taken");
    let events = platform.parse(&signed, &settings).expect("a good body is parsed").events;
    assert_eq!(events.len(), 1, "one event in a text message");

    let unsigned = WebhookRequest { method: Method::POST, headers: http::HeaderMap::new(), ..signed.clone() };
    assert!(platform.verify(&unsigned, &settings, now).is_err(), "no signature");
    let mut other = good.clone();
    if let Some(byte) = other.last_mut() {
        *byte ^= 1;
    }
    let forged = WebhookRequest { body: Bytes::from(other), ..signed };
    assert!(platform.verify(&forged, &settings, now).is_err(), "another body under the same signature");
    for (label, request) in fixture.badly_signed(&good) {
        assert!(platform.verify(&request, &settings, now).is_err(), "{label}");
    }

    let deep = "[".repeat(200_000);
    let huge = format!("{{\"x\":\"{}\"}}", "a".repeat(5_000_000));
    let bodies: [(&str, &[u8]); 9] = [
        ("empty", b""),
        ("truncated", &good[..good.len() / 2]),
        ("deeply nested", deep.as_bytes()),
        ("huge", huge.as_bytes()),
        ("not UTF-8", b"{\"a\":\"\xff\xfe\"}"),
        ("null", b"null"),
        ("an array", b"[]"),
        ("a number", b"42"),
        ("an empty object", b"{}"),
    ];
    for (label, body) in bodies {
        let request = fixture.sign(body);
        if platform.verify(&request, &settings, now).is_ok()
            && let Ok(parsed) = platform.parse(&request, &settings)
        {
            assert!(parsed.events.is_empty(), "{label}: events from nothing");
        }
    }

    let parsed =
        platform.parse(&fixture.sign(&fixture.unknown_event()), &settings).expect("an unknown event is no error");
    assert!(parsed.events.is_empty(), "an unknown event is not forwarded");
    assert!(!parsed.ignored.is_empty(), "an unknown event is counted");
}

/// The same message keeps its id, another has another.
fn event_ids<F: PlatformFixture>(fixture: &F) {
    let settings = settings_of(fixture);
    let id = |event: &str| {
        let request = fixture.sign(&fixture.text_event(event, "same text"));
        fixture.platform().parse(&request, &settings).expect("parses").events[0].message_id.clone()
    };
    assert_eq!(id("event-1"), id("event-1"), "a message sent again is recognised");
    assert_ne!(id("event-1"), id("event-2"), "two messages are told apart");
}

/// What people really write.
const TEXTS: [&str; 7] = [
    "안녕하세요 👋🏽 반갑습니다",
    "日本語のメッセージ",
    "👨‍👩‍👧‍👦🏳️‍🌈",
    "مرحبا بالعالم",
    "e\u{301}\u{323}\u{302}",
    "a\nb\tc \"quoted\" \\ <b>&amp;",
    "𝒳 𠮷野家",
];

fn unicode_both_ways<F: PlatformFixture>(fixture: &F) {
    let settings = settings_of(fixture);
    for text in TEXTS {
        let request = fixture.sign(&fixture.text_event("event-1", text));
        let events = fixture.platform().parse(&request, &settings).expect("parses").events;
        assert_eq!(events[0].contents, [Content::text(text)], "from the agent");
        assert_eq!(posted_texts(fixture, text).concat(), text, "from the guest");
    }
}

/// Around the length limit, in the platform's own unit.
fn splits<F: PlatformFixture>(fixture: &F) {
    let limit = fixture.platform().descriptor().text_limit;
    for unit in ["a", "あ", "👍🏽", "👨‍👩‍👧‍👦"] {
        let size = limit.unit.measure(unit);
        for count in [limit.max / size - 1, limit.max / size, limit.max / size + 1, 3 * limit.max / size + 7] {
            let whole = unit.repeat(count);
            let parts = posted_texts(fixture, &whole);
            assert_eq!(parts.concat(), whole, "{count} × {unit}: nothing lost");
            for part in &parts {
                assert!(limit.unit.measure(part) <= limit.max, "{count} × {unit}: within the limit");
                assert_eq!(part.replace(unit, ""), "", "{count} × {unit}: no grapheme cut");
            }
            assert_eq!(parts.len(), text::split(&whole, limit).len(), "{count} × {unit}: no more parts than needed");
        }
    }
}

fn message(event: &str, text: &str, at: Timestamp) -> Inbound {
    Inbound {
        event_id: event.into(),
        message_id: None,
        at,
        guest: Guest::person("guest-1"),
        content: Content::text(text),
        reply_context: None,
        only_while_open: false,
    }
}

fn posts<F: PlatformFixture>(fixture: &F, event: &str, text: &str) -> Vec<Request> {
    let context = InboundContext { media: "LINE".to_owned(), now: fixture.now(), ..InboundContext::default() };
    let rendering = fixture.platform().render(&message(event, text, fixture.now()), &settings_of(fixture), &context);
    rendering.steps.into_iter().map(|call| call.request).collect()
}

fn posted_texts<F: PlatformFixture>(fixture: &F, text: &str) -> Vec<String> {
    posts(fixture, "event-1", text).iter().map(|request| fixture.text_of(request)).collect()
}

/// The platform sees the same id when a message is tried again, and another for every part and message.
fn idempotency<F: PlatformFixture>(fixture: &F) {
    let long = "a".repeat(fixture.platform().descriptor().text_limit.max * 3);
    let keys = |event: &str| {
        posts(fixture, event, &long).iter().map(|request| fixture.idempotency_key_of(request)).collect::<Vec<_>>()
    };
    assert_eq!(keys("event-1"), keys("event-1"), "stable");
    let mut all = [keys("event-1"), keys("event-2"), keys(&"e".repeat(5_000))].concat();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "unique");
}

/// Every way a platform can refuse.
fn provider_errors<F: PlatformFixture>(fixture: &F) {
    use SendErrorKind::*;
    let settings = settings_of(fixture);
    let mut rows: Vec<(&str, Vec<Answer>, SendErrorKind)> =
        vec![("timeout", vec![Err(Timeout.into())], Timeout), ("connection", vec![Err(Connection.into())], Connection)];
    for (status, kind) in [
        (400, InvalidMessage),
        (403, Forbidden),
        (404, Forbidden),
        (408, Timeout),
        (413, TooLarge),
        (500, Unavailable),
        (501, InvalidMessage),
        (503, Unavailable),
    ] {
        rows.push(("status", vec![Ok(Response::new(status))], fixture.meaning(status).unwrap_or(kind)));
    }
    rows.push(("garbage", vec![Ok(Response::new(502).body("<html>Bad gateway</html>"))], Unavailable));
    rows.push(("garbage that looks well", vec![Ok(Response::new(200).body("<html>Log in</html>"))], Garbled));
    rows.push(("429", vec![Ok(Response::new(429).header("retry-after", "7"))], RateLimited));
    let mut unauthorized = vec![Ok(Response::new(401))];
    unauthorized.extend(fixture.after_unauthorized());
    rows.push(("401", unauthorized, Unauthorized));
    for (label, answers, expected) in rows {
        let tenant = TenantId::from("tenant-1");
        let clock = Clock::fixed(fixture.now());
        let tokens = MemoryTokens::new(clock.clone());
        let script = Script::new(fixture.before_send().into_iter().chain(answers));
        let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
        let context = InboundContext { media: "LINE".to_owned(), now: fixture.now(), ..InboundContext::default() };
        let rendering = fixture.platform().render(&message("event-1", "hello", fixture.now()), &settings, &context);
        let error = block_on(fixture.platform().send(&io, &rendering.steps[0])).expect_err(label);
        assert_eq!(error.kind, expected, "{label}");
        assert!(!error.sentence.is_empty(), "{label}: a sentence");
        if expected == RateLimited {
            assert_eq!(error.retry_after, Some(std::time::Duration::from_secs(7)), "Retry-After is passed on");
        }
        script.finish();
    }
}

fn descriptor<F: PlatformFixture>(fixture: &F) {
    let descriptor = fixture.platform().descriptor();
    assert_eq!(descriptor.kind, contract::descriptor::Kind::CxPlatform);
    assert!(descriptor.path.starts_with('/'), "a webhook path");
    assert!(descriptor.text_limit.max > 0 && descriptor.redelivery_hours > 0);
    let fields = serde_json::to_value(schemars::schema_for!(<F::Platform as Connector>::Settings)).expect("a schema");
    for setting in descriptor.account_settings {
        assert!(fields["properties"][setting].is_object(), "{setting} is a setting");
    }
    for (name, setting) in fields["properties"].as_object().expect("settings") {
        assert!(setting["description"].is_string(), "{name} has a help text");
    }
    assert_eq!(fields["additionalProperties"], Value::Bool(false), "unknown settings are refused");
}
