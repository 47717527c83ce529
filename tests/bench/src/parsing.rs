//! Verify and parse a LINE text webhook, and build its queue entry, against the least anybody must do with those bytes:
//! the HMAC and a `serde_json::Value`.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use aws::queue::{Envelope, Origin, Task};
use base64::{Engine, prelude::BASE64_STANDARD};
use contract::{Channel, Connector, ConversationId, TenantId, TraceId, WebhookRequest};
use hmac::{Hmac, KeyInit, Mac};
use line::Line;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{median, micros};

const SECRET: &str = "5eed5eed5eed5eed5eed5eed5eed5eed";
const ROUNDS: usize = 301;
const CALLS: usize = 200;

pub fn run() {
    let body = json!({
        "destination": "U00000000000000000000000000000000",
        "events": [{
            "type": "message", "mode": "active", "timestamp": 1_760_000_000_000_i64,
            "webhookEventId": "01K73SAMPLE000000000000001", "deliveryContext": {"isRedelivery": false},
            "source": {"type": "user", "userId": "U4af4980629f4af4980629f4af4980629"},
            "replyToken": "38ef843bde154d9b91c21320ffd17a0f",
            "message": {"id": "480000000000000002", "type": "text", "quoteToken": "q3Plxr4AgKd", "markAsReadToken": "30yhdy232",
                "text": "안녕하세요 👋🏽 영업시간이 어떻게 되나요? Is the shop open on Sundays, too?"}
        }]
    })
    .to_string();
    let settings: line::Settings = contract::parse_settings(&json!({
        "channelId": "2000000001", "channelSecret": SECRET, "botBasicId": "@demo"
    }))
    .unwrap();
    let mac = |bytes: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(bytes);
        mac.finalize().into_bytes()
    };
    let signature = BASE64_STANDARD.encode(mac(body.as_bytes()));
    let mut headers = http::HeaderMap::new();
    headers.insert("x-line-signature", signature.parse().unwrap());
    let request = WebhookRequest {
        method: http::Method::POST,
        path: "/line/t".to_owned(),
        query: String::new(),
        headers,
        body: body.clone().into(),
    };
    let tenant = TenantId::from("259bb4e2-f7e5-4b06-9a51-c528f412404b");
    let now = jiff::Timestamp::now();

    let floor = || {
        black_box(mac(black_box(body.as_bytes())));
        black_box(serde_json::from_slice::<Value>(black_box(body.as_bytes())).unwrap());
    };
    let verify_and_parse = || {
        Line.verify(black_box(&request), &settings, now).unwrap();
        Line.parse(black_box(&request), &settings).unwrap()
    };
    let whole = || {
        for event in verify_and_parse().events {
            let task = Task::Inbound(Envelope {
                conversation: ConversationId::of(&tenant, "line", &event.guest.id),
                tenant: tenant.clone(),
                channel: "line".to_owned(),
                platform: "genesys-cloud".to_owned(),
                trace: TraceId::generate(),
                received_at: now,
                origin: Origin::Webhook,
                message: event,
            });
            black_box(serde_json::to_string(&task).unwrap());
        }
    };
    // Interleaved, so that a noisy moment falls on all three.
    let (mut floors, mut parses, mut wholes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floors.push(time(floor));
        parses.push(time(|| drop(black_box(verify_and_parse()))));
        wholes.push(time(whole));
    }
    let (floor, parse, whole) = (median(floors), median(parses), median(wholes));
    println!("LINE text webhook, {} bytes (median of {ROUNDS} × {CALLS})", body.len());
    println!("  floor: HMAC + serde_json::Value        {:8.2} µs", micros(floor));
    println!("  verify + parse                         {:8.2} µs   {:.2} × floor", micros(parse), ratio(parse, floor));
    println!(
        "  verify + parse + build the queue entry {:8.2} µs   {:.2} × floor (target ≤ 2)",
        micros(whole),
        ratio(whole, floor)
    );
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// The time of one call.
fn time(mut call: impl FnMut()) -> Duration {
    let started = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    started.elapsed() / CALLS as u32
}
