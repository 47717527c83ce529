//! The sample events are the simulator's: signed for its demo bot, from its first guest.

use std::path::Path;

use contract::{Channel, Connector, ConversationId, Outbound, WebhookRequest, parse_settings};
use serde_json::Value;
use simulation::Simulator;
use telegram::{Telegram, simulator::TelegramSimulator};

use crate::fixture::{context, now};

const TENANT: &str = "demo-telegram";

fn samples(function: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../events").join(function);
    let mut samples: Vec<(String, Value)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
        })
        .collect();
    samples.sort_by(|one, other| one.0.cmp(&other.0));
    samples
}

#[test]
fn webhook_samples() {
    let simulator = TelegramSimulator::new();
    let settings = parse_settings(&simulator.demo_settings()).unwrap();
    let mut with_events = Vec::new();
    for (name, event) in samples("telegram-webhook") {
        let mut headers = http::HeaderMap::new();
        for (name, value) in event["headers"].as_object().unwrap() {
            let name: http::HeaderName = name.parse().unwrap();
            headers.insert(name, value.as_str().unwrap().parse().unwrap());
        }
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let request = WebhookRequest {
            method: http::Method::POST,
            path: text(&event["rawPath"]),
            query: text(&event["rawQueryString"]),
            headers,
            body: text(&event["body"]).into(),
        };
        assert_eq!(event["headers"]["content-length"], request.body.len().to_string(), "{name}");
        assert_eq!(Telegram.verify(&request, &settings, now()).is_ok(), name != "bad-secret-token", "{name}");
        let parsed = Telegram.parse(&request, &settings).unwrap();
        if let Some(event) = parsed.events.first() {
            if !name.starts_with("group") {
                assert_eq!(event.guest.id.as_str(), simulator.guest_id(1), "{name}");
            }
            with_events.push(name);
        }
    }
    assert_eq!(
        with_events,
        [
            "bad-secret-token",
            "blocked",
            "contact",
            "edited",
            "group-mention",
            "image",
            "location",
            "start",
            "sticker",
            "tap",
            "text",
        ]
    );
}

#[test]
fn deliver_samples() {
    let simulator = TelegramSimulator::new();
    let settings = parse_settings(&simulator.demo_settings()).unwrap();
    let guest = simulator.guest_id(1);
    let conversation = ConversationId::of(&TENANT.into(), "telegram", &guest.as_str().into());
    let samples = samples("telegram-deliver");
    assert_eq!(samples.len(), 3);
    for (name, event) in samples {
        let record = &event["Records"][0];
        let task: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
        assert_eq!((&task["tenant"], &task["conversation"]), (&TENANT.into(), &conversation.as_str().into()), "{name}");
        assert_eq!(record["attributes"]["MessageGroupId"], conversation.as_str(), "{name}");
        let message: Outbound = serde_json::from_value(task["message"].clone()).unwrap();
        assert_eq!(message.to.as_str(), guest, "{name}");
        assert_eq!(compose::compose(&Telegram, &message, &settings, &context()).steps.len(), 1, "{name}");
    }
}
