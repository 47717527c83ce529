//! Queues and the functions that consume them: nothing lost, nothing dragged along, nothing unwatched.

use std::time::Duration;

use infra_template::{Queue, Schedule, rate};

use crate::expression::{attribute_of, each, mentions, reference};
use crate::subject::{Subject, assert_none, assert_noticed};

fn is_fifo(queue: &Queue) -> bool {
    queue.attributes.get("FifoQueue").is_some_and(|flag| flag == "true")
}

fn seconds(queue: &Queue, attribute: &str) -> u64 {
    queue.attributes.get(attribute).and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// Logical id of a queue's dead-letter queue.
fn dead_letters<'s>(subject: &'s Subject, queue: &str) -> Option<&'s str> {
    attribute_of(&subject.property(queue, "RedrivePolicy")["deadLetterTargetArn"], "Arn")
}

/// Queues that are not the dead letters of another.
fn working(subject: &Subject) -> impl Iterator<Item = &Queue> {
    let dead = subject.stack.queues.iter().filter_map(|queue| dead_letters(subject, &queue.logical_id));
    let dead = dead.collect::<Vec<_>>();
    subject.stack.queues.iter().filter(move |queue| !dead.contains(&&*queue.logical_id))
}

fn consumer_faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    for function in subject.functions() {
        let id = &function.logical_id;
        for source in &function.queues {
            if !source.report_batch_item_failures {
                faults.push(format!(
                    "{id} takes {} without ReportBatchItemFailures: one failure repeats the batch",
                    source.queue
                ));
            }
            if source.maximum_concurrency.is_none() {
                faults.push(format!(
                    "{id} takes {} without MaximumConcurrency: a burst takes the whole account",
                    source.queue
                ));
            }
            if source.batch_size > 10 {
                faults.push(format!("{id} takes {} in batches of {}: FIFO allows 10", source.queue, source.batch_size));
            }
            if let Some(queue) = subject.stack.queue(&source.queue) {
                let visibility = Duration::from_secs(seconds(queue, "VisibilityTimeout"));
                if visibility < function.timeout * 6 {
                    let timeout = function.timeout;
                    faults.push(format!(
                        "{}: visibility {visibility:?} is under six times {id}'s {timeout:?}",
                        source.queue
                    ));
                }
            }
            let own = dead_letters(subject, &source.queue);
            let variables = &subject.property(id, "Environment")["Variables"];
            if reference(&variables["UM_DEAD_LETTER_QUEUE_URL"]) != own {
                faults.push(format!("{id}: UM_DEAD_LETTER_QUEUE_URL is not the dead-letter queue of {}", source.queue));
            }
        }
    }
    for queue in working(subject) {
        let takers = subject.functions().iter().flat_map(|function| &function.queues);
        if takers.filter(|source| source.queue == queue.logical_id).count() != 1 {
            faults.push(format!("{} should be consumed by one function", queue.logical_id));
        }
    }
    faults
}

fn queue_faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    for queue in &subject.stack.queues {
        let id = &queue.logical_id;
        if is_fifo(queue) != queue.name.ends_with(".fifo") {
            faults.push(format!("{id}: FIFO queues, and only they, are named .fifo; this is {}", queue.name));
        }
        if !["SqsManagedSseEnabled", "KmsMasterKeyId"].iter().any(|key| queue.attributes.contains_key(*key)) {
            faults.push(format!("{id} is not encrypted"));
        }
        let policies = subject.resources_of("AWS::SQS::QueuePolicy").filter(|(_, policy)| {
            let denied = each(&policy.properties["PolicyDocument"]["Statement"]).into_iter().any(|statement| {
                let insecure = &statement["Condition"]["Bool"]["aws:SecureTransport"];
                statement["Effect"] == "Deny" && *insecure == false && mentions(&statement["Resource"]).contains(id)
            });
            denied && each(&policy.properties["Queues"]).into_iter().any(|one| reference(one) == Some(id))
        });
        if policies.count() == 0 {
            faults.push(format!("{id} has no policy that refuses requests without TLS"));
        }
    }
    for queue in working(subject) {
        let id = &queue.logical_id;
        let Some(dead) = dead_letters(subject, id).and_then(|dead| subject.stack.queue(dead)) else {
            faults.push(format!("{id} has no dead-letter queue"));
            continue;
        };
        if is_fifo(queue) != is_fifo(dead) {
            faults.push(format!("{id} and its dead-letter queue {} should be of the same kind", dead.logical_id));
        }
        if seconds(dead, "MessageRetentionPeriod") < 14 * 86_400 {
            faults.push(format!("{} should keep messages for 14 days, the longest there is", dead.logical_id));
        }
        for (queue, metric) in [(queue, "ApproximateAgeOfOldestMessage"), (dead, "ApproximateNumberOfMessagesVisible")]
        {
            let watched = subject.stack.alarms.iter().any(|alarm| {
                (&*alarm.namespace, &*alarm.metric, &*alarm.statistic) == ("AWS/SQS", metric, "Maximum")
                    && alarm.dimensions.get("QueueName") == Some(&queue.name)
            });
            if !watched {
                faults.push(format!("{} has no alarm on {metric}", queue.logical_id));
            }
        }
    }
    faults
}

