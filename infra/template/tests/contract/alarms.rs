//! Every function is watched, and the nested templates of alarms watch what their names say.

use std::fs;

use infra_template::Template;
use serde_json::Value;

use crate::subject::{Subject, assert_none, assert_noticed};
use crate::tree::root;

fn function_faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    for function in subject.functions() {
        let id = &function.logical_id;
        let alarms = subject.stack.nested.iter().find(|nested| {
            nested.template == "alarms/function.yaml"
                && nested.parameters.get("Function") == Some(&function.function_name)
        });
        let Some(alarms) = alarms else {
            faults.push(format!("{id} has no alarms (alarms/function.yaml)"));
            continue;
        };
        let expected = (function.timeout.as_millis() * 4 / 5).to_string();
        if alarms.parameters.get("SlowMilliseconds") != Some(&expected) {
            faults.push(format!("{}: SlowMilliseconds should be {expected}, 80 % of the timeout", alarms.logical_id));
        }
    }
    for nested in &subject.stack.nested {
        if !nested.parameters.get("Topic").is_some_and(|topic| topic.starts_with("arn:")) {
            faults.push(format!("{} tells nobody", nested.logical_id));
        }
        if !root().join("infra").join(&nested.template).is_file() {
            faults.push(format!("{}: there is no {}", nested.logical_id, nested.template));
        }
    }
    faults
}

/// (metric, statistic) of every alarm in a nested template, when it tells the topic.
fn watched(text: &str) -> Vec<(String, String)> {
    let template = Template::parse(text).expect("a nested template can be read");
    let alarms = template.resources_of("AWS::CloudWatch::Alarm");
    let alarms = alarms.filter(|(_, alarm)| !alarm.properties["AlarmActions"].is_null());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    alarms
        .map(|(_, alarm)| {
            let statistic = [&alarm.properties["Statistic"], &alarm.properties["ExtendedStatistic"]].map(text).concat();
            (text(&alarm.properties["MetricName"]), statistic)
        })
        .collect()
}

fn nested_faults(file: &str, text: &str) -> Vec<String> {
    let expected: &[(&str, &str)] = match file {
        "function.yaml" => &[("Errors", "Sum"), ("Throttles", "Sum"), ("Duration", "p99")],
        "queue.yaml" => {
            &[("ApproximateAgeOfOldestMessage", "Maximum"), ("ApproximateNumberOfMessagesVisible", "Maximum")]
        }
        "messages.yaml" => &[("Quarantined", "Sum"), ("SignatureRejected", "Sum"), ("5xx", "Sum")],
        other => panic!("infra/alarms/{other} is not expected here"),
    };
    let found = watched(text);
    let missing =
        expected.iter().filter(|(metric, statistic)| !found.contains(&((*metric).into(), (*statistic).into())));
    missing.map(|(metric, statistic)| format!("infra/alarms/{file} does not watch {metric} ({statistic})")).collect()
}

fn nested() -> Vec<(String, String)> {
    let files = crate::tree::entries(&root().join("infra/alarms")).into_iter();
    let files = files.map(|path| {
        (
            path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            fs::read_to_string(&path).unwrap_or_default(),
        )
    });
    files.collect()
}

#[test]
fn every_function_is_watched() {
    assert_none("alarms", &function_faults(&Subject::real()));
}

#[test]
fn alarms_watch_what_they_should() {
    let files = nested();
    assert_eq!(files.len(), 3, "infra/alarms");
    for (file, text) in files {
        assert_none("alarms", &nested_faults(&file, &text));
    }
}

#[test]
fn unwatched_functions_are_noticed() {
    assert_noticed(
        function_faults,
        &[
            ("Function: !Ref LineWebhook,", "Function: !Ref LineDeliver,", "LineWebhook has no alarms"),
            (
                "SlowMilliseconds: 7200",
                "SlowMilliseconds: 9000",
                "GenesysCloudWebhookAlarms: SlowMilliseconds should be 7200",
            ),
            ("Topic: !If [HasAlarmEmail, !Ref AlarmTopic, \"\"]", "Topic: \"\"", "LineWebhookAlarms tells nobody"),
            ("alarms/messages.yaml", "alarms/message.yaml", "there is no alarms/message.yaml"),
        ],
    );
}

#[test]
fn alarms_that_do_not_watch_are_noticed() {
    for (file, text) in nested() {
        for (piece, replacement) in [
            ("Statistic: Sum", "Statistic: Average"),
            ("Statistic: Maximum", "Statistic: Minimum"),
            ("AlarmActions:", "OtherActions:"),
        ] {
            let replaced = text.replace(piece, replacement);
            let faults = nested_faults(&file, &replaced);
            assert_eq!(faults.is_empty(), replaced == text, "{file} with {replacement}: {faults:?}");
        }
    }
}
