//! Small templates for what each part means, and the real one for what it comes to.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use serde_json::json;

use crate::{Context, QueueSource, Route, Schedule, Stack, Template};

const SMALL: &str = r#"
Parameters:
  Environment: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Connectors: {Type: CommaDelimitedList, Default: "line, genesys-cloud"}
  Root: {Type: String, Default: ""}
Mappings:
  Sizes: {dev: {Memory: 128}, prod: {Memory: 1024}}
Conditions:
  Line: !Not [!Equals [!Join ["", !Split [",line,", !Join ["", [",", !Join [",", !Ref Connectors], ","]]]], !Join ["", [",", !Join [",", !Ref Connectors], ","]]]]
  Viber: !Not [!Equals [!Join ["", !Split [",viber,", !Join ["", [",", !Join [",", !Ref Connectors], ","]]]], !Join ["", [",", !Join [",", !Ref Connectors], ","]]]]
  Both: !And [!Condition Line, !Condition Viber]
  Either: !Or [!Condition Line, !Condition Viber]
Globals:
  Function:
    Timeout: 10
    Environment: {Variables: {COMMON: all}}
Resources:
  Deliver:
    Type: AWS::Serverless::Function
    Condition: Line
    Properties:
      FunctionName: !Sub "um-${Environment}-deliver"
      CodeUri: ../target/lambda/line-deliver/
      MemorySize: !FindInMap [Sizes, !Ref Environment, Memory]
      Environment:
        Variables: VARIABLES
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 7, FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: {MaximumConcurrency: 3}}}
        Get: {Type: HttpApi, Properties: {Method: get, Path: "/a/{id}"}}
        Tick: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(5 minutes), Input: '{"a":1}'}}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "um-${Environment}-jobs.fifo"
      FifoQueue: true
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead.fifo, FifoQueue: true}}
  ViberQueue: {Type: AWS::SQS::Queue, Condition: Viber, Properties: {QueueName: viber.fifo}}
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: things
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: gone, Enabled: true}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
  Files:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "files-${AWS::AccountId}", LifecycleConfiguration: {Rules: [{Status: Enabled, ExpirationInDays: 9}, {Status: Enabled, ExpirationInDays: 1, Prefix: a/}]}}
  Key: {Type: AWS::KMS::Key, Properties: {}}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/um, TargetKeyId: !Ref Key}}
"#;

fn small(variables: &str) -> Template {
    Template::parse(&SMALL.replace("VARIABLES", variables)).expect("a template")
}

fn local() -> Context {
    Context::local("http://127.0.0.1:9000")
}

