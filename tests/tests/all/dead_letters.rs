//! A message that can never be delivered: the agent learns why, an operator finds it, the conversation goes on.

use local_aws::sqs::Attribute;
use serde_json::json;
use tests::{
    Behaviour, INBOUND_DEAD_LETTERS, OUTBOUND_DEAD_LETTERS, Platform, Tenant, genesys, line, until, until_async,
};

fn counted(connector: &str) -> f64 {
    aws::metrics::totals().get(&(connector.to_owned(), "Quarantined")).copied().unwrap_or_default()
}

fn reason_of(attributes: &std::collections::BTreeMap<String, Attribute>) -> String {
    match &attributes["reason"].value {
        local_aws::sqs::AttributeValue::Text(text) => text.clone(),
        local_aws::sqs::AttributeValue::Binary(_) => panic!("a text"),
    }
}

/// Waits for the agent's `Failed` receipt and the dead letter, and looks at both. Gives the receipt's sentence.
async fn failed_for_good(platform: &Platform, message: &str, kind: &str) -> String {
    let receipt = until("a receipt", 20, || platform.genesys.receipts_of(message).pop()).await;
    assert_eq!((&receipt["status"], &receipt["isFinalReceipt"]), (&json!("Failed"), &json!(true)), "{receipt}");
    let sentence = receipt["reasons"][0]["message"].as_str().unwrap().to_owned();
    assert!(sentence.ends_with('.') && sentence.contains(' '), "{sentence}");
    let delivery = until_async("the end in the ledger", 10, || async {
        platform.delivery_of(message).await.filter(|delivery| delivery.state == "failed")
    })
    .await;
    assert_eq!(delivery.error["kind"], kind, "{:?}", delivery.error);
    let letters = platform.messages_in(OUTBOUND_DEAD_LETTERS);
    let letter = letters.iter().find(|letter| letter.body.contains(message)).expect("a dead letter");
    let reason = reason_of(&letter.attributes);
    // SQS refuses what a provider may well answer.
    assert!(reason.contains(&sentence.replace(char::is_control, " ")), "{reason}");
    sentence
}

async fn conversation(platform: &Platform) -> (Tenant, String) {
    let tenant = platform.tenant("acme").await;
    let ann = line::user("ann");
    platform.line(&tenant, &[line::text(&ann, "Hello?")]).await;
    until("a message at Genesys", 10, || platform.genesys.messages().pop()).await;
    platform.rest(10).await;
    (tenant, ann)
}

