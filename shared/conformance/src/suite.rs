//! What must hold for every channel, whatever its network: run by each room's tests.

use bytes::Bytes;
use contract::{
    Channel, Clock, Connector, Content, Io, Outbound, PublishedKeys, Secret, SendContext, SendErrorKind, TenantId,
    WebhookRequest,
    http::{Request, Response},
    text,
};
use futures::executor::block_on;
use http::Method;
use jiff::Timestamp;
use serde_json::Value;

use super::{Answer, Recording, Script, scripts};

/// What the suite needs to know of a channel's network.
pub trait ChannelFixture {
    /// The channel.
    type Channel: Channel;
    /// The channel.
    fn channel(&self) -> &Self::Channel;
    /// Valid settings.
    fn settings(&self) -> Value;
    /// The time of the fixture's signatures.
    fn now(&self) -> Timestamp;
    /// Signs any bytes as the network would: the request it would post.
    fn sign(&self, body: &[u8]) -> WebhookRequest;
    /// The keys the network publishes, where it signs with such.
    fn keys(&self) -> PublishedKeys {
        PublishedKeys::default()
    }
    /// The body of a text message's event with this text and id, as the network writes it.
    fn text_event(&self, event_id: &str, text: &str) -> Vec<u8>;
    /// The body of an event of a type that does not exist (yet).
    fn unknown_event(&self) -> Vec<u8>;
    /// A guest's id as the network writes it.
    fn guest(&self) -> &'static str;
    /// A context to answer in, if the network needs one.
    fn context(&self) -> SendContext {
        SendContext { now: self.now(), ..SendContext::default() }
    }
    /// Tokens that are kept before a message is sent, by name: those of an installation.
    fn kept_tokens(&self) -> Vec<(String, Secret)> {
        Vec::new()
    }
    /// Answers that come before a message is sent at all: the access token.
    fn before_send(&self) -> Vec<Answer> {
        Vec::new()
    }
    /// The answer to a message that was taken.
    fn accepted(&self) -> Response;
    /// Answers that follow a 401, until the room gives up with `Unauthorized`: a renewed token and its refusal.
    fn after_unauthorized(&self) -> Vec<Answer> {
        Vec::new()
    }
    /// What a refusal with this status means here, where it is not what the status alone says.
    fn meaning(&self, _status: u16) -> Option<SendErrorKind> {
        None
    }
    /// What the network would refuse a request for, by the rules its simulator keeps.
    fn fault(&self, request: &Request) -> Option<String>;
    /// Texts that the network puts into one request at most, in this order, as found in the request's body.
    fn texts_of(&self, request: &Request) -> Vec<String>;
}

/// Runs the whole suite.
pub fn channel_suite<F: ChannelFixture>(fixture: &F) {
    bad_requests(fixture);
    event_ids(fixture);
    unicode_both_ways(fixture);
    splits(fixture);
    scripts::any_text_arrives_whole(fixture);
    provider_errors(fixture);
    descriptor(fixture);
}

fn settings_of<F: ChannelFixture>(fixture: &F) -> <F::Channel as Connector>::Settings {
    contract::parse_settings(&fixture.settings()).expect("the fixture's settings are valid")
}

/// Whatever is posted: no panic, no event, a refusal or an empty answer.
fn bad_requests<F: ChannelFixture>(fixture: &F) {
    let (channel, settings, now) = (fixture.channel(), settings_of(fixture), fixture.now());
    let keys = fixture.keys();
    let good = fixture.text_event("event-1", "hello");
    let signed = fixture.sign(&good);
    channel.verify_with(&signed, &settings, &keys, now).expect("a good signature is taken");
    let events = channel.parse(&signed, &settings).expect("a good body is parsed").events;
    assert_eq!(events.len(), 1, "one event in a text message");

    let unsigned = WebhookRequest { method: Method::POST, headers: http::HeaderMap::new(), ..signed.clone() };
    assert!(channel.verify_with(&unsigned, &settings, &keys, now).is_err(), "no signature");
    let mut other = good.clone();
    if let Some(byte) = other.last_mut() {
        *byte ^= 1;
    }
    let forged = WebhookRequest { body: Bytes::from(other), ..signed.clone() };
    assert!(
        channel.verify_with(&forged, &settings, &keys, now).is_err()
            || fixture.sign(b"a").headers == fixture.sign(b"b").headers,
        "another body under the same signature"
    );

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
        if channel.verify_with(&request, &settings, &keys, now).is_ok()
            && let Ok(parsed) = channel.parse(&request, &settings)
        {
            assert!(parsed.events.is_empty(), "{label}: events from nothing");
        }
    }

    let parsed =
        channel.parse(&fixture.sign(&fixture.unknown_event()), &settings).expect("an unknown event is no error");
    assert!(parsed.events.is_empty(), "an unknown event is not forwarded");
    assert!(!parsed.ignored.is_empty(), "an unknown event is counted");
}

