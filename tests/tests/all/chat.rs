//! The ordinary day: a guest writes, an agent answers.

use http::Method;
use serde_json::{Value, json};
use tests::{Platform, genesys, line, tenant_document, until};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guests_text_becomes_one_message_at_genesys() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let ann = line::user("ann");
    platform.line.name_guest(&ann, "Ann 🌸");
    let event = line::text(&ann, "こんにちは (happy) 🏳️‍🌈");

    platform.line(&tenant, std::slice::from_ref(&event)).await;

    let message = until("a message at Genesys", 10, || platform.genesys.messages().pop()).await;
    assert_eq!(message.method, Method::POST);
    let path = format!("/api/v2/conversations/messages/{}/inbound/open/message", tenant.integration);
    assert_eq!((message.path.as_str(), message.query.as_str()), (path.as_str(), "prefetchConversationId=true"));
    assert_eq!(message.header("authorization"), format!("Bearer {}", genesys::ACCESS_TOKEN));
    assert_eq!(message.header("content-type"), "application/json");
    let body = message.json();
    assert_eq!(body["text"], "こんにちは (happy) 🏳️‍🌈");
    let channel = &body["channel"];
    assert_eq!(channel["from"]["id"], ann.as_str());
    assert_eq!(channel["from"]["nickname"], "Ann 🌸");
    assert_eq!(channel["to"]["id"], tenant.integration.as_str());
    assert_eq!(channel["messageId"], event["webhookEventId"]);
    let at: jiff::Timestamp = channel["time"].as_str().unwrap().parse().unwrap();
    assert_eq!(at.as_millisecond(), event["timestamp"].as_i64().unwrap());
    let data = &channel["metadata"]["customAttributes"];
    assert_eq!((&data["media"], &data["vip"], &data["locale"]), (&json!("LINE"), &json!("yes"), &json!("ja")));
    assert!(body["metadata"].is_null(), "participant data in the wrong place is refused");

    platform.rest(10).await;
    assert_eq!(platform.genesys.received_at("/inbound/open/message").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agents_texts_are_a_reply_and_then_a_push() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let ann = line::user("ann");
    let event = line::text(&ann, "Hello?");
    platform.line(&tenant, std::slice::from_ref(&event)).await;
    until("a message at Genesys", 10, || platform.genesys.messages().pop()).await;
    platform.rest(10).await;

    let first = platform.genesys(&tenant, &genesys::text(&tenant.integration, &ann, "Good morning.")).await;
    until("an answer at LINE", 10, || platform.line.shown().pop()).await;
    let second = platform.genesys(&tenant, &genesys::text(&tenant.integration, &ann, "How can I help?")).await;
    until("a second answer at LINE", 10, || (platform.line.shown().len() == 2).then_some(())).await;

    let shown = platform.line.shown();
    assert_eq!(shown[0].path, "/v2/bot/message/reply");
    let reply = shown[0].json();
    assert_eq!(reply["replyToken"], event["replyToken"]);
    assert_eq!(reply["messages"], json!([{ "type": "text", "text": "Good morning." }]));
    assert_eq!(shown[0].header("x-line-retry-key"), "", "LINE refuses a reply with a retry key");
    assert_eq!(shown[0].header("authorization"), format!("Bearer {}", line::ACCESS_TOKEN));

    assert_eq!(shown[1].path, "/v2/bot/message/push");
    let push = shown[1].json();
    assert_eq!(push, json!({ "to": ann, "messages": [{ "type": "text", "text": "How can I help?" }] }));
    assert!(Uuid::try_parse(shown[1].header("x-line-retry-key")).is_ok());

    for message in [&first, &second] {
        let receipt = until("a receipt at Genesys", 10, || platform.genesys.receipts_of(message).pop()).await;
        // LINE reports no delivery: what was sent is the last that will ever be known.
        assert_eq!((&receipt["status"], &receipt["isFinalReceipt"]), (&json!("Sent"), &json!(true)));
        assert_eq!(receipt["channel"]["to"]["id"], ann.as_str());
    }
    platform.rest(10).await;
    assert_eq!(platform.genesys.received_at("/inbound/open/receipt").len(), 2);
}