fn schedule_faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    let of_sam = subject.written_functions().flat_map(|(id, function)| {
        let events = function.properties["Events"].as_object().into_iter().flatten();
        let events = events.filter(|(_, event)| event["Type"] == "ScheduleV2");
        events.map(move |(name, event)| (format!("{id}.{name}"), &event["Properties"]))
    });
    let plain = subject.resources_of("AWS::Scheduler::Schedule");
    for (name, schedule) in of_sam.chain(plain.map(|(id, resource)| (id.to_owned(), &resource.properties))) {
        let expression = schedule["ScheduleExpression"].as_str();
        if expression.is_none_or(|expression| rate(expression).is_err()) {
            faults.push(format!("{name}: {expression:?} is no rate(…)"));
        }
        // A schedule's name is the account's: of two environments in one, only one would be deployed.
        if !mentions(&schedule["Name"]).iter().any(|name| name == "Environment") {
            faults.push(format!("{name} is called the same in every environment"));
        }
    }
    for function in subject.functions() {
        let overlapping = |schedule: &&Schedule| function.timeout >= schedule.rate;
        if let Some(schedule) = function.schedules.iter().find(overlapping) {
            faults.push(format!("{}: two runs of {} may overlap", function.logical_id, schedule.name));
        }
    }
    faults
}

#[test]
fn consumers_lose_nothing() {
    assert_none("queue consumers", &consumer_faults(&Subject::real()));
}

#[test]
fn queues_have_dead_letters_and_alarms() {
    assert_none("queues", &queue_faults(&Subject::real()));
}

#[test]
fn schedules_are_rates_that_do_not_overlap() {
    assert_none("schedules", &schedule_faults(&Subject::real()));
}

#[test]
fn broken_consumers_are_noticed() {
    assert_noticed(
        consumer_faults,
        &[
            (
                "FunctionResponseTypes: [ReportBatchItemFailures]",
                "Enabled: true",
                "LineDeliver takes OutboundLineQueue without ReportBatchItemFailures",
            ),
            (
                "ScalingConfig: {MaximumConcurrency: !Ref DeliveryConcurrency}",
                "Enabled: true",
                "without MaximumConcurrency",
            ),
            ("BatchSize: 1\n", "BatchSize: 100\n", "in batches of 100"),
            (
                "VisibilityTimeout: 360",
                "VisibilityTimeout: 359",
                "InboundGenesysCloudQueue: visibility 359s is under six times",
            ),
            ("Timeout: 60", "Timeout: 61", "is under six times"),
            (
                "UM_DEAD_LETTER_QUEUE_URL: !Ref OutboundLineDeadLetters",
                "UM_DEAD_LETTER_QUEUE_URL: !Ref OutboundLineQueue",
                "is not the dead-letter queue of OutboundLineQueue",
            ),
            (
                "EventSourceArn: !GetAtt OutboundLineQueue.Arn",
                "EventSourceArn: !GetAtt OutboundLineDeadLetters.Arn",
                "OutboundLineQueue should be consumed by one function",
            ),
        ],
    );
}

#[test]
fn broken_queues_are_noticed() {
    assert_noticed(
        queue_faults,
        &[
            ("outbound-line.fifo", "outbound-line", "OutboundLineQueue: FIFO queues, and only they"),
            ("      FifoQueue: true\n", "", "only they, are named .fifo"),
            ("      SqsManagedSseEnabled: true\n", "", "OutboundLineQueue is not encrypted"),
            (
                "      RedrivePolicy: {deadLetterTargetArn: !GetAtt OutboundLineDeadLetters.Arn, maxReceiveCount: 1000}\n",
                "",
                "OutboundLineQueue has no dead-letter queue",
            ),
            (
                "-outbound-line-dead-letters.fifo\n      FifoQueue: true",
                "-outbound-line-dead-letters",
                "should be of the same kind",
            ),
            ("MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 345600", "should keep messages for 14 days"),
            (
                "Value: !GetAtt OutboundLineQueue.QueueName",
                "Value: !GetAtt OutboundLineDeadLetters.QueueName",
                "OutboundLineQueue has no alarm on ApproximateAgeOfOldestMessage",
            ),
            (
                "Value: !GetAtt OutboundLineDeadLetters.QueueName",
                "Value: !GetAtt OutboundLineQueue.QueueName",
                "OutboundLineDeadLetters has no alarm on ApproximateNumberOfMessagesVisible",
            ),
            (
                "Queues: [!Ref OutboundLineQueue, !Ref OutboundLineDeadLetters]",
                "Queues: [!Ref OutboundLineQueue]",
                "OutboundLineDeadLetters has no policy that refuses",
            ),
            ("aws:SecureTransport: false", "aws:SecureTransport: true", "OutboundLineQueue has no policy that refuses"),
        ],
    );
}

#[test]
fn broken_schedules_are_noticed() {
    assert_noticed(
        schedule_faults,
        &[
            ("Timeout: 50", "Timeout: 60", "two runs of EveryMinute may overlap"),
            ("Timeout: 50", "Timeout: 60", "two runs of GenesysCloudWatchSchedule may overlap"),
            (
                "      Name: !Sub um-${Environment}-genesys-cloud-watch\n",
                "",
                "GenesysCloudWatchSchedule is called the same in every environment",
            ),
            (
                "            Name: !Sub um-${Environment}-attachments-purge\n",
                "",
                "AttachmentsPurge.EveryMinute is called",
            ),
        ],
    );
}

/// A schedule that is no rate does not even get as far as the check above.
#[test]
fn a_misspelt_schedule_is_refused() {
    let text = infra_template::TEMPLATE.replace("rate(1 minute)", "rate(1 minuts)");
    let template = infra_template::Template::parse(&text).unwrap();
    let error = template.stack(&infra_template::Context::local("http://127.0.0.1:9000")).unwrap_err();
    assert!(error.to_string().contains("`rate(1 minuts)` is no schedule"), "{error}");
}