/// The same event keeps its id, another has another.
fn event_ids<F: ChannelFixture>(fixture: &F) {
    let settings = settings_of(fixture);
    let id = |event: &str| {
        let request = fixture.sign(&fixture.text_event(event, "same text"));
        fixture.channel().parse(&request, &settings).expect("parses").events[0].event_id.clone()
    };
    assert_eq!(id("event-1"), id("event-1"), "a replayed event is recognised");
    assert_ne!(id("event-1"), id("event-2"), "two events are told apart");
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

fn unicode_both_ways<F: ChannelFixture>(fixture: &F) {
    let settings = settings_of(fixture);
    for text in TEXTS {
        let request = fixture.sign(&fixture.text_event("event-1", text));
        let events = fixture.channel().parse(&request, &settings).expect("parses").events;
        assert_eq!(events[0].content, Content::text(text), "inbound");
        assert_eq!(sent_texts(fixture, text).concat(), text, "outbound");
    }
}

/// Around the length limit, in the channel's own unit.
fn splits<F: ChannelFixture>(fixture: &F) {
    let limit = fixture.channel().descriptor().text_limit;
    for unit in ["a", "あ", "👍🏽", "👨‍👩‍👧‍👦"] {
        let size = limit.unit.measure(unit);
        for count in [limit.max / size - 1, limit.max / size, limit.max / size + 1, 3 * limit.max / size + 7] {
            let whole = unit.repeat(count);
            let parts = sent_texts(fixture, &whole);
            assert_eq!(parts.concat(), whole, "{count} × {unit}: nothing lost");
            for part in &parts {
                assert!(limit.unit.measure(part) <= limit.max, "{count} × {unit}: within the limit");
                assert_eq!(part.replace(unit, ""), "", "{count} × {unit}: no grapheme cut");
            }
            assert_eq!(parts.len(), text::split(&whole, limit).len(), "{count} × {unit}: no more parts than needed");
        }
    }
}

fn message(text: &str, guest: &str, at: Timestamp) -> Outbound {
    Outbound {
        message_id: "platform-1".into(),
        at,
        to: guest.into(),
        platform_conversation_id: None,
        agent_name: None,
        contents: vec![Content::text(text)],
    }
}

fn sent_texts<F: ChannelFixture>(fixture: &F, text: &str) -> Vec<String> {
    rendered(fixture, text).iter().flat_map(|request| fixture.texts_of(request)).collect()
}

/// The requests that a text is sent with, without what precedes them (an access token).
pub(super) fn rendered<F: ChannelFixture>(fixture: &F, text: &str) -> Vec<Request> {
    let (settings, tenant, clock) = (settings_of(fixture), TenantId::from("tenant-1"), Clock::fixed(fixture.now()));
    let message = message(text, fixture.guest(), fixture.now());
    let rendering = compose::compose(fixture.channel(), &message, &settings, &fixture.context());
    let required = rendering.steps.iter().filter(|step| !fixture.channel().is_best_effort(step));
    required
        .flat_map(|step| {
            let tokens = super::tables::keeping(&tenant, &clock, fixture.kept_tokens());
            let recording = Recording::new(fixture.before_send(), fixture.accepted());
            let io = Io { tenant: &tenant, settings: &settings, http: &recording, tokens: &tokens, clock: &clock };
            block_on(fixture.channel().send(&io, step)).expect("a text is taken");
            recording.finish()
        })
        .collect()
}

/// Every way a provider can refuse.
fn provider_errors<F: ChannelFixture>(fixture: &F) {
    use SendErrorKind::*;
    let settings = settings_of(fixture);
    let mut rows: Vec<(&str, Vec<Answer>, SendErrorKind)> =
        vec![("timeout", vec![Err(Timeout.into())], Timeout), ("connection", vec![Err(Connection.into())], Connection)];
    for (status, kind) in
        [(400, InvalidMessage), (403, Forbidden), (413, TooLarge), (500, Unavailable), (503, Unavailable)]
    {
        rows.push(("status", vec![Ok(Response::new(status))], fixture.meaning(status).unwrap_or(kind)));
    }
    rows.push(("garbage", vec![Ok(Response::new(502).body("<html>Bad gateway</html>"))], Unavailable));
    rows.push(("429", vec![Ok(Response::new(429).header("retry-after", "7"))], RateLimited));
    let mut unauthorized = vec![Ok(Response::new(401))];
    unauthorized.extend(fixture.after_unauthorized());
    rows.push(("401", unauthorized, Unauthorized));
    for (label, answers, expected) in rows {
        let tenant = TenantId::from("tenant-1");
        let clock = Clock::fixed(fixture.now());
        let tokens = super::tables::keeping(&tenant, &clock, fixture.kept_tokens());
        let script = Script::new(fixture.before_send().into_iter().chain(answers));
        let io = Io { tenant: &tenant, settings: &settings, http: &script, tokens: &tokens, clock: &clock };
        let context = SendContext { reply: None, ..fixture.context() };
        let (channel, message) = (fixture.channel(), message("hello", fixture.guest(), fixture.now()));
        let rendering = compose::compose(channel, &message, &settings, &context);
        let step = rendering.steps.iter().find(|step| !channel.is_best_effort(step)).expect("a text makes a step");
        let error = block_on(channel.send(&io, step)).expect_err(label);
        assert_eq!(error.kind, expected, "{label}");
        assert!(!error.sentence.is_empty(), "{label}: a sentence for the agent");
        if expected == RateLimited {
            assert_eq!(error.retry_after, Some(std::time::Duration::from_secs(7)), "Retry-After is passed on");
        }
        script.finish();
    }
}

fn descriptor<F: ChannelFixture>(fixture: &F) {
    let descriptor = fixture.channel().descriptor();
    assert_eq!(descriptor.kind, contract::descriptor::Kind::Channel);
    assert!(descriptor.path.starts_with('/'), "a webhook path");
    assert!(descriptor.text_limit.max > 0 && descriptor.redelivery_hours > 0);
    let fields = serde_json::to_value(schemars::schema_for!(<F::Channel as Connector>::Settings)).expect("a schema");
    for setting in descriptor.account_settings {
        assert!(fields["properties"][setting].is_object(), "{setting} is a setting");
    }
    assert_eq!(fields["additionalProperties"], Value::Bool(false), "unknown settings are refused");
}
