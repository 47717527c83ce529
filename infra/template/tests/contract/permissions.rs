//! One role for each function, which may do what is named and nothing else.

use std::collections::BTreeMap;

use infra_template::Resource;
use serde_json::Value;

use crate::expression::{attribute_of, each, mentions, reference};
use crate::subject::{Subject, assert_none, assert_noticed};

/// Statements of an identity: a role's own and a managed policy's.
fn identity_statements(resource: &Resource) -> Vec<&Value> {
    let own = each(&resource.properties["Policies"]).into_iter().map(|policy| &policy["PolicyDocument"]);
    let documents = own.chain(std::iter::once(&resource.properties["PolicyDocument"]));
    documents.flat_map(|document| each(&document["Statement"])).collect()
}

/// The policies of the template that a role takes.
fn taken<'s>(subject: &'s Subject, role: &'s Resource) -> impl Iterator<Item = &'s Resource> {
    let names = each(&role.properties["ManagedPolicyArns"]).into_iter().filter_map(reference);
    names.filter_map(|name| subject.resource(name))
}

/// Whether a resource in a statement is an exact ARN; objects of a bucket have no names that could be known.
fn is_exact(resource: &Value) -> bool {
    match resource {
        Value::String(text) => !text.contains('*'),
        other => match other.get("Fn::Sub").and_then(Value::as_str) {
            Some(pattern) => {
                let objects = pattern.strip_suffix(".Arn}/*").and_then(|rest| rest.strip_prefix("${"));
                !pattern.contains('*') || objects.is_some_and(|bucket| bucket.ends_with("Bucket"))
            }
            None => true,
        },
    }
}

fn statement_faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, resource) in subject.resources() {
        let statements = match resource.kind.as_str() {
            "AWS::IAM::Role" | "AWS::IAM::ManagedPolicy" | "AWS::IAM::Policy" => identity_statements(resource),
            // What a resource allows others; a key's own policy cannot but say "*" for itself.
            "AWS::S3::BucketPolicy" | "AWS::SQS::QueuePolicy" => identity_statements(resource),
            _ => continue,
        };
        for statement in statements.into_iter().filter(|statement| statement["Effect"] == "Allow") {
            for action in each(&statement["Action"]) {
                if action.as_str().is_none_or(|action| action.contains('*')) {
                    faults.push(format!("{id} allows {action}: name the actions"));
                }
            }
            if statement.get("NotAction").is_some() || statement.get("NotResource").is_some() {
                faults.push(format!("{id} allows by exclusion"));
            }
            let resources = each(&statement["Resource"]);
            if resources.is_empty() {
                faults.push(format!("{id} has a statement without Resource"));
            }
            for wide in resources.into_iter().filter(|resource| !is_exact(resource)) {
                faults.push(format!("{id} allows {} on {wide}: name the resources", statement["Action"]));
            }
            if statement["Principal"] == "*" {
                faults.push(format!("{id} allows anybody"));
            }
        }
    }
    faults
}

fn role_faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    let mut users = BTreeMap::<&str, &str>::new();
    for (id, function) in subject.written_functions() {
        // SAM would add AWSLambdaSQSQueueExecutionRole and its like, which are for every queue of the account.
        if !function.properties["Policies"].is_null() {
            faults.push(format!("{id} has Policies: SAM makes a role of them that may more than they say"));
        }
        let name = attribute_of(&function.properties["Role"], "Arn");
        let Some((name, role)) = name.and_then(|name| Some((name, subject.resource(name)?))) else {
            faults.push(format!("{id} has no role of its own"));
            continue;
        };
        if let Some(other) = users.insert(name, id) {
            faults.push(format!("{id} and {other} share the role {name}"));
        }
        for arn in each(&role.properties["ManagedPolicyArns"]) {
            if reference(arn).and_then(|policy| subject.resource(policy)).is_none() {
                faults.push(format!("{name} takes {arn}, which is no policy of this template"));
            }
        }
        // Whoever is told a table's or bucket's name is meant to use it.
        let statements =
            identity_statements(role).into_iter().chain(taken(subject, role).flat_map(identity_statements));
        let allowed = statements.flat_map(|statement| mentions(&statement["Resource"])).collect::<Vec<_>>();
        for (variable, value) in function.properties["Environment"]["Variables"].as_object().into_iter().flatten() {
            let Some(target) = reference(value) else { continue };
            let kind = subject.resource(target).map(|resource| resource.kind.as_str());
            let guarded =
                matches!(kind, Some("AWS::DynamoDB::Table" | "AWS::S3::Bucket" | "AWS::SQS::Queue" | "AWS::KMS::Key"));
            if guarded && !allowed.iter().any(|allowed| allowed == target) {
                faults.push(format!("{id} knows {variable} but may not use {target}"));
            }
        }
        for queue in subject.stack.functions.iter().filter(|it| it.logical_id == id).flat_map(|it| &it.queues) {
            if !allowed.contains(&queue.queue) {
                faults.push(format!("{id} may not consume {}", queue.queue));
            }
        }
    }
    faults
}