#[test]
fn resources_become_values() {
    let stack = small("{OWN: x}").stack(&local()).expect("a stack");
    let deliver = stack.function("line-deliver").expect("by its binary's name");
    assert_eq!((deliver.logical_id.as_str(), deliver.function_name.as_str()), ("Deliver", "um-dev-deliver"));
    assert_eq!((deliver.timeout, deliver.memory), (Duration::from_secs(10), 128));
    assert_eq!(deliver.routes, [Route { method: "GET".into(), path: "/a/{id}".into() }]);
    let source = QueueSource {
        queue: "Jobs".into(),
        batch_size: 7,
        report_batch_item_failures: true,
        maximum_concurrency: Some(3),
    };
    assert_eq!(deliver.queues, [source]);
    let tick = Schedule { name: "Tick".into(), rate: Duration::from_secs(300), input: Some(r#"{"a":1}"#.into()) };
    assert_eq!(deliver.schedules, [tick]);
    assert_eq!(
        json!(deliver.environment),
        json!({"COMMON": "all", "OWN": "x"}),
        "globals and own variables are joined"
    );

    let jobs = stack.queue("Jobs").expect("a queue");
    assert_eq!(jobs.url, "http://127.0.0.1:9000/000000000000/um-dev-jobs.fifo");
    assert_eq!(jobs.arn, "arn:aws:sqs:us-east-1:000000000000:um-dev-jobs.fifo");
    assert_eq!(
        json!(jobs.attributes),
        json!({
            "FifoQueue": "true",
            "VisibilityTimeout": "60",
            "RedrivePolicy": r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead.fifo","maxReceiveCount":5}"#,
        })
    );
    assert!(stack.queue("ViberQueue").is_none(), "its condition is false");

    let things = stack.table("Things").expect("a table");
    assert_eq!(things.ttl_attribute.as_deref(), Some("gone"));
    assert_eq!(
        things.create,
        json!({
            "TableName": "things",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        })
    );
    let files = stack.bucket("Files").expect("a bucket");
    assert_eq!((files.name.as_str(), files.expiration_days), ("files-000000000000", Some(9)));
    assert_eq!(stack.keys[0].aliases, ["alias/um"]);
}

#[test]
fn expressions() {
    for (label, variables, expected) in [
        ("a parameter", "{V: !Ref Environment}", json!("prod")),
        ("a queue", "{V: !Ref Jobs}", json!("http://127.0.0.1:9000/000000000000/um-prod-jobs.fifo")),
        ("a table", "{V: !Ref Things}", json!("things")),
        ("the account", "{V: !Sub '${AWS::AccountId}/${AWS::Region}'}", json!("000000000000/us-east-1")),
        (
            "an attribute",
            "{V: !Sub '${Things.Arn}/index/x'}",
            json!("arn:aws:dynamodb:us-east-1:000000000000:table/things/index/x"),
        ),
        ("a literal", "{V: !Sub '${!Environment}'}", json!("${Environment}")),
        ("own variables", "{V: !Sub ['${a}-${Environment}', {a: !Ref Things}]}", json!("things-prod")),
        ("a true branch", "{V: !If [Line, yes it is, !Ref Nothing]}", json!("yes it is")),
        ("a false branch", "{V: !If [Viber, !Ref ViberQueue, '']}", json!("")),
        ("both", "{V: !If [Both, a, b]}", json!("b")),
        ("either", "{V: !If [Either, a, b]}", json!("a")),
        ("nothing at all", "{V: !If [Viber, a, !Ref AWS::NoValue]}", json!(null)),
        (
            "a list without its missing parts",
            "{V: !Join ['+', [a, !If [Viber, b, !Ref AWS::NoValue], c]]}",
            json!("a+c"),
        ),
        ("a part of a list", "{V: !Select [1, !Split ['-', a-b-c]]}", json!("b")),
        ("a number", "{V: 60}", json!("60")),
        ("a flag", "{V: true}", json!("true")),
    ] {
        let stack = small(variables).stack(&local().with_parameter("Environment", "prod")).expect(label);
        let deliver = stack.function("line-deliver").expect(label);
        assert_eq!(json!(deliver.environment.get("V")), expected, "{label}");
        assert_eq!(deliver.memory, 1024, "{label}");
    }
}

#[test]
fn a_connector_is_found_in_the_list_by_its_whole_name() {
    for (connectors, line, viber) in [
        ("line,viber", true, true),
        ("viber, line", true, true),
        ("line", true, false),
        ("viber", false, true),
        ("", false, false),
        ("line-works,online", false, false),
    ] {
        let stack = small("{}").stack(&local().with_parameter("Connectors", connectors)).expect(connectors);
        assert_eq!(stack.function("line-deliver").is_some(), line, "{connectors}");
        assert_eq!(stack.queue("ViberQueue").is_some(), viber, "{connectors}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (variables, context, expected) in [
        ("{V: !Ref Nowhere}", local(), "Deliver: refers to `Nowhere`, which is no parameter and no resource"),
        (
            "{V: !Ref ViberQueue}",
            local(),
            "Deliver: refers to `ViberQueue`, which is not created: its condition is false",
        ),
        (
            "{V: !GetAtt Things.StreamArn}",
            local(),
            "Deliver: asks for Things.StreamArn of a AWS::DynamoDB::Table, which is not known before it is deployed",
        ),
        ("{V: !Base64 x}", local(), "Deliver: uses Fn::Base64, which is not understood here"),
        ("{V: !Ref Connectors}", local(), "Deliver: V must be a text"),
        ("{V: !Sub '${Environment'}", local(), "Deliver: Fn::Sub must be closed by }"),
        ("{V: !If [Nowhere, a, b]}", local(), "Deliver: refers to `Nowhere`, which is no parameter and no resource"),
        (
            "{V: !FindInMap [Sizes, test, Memory]}",
            local(),
            "Deliver: refers to `Sizes.test.Memory`, which is no parameter and no resource",
        ),
        ("{}", local().with_parameter("Environment", "test"), "Parameters: `test` is not allowed for `Environment`"),
        ("{}", local().with_parameter("Nowhere", "x"), "Parameters: `Nowhere` is given but not declared"),
    ] {
        let error = small(variables).stack(&context).expect_err(expected).to_string();
        assert_eq!(error, expected, "{variables}");
    }
}

#[test]
fn circles_end() {
    let text = "Conditions: {A: !Condition B, B: !Condition A}\nResources: {Q: {Type: AWS::SQS::Queue, Condition: A, Properties: {QueueName: q}}}";
    let error = Template::parse(text).unwrap().stack(&local()).expect_err("a circle").to_string();
    assert_eq!(error, "Q: refers to itself through `Conditions.A`");
    let text = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt Q.QueueName}}}";
    let error = Template::parse(text).unwrap().stack(&local()).expect_err("a circle").to_string();
    assert_eq!(error, "Q: refers to itself through `Q`");
}