/// The five messages of one LINE webhook arrive in their order, and so do the agent's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_events_keeps_its_order() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let ann = line::user("ann");
    let said: Vec<String> = (1..=25).map(|number| format!("line {number}")).collect();
    let events: Vec<Value> = said.iter().map(|text| line::text(&ann, text)).collect();
    platform.line(&tenant, &events).await;
    until("25 messages", 15, || (platform.genesys.messages().len() >= 25).then_some(())).await;
    assert_eq!(platform.genesys.texts(), said);

    for text in &said {
        platform.genesys(&tenant, &genesys::text(&tenant.integration, &ann, text)).await;
    }
    until("25 answers", 15, || (platform.line.shown_texts().len() >= 25).then_some(())).await;
    assert_eq!(platform.line.shown_texts(), said);
}

/// Characters that JSON allows and SQS refuses would make the network post the same event for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_characters_pass() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let ann = line::user("ann");
    let odd = "a\u{0}b\u{1f}c\u{7f}d\u{fffe}e\u{ffff}f\u{2028}g\u{10ffff}h";
    platform.line(&tenant, &[line::text(&ann, odd)]).await;
    let message = until("a message at Genesys", 10, || platform.genesys.messages().pop()).await;
    assert_eq!(message.json()["text"], odd);
    platform.genesys(&tenant, &genesys::text(&tenant.integration, &ann, odd)).await;
    let shown = until("an answer at LINE", 10, || platform.line.shown_texts().pop()).await;
    assert_eq!(shown, odd);
}

/// Saving a tenant that names no integration creates one, which leads back to the tenant; deleting it deletes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_integration_comes_and_goes_with_its_tenant() {
    let platform = Platform::start().await;
    let mut document = tenant_document("acme");
    document["cxPlatform"]["settings"]["integrationId"] = Value::Null;
    let tenant = platform.create_tenant(&document).await;

    let [integration] = &platform.genesys.integrations()[..] else { panic!("one integration") };
    assert_eq!(integration["id"], tenant.integration.as_str());
    assert_eq!(integration["name"], "UM acme");
    let webhook = format!("{}/openmessaging/{}", platform.root(), tenant.id);
    assert_eq!(integration["outboundNotificationWebhookUrl"], webhook.as_str());
    assert_eq!(tenant.shown["cxPlatform"]["webhookUrl"], webhook.as_str());
    assert_eq!(integration["outboundNotificationWebhookSignatureSecretToken"], "webhook-token-of-acme");

    platform.line(&tenant, &[line::text(&line::user("ann"), "Hello?")]).await;
    let message = until("a message at Genesys", 10, || platform.genesys.messages().pop()).await;
    assert!(message.path.contains(&tenant.integration));
    platform.rest(10).await;

    let (status, _) = platform.call(Method::DELETE, &format!("/api/v1/tenants/{}", tenant.id), None).await;
    assert!(status.is_success(), "{status}");
    until("no integration", 10, || platform.genesys.integrations().is_empty().then_some(())).await;
}

/// A note reaches nobody while no conversation is open, but what it says of how to answer the guest holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_to_nobody_still_tells_how_to_answer() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let cleo = line::user("cleo");
    platform.genesys(&tenant, &genesys::text(&tenant.integration, &cleo, "Are you there?")).await;
    until("a push at LINE", 10, || platform.line.shown().pop()).await;
    platform.rest(10).await;

    let mut linked = line::event(&cleo, "accountLink", Value::Null);
    linked["link"] = json!({ "result": "ok", "nonce": "n" });
    platform.line(&tenant, std::slice::from_ref(&linked)).await;
    platform.rest(10).await;
    assert!(platform.genesys.messages().is_empty(), "a note opens no conversation");

    platform.genesys(&tenant, &genesys::text(&tenant.integration, &cleo, "Thank you.")).await;
    until("an answer at LINE", 10, || (platform.line.shown().len() == 2).then_some(())).await;
    let answer = platform.line.shown().pop().unwrap();
    assert_eq!((answer.path.as_str(), &answer.json()["replyToken"]), ("/v2/bot/message/reply", &linked["replyToken"]));
}