/// What a function needs whose requests may change something: each may have an idempotency key, and goes into the audit
/// trail.
const RECORDING: [(&str, &str); 3] = [
    ("dynamodb:PutItem", "ConfigurationTable"),
    ("dynamodb:DeleteItem", "ConfigurationTable"),
    ("kms:GenerateDataKey", "Key"),
];

fn recording_faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    for function in subject.functions().iter().filter(|function| function.name.starts_with("api-")) {
        if function.routes.iter().all(|route| route.method == "GET") {
            continue;
        }
        let role = attribute_of(subject.property(&function.logical_id, "Role"), "Arn");
        let Some(role) = role.and_then(|role| subject.resource(role)) else { continue };
        let statements: Vec<&Value> =
            identity_statements(role).into_iter().chain(taken(subject, role).flat_map(identity_statements)).collect();
        for (action, resource) in RECORDING {
            let allowed = statements.iter().any(|statement| {
                each(&statement["Action"]).into_iter().any(|one| one == action)
                    && mentions(&statement["Resource"]).iter().any(|one| one == resource)
            });
            if !allowed {
                faults.push(format!("{} may not {action} on {resource}: see RecordRequests", function.logical_id));
            }
        }
    }
    faults
}

/// The patterns of every `!Sub` in a value.
fn patterns(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, argument)| match (key.as_str(), argument.as_str()) {
                ("Fn::Sub", Some(pattern)) => vec![pattern],
                _ => patterns(argument),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(patterns).collect(),
        _ => Vec::new(),
    }
}

/// Policies that must know every queue of a kind: the policy, and the end of the queues' logical ids.
const ABOUT_QUEUES: [(&str, &str, &str); 4] = [
    ("SendInbound", "Inbound", "Queue"),
    ("SendOutbound", "Outbound", "Queue"),
    ("ObserveQueues", "", "Queue"),
    ("RedriveDeadLetters", "", "DeadLetters"),
];

fn forgotten_queues(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    for (policy, start, end) in ABOUT_QUEUES {
        // Named by convention: the queue lies in another stack, which this one does not wait for.
        let known = patterns(&subject.property(policy, "PolicyDocument")["Statement"]);
        for queue in &subject.stack.queues {
            let (id, name) = (&queue.logical_id, queue.name.replacen("um-dev-", ":um-${Environment}-", 1));
            let is_known = known.iter().any(|pattern| pattern.ends_with(&name));
            if (id.starts_with(start) && id.ends_with(end)) != is_known {
                faults.push(format!("{policy} {} {id}", if is_known { "should not know" } else { "forgets" }));
            }
        }
    }
    faults
}

#[test]
fn policies_know_every_queue() {
    assert_none("queues", &forgotten_queues(&Subject::real()));
}

#[test]
fn forgotten_queues_are_noticed() {
    assert_noticed(
        forgotten_queues,
        &[
            (
                "um-${Environment}-outbound-line-dead-letters.fifo\", !Ref",
                "um-${Environment}-outbound-line.fifo\", !Ref",
                "RedriveDeadLetters forgets OutboundLineDeadLetters",
            ),
            (
                "um-${Environment}-outbound-line.fifo\", !Ref",
                "um-${Environment}-outbound-line-dead-letters.fifo\", !Ref",
                "SendOutbound should not know OutboundLineDeadLetters",
            ),
        ],
    );
}

