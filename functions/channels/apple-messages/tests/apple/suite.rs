//! What must hold for every channel; the token, the settings, the business a request is for.

use apple_messages::{AppleMessages, simulator::rules};
use conformance::{ChannelFixture, channel_suite};
use contract::{
    AnyChannel, AnyConnector, Connector, Rejection, SendContext, SendErrorKind, TenantId, WebhookRequest,
    http::{Request, Response},
    parse_settings,
};
use serde_json::{Value, json};

use crate::fixture::{self, BUSINESS, EVENT, GUEST, MSP, NOW_S, SECRET, jwt, now, request, signed, typed};

struct Fixture;

impl ChannelFixture for Fixture {
    type Channel = AppleMessages;

    fn channel(&self) -> &AppleMessages {
        &AppleMessages
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
        fixture::posted("text", json!({ "id": event_id, "body": text })).to_string().into_bytes()
    }

    fn unknown_event(&self) -> Vec<u8> {
        fixture::posted("somethingNew", json!({ "somethingNew": { "message": 1 } })).to_string().into_bytes()
    }

    fn guest(&self) -> &'static str {
        GUEST
    }

    fn context(&self) -> SendContext {
        fixture::context()
    }

    fn accepted(&self) -> Response {
        Response::new(200)
    }

    fn meaning(&self, status: u16) -> Option<SendErrorKind> {
        (status == 410).then_some(SendErrorKind::RecipientOptedOut)
    }

    fn fault(&self, request: &Request) -> Option<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        rules::faults(&body).into_iter().next()
    }

    fn texts_of(&self, request: &Request) -> Vec<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        vec![body["body"].as_str().unwrap().to_owned()]
    }
}

#[test]
fn apple_messages_holds_what_every_channel_must() {
    channel_suite(&Fixture);
}

/// Made with OpenSSL: `printf HEADER.CLAIMS | openssl dgst -sha256 -mac HMAC -macopt key:… -binary | basenc --base64url`.
const VECTOR: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJhdWQiOiI2NTNhYmNlMy1kZWFkLWJlZWYtN2ZlMy0yNDc2MzRhZGNlNTMiLCJpYXQiOjE3NjcyMjU2MDB9.rB32zhqWpIVWCCcv2xhSKR2qbrASbjlGlhncyxizHbg";

#[test]
fn the_token_is_apples() {
    let bearer = |token: &str| request("{}", &[("authorization", &format!("Bearer {token}"))]);
    let verdict = |token: &str| AppleMessages.verify(&bearer(token), &typed(), now());
    assert_eq!(verdict(VECTOR), Ok(()));
    assert_eq!(AppleMessages.verify(&request("{}", &[]), &typed(), now()), Err(Rejection::Unsigned));
    let good = json!({ "aud": MSP, "iat": NOW_S });
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        jwt(&claims, SECRET)
    };
    for (label, token, expected) in [
        ("as Apple makes it", jwt(&good, SECRET), Ok(())),
        ("for several", with("aud", json!(["other", MSP])), Ok(())),
        ("an hour old", with("iat", json!(NOW_S - 3_600)), Ok(())),
        ("clocks differ", with("iat", json!(NOW_S + 200)), Ok(())),
        ("without a time", jwt(&json!({ "aud": MSP }), SECRET), Ok(())),
        ("three hours old", with("iat", json!(NOW_S - 10_800)), Err(Rejection::Stale)),
        ("of tomorrow", with("iat", json!(NOW_S + 86_400)), Err(Rejection::Stale)),
        ("expired", with("exp", json!(NOW_S - 1_000)), Err(Rejection::Stale)),
        ("for another", with("aud", json!("other")), Err(Rejection::BadSignature)),
        ("for nobody", jwt(&json!({ "iat": NOW_S }), SECRET), Err(Rejection::BadSignature)),
        ("another secret", jwt(&good, "b3RoZXI="), Err(Rejection::BadSignature)),
        ("no token", "abc".to_owned(), Err(Rejection::BadSignature)),
        ("nothing", String::new(), Err(Rejection::BadSignature)),
        (
            "unsigned",
            // {"alg":"none"}
            format!("eyJhbGciOiJub25lIn0.{}.", jwt(&good, SECRET).split('.').nth(1).unwrap()),
            Err(Rejection::BadSignature),
        ),
    ] {
        assert_eq!(verdict(&token), expected, "{label}");
    }
    let basic = request("{}", &[("authorization", "Basic YTpi")]);
    assert_eq!(AppleMessages.verify(&basic, &typed(), now()), Err(Rejection::BadSignature));
}

