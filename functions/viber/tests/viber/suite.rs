//! What must hold for every channel; the signature; the settings.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::{
    AnyChannel, AnyConnector, Channel, Connector, Rejection, WebhookRequest,
    http::{Request, Response},
    parse_settings,
    testing::{ChannelFixture, channel_suite},
};
use simulation::Simulator;
use viber::{Viber, simulator::rules};

use crate::fixture::{self, TOKEN, accepted, now, request, signature, signed};

struct Fixture;

impl ChannelFixture for Fixture {
    type Channel = Viber;

    fn channel(&self) -> &Viber {
        &Viber
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
        let mut event = fixture::said(json!({ "type": "text", "text": text }));
        // Viber's ids are numbers.
        let hash = Sha256::digest(event_id.as_bytes());
        event["message_token"] = u64::from_be_bytes(hash[..8].try_into().unwrap()).into();
        event.to_string().into_bytes()
    }

    fn unknown_event(&self) -> Vec<u8> {
        fixture::event("something_new", json!({ "something_new": { "message": 1 } })).to_string().into_bytes()
    }

    fn guest(&self) -> &'static str {
        fixture::GUEST
    }

    fn accepted(&self) -> Response {
        accepted("5741311803571721087")
    }

    fn fault(&self, request: &Request) -> Option<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        rules::faults(&body).into_iter().next().map(|fault| fault.message)
    }

    fn texts_of(&self, request: &Request) -> Vec<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        vec![body["text"].as_str().unwrap().to_owned()]
    }
}

#[test]
fn viber_holds_what_every_channel_must() {
    channel_suite(&Fixture);
}

/// The vector of Viber's own library for Python (`tests/api/test_api.py`), and one made with OpenSSL:
/// `printf '%s' BODY | openssl dgst -sha256 -hmac TOKEN`.
#[test]
fn the_signature_is_vibers() {
    let body = r#"{"event":"webhook","timestamp":4977069964384421269,"message_token":1478683725125}"#;
    let good = "d21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ef";
    let upper = good.to_uppercase();
    let token = "44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3";
    let settings = parse_settings(&json!({ "authToken": token, "botName": "testbot" })).unwrap();
    let verdict = |signature| Viber.verify(&request(body, signature), &settings, now());
    assert_eq!(verdict(Some(good)), Ok(()));
    assert_eq!(verdict(Some(&upper)), Ok(()));
    assert_eq!(verdict(None), Err(Rejection::Unsigned));
    for bad in [
        "",
        "no hex",
        "aaaaaaaaaaaaaaaaaaaaaa",
        "d21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ee",
        "d21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510",
        "0Hs0NEjIruM7jpN2jvbOtkprphYwmZc6K4vQKP6lEO8=",
    ] {
        assert_eq!(verdict(Some(bad)), Err(Rejection::BadSignature), "{bad:?}");
    }
    let sample = concat!(
        r#"{"event":"message","timestamp":1457764197627,"message_token":4912661846655238145,"sender":{"id":"01234567890A=","#,
        r#""name":"John McClane","avatar":"http://avatar.example.com","country":"UK","language":"en","api_version":1},"#,
        r#""message":{"type":"text","text":"a message to the service","media":"http://example.com","#,
        r#""location":{"lat":50.76891,"lon":6.11499},"tracking_data":"tracking data"}}"#,
    );
    let settings = parse_settings(&fixture::settings()).unwrap();
    let good = "adcadb7ad3a4eddc56f4ce0210f6fc3c9d42ec9d8cf817b0a1a3c60f8c0dbf82";
    assert_eq!(Viber.verify(&request(sample, Some(good)), &settings, now()), Ok(()));
    // Older documents have it in the query.
    let in_query = WebhookRequest { query: format!("a=1&sig={good}"), ..request(sample, None) };
    assert_eq!(Viber.verify(&in_query, &settings, now()), Ok(()));
    let elsewhere = WebhookRequest { query: format!("signature={good}"), ..request(sample, None) };
    assert_eq!(Viber.verify(&elsewhere, &settings, now()), Err(Rejection::Unsigned));
}

#[test]
fn an_empty_token_opens_nothing() {
    let settings = parse_settings(&json!({ "authToken": "", "botName": "Acme" })).unwrap();
    let signature = signature("", b"{}");
    assert_eq!(Viber.verify(&request("{}", Some(&signature)), &settings, now()), Err(Rejection::BadSignature));
}

#[test]
fn faults_in_settings_name_their_field() {
    let good = json!({ "authToken": TOKEN, "botName": "Acme" });
    assert_eq!(AnyConnector::check(&Viber, &good), []);
    assert_eq!(AnyConnector::check(&Viber, &fixture::settings()), []);
    for (field, value, pointer) in [
        ("authToken", json!(""), "/authToken"),
        ("authToken", json!("two words"), "/authToken"),
        ("authToken", json!(null), "/authToken"),
        ("botName", json!(" "), "/botName"),
        ("botName", json!("a".repeat(29)), "/botName"),
        ("botName", json!(7), "/botName"),
        ("botAvatar", json!("acme.png"), "/botAvatar"),
        ("botAvatar", json!("https://"), "/botAvatar"),
        ("welcomeMessage", json!("a".repeat(7_001)), "/welcomeMessage"),
        ("colour", json!("blue"), "/colour"),
    ] {
        let mut settings = good.clone();
        settings[field] = value;
        let faults: Vec<String> = AnyConnector::check(&Viber, &settings).into_iter().map(|f| f.pointer).collect();
        assert_eq!(faults, [pointer], "{settings}");
    }
}

#[test]
fn the_form_explains_every_field() {
    let schema = serde_json::to_value(AnyConnector::settings_schema(&Viber)).unwrap();
    for (name, field) in schema["properties"].as_object().unwrap() {
        for part in ["title", "description"] {
            assert!(field[part].as_str().is_some_and(|words| !words.is_empty()), "{name} has no {part}: {field}");
        }
    }
    assert_eq!(schema["required"], json!(["authToken", "botName"]));
    assert_eq!(schema["properties"]["authToken"]["writeOnly"], true);
}

/// The sample events are what Viber would post to the demo tenant.
#[test]
fn the_samples_are_signed_for_the_demo_tenant() {
    let simulator = viber::simulator::ViberSimulator::new();
    let settings = parse_settings(&simulator.demo_settings()).unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/viber-webhook");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let event: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let signature = event["headers"]["x-viber-content-signature"].as_str();
        let request = request(event["body"].as_str().unwrap(), signature);
        let verdict = Viber.verify(&request, &settings, now());
        if path.ends_with("bad-signature.json") {
            assert_eq!(verdict, Err(Rejection::BadSignature));
            continue;
        }
        assert_eq!(verdict, Ok(()), "{}", path.display());
        let parsed = Viber.parse(&request, &settings).unwrap();
        for inbound in &parsed.events {
            assert_eq!(inbound.guest.id.as_str(), simulator.guest_id(1), "{}", path.display());
        }
        assert!(!parsed.events.is_empty() || parsed.ignored == ["webhook"], "{}", path.display());
        count += 1;
    }
    assert!(count > 10);
}

#[test]
fn an_invitation_leads_to_the_bot() {
    let link = |settings: Value| AnyChannel::invitation(&Viber, &settings);
    let with = |uri: &str| json!({ "authToken": TOKEN, "botName": "Acme", "botUri": uri });
    assert_eq!(link(with("acmebot")).as_deref(), Some("viber://pa?chatURI=acmebot"));
    assert_eq!(link(fixture::settings()), None, "Viber has not told its name yet");
    assert_eq!(link(with("a&b")), None);
}