#[test]
fn what_changes_something_may_record_it() {
    assert_none("recording", &recording_faults(&Subject::real()));
}

#[test]
fn what_cannot_record_is_noticed() {
    assert_noticed(
        recording_faults,
        &[("        - !Ref RecordRequests\n", "", "ApiMessages may not dynamodb:DeleteItem on ConfigurationTable")],
    );
}

#[test]
fn statements_name_their_actions_and_resources() {
    assert_none("permissions", &statement_faults(&Subject::real()));
}

#[test]
fn every_function_has_its_own_role_which_fits_it() {
    assert_none("roles", &role_faults(&Subject::real()));
}

#[test]
fn wide_statements_are_noticed() {
    assert_noticed(
        statement_faults,
        &[
            ("Action: sqs:SendMessage", "Action: sqs:*", "allows \"sqs:*\""),
            (
                "Action: [dynamodb:GetItem, dynamodb:BatchGetItem, dynamodb:Query]",
                "Action: [dynamodb:*]",
                "ReadConfiguration allows \"dynamodb:*\"",
            ),
            ("Action: [s3:GetObject, s3:PutObject]", "NotAction: [s3:DeleteObject]", "by exclusion"),
            ("Resource: !GetAtt ConfigurationTable.Arn\n", "Resource: \"*\"\n", "WriteConfiguration allows"),
            ("${ConfigurationTable.Arn}/index/byKind", "${ConfigurationTable.Arn}/index/*", "ReadConfiguration allows"),
            (", Resource: !GetAtt Key.Arn", "", "without Resource"),
            (
                "Principal: {Service: cloudfront.amazonaws.com}",
                "Principal: \"*\"",
                "AttachmentsBucketPolicy allows anybody",
            ),
        ],
    );
}

#[test]
fn roles_that_do_not_fit_are_noticed() {
    assert_noticed(
        role_faults,
        &[
            ("Role: !GetAtt ApiHealthRole.Arn", "Policies: [AmazonSQSFullAccess]", "ApiHealth has Policies"),
            ("Role: !GetAtt ApiHealthRole.Arn", "Tracing: Active", "ApiHealth has no role of its own"),
            ("Role: !GetAtt LineWebhookRole.Arn", "KmsKeyArn: x", "LineWebhook has no role of its own"),
            (
                "[!Ref ReadConfiguration, !Ref SendInbound, !Ref ParkClaimChecks]",
                "[!Ref ReadConfiguration, !Ref SendInbound]",
                "LineWebhook knows UM_CLAIM_CHECK_BUCKET but may not use ClaimCheckBucket",
            ),
            (
                "Role: !GetAtt LineWebhookRole.Arn",
                "Role: !GetAtt LineDeliverRole.Arn",
                "share the role LineDeliverRole",
            ),
            (
                "[!Ref ReadConfiguration, !Ref ObserveQueues]",
                "[\"arn:aws:iam::aws:policy/AdministratorAccess\"]",
                "is no policy of this template",
            ),
            (
                "[!Ref ReadConfiguration, !Ref UseConversations]",
                "[!Ref ReadConfiguration]",
                "AttachmentsPurge knows UM_CONVERSATIONS_TABLE but may not use",
            ),
            (
                "Action: s3:DeleteObject, Resource: !Sub \"${AttachmentsBucket.Arn}/*\"",
                "Action: s3:DeleteObject, Resource: !Sub \"${ClaimCheckBucket.Arn}/*\"",
                "AttachmentsPurge knows UM_ATTACHMENTS_BUCKET but may not use",
            ),
            (
                "sqs:GetQueueAttributes]\n                Resource: !GetAtt OutboundLineQueue.Arn",
                "sqs:GetQueueAttributes]\n                Resource: !GetAtt OutboundLineDeadLetters.Arn",
                "LineDeliver may not consume OutboundLineQueue",
            ),
        ],
    );
}