#[test]
fn broken_text_is_an_error() {
    for text in ["a: [", "Resources: {A: {Properties: {}}}", "Resources: {A: 1}"] {
        assert!(Template::parse(text).is_err(), "{text}");
    }
    assert_eq!(Template::parse("{}").unwrap().stack(&local()).unwrap(), Stack::default());
}

#[test]
fn the_context_answers_first() {
    let context = local().with_queue_url(|name| format!("q://{name}")).with_attributes(|id, kind, attribute| {
        (kind == "AWS::KMS::Key" && attribute.is_none()).then(|| format!("my-{id}"))
    });
    let stack = small("{Q: !Ref Jobs, K: !Ref Key}").stack(&context).expect("a stack");
    let deliver = stack.function("line-deliver").expect("by its binary's name");
    assert_eq!(
        (deliver.environment["Q"].as_str(), deliver.environment["K"].as_str()),
        ("q://um-dev-jobs.fifo", "my-Key")
    );
    assert_eq!(stack.keys[0].id, "my-Key");
}

#[test]
fn the_spine() {
    let stack = Template::deployed().expect("the template").stack(&local()).expect("its stack");
    let names = stack.functions.iter().map(|function| function.name.as_str()).collect::<Vec<_>>();
    for name in ["line-webhook", "line-deliver", "genesys-cloud-webhook", "genesys-cloud-deliver", "api-tenants"] {
        assert!(names.contains(&name), "{name} is in {names:?}");
    }
    let webhook = stack.function("line-webhook").expect("line-webhook");
    assert_eq!(webhook.routes, [Route { method: "POST".into(), path: "/line/{tenantId}".into() }]);
    let prefix = "https://sqs.us-east-1.amazonaws.com/000000000000/um-dev-";
    assert_eq!(webhook.environment["UM_QUEUE_PREFIX"], prefix);
    let health = stack.function("api-health").expect("api-health");
    assert_eq!((&*health.environment["UM_CHANNELS"], &*health.environment["UM_PLATFORMS"]), ("line", "genesys-cloud"));
    assert_eq!(webhook.environment["UM_CONFIGURATION_TABLE"], "um-dev-configuration");
    let deliver = stack.function("line-deliver").expect("line-deliver");
    assert_eq!(deliver.queues[0].queue, "OutboundLineQueue");
    assert_eq!(
        deliver.environment["UM_DEAD_LETTER_QUEUE_URL"],
        "http://127.0.0.1:9000/000000000000/um-dev-outbound-line-dead-letters.fifo"
    );
    assert_eq!(deliver.environment["UM_ATTACHMENTS_DOMAIN"], "", "no key, no distribution");
    let watch = stack.function("genesys-cloud-watch").expect("genesys-cloud-watch");
    assert_eq!(watch.schedules[0].rate, Duration::from_secs(60));
    assert_eq!(watch.environment["UM_API_ROOT"], "http://127.0.0.1:9000");
    for table in &stack.tables {
        assert_eq!(table.ttl_attribute.as_deref(), Some("expiresAt"), "{}", table.name);
    }
}

#[test]
fn connectors_that_are_not_named_leave_nothing() {
    let template = Template::deployed().expect("the template");
    let stack = template.stack(&local().with_parameter("Connectors", "viber,genesys-cloud")).expect("its stack");
    assert!(stack.function("viber-webhook").is_some());
    assert!(stack.functions.iter().all(|function| !function.name.starts_with("line-")));
    assert!(stack.queues.iter().all(|queue| !queue.name.contains("line")));
    assert!(stack.alarms.iter().all(|alarm| !alarm.name.contains("line")));
    assert_eq!(stack.function("api-health").expect("api-health").environment["UM_CHANNELS"], "viber");
}

#[test]
fn one_of_each_side_must_be_named() {
    let template = Template::deployed().expect("the template");
    for (connectors, fault) in [
        ("genesys-cloud", "Rules.NamesAChannel: Connectors names no channel."),
        ("line,viber", "Rules.NamesAPlatform: Connectors names no CX platform."),
        ("", "Rules.NamesAChannel: Connectors names no channel."),
    ] {
        let refused = template.stack(&local().with_parameter("Connectors", connectors));
        assert_eq!(refused.expect_err(connectors).to_string(), fault, "{connectors}");
    }
}

