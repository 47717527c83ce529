//! A question with options, and its answer.

use serde_json::{Value, json};
use tests::{Platform, genesys, line, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tap_on_a_quick_reply_answers_the_question() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let ann = line::user("ann");
    let option = |text: &str, payload: &str| json!({ "contentType": "QuickReply", "quickReply": { "text": text, "payload": payload, "action": "Message" } });
    let question = genesys::message(
        &tenant.integration,
        &ann,
        json!({ "type": "Structured", "text": "Which one?", "content": [option("Tea 🍵", "tea-1"), option("Coffee", "coffee-2")] }),
    );
    let id = platform.genesys(&tenant, &question).await;

    let message = until("the question at LINE", 10, || platform.line.shown_messages().pop()).await;
    assert_eq!((&message["type"], &message["text"]), (&json!("text"), &json!("Which one?")));
    let items = message["quickReply"]["items"].as_array().unwrap();
    let labels: Vec<&Value> = items.iter().map(|item| &item["action"]["label"]).collect();
    assert_eq!(labels, ["Tea 🍵", "Coffee"]);
    assert!(items.iter().all(|item| item["type"] == "action" && item["action"]["type"] == "postback"), "{message}");
    platform.rest(10).await;

    let data = items[0]["action"]["data"].as_str().unwrap();
    let tap = line::postback(&ann, data);
    platform.line(&tenant, std::slice::from_ref(&tap)).await;
    let answer = until("the answer at Genesys", 10, || platform.genesys.taken_at("/structured/response").pop()).await;
    let path = format!("/api/v2/conversations/messages/{}/inbound/open/structured/response", tenant.integration);
    assert_eq!(answer.path, path);
    let answer = answer.json();
    assert_eq!(answer["originatingMessageId"], id.as_str());
    assert_eq!(answer["buttonResponse"], json!({ "type": "QuickReply", "text": "Tea 🍵", "payload": "tea-1" }));
    assert_eq!(answer["channel"]["from"]["id"], ann.as_str());
    assert_eq!(answer["channel"]["messageId"], tap["webhookEventId"]);

    // A button of some other time is an ordinary text.
    platform.line(&tenant, &[line::postback(&ann, "menu=old")]).await;
    until("a text", 10, || (platform.genesys.texts() == ["menu=old"]).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_answer_the_newest_question_once() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let ben = line::user("ben");
    let option = |text: &str, payload: &str| json!({ "contentType": "QuickReply", "quickReply": { "text": text, "payload": payload, "action": "Message" } });
    let ask = async |words: &str, payload: &str| {
        let content = json!([option("Yes, please", payload), option("No", "no")]);
        let fields = json!({ "type": "Structured", "text": words, "content": content });
        let id = platform.genesys(&tenant, &genesys::message(&tenant.integration, &ben, fields)).await;
        until("the question at LINE", 10, || platform.line.shown_texts().contains(&words.to_owned()).then_some(()))
            .await;
        platform.rest(10).await;
        id
    };
    let say = async |words: &str| {
        platform.line(&tenant, &[line::text(&ben, words)]).await;
        platform.rest(10).await;
    };
    let answers = || platform.genesys.taken_at("/structured/response");

    let tea = ask("Tea?", "tea").await;
    say("ｙｅｓ, please!").await;
    let answer = answers().pop().unwrap().json();
    assert_eq!(answer["originatingMessageId"], tea.as_str());
    assert_eq!(answer["buttonResponse"], json!({ "type": "QuickReply", "text": "Yes, please", "payload": "tea" }));
    say("yes, please").await;
    assert_eq!((answers().len(), platform.genesys.texts()), (1, vec!["yes, please".to_owned()]), "answered already");

    let milk = ask("Milk?", "milk").await;
    say("yes, please").await;
    let answer = answers().pop().unwrap().json();
    assert_eq!(
        (&answer["originatingMessageId"], &answer["buttonResponse"]["payload"]),
        (&json!(milk.as_str()), &json!("milk"))
    );
    assert_eq!(answers().len(), 2);
}
