//! What comes to a webhook and is not the network's: the right status, an empty body, nothing stored, nothing logged.

use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::json;
use tests::{Platform, genesys, line, logs};

/// In every bad request; looked for in the logs.
const CANARY: &str = "canary-of-bad-input-4b1d";

struct Row {
    label: &'static str,
    path: String,
    signature: Option<String>,
    body: Vec<u8>,
    status: u16,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_requests_leave_no_trace() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let before = platform.stored().await;
    let handled = platform.genesys.received().len() + platform.line.received().len();
    for (header, path, secret, sign, good) in [
        (
            "x-line-signature",
            "/line",
            &tenant.channel_secret,
            line::sign as fn(&str, &[u8]) -> String,
            line::body(&[line::text(&line::user("ann"), CANARY)]),
        ),
        (
            "x-hub-signature-256",
            "/openmessaging",
            &tenant.webhook_token,
            genesys::sign,
            genesys::text(&tenant.integration, &line::user("ann"), CANARY).to_string().into_bytes(),
        ),
    ] {
        let header = HeaderName::from_static(header);
        for row in rows(path, &tenant.id, secret, sign, &good) {
            let mut headers = HeaderMap::new();
            headers.insert(http::header::CONTENT_TYPE, "application/json".parse().unwrap());
            if let Some(signature) = &row.signature {
                headers.insert(header.clone(), signature.parse().unwrap());
            }
            let (status, body) = platform.post(&row.path, headers, row.body.clone()).await;
            assert_eq!(status.as_u16(), row.status, "{path}: {}", row.label);
            // What no route of ours has is API Gateway's to answer.
            let ours = row.path.strip_prefix(path).is_some_and(|rest| rest.matches('/').count() == 1);
            assert!(body.is_empty() || !ours, "{path}: {}: {}", row.label, String::from_utf8_lossy(&body));
        }
        let (status, _, _) = platform.get(&format!("{}{path}/{}", platform.root(), tenant.id)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: GET has no route");
    }
    assert_eq!(platform.stored().await, before);
    assert_eq!(platform.genesys.received().len() + platform.line.received().len(), handled);
    let logs = logs::text();
    assert!(!logs.contains(CANARY), "{}", logs.lines().find(|line| line.contains(CANARY)).unwrap_or_default());
}

/// Bad requests to one webhook; `good` is a body that would be taken.
fn rows(path: &str, tenant: &str, secret: &str, sign: fn(&str, &[u8]) -> String, good: &[u8]) -> Vec<Row> {
    let to = format!("{path}/{tenant}");
    let row = |label, signature: Option<String>, body: &[u8], status| Row {
        label,
        path: to.clone(),
        signature,
        body: body.to_vec(),
        status,
    };
    let signed = |label, body: &[u8], status| row(label, Some(sign(secret, body)), body, status);
    let deep = format!("{{\"deep\":{}\"{CANARY}\"{}}}", "[".repeat(100_000), "]".repeat(100_000));
    // LINE posts many events at once: a bad one does not take the good ones with it, and sending it again is of no use.
    let one_bad_event = if path == "/line" { 200 } else { 400 };
    let deep_within = format!("{{\"type\":\"Text\",\"events\":[{}0{}]}}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
    let huge = format!("{{\"x\":\"{CANARY}{}\"}}", "x".repeat(5 << 20));
    let mut not_utf8 = good.to_vec();
    let at = not_utf8.len() / 2;
    not_utf8.splice(at..at, [0xff, 0xfe, 0x80]);
    let other_route = |label, path: String, status| Row {
        label,
        path,
        signature: Some(sign(secret, good)),
        body: good.to_vec(),
        status,
    };
    vec![
        row("no signature", None, good, 401),
        row("an empty signature", Some(String::new()), good, 401),
        row("no base64", Some(format!("sha256=%%{CANARY}")), good, 401),
        row("another's signature", Some(sign(&format!("{CANARY} of somebody else"), good)), good, 401),
        row("the signature of another body", Some(sign(secret, b"{}")), good, 401),
        row("half a signature", Some(sign(secret, good)[..20].to_owned()), good, 401),
        row("a huge body, unsigned", None, huge.as_bytes(), 413),
        row("a deep body, unsigned", None, deep.as_bytes(), 401),
        row("no body, unsigned", None, b"", 401),
        row("not UTF-8, unsigned", None, &not_utf8, 401),
        signed("no body", b"", 400),
        signed("half a body", &good[..good.len() / 2], 400),
        signed("a huge body", huge.as_bytes(), 413),
        signed("a deep body", deep.as_bytes(), 400),
        signed("a body that is deep within", deep_within.as_bytes(), one_bad_event),
        signed("not UTF-8", &not_utf8, 400),
        signed("nothing but bytes", &[0xc3, 0x28, 0x00, 0xff], 400),
        signed("another shape", json!(CANARY).to_string().as_bytes(), 400),
        signed("null", b"null", 400),
        signed("a number that is too big", b"{\"events\":1e999,\"type\":1e999}", 400),
        other_route("an unknown tenant", format!("{path}/0b6c2a0e-8c3b-4f7b-9a53-000000000000"), 404),
        other_route("no tenant's name", format!("{path}/..%2f{CANARY}"), 404),
        other_route("a long name", format!("{path}/{}", "x".repeat(2_000)), 404),
        other_route("a path below", format!("{path}/{tenant}/{CANARY}"), 404),
        other_route("a path above", path.to_owned(), 404),
    ]
}

/// Well signed, but of no use: 200 as the network expects, and nothing comes of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_for_us_is_taken_and_forgotten() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let ann = line::user("ann");
    let before = platform.stored().await;
    let mut standby = line::text(&ann, "Not for us.");
    standby["mode"] = "standby".into();
    let mut in_group = line::text(&ann, "Talk among friends.");
    in_group["source"] = json!({ "type": "group", "groupId": "C0ffee", "userId": ann });
    platform.line(&tenant, &[]).await;
    platform.line(&tenant, &[standby, in_group, line::event(&ann, "somethingNew", json!({ "x": 1 }))]).await;
    let integration = tenant.integration.as_str();
    platform
        .genesys(&tenant, &genesys::message(integration, &ann, json!({ "direction": "Inbound", "text": "echo" })))
        .await;
    platform.genesys(&tenant, &genesys::message(integration, &ann, json!({ "type": "Unheard" }))).await;
    platform.rest(10).await;
    assert_eq!(platform.stored().await, before);
}
