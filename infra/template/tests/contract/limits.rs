//! What AWS allows of one template, with all connectors on, and with as many as there may be one day.

use infra_template::generate::{self, Described, Purpose, Room, Side};
use infra_template::{NESTED, TEMPLATE, Template};
use serde_json::Value;

use crate::subject::{Subject, assert_none, assert_noticed};

/// CloudFormation takes 500 resources in a stack. The root is to have room to grow, and a connector's stack is to stay one
/// that can be read.
const ROOT_RESOURCES: usize = 300;
const NESTED_RESOURCES: usize = 60;
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const PARAMETERS: usize = 200;
const TEMPLATE_BYTES: usize = 1_000_000;
/// Of all variables' names and values: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const ENVIRONMENT_BYTES: usize = 4_096;
/// Conditions in `Fn::And` and `Fn::Or`.
const OPERANDS: usize = 10;
/// Of a managed policy, without white space: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const POLICY_CHARACTERS: usize = 6_144;
/// HTTP API: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
const ROUTES: usize = 300;

/// How many rooms there may be one day.
const ROOMS: usize = 30;

fn faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    let mut at_most = |what: String, count: usize, limit: usize| {
        if count >= limit {
            faults.push(format!("{what}: {count}, and it should be below {limit}"));
        }
    };
    at_most("resources of the root".to_owned(), subject.template.resource_count(), ROOT_RESOURCES);
    at_most("routes".to_owned(), subject.functions().iter().map(|it| it.routes.len()).sum(), ROUTES + 1);
    let all = subject.template.nested().chain([("template.yaml", &subject.template)]);
    for (path, template) in all {
        if path != "template.yaml" {
            at_most(format!("resources of {path}"), template.resource_count(), NESTED_RESOURCES);
        }
        at_most(format!("parameters of {path}"), template.parameters().count(), PARAMETERS + 1);
        for (name, expression) in template.conditions() {
            at_most(format!("operands of {name} in {path}"), operands(expression), OPERANDS + 1);
        }
    }
    for function in subject.functions() {
        let bytes = function.environment.iter().map(|(name, value)| name.len() + value.len()).sum();
        at_most(format!("bytes of {}'s environment", function.logical_id), bytes, ENVIRONMENT_BYTES);
    }
    for (id, policy) in subject.resources_of("AWS::IAM::ManagedPolicy") {
        let characters = written_out(&policy.properties["PolicyDocument"]);
        at_most(format!("characters of {id}"), characters, POLICY_CHARACTERS + 1);
    }
    faults
}

/// The most conditions that stand in one `Fn::And` or `Fn::Or`.
fn operands(expression: &Value) -> usize {
    match expression {
        Value::Object(map) => {
            let of = map.iter().map(|(name, argument)| {
                let own = if matches!(name.as_str(), "Fn::Or" | "Fn::And") {
                    argument.as_array().map_or(0, Vec::len)
                } else {
                    0
                };
                own.max(operands(argument))
            });
            of.max().unwrap_or(0)
        }
        Value::Array(items) => items.iter().map(operands).max().unwrap_or(0),
        _ => 0,
    }
}

/// How long a policy's JSON is at least when its references are ARNs: an ARN for each, `!Sub` as long as its pattern.
fn written_out(value: &Value) -> usize {
    const ARN: usize = 70;
    match value {
        Value::Object(map) => match map.iter().next() {
            Some((name, _)) if map.len() == 1 && matches!(name.as_str(), "Ref" | "Fn::GetAtt") => ARN + 2,
            Some((name, Value::String(pattern))) if map.len() == 1 && name == "Fn::Sub" => pattern.len() + 2,
            Some((name, Value::Array(branches))) if map.len() == 1 && name == "Fn::If" => {
                branches.iter().skip(1).map(written_out).max().unwrap_or(0)
            }
            _ => 2 + map.iter().map(|(name, value)| name.len() + 4 + written_out(value)).sum::<usize>(),
        },
        Value::Array(items) => 2 + items.iter().map(|item| written_out(item) + 1).sum::<usize>(),
        other => other.to_string().len(),
    }
}

