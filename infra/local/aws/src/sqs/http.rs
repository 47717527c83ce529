//! The AWS JSON 1.0 protocol of SQS: one action per request, named by the caller in `X-Amz-Target`.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html>

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::batch::{check_ids, check_size};
use super::error::SqsError;
use super::message::{AttributeValue, md5_hex, md5_of_attributes};
use super::queue::Sent;
use super::request::*;
use super::{Receive, Received, Sqs, sequence_number};

/// Carries an action out. `base` is what queue URLs start with, up to and including the account.
///
/// # Errors
/// What SQS refuses.
pub(crate) async fn handle(sqs: &Sqs, base: &str, action: &str, body: &[u8]) -> Result<Value, SqsError> {
    let url = |name: &str| format!("{base}/{name}");
    match action {
        "CreateQueue" => {
            let request: CreateQueue = parse(body)?;
            let name = request.queue_name.ok_or(SqsError::MissingParameter("QueueName"))?;
            sqs.create(&name, &request.attributes, request.tags, false).await?;
            Ok(json!({ "QueueUrl": url(&name) }))
        }
        "GetQueueUrl" => {
            let request: CreateQueue = parse(body)?;
            let name = request.queue_name.ok_or(SqsError::MissingParameter("QueueName"))?;
            if sqs.exists(&name) { Ok(json!({ "QueueUrl": url(&name) })) } else { Err(SqsError::QueueDoesNotExist) }
        }
        "ListQueues" => {
            let request: ListQueues = parse(body)?;
            let names = sqs.queues().into_iter().filter(|name| name.starts_with(&request.queue_name_prefix));
            let (page, next) = page(names, request.max_results, request.next_token)?;
            let mut answer = Map::new();
            if !page.is_empty() {
                answer.insert("QueueUrls".into(), page.iter().map(|name| url(name)).collect());
            }
            answer.extend(next.map(|next| ("NextToken".into(), next.into())));
            Ok(Value::Object(answer))
        }
        "ListDeadLetterSourceQueues" => {
            let request: ListSources = parse(body)?;
            let names = sqs.dead_letter_sources(&name(request.queue_url)?)?.into_iter();
            let (page, next) = page(names, request.max_results, request.next_token)?;
            let urls: Vec<_> = page.iter().map(|name| url(name)).collect();
            let mut answer = Map::from_iter([("queueUrls".into(), json!(urls))]);
            answer.extend(next.map(|next| ("NextToken".into(), next.into())));
            Ok(Value::Object(answer))
        }
        "DeleteQueue" => done(sqs.delete_queue(&queue(body)?).await),
        "PurgeQueue" => done(sqs.purge(&queue(body)?).await),
        "GetQueueAttributes" => {
            let request: GetAttributes = parse(body)?;
            let mut all = sqs.attributes(&name(request.queue_url)?)?;
            if !request.attribute_names.iter().any(|name| name == "All") {
                all.retain(|name, _| request.attribute_names.contains(name));
            }
            Ok(if all.is_empty() { json!({}) } else { json!({ "Attributes": all }) })
        }
        "SetQueueAttributes" => {
            let request: SetAttributes = parse(body)?;
            done(sqs.set_attributes(&name(request.queue_url)?, &request.attributes).await)
        }
        "TagQueue" => {
            let request: TagQueue = parse(body)?;
            done(sqs.retag(&name(request.queue_url)?, |tags| tags.extend(request.tags)).await)
        }
        "UntagQueue" => {
            let request: UntagQueue = parse(body)?;
            let keys = request.tag_keys;
            done(sqs.retag(&name(request.queue_url)?, |tags| tags.retain(|key, _| !keys.contains(key))).await)
        }
        "ListQueueTags" => {
            let tags = sqs.tags(&queue(body)?)?;
            Ok(if tags.is_empty() { json!({}) } else { json!({ "Tags": tags }) })
        }
        "SendMessage" => {
            let request: SendMessage = parse(body)?;
            let queue = name(request.queue_url)?;
            let (outgoing, sums) = request.message.read()?;
            Ok(sent(&sqs.send(&queue, outgoing).await?, sums))
        }
        "SendMessageBatch" => send_batch(sqs, parse(body)?).await,
        "ReceiveMessage" => receive(sqs, parse(body)?).await,
        "DeleteMessage" => {
            let request: Held = parse(body)?;
            let handle = request.receipt_handle.ok_or(SqsError::MissingParameter("ReceiptHandle"))?;
            done(sqs.delete(&name(request.queue_url)?, &handle).await)
        }
        "ChangeMessageVisibility" => {
            let request: Held = parse(body)?;
            let handle = request.receipt_handle.ok_or(SqsError::MissingParameter("ReceiptHandle"))?;
            let seconds = request.visibility_timeout.ok_or(SqsError::MissingParameter("VisibilityTimeout"))?;
            done(sqs.change_visibility(&name(request.queue_url)?, &handle, seconds).await)
        }
        "DeleteMessageBatch" => held_batch(sqs, parse(body)?, false).await,
        "ChangeMessageVisibilityBatch" => held_batch(sqs, parse(body)?, true).await,
        "StartMessageMoveTask" => {
            let request: Move = parse(body)?;
            let source = request.source_arn.ok_or(SqsError::MissingParameter("SourceArn"))?;
            let destination = request.destination_arn.as_deref();
            let handle = sqs.start_move(&source, destination, request.max_number_of_messages_per_second).await?;
            Ok(json!({ "TaskHandle": handle }))
        }
        "ListMessageMoveTasks" => list_moves(sqs, &parse(body)?),
        "CancelMessageMoveTask" => {
            let request: Move = parse(body)?;
            let handle = request.task_handle.ok_or(SqsError::MissingParameter("TaskHandle"))?;
            Ok(json!({ "ApproximateNumberOfMessagesMoved": sqs.cancel_move(&handle).await? }))
        }
        other => Err(SqsError::InvalidAction(other.into())),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, SqsError> {
    let body = if body.is_empty() { b"{}".as_slice() } else { body };
    serde_json::from_slice(body).map_err(|error| SqsError::Malformed(error.to_string()))
}

fn done(result: Result<(), SqsError>) -> Result<Value, SqsError> {
    result.map(|()| json!({}))
}

/// A queue's name out of its URL. Host and account do not matter: there is one of each.
fn name(url: Option<String>) -> Result<String, SqsError> {
    let url = url.filter(|url| !url.is_empty()).ok_or(SqsError::MissingParameter("QueueUrl"))?;
    let name = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    Ok(name.to_owned())
}

fn queue(body: &[u8]) -> Result<String, SqsError> {
    let request: GetAttributes = parse(body)?;
    name(request.queue_url)
}

/// One page of a sorted list; the token is the last name of the page before.
fn page(
    names: impl Iterator<Item = String>,
    max: Option<usize>,
    after: Option<String>,
) -> Result<(Vec<String>, Option<String>), SqsError> {
    let max = max.unwrap_or(1000);
    if !(1..=1000).contains(&max) {
        return Err(SqsError::invalid(max, "MaxResults", "Must be between 1 and 1000, if provided."));
    }
    let mut names = names.filter(|name| after.as_ref().is_none_or(|after| name > after)).peekable();
    let page: Vec<_> = names.by_ref().take(max).collect();
    let next = names.peek().and_then(|_| page.last().cloned());
    Ok((page, next))
}

fn sent(sent: &Sent, sums: Sums) -> Value {
    let mut answer = Map::new();
    answer.insert("MessageId".into(), sent.id.clone().into());
    answer.insert("MD5OfMessageBody".into(), sums.body.into());
    answer.extend(sums.attributes.map(|sum| ("MD5OfMessageAttributes".into(), sum.into())));
    answer.extend(sums.system.map(|sum| ("MD5OfMessageSystemAttributes".into(), sum.into())));
    answer.extend(sent.sequence.map(|number| ("SequenceNumber".into(), sequence_number(number).into())));
    Value::Object(answer)
}

fn failed(id: &str, error: &SqsError) -> Value {
    json!({ "Id": id, "SenderFault": error.sender_fault(), "Code": error.code(), "Message": error.to_string() })
}

fn batch(successful: Vec<Value>, failed: Vec<Value>) -> Value {
    // Both keys are required members in the SDKs' models.
    json!({ "Successful": successful, "Failed": failed })
}

async fn send_batch(sqs: &Sqs, request: SendBatch) -> Result<Value, SqsError> {
    let queue = name(request.queue_url)?;
    if !sqs.exists(&queue) {
        return Err(SqsError::QueueDoesNotExist);
    }
    check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for entry in request.entries {
        match entry.message.read() {
            Ok((outgoing, sums)) => entries.push((entry.id, outgoing, sums)),
            Err(error) => refused.push(failed(&entry.id, &error)),
        }
    }
    check_size(entries.iter().map(|(_, outgoing, _)| outgoing.size()).sum())?;
    let mut answers = Vec::new();
    let mut outgoing = Vec::new();
    for (id, message, sums) in entries {
        answers.push((id, sums));
        outgoing.push(message);
    }
    let mut successful = Vec::new();
    for ((id, sums), result) in answers.into_iter().zip(sqs.send_batch(&queue, outgoing).await?) {
        match result {
            Ok(done) => {
                let mut answer = sent(&done, sums);
                answer["Id"] = id.into();
                successful.push(answer);
            }
            Err(error) => refused.push(failed(&id, &error)),
        }
    }
    Ok(batch(successful, refused))
}

async fn held_batch(sqs: &Sqs, request: HeldBatch, visibility: bool) -> Result<Value, SqsError> {
    let queue = name(request.queue_url)?;
    if !sqs.exists(&queue) {
        return Err(SqsError::QueueDoesNotExist);
    }
    check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
    let (mut successful, mut refused) = (Vec::new(), Vec::new());
    for entry in request.entries {
        let result = match (visibility, entry.visibility_timeout) {
            (false, _) => sqs.delete(&queue, &entry.receipt_handle).await,
            (true, Some(seconds)) => sqs.change_visibility(&queue, &entry.receipt_handle, seconds).await,
            (true, None) => Err(SqsError::MissingParameter("VisibilityTimeout")),
        };
        match result {
            Ok(()) => successful.push(json!({ "Id": entry.id })),
            Err(error) => refused.push(failed(&entry.id, &error)),
        }
    }
    Ok(batch(successful, refused))
}

async fn receive(sqs: &Sqs, request: ReceiveMessage) -> Result<Value, SqsError> {
    let queue = name(request.queue_url)?;
    if let Some(wait) = request.wait_time_seconds.filter(|wait| *wait > 20) {
        return Err(SqsError::invalid(wait, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided."));
    }
    let how = Receive {
        max: request.max_number_of_messages.unwrap_or(1),
        wait: request.wait_time_seconds.map(Duration::from_secs),
        visibility: request.visibility_timeout,
    };
    let mut system = request.attribute_names;
    system.extend(request.message_system_attribute_names);
    let messages = sqs.receive(&queue, how).await?;
    if messages.is_empty() {
        return Ok(json!({}));
    }
    let messages: Vec<_> =
        messages.iter().map(|message| render(message, &system, &request.message_attribute_names)).collect();
    Ok(json!({ "Messages": messages }))
}

/// Who "sent" every message; there is no other identity here.
const SENDER: &str = "AIDAIT2UOQQY3AUEKVGXU";

fn render(received: &Received, system: &[String], wanted: &[String]) -> Value {
    let message = &received.message;
    let mut all = vec![
        ("SenderId", SENDER.to_owned()),
        ("SentTimestamp", message.sent.to_string()),
        ("ApproximateReceiveCount", received.receives.to_string()),
        ("ApproximateFirstReceiveTimestamp", received.first_received.to_string()),
    ];
    all.extend(message.group.as_ref().map(|group| ("MessageGroupId", group.to_string())));
    all.extend(message.deduplication_id.clone().map(|id| ("MessageDeduplicationId", id)));
    all.extend(received.sequence_number.clone().map(|number| ("SequenceNumber", number)));
    all.extend(message.trace_header.clone().map(|header| ("AWSTraceHeader", header)));
    all.extend(message.dead_letter_source.clone().map(|arn| ("DeadLetterQueueSourceArn", arn)));
    all.retain(|(name, _)| system.iter().any(|wanted| wanted == "All" || wanted == name));

    let asked = |name: &str| {
        wanted.iter().any(|wanted| match wanted.strip_suffix(".*") {
            _ if wanted == "All" => true,
            Some(prefix) => name.starts_with(prefix),
            None => wanted == name,
        })
    };
    let attributes: Vec<_> = message.attributes.iter().filter(|(name, _)| asked(name)).collect();

    let mut answer = json!({
        "MessageId": message.id,
        "ReceiptHandle": received.receipt_handle,
        "MD5OfBody": md5_hex(message.body.as_bytes()),
        "Body": message.body,
    });
    if !all.is_empty() {
        answer["Attributes"] = all.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    }
    if let Some(sum) = md5_of_attributes(attributes.iter().copied()) {
        answer["MD5OfMessageAttributes"] = sum.into();
        answer["MessageAttributes"] = attributes
            .into_iter()
            .map(|(name, attribute)| {
                let mut value = json!({ "DataType": attribute.kind });
                match &attribute.value {
                    AttributeValue::Text(text) => value["StringValue"] = text.as_str().into(),
                    AttributeValue::Binary(bytes) => value["BinaryValue"] = STANDARD.encode(bytes).into(),
                }
                (name.clone(), value)
            })
            .collect();
    }
    answer
}

fn list_moves(sqs: &Sqs, request: &Move) -> Result<Value, SqsError> {
    let source = request.source_arn.as_ref().ok_or(SqsError::MissingParameter("SourceArn"))?;
    let max = request.max_results.unwrap_or(1);
    if !(1..=10).contains(&max) {
        return Err(SqsError::invalid(max, "MaxResults", "Must be between 1 and 10, if provided."));
    }
    let tasks = sqs.moves(source)?.into_iter().take(max).map(|task| {
        let mut entry = json!({
            "Status": task.status.as_str(),
            "SourceArn": task.source,
            "ApproximateNumberOfMessagesMoved": task.moved,
            "ApproximateNumberOfMessagesToMove": task.to_move,
            "StartedTimestamp": task.started,
        });
        // Only a task that can still be cancelled shows its handle.
        if task.status == super::MoveStatus::Running {
            entry["TaskHandle"] = task.handle.into();
        }
        for (key, value) in [
            ("DestinationArn", task.destination.map(Value::from)),
            ("MaxNumberOfMessagesPerSecond", task.rate.map(Value::from)),
            ("FailureReason", task.failure.map(Value::from)),
        ] {
            if let Some(value) = value {
                entry[key] = value;
            }
        }
        entry
    });
    Ok(json!({ "Results": tasks.collect::<Vec<_>>() }))
}
