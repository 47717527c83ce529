//! What must hold for every channel; the signature; the settings.

use conformance::{ChannelFixture, channel_suite};
use contract::{
    AnyChannel, AnyConnector, Channel, Connector, Rejection, Secret, SendContext, SendErrorKind, WebhookRequest,
    http::{Request, Response},
    parse_settings,
};
use serde_json::{Value, json};
use slack::{Slack, simulator::rules};

use crate::fixture::{self, NOW_S, SECRET, now, request, signature, signed};

struct Fixture;

impl ChannelFixture for Fixture {
    type Channel = Slack;

    fn channel(&self) -> &Slack {
        &Slack
    }

    fn settings(&self) -> Value {
        fixture::settings()
    }

    fn now(&self) -> jiff::Timestamp {
        now()
    }

    fn sign(&self, body: &[u8]) -> WebhookRequest {
        signed(body)
    }

    fn text_event(&self, event_id: &str, text: &str) -> Vec<u8> {
        // Slack tells messages apart by their timestamps.
        let ts = format!("1767225600.{:06}", event_id.bytes().map(u32::from).sum::<u32>());
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let event = fixture::direct(json!({ "text": text, "ts": ts, "event_ts": ts }));
        let mut envelope = fixture::envelope(event);
        envelope["event_id"] = event_id.into();
        envelope.to_string().into_bytes()
    }

    fn unknown_event(&self) -> Vec<u8> {
        let event = json!({ "type": "something_new", "user": { "id": "U1" }, "channel": 7, "text": [] });
        fixture::envelope(event).to_string().into_bytes()
    }

    fn guest(&self) -> &'static str {
        fixture::GUEST
    }

    fn context(&self) -> SendContext {
        fixture::context()
    }

    fn kept_tokens(&self) -> Vec<(String, Secret)> {
        fixture::tokens()
    }

    fn accepted(&self) -> Response {
        fixture::accepted(fixture::TS)
    }

    fn meaning(&self, _status: u16) -> Option<SendErrorKind> {
        None
    }

    fn fault(&self, request: &Request) -> Option<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        rules::faults(&body).into_iter().next().map(|(word, what)| format!("{word}: {what}"))
    }

    fn texts_of(&self, request: &Request) -> Vec<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let text = body["text"].as_str().unwrap();
        vec![text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")]
    }
}

#[test]
fn slack_holds_what_every_channel_must() {
    channel_suite(&Fixture);
}

/// The example of <https://docs.slack.dev/authentication/verifying-requests-from-slack>.
#[test]
fn the_signature_is_slacks() {
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=\
                foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F\
                hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.\
                47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let good = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    let settings = parse_settings(&fixture::settings()).unwrap();
    let at = |seconds: i64| jiff::Timestamp::from_second(1_531_420_618 + seconds).unwrap();
    let verdict = |timestamp, signature, now| Slack.verify(&request(body, timestamp, signature), &settings, now);
    let stamp = Some("1531420618");
    for seconds in [0, 299, 300, -300] {
        assert_eq!(verdict(stamp, Some(good), at(seconds)), Ok(()), "{seconds}");
    }
    for seconds in [301, -301, 86_400] {
        assert_eq!(verdict(stamp, Some(good), at(seconds)), Err(Rejection::Stale), "{seconds}");
    }
    assert_eq!(verdict(stamp, None, at(0)), Err(Rejection::Unsigned));
    assert_eq!(verdict(None, Some(good), at(0)), Err(Rejection::Unsigned));
    for (timestamp, signature) in [
        ("1531420619", good),
        ("", good),
        ("soon", good),
        ("1531420618", ""),
        ("1531420618", "v0="),
        ("1531420618", "v0=zz"),
        ("1531420618", &good[3..]),
        ("1531420618", &good.replace("v0", "v1")),
        ("1531420618", &good[..good.len() - 2]),
        ("1531420618", &good.replace("a2114d", "a2114e")),
    ] {
        let outcome = verdict(Some(timestamp), Some(signature), at(0));
        assert_eq!(outcome, Err(Rejection::BadSignature), "{timestamp} {signature}");
    }
    let parsed = Slack.parse(&request(body, stamp, Some(good)), &settings).unwrap();
    assert_eq!(parsed.ignored, ["slashCommand"]);
}

#[test]
fn an_empty_secret_opens_nothing() {
    let mut settings = fixture::settings();
    settings["signingSecret"] = "".into();
    let settings = parse_settings(&settings).unwrap();
    let at = NOW_S.to_string();
    let forged = request("{}", Some(&at), Some(&signature("", &at, b"{}")));
    assert_eq!(Slack.verify(&forged, &settings, now()), Err(Rejection::BadSignature));
    let good = parse_settings(&fixture::settings()).unwrap();
    let own = request("{}", Some(&at), Some(&signature(SECRET, &at, b"{}")));
    assert_eq!(Slack.verify(&own, &good, now()), Ok(()));
}

#[test]
fn faults_in_settings_name_their_field() {
    assert_eq!(AnyConnector::check(&Slack, &fixture::settings()), []);
    for (field, value, pointer) in [
        ("appId", json!("B1"), "/appId"),
        ("appId", json!(""), "/appId"),
        ("appId", json!("a1"), "/appId"),
        ("clientId", json!(" "), "/clientId"),
        ("clientId", json!(7), "/clientId"),
        ("clientSecret", json!(""), "/clientSecret"),
        ("signingSecret", json!(""), "/signingSecret"),
        ("signingSecret", json!(null), "/signingSecret"),
        ("botToken", json!("xoxb"), "/botToken"),
    ] {
        let mut settings = fixture::settings();
        settings[field] = value;
        let faults: Vec<String> = AnyConnector::check(&Slack, &settings).into_iter().map(|f| f.pointer).collect();
        assert_eq!(faults, [pointer], "{settings}");
    }
}

#[test]
fn the_form_explains_every_field() {
    let schema = serde_json::to_value(AnyConnector::settings_schema(&Slack)).unwrap();
    for (name, field) in schema["properties"].as_object().unwrap() {
        for part in ["title", "description"] {
            assert!(field[part].as_str().is_some_and(|words| !words.is_empty()), "{name} has no {part}: {field}");
        }
    }
    assert_eq!(schema["required"], json!(["appId", "clientId", "clientSecret", "signingSecret"]));
    for secret in ["clientSecret", "signingSecret"] {
        assert_eq!(schema["properties"][secret]["writeOnly"], true);
    }
}

#[test]
fn an_invitation_leads_to_the_bot() {
    let link = |settings: Value| AnyChannel::invitation(&Slack, &settings);
    assert_eq!(link(fixture::settings()).as_deref(), Some("https://slack.com/app_redirect?app=A1"));
}