#[test]
fn without_credentials_of_the_deployment_nobody_gets_in() {
    for settings in [
        json!({ "businessId": BUSINESS }),
        json!({ "businessId": BUSINESS, "mspId": MSP, "mspSecret": "" }),
        json!({ "businessId": BUSINESS, "mspId": MSP, "mspSecret": "not base64!" }),
    ] {
        let typed = parse_settings(&settings).unwrap();
        assert_eq!(AppleMessages.verify(&signed("{}"), &typed, now()), Err(Rejection::BadSignature), "{settings}");
        let empty = request("{}", &[("authorization", &format!("Bearer {}", jwt(&json!({ "aud": MSP }), "")))]);
        assert_eq!(AppleMessages.verify(&empty, &typed, now()), Err(Rejection::BadSignature), "{settings}");
    }
}

#[test]
fn the_business_is_named_in_a_header() {
    let of = |request: &WebhookRequest| AppleMessages.account_of(request);
    assert_eq!(of(&signed("{}")), Ok(Some(BUSINESS.to_owned())));
    assert_eq!(of(&request("{}", &[("destination-id", "ABC-1")])), Ok(Some("abc-1".to_owned())));
    assert_eq!(of(&request("{}", &[("id", EVENT)])), Err(Rejection::Malformed));
    assert_eq!(of(&request("{}", &[("destination-id", &"x".repeat(200))])), Err(Rejection::Malformed));
    let elsewhere = WebhookRequest { path: "/amb/tenant-1".to_owned(), ..signed("{}") };
    assert_eq!(of(&elsewhere), Ok(None));
    let upper = parse_settings(&json!({ "businessId": BUSINESS.to_uppercase() })).unwrap();
    assert_eq!(Connector::account(&AppleMessages, &upper).as_deref(), Some(BUSINESS));
    assert_eq!(Connector::webhook_path(&AppleMessages, &TenantId::from("t")), "/amb/message");
}

#[test]
fn faults_in_settings_name_their_field() {
    let pointers = |settings: Value| -> Vec<String> {
        AnyConnector::check(&AppleMessages, &settings).into_iter().map(|fault| fault.pointer).collect()
    };
    assert_eq!(pointers(json!({ "businessId": BUSINESS })), [""; 0]);
    assert_eq!(pointers(json!({ "businessId": "a b c d e f" })), ["/businessId"]);
    assert_eq!(pointers(json!({ "businessId": "" })), ["/businessId"]);
    assert_eq!(pointers(json!({ "businessId": BUSINESS, "colour": "blue" })), ["/colour"]);
    assert_eq!(pointers(fixture::settings()), ["/mspId", "/mspSecret"], "the deployment's are no tenant's");
}

#[test]
fn the_form_explains_every_field() {
    let schema = serde_json::to_value(AnyConnector::settings_schema(&AppleMessages)).unwrap();
    let fields = schema["properties"].as_object().unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["businessId"]);
    for part in ["title", "description"] {
        assert!(fields["businessId"][part].as_str().is_some_and(|words| !words.is_empty()));
    }
    assert_eq!(schema["required"], json!(["businessId"]));
}

#[test]
fn an_invitation_leads_to_the_bot() {
    let link = |settings: Value| AnyChannel::invitation(&AppleMessages, &settings);
    let expected = format!("https://bcrw.apple.com/urn:biz:{BUSINESS}");
    assert_eq!(link(json!({ "businessId": BUSINESS })), Some(expected));
    assert_eq!(link(json!({ "businessId": "a b" })), None);
}
