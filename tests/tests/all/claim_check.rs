//! What is too big for a queue goes through S3, whole.

use serde_json::{Value, json};
use tests::{Platform, genesys, line, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn big_messages_arrive_whole() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let ann = line::user("ann");
    let parked = async || {
        let bucket = platform.context("line-webhook").config.claim_check_bucket.clone();
        platform.objects(&bucket).await.len()
    };

    // 100,000 characters of three bytes, no two thousand of them alike.
    let long: String = (0..100_000).filter_map(|number| char::from_u32(0x4e00 + number % 20_000)).collect();
    assert_eq!(long.len(), 300_000);
    platform.line(&tenant, &[line::text(&ann, &long), line::text(&ann, "after")]).await;
    assert_eq!(parked().await, 1);
    until("the message behind it", 30, || platform.genesys.texts().contains(&"after".to_owned()).then_some(())).await;
    let texts = platform.genesys.texts();
    assert!(texts.len() > 2 && texts.last().unwrap() == "after");
    assert!(texts[..texts.len() - 1].concat() == long, "the parts are the whole");
    assert!(texts.iter().all(|text| text.encode_utf16().count() <= 2_000));

    // A canned response of 250 KB for LINE alone.
    let boxes: Vec<Value> =
        (0..2_500).map(|n| json!({ "type": "text", "text": format!("{n:0>60}"), "wrap": true })).collect();
    let contents = json!({ "type": "bubble", "body": { "type": "box", "layout": "vertical", "contents": boxes } });
    let flex = json!({ "type": "flex", "altText": "a long list", "contents": contents });
    assert!(flex.to_string().len() > 205 * 1024, "{}", flex.to_string().len());
    platform.genesys(&tenant, &genesys::text(&tenant.integration, &ann, &flex.to_string())).await;
    assert_eq!(parked().await, 2);
    let shown = until("the list at LINE", 20, || platform.line.shown_messages().pop()).await;
    assert!(shown == flex, "the same JSON");

    // Many events of one webhook are many small tasks: more than one call to SQS, and no claim check.
    platform.rest(20).await;
    let before = platform.genesys.messages().len();
    let texts: Vec<String> = (0..30).map(|number| format!("{number} {}", "x".repeat(10_000))).collect();
    let events: Vec<Value> =
        texts.iter().enumerate().map(|(n, text)| line::text(&line::user(&n.to_string()), text)).collect();
    platform.line(&tenant, &events).await;
    assert_eq!(parked().await, 2);
    until("30 long messages", 30, || (platform.genesys.messages().len() >= before + 30 * 6).then_some(())).await;
}
