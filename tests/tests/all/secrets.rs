//! What must not be told: nothing of it in the logs at the default level, none of it from the API.

use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use tests::{
    ADMIN_PASSWORD, Api, Behaviour, Process, genesys, genesys::Genesys, line, line::Line, tenant_document, until,
};

const PHONE: &str = "+819055512345";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_is_printed_by_a_whole_chat() {
    let (line, genesys) = (Line::start().await, Genesys::start().await);
    let data = tempfile::tempdir().unwrap();
    let variables = [
        ("UM_ENDPOINT_LINE", line.origin()),
        ("UM_ENDPOINT_GENESYS_CLOUD", genesys.origin()),
        ("UM_HTTP_TIMEOUT_SECONDS", "1"),
        ("UM_DELIVERY_ATTEMPTS", "2"),
    ];
    let process = Process::start(env!("CARGO_BIN_EXE_local-under-test"), data.path(), &variables).await;
    let api = Api::log_in(process.root()).await;
    let mut document = tenant_document("secretive");
    document["cxPlatform"]["customData"] = json!({ "secretNote": "custom-data-canary" });
    let tenant = api.create_tenant(&document).await;
    let ann = line::user("ann");
    line.name_guest(&ann, "Canary Guestname");
    line.keep_file("77001", "image/jpeg", b"\xff\xd8\xff\xe0file-canary".to_vec());

    // What works.
    let hello = line::text(&ann, &format!("guest-text-canary, call {PHONE}"));
    let reply_token = hello["replyToken"].as_str().unwrap().to_owned();
    api.line(&tenant, &[hello, line::image(&ann, "77001"), line::postback(&ann, "payload-canary")]).await;
    until("the chat at Genesys", 20, || (genesys.messages().len() == 3).then_some(())).await;
    let agent = |text: &str| genesys::text(&tenant.integration, &ann, text);
    api.genesys(&tenant, &agent("agent-text-canary")).await;
    until("the answer", 20, || line.shown().pop()).await;

    // What does not: refused with an echo of the text, refused by everything, timed out, garbled, badly signed.
    let echo = |text: &str| json!({ "message": format!("bad: {text}"), "details": [{ "message": text, "property": "messages[0]" }] });
    line.script(move |request| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if body.contains("refused-text-canary") {
            // What stands in the provider's `message` becomes the agent's sentence, not a line of the log.
            Behaviour::Answer(400, None, echo(&body))
        } else if body.contains("broken-text-canary") {
            Behaviour::Answer(500, None, echo(&body))
        } else {
            Behaviour::Take
        }
    });
    let refused = api.genesys(&tenant, &agent(&format!("refused-text-canary {PHONE}"))).await;
    let broken = api.genesys(&tenant, &agent("broken-text-canary")).await;
    for message in [&refused, &broken] {
        until("a Failed receipt", 20, || genesys.receipts_of(message).pop().filter(|r| r["status"] == "Failed")).await;
    }
    genesys.script(|request| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        match () {
            () if body.contains("echoed-text-canary") => {
                Behaviour::Answer(400, None, json!({ "message": body, "code": "bad.request" }))
            }
            () if body.contains("garbled-text-canary") => {
                Behaviour::Answer(200, None, json!("not what was asked for: garbled-text-canary"))
            }
            () => Behaviour::Take,
        }
    });
    api.line(&tenant, &[line::text(&ann, "echoed-text-canary"), line::text(&ann, "garbled-text-canary")]).await;
    api.line(&tenant, &[line::text(&ann, "last-text-canary")]).await;
    until("the last message", 30, || {
        genesys.texts().last().is_some_and(|text| text == "last-text-canary").then_some(())
    })
    .await;
    let body = line::body(&[line::text(&ann, "unsigned-text-canary")]);
    let bad = [(http::HeaderName::from_static("x-line-signature"), "signature-canary".parse().unwrap())]
        .into_iter()
        .collect();
    assert_eq!(api.post(&format!("/line/{}", tenant.id), bad, body).await.0, StatusCode::UNAUTHORIZED);

    // The API, asked well and badly.
    let mut secretless = Vec::new();
    let path = format!("/api/v1/tenants/{}", tenant.id);
    for path in
        ["/api/v1/tenants", &path, "/api/v1/storages", "/api/v1/settings", "/api/v1/connectors", "/api/v1/health"]
    {
        let (status, body) = api.call(Method::GET, path, None).await;
        assert!(status.is_success(), "{path}: {status} {body}");
        secretless.push(body.to_string());
    }
    for (pointer, value) in [
        ("/messaging/settings/channelSecret", json!(["rejected-secret-canary"])),
        ("/cxPlatform/settings/webhookToken", json!("short-canary")),
        ("/messaging/settings/unheardOf", json!("rejected-secret-canary")),
    ] {
        let mut wrong = tenant_document("wrong");
        wrong["cxPlatform"]["settings"]["clientSecret"] = "rejected-client-secret-canary".into();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        wrong.pointer_mut(parent).unwrap()[name] = value;
        let (status, body) = api.call(Method::POST, "/api/v1/tenants", Some(&wrong)).await;
        assert!(status.is_client_error(), "{pointer}: {status} {body}");
        let named = body["errors"]
            .as_array()
            .is_some_and(|errors| errors.iter().any(|e| e["pointer"].as_str().is_some_and(|p| p.ends_with(name))));
        assert!(named, "the field is named: {body}");
        secretless.push(body.to_string());
    }
    let wrong = json!({ "user": "admin", "password": "wrong-password-canary" });
    let (status, body) = api.call(Method::POST, "/api/v1/auth/login", Some(&wrong)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    secretless.push(body.to_string());
    let (status, _) = api.post("/api/v1/tenants", HeaderMap::new(), b"{\"rejected-secret-canary".to_vec()).await;
    assert!(status.is_client_error());
    let renamed = json!({ "messaging": { "settings": { "channelSecret": "second-channel-secret-canary" } } });
    let (status, body) = api.call(Method::PATCH, &path, Some(&renamed)).await;
    assert!(status.is_success(), "{body}");
    assert!(
        body["messaging"]["secretsSet"].as_array().is_some_and(|set| set.contains(&json!("channelSecret"))),
        "{body}"
    );
    secretless.extend([body.to_string(), tenant.shown.to_string()]);

    let secrets = [
        tenant.channel_secret.as_str(),
        &tenant.webhook_token,
        "client-secret-of-secretive",
        "second-channel-secret-canary",
        "rejected-secret-canary",
        "rejected-client-secret-canary",
        "wrong-password-canary",
        line::ACCESS_TOKEN,
        genesys::ACCESS_TOKEN,
        ADMIN_PASSWORD,
        api.bearer(),
    ];
    for secret in secrets {
        assert!(secretless.iter().all(|body| !body.contains(secret)), "the API tells {secret}");
    }
    let printed = process.kill().await;
    let personal = [
        "guest-text-canary",
        "agent-text-canary",
        "refused-text-canary",
        "broken-text-canary",
        "echoed-text-canary",
        "garbled-text-canary",
        "last-text-canary",
        "unsigned-text-canary",
        "payload-canary",
        "file-canary",
        "custom-data-canary",
        "signature-canary",
        "Canary Guestname",
        PHONE,
        PHONE.trim_start_matches('+'),
        ann.as_str(),
        reply_token.as_str(),
    ];
    for canary in secrets.iter().chain(&personal) {
        let line = printed.lines().find(|line| line.contains(canary));
        assert!(line.is_none(), "{canary} is printed: {}", line.unwrap_or_default());
    }
    for told in ["\"delivered\"", "Quarantined", "SignatureRejected", tenant.id.as_str()] {
        assert!(printed.contains(told), "the logs do tell {told}: {printed}");
    }
    nothing_on_disk(data.path(), &secrets[..4]);
}