const OUTER: &str = r#"
Parameters: {Environment: {Type: String, Default: dev}}
Conditions: {No: !Equals [a, b]}
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: api, ProtocolType: HTTP}}
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml, Parameters: {Environment: !Ref Environment, Api: !Ref Api}}}
  Other: {Type: AWS::CloudFormation::Stack, Condition: No, Properties: {TemplateURL: inner.yaml, Parameters: {}}}
"#;

const INNER: &str = r#"
Parameters: {Environment: {Type: String}, Api: {Type: String}}
Resources:
  Take:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: !Sub "um-${Environment}-take", Code: ../../target/lambda/both/, Handler: take, Timeout: 7, Environment: {Variables: {A: !Ref Environment}}}
  Give:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: !Sub "um-${Environment}-give", Code: ../../target/lambda/give/, Handler: bootstrap}
  Integration: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationUri: !GetAtt Take.Arn}}
  One: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: "POST /b/{id}", Target: !Sub "integrations/${Integration}"}}
  Two: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: GET /a, Target: !Sub "integrations/${Integration}"}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: q.fifo}}
  Source:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Give, EventSourceArn: !GetAtt Queue.Arn, BatchSize: 2, FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: {MaximumConcurrency: 4}}
  Every: {Type: AWS::Scheduler::Schedule, Properties: {ScheduleExpression: rate(2 minutes), Target: {Arn: !GetAtt Give.Arn, Input: "{}"}}}
  Slow:
    Type: AWS::CloudWatch::Alarm
    Properties: {AlarmName: slow, Namespace: N, MetricName: M, ExtendedStatistic: p99, Threshold: 8, Dimensions: [{Name: F, Value: !Ref Take}], AlarmActions: [arn:x]}
"#;

fn outer(inner: &str) -> Result<Stack, crate::TemplateError> {
    Template::parse(OUTER)?.with_nested("inner.yaml", Template::parse(inner)?).stack(&local())
}

#[test]
fn nested_stacks_are_part_of_it() {
    let stack = outer(INNER).expect("a stack");
    let take = stack.function("take").expect("by its handler, for others may be in its binary");
    assert_eq!((&*take.binary, &*take.environment["A"]), ("both", "dev"));
    let routes = [("GET", "/a"), ("POST", "/b/{id}")].map(|(m, p)| Route { method: m.into(), path: p.into() });
    assert_eq!(take.routes, routes);
    let give = stack.function("give").expect("by its binary");
    let source = QueueSource {
        queue: "Queue".into(),
        batch_size: 2,
        report_batch_item_failures: true,
        maximum_concurrency: Some(4),
    };
    assert_eq!(give.queues, [source]);
    let every = Schedule { name: "Every".into(), rate: Duration::from_secs(120), input: Some("{}".into()) };
    assert_eq!(give.schedules, [every]);
    let [slow] = stack.alarms.as_slice() else { panic!("{:?}", stack.alarms) };
    assert_eq!((&*slow.statistic, &*slow.threshold, &*slow.dimensions["F"]), ("p99", "8", "um-dev-take"));
    assert_eq!(slow.actions, ["arn:x"]);
    assert_eq!(stack.nested.len(), 1, "the other's condition is false");
}

#[test]
fn what_is_wrong_in_a_nested_stack_is_named() {
    for (piece, replacement, expected) in [
        ("!Ref Environment}}", "!Ref Nowhere}}", "Take: refers to `Nowhere`, which is no parameter and no resource"),
        (
            "Api: {Type: String}",
            "Api: {Type: String}, B: {Type: String}",
            "Parameters: `B` has no default and is not given",
        ),
        (", Api: {Type: String}}", "}", "Parameters: `Api` is given but not declared"),
        (
            "IntegrationUri: !GetAtt Take.Arn",
            "IntegrationUri: arn:nobody",
            "One: refers to `arn:nobody`, which is no parameter and no resource",
        ),
        ("integrations/${Integration}", "integrations/x", "One: refers to `x`, which is no parameter and no resource"),
        ("integrations/${Integration}", "x", "One: Target must be integrations/ and an integration"),
        ("RouteKey: GET /a", "RouteKey: $default", "Two: RouteKey must be a method and a path"),
        (
            "EventSourceArn: !GetAtt Queue.Arn",
            "EventSourceArn: arn:q",
            "Source: refers to `arn:q`, which is no parameter and no resource",
        ),
        (
            "rate(2 minutes)",
            "rate(2 minute)",
            "Every: `rate(2 minute)` is no schedule: rate(1 minute), rate(5 minutes), … hours, … days",
        ),
    ] {
        let text = INNER.replace(piece, replacement);
        assert_ne!(text, INNER, "{piece}");
        assert_eq!(outer(&text).expect_err(expected).to_string(), expected, "{replacement}");
    }
}
