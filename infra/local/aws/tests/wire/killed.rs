use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_sqs::types::QueueAttributeName;
use local_aws::{Aws, Options};

use crate::config;

fn start(data: &Path) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local-aws"));
    let mut child = command.arg("--data").arg(data).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().to_owned())
}

/// Whatever was acknowledged before the process was killed in the middle of its work is there afterwards, once; what
/// was deleted is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let (mut child, endpoint) = start(directory.path());
    let config = config(&endpoint).await.into_builder();
    let config = config.retry_config(aws_config::retry::RetryConfig::disabled()).build();
    let sqs = aws_sdk_sqs::Client::new(&config);
    let queue = sqs.create_queue().queue_name("q.fifo").attributes(QueueAttributeName::FifoQueue, "true");
    let url = queue.send().await.unwrap().queue_url.unwrap();

    let acknowledged = Arc::new(AtomicUsize::new(0));
    let senders: Vec<_> = (0..8)
        .map(|sender| {
            let (sqs, url, acknowledged) = (sqs.clone(), url.clone(), acknowledged.clone());
            tokio::spawn(async move {
                let (mut sent, mut deleted, mut tried) = (Vec::new(), Vec::new(), Vec::new());
                for number in 0.. {
                    let body = format!("{sender}-{number}");
                    let send = sqs.send_message().queue_url(&url).message_body(&body).message_group_id(&body);
                    if send.message_deduplication_id(&body).send().await.is_err() {
                        break;
                    }
                    sent.push(body);
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                    if number % 4 == 0 {
                        let received = sqs.receive_message().queue_url(&url).send().await;
                        let Some(message) = received.ok().and_then(|mut r| r.messages.as_mut()?.pop()) else {
                            continue;
                        };
                        let (body, handle) = (message.body.unwrap(), message.receipt_handle.unwrap());
                        tried.push(body.clone());
                        if sqs.delete_message().queue_url(&url).receipt_handle(handle).send().await.is_ok() {
                            deleted.push(body);
                        }
                    }
                }
                (sent, deleted, tried)
            })
        })
        .collect();
    while acknowledged.load(Ordering::Relaxed) < 300 {
        tokio::task::yield_now().await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let (mut sent, mut deleted, mut tried) = (Vec::new(), Vec::new(), Vec::new());
    for sender in senders {
        let (s, d, t) = sender.await.unwrap();
        sent.extend(s);
        deleted.extend(d);
        tried.extend(t);
    }

    let options = Options { data: Some(directory.path().into()), ..Options::default() };
    let aws = Aws::open(options).await.unwrap();
    let mut found: Vec<_> =
        aws.sqs().browse("q.fifo", usize::MAX).unwrap().iter().map(|(message, _)| message.body.clone()).collect();
    let all = found.len();
    found.sort();
    found.dedup();
    assert_eq!(found.len(), all, "once");
    assert!(sent.len() >= 300 && !deleted.is_empty());
    // A deletion whose answer did not arrive may have been carried out or not.
    let lost: Vec<_> = sent.iter().filter(|body| !found.contains(body) && !tried.contains(body)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    let back: Vec<_> = deleted.iter().filter(|body| found.contains(body)).collect();
    assert!(back.is_empty(), "{back:?}");
}
