//! The shell: waiting receivers, and queues on disk.

use std::path::Path;
use std::time::{Duration, Instant};

use super::super::{Receive, Sqs};
use super::*;

const WAIT: Receive = Receive { max: 10, wait: Some(Duration::from_secs(20)), visibility: None };
const NOW: Receive = Receive { max: 10, wait: Some(Duration::ZERO), visibility: None };

fn open(file: Option<&Path>) -> Sqs {
    Sqs::open(file, "us-east-1", "000000000000").unwrap()
}

async fn received(sqs: &Sqs, queue: &str, how: Receive) -> String {
    let messages = sqs.receive(queue, how).await.unwrap();
    messages.iter().map(|received| received.message.body.as_str()).collect::<Vec<_>>().join(" ")
}

/// Everything that can end a wait does so at once.
#[tokio::test]
async fn receivers_wake_up() {
    let started = Instant::now();
    let sqs = open(None);
    sqs.create_queue("q.fifo", &attributes(&[("FifoQueue", "true")])).await.unwrap();
    let waiting = || {
        let sqs = sqs.clone();
        tokio::spawn(async move { received(&sqs, "q.fifo", WAIT).await })
    };
    let receiver = waiting();
    tokio::task::yield_now().await;
    sqs.send("q.fifo", Outgoing::fifo("1", "g", "1")).await.unwrap();
    assert_eq!(receiver.await.unwrap(), "1", "an arrival");

    sqs.send("q.fifo", Outgoing::fifo("2", "g", "2")).await.unwrap();
    let held = sqs.browse("q.fifo", 10).unwrap();
    assert_eq!(held.len(), 2);
    let receiver = waiting();
    tokio::task::yield_now().await;
    sqs.send("q.fifo", Outgoing::fifo("3", "h", "3")).await.unwrap();
    assert_eq!(receiver.await.unwrap(), "3", "an arrival in another group");
    assert_eq!(sqs.depth("q.fifo").unwrap().visible, 1, "2 waits for 1");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn receivers_wake_up_for_what_was_held() {
    let started = Instant::now();
    let sqs = open(None);
    sqs.create_queue("q.fifo", &attributes(&[("FifoQueue", "true")])).await.unwrap();
    for id in ["1", "2"] {
        sqs.send("q.fifo", Outgoing::fifo(id, "g", id)).await.unwrap();
    }
    let first = sqs.receive("q.fifo", Receive { max: 1, ..NOW }).await.unwrap().remove(0);
    let waiting = || {
        let sqs = sqs.clone();
        tokio::spawn(async move { sqs.receive("q.fifo", Receive { max: 1, ..WAIT }).await.unwrap().remove(0) })
    };
    let receiver = waiting();
    tokio::task::yield_now().await;
    sqs.change_visibility("q.fifo", &first.receipt_handle, 0).await.unwrap();
    let first = receiver.await.unwrap();
    assert_eq!((first.message.body.as_str(), first.receives), ("1", 2), "given back");
    let receiver = waiting();
    tokio::task::yield_now().await;
    sqs.delete("q.fifo", &first.receipt_handle).await.unwrap();
    assert_eq!(receiver.await.unwrap().message.body, "2", "the group is free");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_wait_ends_with_its_queue() {
    let sqs = open(None);
    sqs.create_queue("q", &BTreeMap::new()).await.unwrap();
    let receiver = tokio::spawn({
        let sqs = sqs.clone();
        async move { sqs.receive("q", WAIT).await.err().map(|error| error.shape()) }
    });
    tokio::task::yield_now().await;
    sqs.delete_queue("q").await.unwrap();
    assert_eq!(receiver.await.unwrap(), Some("QueueDoesNotExist"));
}

#[tokio::test]
async fn queues_survive() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sqs.sqlite");
    let fifo = attributes(&[("FifoQueue", "true"), ("VisibilityTimeout", "600")]);
    let (stale, last) = {
        let sqs = open(Some(&file));
        sqs.create_queue("q.fifo", &fifo).await.unwrap();
        for id in ["1", "2", "3", "4"] {
            sqs.send("q.fifo", Outgoing::fifo(id, "g", id)).await.unwrap();
        }
        let taken = sqs.receive("q.fifo", Receive { max: 3, ..NOW }).await.unwrap();
        sqs.delete("q.fifo", &taken[0].receipt_handle).await.unwrap();
        // The third fails and is put off, the second is being handled when the process ends.
        sqs.change_visibility("q.fifo", &taken[2].receipt_handle, 300).await.unwrap();
        (taken[1].receipt_handle.clone(), taken[2].sequence_number.clone())
    };
    let sqs = open(Some(&file));
    assert_eq!(sqs.settings("q.fifo").unwrap().visibility_timeout, 600);
    let again = sqs.send("q.fifo", Outgoing::fifo("1", "g", "1")).await.unwrap();
    assert!(again.duplicate, "deduplication ids are known, even of what was deleted");
    let late = sqs.delete("q.fifo", &stale).await.unwrap_err();
    assert_eq!(late.shape(), "InvalidParameterValue", "receipts of an earlier life are void");
    let taken = sqs.receive("q.fifo", NOW).await.unwrap();
    let found: Vec<_> = taken.iter().map(|t| (t.message.body.as_str(), t.receives)).collect();
    assert_eq!(found, [("2", 1), ("3", 2), ("4", 1)], "in order, at once; what was cut short does not count");
    let new = sqs.send("q.fifo", Outgoing::fifo("5", "h", "5")).await.unwrap();
    assert!(super::super::sequence_number(new.sequence.unwrap()) > last.unwrap());

    sqs.delete_queue("q.fifo").await.unwrap();
    drop(sqs);
    assert!(open(Some(&file)).queues().is_empty());
}

#[tokio::test]
async fn moves_and_purges_survive() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sqs.sqlite");
    {
        let sqs = open(Some(&file));
        sqs.create_queue("d", &BTreeMap::new()).await.unwrap();
        let policy = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":"1"}}"#, sqs.arn("d"));
        sqs.create_queue("q", &attributes(&[("RedrivePolicy", &policy)])).await.unwrap();
        sqs.create_queue("p", &BTreeMap::new()).await.unwrap();
        sqs.send("p", Outgoing::new("purged")).await.unwrap();
        sqs.purge("p").await.unwrap();
        sqs.send("q", Outgoing::new("poison")).await.unwrap();
        for _ in 0..2 {
            sqs.receive("q", Receive { visibility: Some(0), ..NOW }).await.unwrap();
        }
    }
    {
        let sqs = open(Some(&file));
        assert_eq!(sqs.depth("p").unwrap().visible, 0);
        assert_eq!(sqs.depth("q").unwrap().visible, 0);
        assert_eq!(sqs.browse("d", 10).unwrap()[0].0.dead_letter_source, Some(sqs.arn("q")));
        sqs.start_move(&sqs.arn("d"), None, None).await.unwrap();
        assert_eq!(sqs.moves(&sqs.arn("d")).unwrap()[0].moved, 1);
    }
    let sqs = open(Some(&file));
    assert_eq!((sqs.depth("d").unwrap().visible, received(&sqs, "q", NOW).await.as_str()), (0, "poison"));
}

/// Senders that pile up share their commits, and every answer means "on disk".
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_senders() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sqs.sqlite");
    let sqs = open(Some(&file));
    sqs.create_queue("q", &BTreeMap::new()).await.unwrap();
    let senders = (0..200).map(|i| {
        let sqs = sqs.clone();
        tokio::spawn(async move { sqs.send("q", Outgoing::new(i.to_string())).await.unwrap() })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
    // A second reader of the file sees them all while the first is still open, as it would after a kill.
    let found = open(Some(&file));
    assert_eq!(found.depth("q").unwrap().visible, 200);
}
