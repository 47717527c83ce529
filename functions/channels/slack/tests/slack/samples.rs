//! The sample events in `events/`: signed for the demo tenant, at their own time; later they are refused as stale.

use std::path::Path;

use contract::{Channel, Connector, Content, Outbound, Rejection, WebhookRequest, parse_settings};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use simulation::Simulator;
use slack::{Slack, simulator::SlackSimulator};

fn samples(function: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../events").join(function);
    let mut found: Vec<(String, Value)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap())
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

#[test]
fn webhooks() {
    let settings = parse_settings(&SlackSimulator::new().demo_settings()).unwrap();
    let mut kinds = Vec::new();
    for (name, event) in samples("slack-webhook") {
        let mut headers = HeaderMap::new();
        for (header, value) in event["headers"].as_object().unwrap() {
            let header = HeaderName::from_bytes(header.as_bytes()).unwrap();
            headers.insert(header, HeaderValue::from_str(value.as_str().unwrap()).unwrap());
        }
        let request = WebhookRequest {
            method: Method::POST,
            path: event["rawPath"].as_str().unwrap().to_owned(),
            query: String::new(),
            headers,
            body: event["body"].as_str().unwrap().to_owned().into(),
        };
        let then = jiff::Timestamp::from_millisecond(event["requestContext"]["timeEpoch"].as_i64().unwrap()).unwrap();
        let verdict = |at| Slack.verify(&request, &settings, at);
        if name == "bad-signature" {
            assert_eq!(verdict(then), Err(Rejection::BadSignature));
            continue;
        }
        assert_eq!(verdict(then), Ok(()), "{name}");
        assert_eq!(verdict(jiff::Timestamp::now()), Err(Rejection::Stale), "{name}");
        let parsed = Slack.parse(&request, &settings).unwrap();
        let said: Vec<&str> = parsed.events.iter().map(|event| event.content.kind()).collect();
        kinds.push(format!("{name}: {}", [said, parsed.ignored].concat().join(" ")));
    }
    assert_eq!(
        kinds,
        [
            "app-uninstalled: presence",
            "button: answer",
            "channel-talk: notMentioned",
            "deleted: note",
            "edited: edited",
            "file: text file",
            "mention: text",
            "own-message: echo",
            "retried: text",
            "text: text",
            "text-with-emoji-and-link: text",
            "tokens-revoked: presence",
            "url-verification: urlVerification",
        ]
    );
}

#[test]
fn deliveries() {
    let guest = SlackSimulator::new().guest_id(1);
    for (name, event) in samples("slack-deliver") {
        let record = &event["Records"][0];
        let task: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
        assert_eq!(task["task"], "outbound.v1", "{name}");
        assert_eq!(record["attributes"]["MessageGroupId"], task["conversation"], "{name}");
        let message: Outbound = serde_json::from_value(task["message"].clone()).unwrap();
        assert_eq!(message.to.as_str(), guest, "{name}");
        assert!(message.contents.iter().all(Content::is_message), "{name}");
    }
}
