//! The same event, again and again: one message.

use std::time::Duration;

use futures::future::join_all;
use http::StatusCode;
use local_aws::sqs::Outgoing;
use tests::{Behaviour, INBOUND, OUTBOUND, Platform, genesys, line, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_posted_again_and_again_is_one_message() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let event = line::text(&line::user("ann"), "Once.");
    // Slow enough that the task can be looked at while it is in the queue.
    platform.genesys.script(|_| Behaviour::TakeAfter(Duration::from_millis(300)));

    let events = [event.clone()];
    let statuses = join_all((0..5).map(|_| platform.try_line(&tenant, &events))).await;
    assert!(statuses.into_iter().all(|status| status.unwrap() == StatusCode::OK));
    let task = until("the task in its queue", 10, || platform.messages_in(INBOUND).pop()).await;
    platform.rest(10).await;
    assert_eq!(platform.genesys.received_at("/inbound/open/message").len(), 1);

    // LINE says when it sends an event again.
    let mut again = event;
    again["deliveryContext"]["isRedelivery"] = true.into();
    platform.line(&tenant, &[again]).await;
    // Later than SQS remembers: what is still the same then is told from the ledger.
    let group = task.group.as_deref().unwrap();
    for number in 0..3 {
        let copy = Outgoing::fifo(task.body.clone(), group, format!("forgotten-{number}"));
        platform.local.aws().sqs().send(INBOUND, copy).await.unwrap();
    }
    platform.rest(10).await;
    assert_eq!(platform.genesys.received_at("/inbound/open/message").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agents_message_posted_again_is_shown_once() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let ann = line::user("ann");
    let message = genesys::text(&tenant.integration, &ann, "Once.");
    platform.line.script(|_| Behaviour::TakeAfter(Duration::from_millis(300)));

    let statuses = join_all((0..5).map(|_| platform.try_genesys(&tenant, &message))).await;
    assert!(statuses.into_iter().all(|status| status.unwrap() == StatusCode::OK));
    let task = until("the task in its queue", 10, || platform.messages_in(OUTBOUND).pop()).await;
    platform.rest(10).await;
    let copy = Outgoing::fifo(task.body.clone(), task.group.as_deref().unwrap(), "forgotten");
    platform.local.aws().sqs().send(OUTBOUND, copy).await.unwrap();
    platform.rest(10).await;

    assert_eq!(platform.line.shown_texts(), ["Once."]);
    let receipts = platform.genesys.receipts_of(message["id"].as_str().unwrap());
    assert_eq!(receipts.len(), 1, "{receipts:?}");
}

/// The answer to a push is lost: LINE knows the next one by its retry key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_does_not_say_it_twice() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let (ann, ben) = (line::user("ann"), line::user("ben"));
    // Ben wrote just now, and is answered with his reply token; Ann is written to out of the blue.
    platform.line(&tenant, &[line::text(&ben, "Hello?")]).await;
    until("a message at Genesys", 10, || platform.genesys.messages().pop()).await;
    platform.rest(10).await;
    let lost = std::sync::Mutex::new(std::collections::BTreeSet::new());
    platform.line.script(move |request| {
        let first = request.path.contains("/message/") && lost.lock().unwrap().insert(request.path.clone());
        if first { Behaviour::TakeAndDrop } else { Behaviour::Take }
    });
    for (guest, text) in [(&ann, "To Ann."), (&ben, "To Ben.")] {
        let message = platform.genesys(&tenant, &genesys::text(&tenant.integration, guest, text)).await;
        let receipt = until("a receipt", 15, || platform.genesys.receipts_of(&message).pop()).await;
        assert_eq!(receipt["status"], "Sent");
    }
    platform.rest(10).await;
    let mut texts = platform.line.shown_texts();
    texts.sort();
    assert_eq!(texts, ["To Ann.", "To Ben."]);
    assert_eq!(platform.line.received_at("/push").len(), 2, "Ann's was sent again, under the same key");
}