/// A connector that says nothing but its name.
fn plain(id: &str, side: Side) -> Room {
    let function = |end: &str, purpose: Purpose, timeout: u32| Described {
        name: format!("{id}-{end}"),
        binary: format!("{id}-{end}"),
        description: None,
        purpose,
        routes: Vec::new(),
        timeout,
        memory: 512,
        grants: Vec::new(),
        settings: Vec::new(),
        schedule: (purpose == Purpose::Watch).then(|| "rate(1 minute)".to_owned()),
    };
    let mut functions = vec![function("webhook", Purpose::Webhook, 10), function("deliver", Purpose::Deliver, 60)];
    if side == Side::Platform {
        functions.push(function("watch", Purpose::Watch, 50));
    }
    Room { id: id.to_owned(), name: id.to_owned(), side, path: format!("/{id}"), functions }
}

/// What there is, and plain channels with long names until there are so many, three platforms among them.
fn rooms(count: usize) -> Vec<Room> {
    let template = Template::parse(TEMPLATE).expect("the template can be read");
    let known = template.allowed_values("Connectors").into_iter().map(str::to_owned);
    let more = (1..).map(|number| format!("channel-with-a-long-name-{number:02}"));
    let ids = known.chain(more).take(count).enumerate();
    ids.map(|(index, id)| {
        let platform = id == "genesys-cloud" || index + 2 >= count;
        plain(&id, if platform { Side::Platform } else { Side::Channel })
    })
    .collect()
}

fn with(rooms: &[Room]) -> (Subject, usize) {
    let text = generate::root(TEMPLATE, rooms).expect("the root has its markers");
    let alarms = NESTED.iter().filter(|(path, _)| path.starts_with("alarms/"));
    let alarms = alarms.map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let nested = rooms.iter().map(|room| (generate::path(room), generate::nested(room, rooms)));
    let read = |text: &str| Template::parse(text).expect("what is generated can be read");
    let root = alarms.chain(nested).fold(read(&text), |root, (path, text)| root.with_nested(&path, read(&text)));
    (Subject::evaluated(root), text.len())
}

#[test]
fn all_connectors_fit() {
    let subject = Subject::real();
    let nested = subject.rooms().map(|(_, template)| template.resource_count()).max();
    println!("root {} resources, largest room {nested:?}", subject.template.resource_count());
    assert_none("limits", &faults(&subject));
}

#[test]
fn thirty_rooms_fit() {
    let (subject, bytes) = with(&rooms(ROOMS));
    let nested = subject.rooms().map(|(_, template)| template.resource_count()).max();
    let environment = subject.functions().iter().map(|it| it.environment.iter().map(|(k, v)| k.len() + v.len()).sum());
    let environment: Option<usize> = environment.max();
    let root = subject.template.resource_count();
    println!(
        "{ROOMS} rooms: root {root} resources in {bytes} bytes, largest room {nested:?}, environment {environment:?}"
    );
    assert_eq!(subject.rooms().count(), ROOMS);
    assert!(subject.functions().len() > 2 * ROOMS, "the rooms' functions were not read");
    assert!(bytes < TEMPLATE_BYTES, "{bytes}");
    assert_none("limits", &faults(&subject));
}

#[test]
fn what_does_not_fit_is_noticed() {
    let (crowd, _) = with(&rooms(ROOMS + 120));
    let found = faults(&crowd);
    for words in ["resources of the root: ", "characters of SendOutbound: "] {
        assert!(found.iter().any(|fault| fault.starts_with(words)), "{words}: {found:?}");
    }
    let mut rooms = rooms(ROOMS);
    let page = |number: usize| Described {
        name: format!("line-page-{number}"),
        binary: format!("line-page-{number}"),
        purpose: Purpose::Page,
        routes: vec![infra_template::Route { method: "GET".to_owned(), path: format!("/line/page-{number}") }],
        ..rooms[0].functions[0].clone()
    };
    let pages = (0..5).map(page).collect::<Vec<_>>();
    rooms[0].functions.extend(pages);
    let found = faults(&with(&rooms).0);
    assert!(found.iter().any(|fault| fault.starts_with("resources of connectors/line.yaml: ")), "{found:?}");
    let all = "!Condition HasApiRoot, ".repeat(OPERANDS);
    let long = format!("UM_LOG: {}", "x".repeat(ENVIRONMENT_BYTES));
    assert_noticed(
        faults,
        &[
            (
                "  HasAlarmEmail: !Not",
                &format!("  HasAlarmEmail: !Not [!Or [{all}!Condition HasApiRoot]]\n  Other: !Not"),
                "operands of HasAlarmEmail in template.yaml: 11",
            ),
            ("UM_LOG: !Ref LogLevel", &long, "bytes of LineWebhook's environment: "),
        ],
    );
}
