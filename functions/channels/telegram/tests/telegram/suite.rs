//! What must hold for every channel; the secret token; the settings.

use conformance::{ChannelFixture, channel_suite};
use contract::{
    AnyChannel, AnyConnector, Connector, Rejection, WebhookRequest,
    http::{Request, Response},
    parse_settings,
};
use serde_json::{Value, json};
use telegram::{Telegram, simulator::rules};

use crate::fixture::{self, SECRET_TOKEN, TOKEN, accepted, now, request};

struct Fixture;

impl ChannelFixture for Fixture {
    type Channel = Telegram;

    fn channel(&self) -> &Telegram {
        &Telegram
    }

    fn settings(&self) -> Value {
        fixture::settings()
    }

    fn now(&self) -> jiff::Timestamp {
        now()
    }

    fn sign(&self, body: &[u8]) -> WebhookRequest {
        request(body, Some(SECRET_TOKEN))
    }

    fn text_event(&self, event_id: &str, text: &str) -> Vec<u8> {
        let number: i64 = event_id.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
        let message = fixture::message(json!({ "text": text }));
        json!({ "update_id": number, "message": message }).to_string().into_bytes()
    }

    fn unknown_event(&self) -> Vec<u8> {
        fixture::update("something_new", json!({ "text": "?" })).to_string().into_bytes()
    }

    fn guest(&self) -> &'static str {
        fixture::GUEST
    }

    fn accepted(&self) -> Response {
        accepted(1)
    }

    fn fault(&self, request: &Request) -> Option<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        rules::fault(request.url.rsplit('/').next().unwrap(), &body)
    }

    fn texts_of(&self, request: &Request) -> Vec<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        vec![body["text"].as_str().unwrap().to_owned()]
    }
}

#[test]
fn telegram_holds_what_every_channel_must() {
    channel_suite(&Fixture);
}

/// Computed with OpenSSL: see [`SECRET_TOKEN`].
#[test]
fn the_secret_token_is_the_bots_and_the_tenants() {
    let settings = parse_settings(&fixture::settings()).unwrap();
    let verdict = |request: &WebhookRequest| Telegram.verify(request, &settings, now());
    assert_eq!(verdict(&request("{}", Some(SECRET_TOKEN))), Ok(()));
    assert_eq!(verdict(&request("{}", None)), Err(Rejection::Unsigned));
    for bad in ["", "a", TOKEN, &SECRET_TOKEN.to_uppercase(), &SECRET_TOKEN[1..], &format!("{SECRET_TOKEN}0")] {
        assert_eq!(verdict(&request("{}", Some(bad))), Err(Rejection::BadSignature), "{bad:?}");
    }
    for path in ["/telegram/tenant-2", "/telegram/", "/telegram", "/line/tenant-1", ""] {
        let elsewhere = WebhookRequest { path: path.to_owned(), ..request("{}", Some(SECRET_TOKEN)) };
        assert_eq!(verdict(&elsewhere), Err(Rejection::BadSignature), "{path:?}");
    }
    let other = parse_settings(&json!({ "apiToken": "110201543:another-token" })).unwrap();
    let verdict = Telegram.verify(&request("{}", Some(SECRET_TOKEN)), &other, now());
    assert_eq!(verdict, Err(Rejection::BadSignature), "another token of the bot's");
}

/// HMAC of nothing under nothing is known to everybody.
#[test]
fn an_empty_token_opens_nothing() {
    let settings = parse_settings(&json!({ "apiToken": "" })).unwrap();
    let everybodys = "fd7b67ba05a0a3b393fa5447394bbecaca215382cc3e560c21cd72194e3046dd";
    let verdict = Telegram.verify(&request("{}", Some(everybodys)), &settings, now());
    assert_eq!(verdict, Err(Rejection::BadSignature));
}

#[test]
fn faults_in_settings_name_their_field() {
    assert_eq!(AnyConnector::check(&Telegram, &fixture::settings()), []);
    for (field, value, pointer) in [
        ("apiToken", json!(""), "/apiToken"),
        ("apiToken", json!(null), "/apiToken"),
        ("apiToken", json!(7), "/apiToken"),
        ("apiToken", json!("110201543"), "/apiToken"),
        ("apiToken", json!("bot:token"), "/apiToken"),
        ("apiToken", json!("110201543:"), "/apiToken"),
        ("apiToken", json!("110201543:a/../b"), "/apiToken"),
        ("apiToken", json!(" 110201543:abc"), "/apiToken"),
        ("apiToken", json!("99999999999999999999:abc"), "/apiToken"),
        ("colour", json!("blue"), "/colour"),
    ] {
        let mut settings = fixture::settings();
        settings[field] = value;
        let faults: Vec<String> = AnyConnector::check(&Telegram, &settings).into_iter().map(|f| f.pointer).collect();
        assert_eq!(faults, [pointer], "{settings}");
    }
}

#[test]
fn the_form_explains_every_field() {
    let schema = serde_json::to_value(AnyConnector::settings_schema(&Telegram)).unwrap();
    for (name, field) in schema["properties"].as_object().unwrap() {
        for part in ["title", "description"] {
            assert!(field[part].as_str().is_some_and(|words| !words.is_empty()), "{name} has no {part}: {field}");
        }
    }
    assert_eq!(schema["required"], json!(["apiToken"]));
    assert_eq!(schema["properties"]["apiToken"]["writeOnly"], true);
}

#[test]
fn an_invitation_leads_to_the_bot() {
    let link = |settings: Value| AnyChannel::invitation(&Telegram, &settings);
    assert_eq!(link(json!({ "apiToken": TOKEN, "botUsername": "acme_bot" })).as_deref(), Some("https://t.me/acme_bot"));
    assert_eq!(link(fixture::settings()), None, "Telegram has not told its name yet");
    assert_eq!(link(json!({ "apiToken": TOKEN, "botUsername": "a/b" })), None);
}
