//! What must hold for every channel; the signature; the settings.

use conformance::{Answer, ChannelFixture, channel_suite};
use contract::{
    AnyConnector, Connector, Rejection, SendContext, WebhookRequest,
    http::{Request, Response},
    parse_settings,
};
use line::{Line, simulator::rules};
use serde_json::{Value, json};

use crate::fixture::{self, SECRET, SWITCHER_SECRET, accepted, now, refused, request, signature, signed, token_issued};

struct Fixture;

impl ChannelFixture for Fixture {
    type Channel = Line;

    fn channel(&self) -> &Line {
        &Line
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
        let message = json!({ "type": "text", "id": "444573844083572737", "quoteToken": "q-1", "text": text });
        let mut event = fixture::said(message);
        event["webhookEventId"] = event_id.into();
        json!({ "destination": fixture::BOT, "events": [event] }).to_string().into_bytes()
    }

    fn unknown_event(&self) -> Vec<u8> {
        let event = fixture::event("somethingNew", json!({ "somethingNew": { "message": 1 } }));
        json!({ "destination": fixture::BOT, "events": [event] }).to_string().into_bytes()
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
        accepted(&["461230966842064897"])
    }

    fn after_unauthorized(&self) -> Vec<Answer> {
        vec![token_issued(), refused(401, "Authentication failed.")]
    }

    fn fault(&self, request: &Request) -> Option<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        rules::faults(&body["messages"])
            .into_iter()
            .next()
            .map(|fault| format!("{}: {}", fault.property, fault.message))
    }

    fn texts_of(&self, request: &Request) -> Vec<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        body["messages"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn line_holds_what_every_channel_must() {
    channel_suite(&Fixture);
}

/// Computed with OpenSSL: `printf '%s' BODY | openssl dgst -sha256 -hmac SECRET -binary | base64`.
#[test]
fn the_signature_is_lines() {
    let body = r#"{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}"#;
    let settings = parse_settings(&json!({
        "channelId": "1", "channelSecret": "8c570fa6dd201bb328f1c1eac23a96d8", "botBasicId": "@acme",
    }))
    .unwrap();
    let verdict = |signature| Line.verify(&request(body, signature), &settings, now());
    assert_eq!(verdict(Some("GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=")), Ok(()));
    assert_eq!(verdict(None), Err(Rejection::Unsigned));
    for bad in [
        "",
        "no base64!",
        "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLt=",
        "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs",
        "GhRKmvmHys4Pi8DxkF4+EQ==",
        "1a144a9af987cace0f8bc0f1905e3e11ac9a1f43aab49b5a6718130fd7cc0cbb",
    ] {
        assert_eq!(verdict(Some(bad)), Err(Rejection::BadSignature), "{bad:?}");
    }
}

#[test]
fn the_switchers_secret_is_as_good_as_the_channels() {
    let settings = parse_settings(&fixture::settings()).unwrap();
    for (secret, verdict) in [
        (SECRET, Ok(())),
        (SWITCHER_SECRET, Ok(())),
        ("another", Err(Rejection::BadSignature)),
        ("", Err(Rejection::BadSignature)),
    ] {
        let signature = signature(secret, b"{}");
        assert_eq!(Line.verify(&request("{}", Some(&signature)), &settings, now()), verdict, "{secret:?}");
    }
}

#[test]
fn an_empty_secret_opens_nothing() {
    let settings = parse_settings(&json!({ "channelId": "1", "channelSecret": "", "botBasicId": "@acme" })).unwrap();
    let signature = signature("", b"{}");
    assert_eq!(Line.verify(&request("{}", Some(&signature)), &settings, now()), Err(Rejection::BadSignature));
}

#[test]
fn faults_in_settings_name_their_field() {
    let good = json!({ "channelId": "2001234567", "channelSecret": "s", "botBasicId": "@acme" });
    assert_eq!(AnyConnector::check(&Line, &good), []);
    assert_eq!(AnyConnector::check(&Line, &fixture::settings()), []);
    for (field, value, pointer) in [
        ("channelId", json!("20-01"), "/channelId"),
        ("channelId", json!(""), "/channelId"),
        ("channelId", json!(7), "/channelId"),
        ("channelSecret", json!(""), "/channelSecret"),
        ("channelSecret", json!(null), "/channelSecret"),
        ("botBasicId", json!("acme"), "/botBasicId"),
        ("botBasicId", json!("@"), "/botBasicId"),
        ("channelAccessToken", json!(""), "/channelAccessToken"),
        ("switcherSecret", json!(""), "/switcherSecret"),
        ("colour", json!("blue"), "/colour"),
    ] {
        let mut settings = good.clone();
        settings[field] = value;
        let faults: Vec<String> = AnyConnector::check(&Line, &settings).into_iter().map(|f| f.pointer).collect();
        assert_eq!(faults, [pointer], "{settings}");
    }
}

#[test]
fn the_form_explains_every_field() {
    let schema = serde_json::to_value(AnyConnector::settings_schema(&Line)).unwrap();
    for (name, field) in schema["properties"].as_object().unwrap() {
        for part in ["title", "description"] {
            assert!(field[part].as_str().is_some_and(|words| !words.is_empty()), "{name} has no {part}: {field}");
        }
    }
    assert_eq!(schema["required"], json!(["channelId", "channelSecret", "botBasicId"]));
    assert_eq!(schema["properties"]["channelSecret"]["writeOnly"], true);
    assert_eq!(schema["properties"]["botBasicId"]["examples"], json!(["@123abcde"]));
}