fn says(request: &tests::Received, text: &str) -> bool {
    String::from_utf8_lossy(&request.body).contains(text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_line_refuses_is_quarantined_and_the_next_goes_through() {
    let platform = Platform::start().await;
    let (tenant, ann) = conversation(&platform).await;
    let before = counted("line");
    platform.line.script(|request| {
        if says(request, "poison") {
            let details = json!([{ "message": "May not be\n\u{1}so", "property": "messages[0].text" }]);
            Behaviour::Answer(400, None, json!({ "message": "The request body has 1 error(s)", "details": details }))
        } else {
            Behaviour::Take
        }
    });
    let poison = platform.genesys(&tenant, &genesys::text(&tenant.integration, &ann, "poison")).await;
    let next = platform.genesys(&tenant, &genesys::text(&tenant.integration, &ann, "medicine")).await;

    let sentence = failed_for_good(&platform, &poison, "invalidMessage").await;
    assert!(sentence.contains("messages[0].text"), "{sentence}");
    let receipt = until("the next one's receipt", 10, || platform.genesys.receipts_of(&next).pop()).await;
    assert_eq!(receipt["status"], "Sent");
    assert_eq!(platform.line.shown_texts(), ["medicine"]);
    assert!(counted("line") >= before + 1.0, "the alarm's metric");
    assert_eq!(platform.delivery_of(&poison).await.unwrap().attempts, 1, "what is refused for good is not tried again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_meets_only_failures_is_quarantined_and_moved_back_by_hand() {
    let platform = Platform::with(&[("UM_DELIVERY_ATTEMPTS", "2")]).await;
    let (tenant, ann) = conversation(&platform).await;
    let before = counted("line");
    platform.line.script(|request| if says(request, "unlucky") { Behaviour::status(500) } else { Behaviour::Take });
    let unlucky = platform.genesys(&tenant, &genesys::text(&tenant.integration, &ann, "unlucky")).await;
    let next = platform.genesys(&tenant, &genesys::text(&tenant.integration, &ann, "lucky")).await;

    failed_for_good(&platform, &unlucky, "unavailable").await;
    assert_eq!(platform.delivery_of(&unlucky).await.unwrap().attempts, 2);
    assert!(counted("line") >= before + 1.0, "the alarm's metric");
    until("the next one's receipt", 10, || platform.genesys.receipts_of(&next).pop()).await;

    // Moved back too early, it fails again, and must not be lost by that.
    platform.redrive(OUTBOUND_DEAD_LETTERS).await;
    until("a second quarantine", 15, || {
        (counted("line") >= before + 2.0 && platform.depth(OUTBOUND_DEAD_LETTERS) == 1).then_some(())
    })
    .await;
    assert_eq!(platform.line.shown_texts(), ["lucky"]);

    platform.line.heal();
    platform.redrive(OUTBOUND_DEAD_LETTERS).await;
    until("the message after all", 10, || (platform.line.shown_texts() == ["lucky", "unlucky"]).then_some(())).await;
    platform.rest(10).await;
    assert_eq!(platform.depth(OUTBOUND_DEAD_LETTERS), 0);
    assert_eq!(platform.delivery_of(&unlucky).await.unwrap().state, "delivered");
    let last = platform.genesys.receipts_of(&unlucky).pop().unwrap();
    assert_eq!(last["status"], "Sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_genesys_refuses_is_quarantined_and_moved_back_by_hand() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let ann = line::user("ann");
    let before = counted("genesys-cloud");
    platform.genesys.script(|request| {
        let refused = request.path.ends_with("/message") && says(request, "poison");
        let body = json!({ "message": "poison is refused", "code": "bad.request", "status": 400, "contextId": "c-1" });
        if refused { Behaviour::Answer(400, None, body) } else { Behaviour::Take }
    });
    let poison = line::text(&ann, "poison");
    platform.line(&tenant, &[poison.clone(), line::text(&ann, "medicine")]).await;
    until("the next message", 10, || (platform.genesys.texts() == ["medicine"]).then_some(())).await;
    let [letter] = &platform.messages_in(INBOUND_DEAD_LETTERS)[..] else { panic!("one dead letter") };
    let reason = reason_of(&letter.attributes);
    assert!(reason.starts_with("InvalidMessage 400 bad.request (contextId c-1): "), "{reason}");
    let event = poison["webhookEventId"].as_str().unwrap();
    assert_eq!(platform.delivery_of(event).await.unwrap().state, "failed");
    assert!(counted("genesys-cloud") >= before + 1.0, "the alarm's metric");

    platform.genesys.heal();
    platform.redrive(INBOUND_DEAD_LETTERS).await;
    until("the message after all", 10, || (platform.genesys.texts() == ["medicine", "poison"]).then_some(())).await;
}

/// What nobody can read is put away as well, and holds nothing up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_quarantined() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let ann = line::user("ann");
    let group = contract::ConversationId::of(&tenant.id.as_str().into(), "line", &ann.as_str().into());
    let sqs = platform.local.aws().sqs();
    for (number, body) in
        ["no JSON at all", r#"{"task":"inbound.v99"}"#, r#"{"task":"claimCheck.v1","key":"claims/none"}"#]
            .iter()
            .enumerate()
    {
        let task = local_aws::sqs::Outgoing::fifo(*body, group.as_str(), format!("odd-{number}"));
        sqs.send(tests::INBOUND, task).await.unwrap();
    }
    platform.line(&tenant, &[line::text(&ann, "Hello?")]).await;
    until("the message behind them", 10, || (platform.genesys.texts() == ["Hello?"]).then_some(())).await;
    let reasons: Vec<String> =
        platform.messages_in(INBOUND_DEAD_LETTERS).iter().map(|letter| reason_of(&letter.attributes)).collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
}
