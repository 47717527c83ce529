//! What must hold for every channel; the settings; the sample events.

use conformance::{Answer, ChannelFixture, channel_suite};
use contract::{
    AnyChannel, AnyConnector, Channel, Connector, PublishedKeys, SendContext, WebhookRequest,
    http::{Request, Response},
    parse_settings,
};
use serde_json::{Value, json};
use simulation::Simulator;
use teams::{
    Teams,
    simulator::{TeamsSimulator, rules},
};

use crate::fixture::{self, accepted, activity, now, refused, request, signed, token_issued};

struct Fixture;

impl ChannelFixture for Fixture {
    type Channel = Teams;

    fn channel(&self) -> &Teams {
        &Teams
    }

    fn settings(&self) -> Value {
        fixture::settings()
    }

    fn now(&self) -> jiff::Timestamp {
        now()
    }

    fn keys(&self) -> PublishedKeys {
        fixture::keys()
    }

    fn sign(&self, body: &[u8]) -> WebhookRequest {
        signed(body)
    }

    fn text_event(&self, event_id: &str, text: &str) -> Vec<u8> {
        activity("message", json!({ "id": event_id, "text": text })).to_string().into_bytes()
    }

    fn unknown_event(&self) -> Vec<u8> {
        activity("somethingNew", json!({ "somethingNew": { "message": 1 } })).to_string().into_bytes()
    }

    fn guest(&self) -> &'static str {
        fixture::GUEST
    }

    fn context(&self) -> SendContext {
        fixture::context()
    }

    fn before_send(&self) -> Vec<Answer> {
        vec![token_issued()]
    }

    fn accepted(&self) -> Response {
        accepted("1")
    }

    fn after_unauthorized(&self) -> Vec<Answer> {
        vec![token_issued(), refused(401, "", "Authorization has been denied for this request.")]
    }

    fn fault(&self, request: &Request) -> Option<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        rules::fault(&body, fixture::CHAT).map(|fault| fault.message)
    }

    fn texts_of(&self, request: &Request) -> Vec<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        body["text"].as_str().map(str::to_owned).into_iter().collect()
    }
}

#[test]
fn teams_holds_what_every_channel_must() {
    channel_suite(&Fixture);
}

#[test]
fn faults_in_settings_name_their_field() {
    let good = fixture::settings();
    assert_eq!(AnyConnector::check(&Teams, &good), []);
    let mut multi = good.clone();
    multi["appType"] = "MultiTenant".into();
    multi["appTenantId"] = Value::Null;
    assert_eq!(AnyConnector::check(&Teams, &multi), []);
    for (field, value, pointer) in [
        ("botId", json!("28:bot"), "/botId"),
        ("botId", json!("11111111222243338444555555555555"), "/botId"),
        ("clientSecret", json!(""), "/clientSecret"),
        ("clientSecret", json!(null), "/clientSecret"),
        ("appTenantId", json!(null), "/appTenantId"),
        ("appTenantId", json!("acme.example"), "/appTenantId"),
        ("appType", json!("ManagedIdentity"), "/appType"),
        ("botName", json!(" "), "/botName"),
        ("botName", json!("日".repeat(31)), "/botName"),
        ("accentColor", json!("blue"), "/accentColor"),
        ("accentColor", json!("#12345g"), "/accentColor"),
        ("colour", json!("blue"), "/colour"),
    ] {
        let mut settings = good.clone();
        settings[field] = value;
        let faults: Vec<String> = AnyConnector::check(&Teams, &settings).into_iter().map(|f| f.pointer).collect();
        assert_eq!(faults, [pointer], "{settings}");
    }
}

#[test]
fn the_form_explains_every_field() {
    let schema = serde_json::to_value(AnyConnector::settings_schema(&Teams)).unwrap();
    for (name, field) in schema["properties"].as_object().unwrap() {
        for part in ["title", "description"] {
            assert!(field[part].as_str().is_some_and(|words| !words.is_empty()), "{name} has no {part}: {field}");
        }
    }
    assert_eq!(schema["required"], json!(["botId", "clientSecret", "appType", "botName"]));
    assert_eq!(schema["properties"]["clientSecret"]["writeOnly"], true);
}

/// The sample events were signed with OpenSSL, by a key whose public half the simulator publishes.
#[test]
fn the_sample_events_are_verified() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../events/teams-webhook");
    let simulator = TeamsSimulator::new();
    let keys = PublishedKeys(simulator.authority().keys());
    let settings = parse_settings(&simulator.demo_settings()).unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let event: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let request = request(event["body"].as_str().unwrap(), event["headers"]["authorization"].as_str());
        let verdict = Teams.verify_with(&request, &settings, &keys, now());
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(verdict.is_ok(), name != "bad-signature", "{name}: {verdict:?}");
        if verdict.is_ok() {
            let parsed = Teams.parse(&request, &settings).unwrap();
            assert_eq!(parsed.events.is_empty(), name == "unknown", "{name}: {:?}", parsed.ignored);
        }
        seen += 1;
    }
    assert!(seen >= 8, "{seen} events");
}

#[test]
fn an_invitation_leads_to_the_bot() {
    let link = |settings: Value| AnyChannel::invitation(&Teams, &settings);
    let expected = format!("https://teams.microsoft.com/l/chat/0/0?users=28:{}", fixture::BOT);
    assert_eq!(link(fixture::settings()), Some(expected));
}
