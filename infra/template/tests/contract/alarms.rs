//! Every function is watched, every alarm tells somebody, and the nested templates of alarms watch what their names say.

use std::fs;

use infra_template::Template;
use serde_json::Value;

use crate::subject::{Subject, assert_none, assert_noticed};
use crate::tree::root;

fn function_faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    for function in subject.functions() {
        let id = &function.logical_id;
        for (metric, statistic) in [("Errors", "Sum"), ("Throttles", "Sum"), ("Duration", "p99")] {
            let alarm = subject.stack.alarms.iter().find(|alarm| {
                (&*alarm.namespace, &*alarm.metric, &*alarm.statistic) == ("AWS/Lambda", metric, statistic)
                    && alarm.dimensions.get("FunctionName") == Some(&function.function_name)
            });
            let Some(alarm) = alarm else {
                faults.push(format!("{id} has no alarm on {metric} ({statistic})"));
                continue;
            };
            let expected = (function.timeout.as_millis() * 4 / 5).to_string();
            if metric == "Duration" && alarm.threshold != expected {
                faults.push(format!("{}: the threshold should be {expected}, 80 % of the timeout", alarm.name));
            }
        }
    }
    for alarm in &subject.stack.alarms {
        if !alarm.actions.iter().any(|action| action.starts_with("arn:")) {
            faults.push(format!("{} tells nobody", alarm.name));
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
    assert_eq!(files.len(), 2, "infra/alarms");
    for (file, text) in files {
        assert_none("alarms", &nested_faults(&file, &text));
    }
}

#[test]
fn unwatched_functions_are_noticed() {
    assert_noticed(
        function_faults,
        &[
            ("Value: !Ref LineWebhook}", "Value: !Ref LineDeliver}", "LineWebhook has no alarm on Errors"),
            ("Function: !Ref ApiAuth,", "Function: !Ref ApiUsers,", "ApiAuth has no alarm on Throttles"),
            ("Threshold: 7200", "Threshold: 9000", "um-dev-genesys-cloud-webhook-slow: the threshold should be 7200"),
            ("SlowMilliseconds: 23200", "SlowMilliseconds: 29000", "um-dev-api-tenants-slow: the threshold should be"),
            ("Topic: !If [HasAlarmEmail, !Ref AlarmTopic, \"\"]", "Topic: \"\"", "um-dev-api-auth-errors tells nobody"),
            (
                "AlarmTopic: !If [HasAlarmEmail, !Ref AlarmTopic, \"\"]",
                "AlarmTopic: \"\"",
                "um-dev-outbound-line.fifo-old tells nobody",
            ),
            ("alarms/function.yaml", "alarms/functions.yaml", "ApiAuth has no alarm on Errors"),
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
