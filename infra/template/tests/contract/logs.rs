//! Every function has a log group of its own that forgets, and may write to it.

use crate::expression::{attribute_of, each, reference};
use crate::subject::{Subject, assert_none, assert_noticed};

fn faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    let mut used = Vec::new();
    for (id, function) in subject.written_functions() {
        let logging = &function.properties["LoggingConfig"];
        if logging["LogFormat"] != "JSON" {
            faults.push(format!("{id} should log JSON"));
        }
        let group = reference(&logging["LogGroup"]).and_then(|name| Some((name, subject.resource(name)?)));
        let Some((name, group)) = group.filter(|(_, group)| group.kind == "AWS::Logs::LogGroup") else {
            faults.push(format!("{id} has no log group: Lambda would make one that keeps its logs for ever"));
            continue;
        };
        if used.contains(&name) {
            faults.push(format!("{id} shares the log group {name}"));
        }
        used.push(name);
        if group.condition != function.condition {
            faults.push(format!("{id} and its log group {name} should have the same condition"));
        }
        let role = attribute_of(&function.properties["Role"], "Arn").unwrap_or_default();
        let policies = each(subject.property(role, "Policies"));
        let writes = policies.iter().flat_map(|policy| each(&policy["PolicyDocument"]["Statement"])).any(|statement| {
            let actions = each(&statement["Action"]);
            let all = ["logs:CreateLogStream", "logs:PutLogEvents"];
            all.iter().all(|action| actions.iter().any(|one| *one == action))
                && each(&statement["Resource"]).iter().any(|resource| attribute_of(resource, "Arn") == Some(name))
        });
        if !writes {
            faults.push(format!("{id} may not write to its log group {name}"));
        }
    }
    for (id, group) in subject.resources_of("AWS::Logs::LogGroup") {
        if group.properties["RetentionInDays"].is_null() {
            faults.push(format!("{id} keeps its logs for ever"));
        }
    }
    faults
}

#[test]
fn every_function_has_a_log_group_that_forgets() {
    assert_none("logs", &faults(&Subject::real()));
}

#[test]
fn broken_logs_are_noticed() {
    assert_noticed(
        faults,
        &[
            ("LogFormat: JSON", "LogFormat: Text", "LineWebhook should log JSON"),
            (", LogGroup: !Ref LineWebhookLogs}", "}", "LineWebhook has no log group"),
            ("LoggingConfig: {LogGroup: !Ref ApiAuthLogs}", "Tracing: PassThrough", "ApiAuth has no log group"),
            (
                "LogGroup: !Ref LineWebhookLogs}",
                "LogGroup: !Ref LineDeliverLogs}",
                "shares the log group LineDeliverLogs",
            ),
            (", RetentionInDays: !Ref LogRetentionDays}", "}", "LineWebhookLogs keeps its logs for ever"),
            ("[logs:CreateLogStream, logs:PutLogEvents]", "[logs:PutLogEvents]", "LineWebhook may not write"),
            (
                "Resource: !GetAtt LineWebhookLogs.Arn",
                "Resource: !GetAtt LineDeliverLogs.Arn",
                "LineWebhook may not write",
            ),
            (
                "  ApiAuthLogs:\n    Type: AWS::Logs::LogGroup\n",
                "  ApiAuthLogs:\n    Type: AWS::Logs::LogGroup\n    Condition: HasAlarmEmail\n",
                "ApiAuth and its log group ApiAuthLogs should have the same condition",
            ),
        ],
    );
}