/// Credentials are sealed before they are written.
fn nothing_on_disk(data: &std::path::Path, secrets: &[&str]) {
    for name in ["dynamodb.sqlite", "dynamodb.sqlite-wal", "sqs.sqlite", "sqs.sqlite-wal"] {
        let Ok(bytes) = std::fs::read(data.join(name)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        for secret in secrets.iter().chain(&[line::ACCESS_TOKEN, genesys::ACCESS_TOKEN]) {
            assert!(!text.contains(secret), "{secret} is written to {name}");
        }
    }
}

/// A secret that was set is kept when the tenant is saved without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_saved_without_its_secrets_keeps_them() {
    let platform = tests::Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let path = format!("/api/v1/tenants/{}", tenant.id);
    let (_, shown) = platform.call(Method::GET, &path, None).await;
    let mut document = tenant_document("acme");
    document["messaging"]["settings"].as_object_mut().unwrap().remove("channelSecret");
    for name in ["clientSecret", "webhookToken"] {
        document["cxPlatform"]["settings"].as_object_mut().unwrap().remove(name);
    }
    let (status, saved) = platform.call(Method::PUT, &path, Some(&document)).await;
    assert!(status.is_success(), "{saved}");
    for side in ["messaging", "cxPlatform"] {
        assert_eq!(saved[side]["secretsSet"], shown[side]["secretsSet"], "{side}");
        assert_ne!(saved[side]["secretsSet"], Value::Null, "{side}");
    }
    platform.line(&tenant, &[line::text(&line::user("ann"), "Hello?")]).await;
    until("a message at Genesys", 10, || platform.genesys.messages().pop()).await;
}
