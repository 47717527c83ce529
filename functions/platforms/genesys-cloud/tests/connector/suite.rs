//! What holds for every platform.

use conformance::{Answer, PlatformFixture, platform_suite};
use contract::{
    WebhookRequest,
    http::{Request, Response},
};
use genesys_cloud::GenesysCloud;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{fixture, fixture::posted};

struct Fixture(GenesysCloud);

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

impl PlatformFixture for Fixture {
    type Platform = GenesysCloud;

    fn platform(&self) -> &GenesysCloud {
        &self.0
    }

    fn settings(&self) -> Value {
        fixture::settings()
    }

    fn now(&self) -> Timestamp {
        fixture::now()
    }

    fn sign(&self, body: &[u8]) -> WebhookRequest {
        posted(body.to_vec(), Some(&fixture::base64_signature(body)))
    }

    fn badly_signed(&self, body: &[u8]) -> Vec<(&'static str, WebhookRequest)> {
        let good = fixture::base64_signature(body);
        let request = |signature: &str| posted(body.to_vec(), Some(signature));
        vec![
            ("hex instead of base64", request(&fixture::hex_signature(body))),
            ("without its prefix", request(good.trim_start_matches("sha256="))),
            ("under another hash's name", request(&good.replace("sha256", "sha1"))),
            ("cut short", request(&good[..good.len() - 8])),
            ("empty", request("")),
            ("its prefix alone", request("sha256=")),
            ("not base64", request("sha256=%%%")),
            ("of another body", request(&fixture::base64_signature(b"other"))),
            ("in another case", request(&good.to_uppercase())),
        ]
    }

    fn text_event(&self, id: &str, text: &str) -> Vec<u8> {
        let mut event = crate::webhook::head(id);
        event["type"] = "Text".into();
        event["text"] = text.into();
        event.to_string().into_bytes()
    }

    fn unknown_event(&self) -> Vec<u8> {
        let mut event = crate::webhook::head("event-1");
        event["type"] = "Hologram".into();
        event.to_string().into_bytes()
    }

    fn before_send(&self) -> Vec<Answer> {
        vec![fixture::granted()]
    }

    fn after_unauthorized(&self) -> Vec<Answer> {
        vec![fixture::granted(), Ok(Response::new(401).json(&json!({ "code": "bad.credentials", "status": 401 })))]
    }

    fn text_of(&self, request: &Request) -> String {
        body(request)["text"].as_str().unwrap().to_owned()
    }

    fn idempotency_key_of(&self, request: &Request) -> String {
        body(request)["channel"]["messageId"].as_str().unwrap().to_owned()
    }
}

#[test]
fn the_suite_of_every_platform() {
    platform_suite(&Fixture(GenesysCloud::default()));
}
