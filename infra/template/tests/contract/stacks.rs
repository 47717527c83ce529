//! Each connector has a stack of its own, created when it is named; what the root gives it is what it asks for.

use std::collections::BTreeMap;

use crate::expression::mentions;
use crate::subject::{Subject, assert_none, assert_noticed};

/// `connectors/apple-messages.yaml` → `apple-messages`.
fn connector(path: &str) -> &str {
    path.trim_start_matches("connectors/").trim_end_matches(".yaml")
}

fn faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    let ids = subject.template.allowed_values("Connectors");
    let nested = |path: &str| subject.stack.nested.iter().filter(|nested| nested.template == path).count();
    for id in &ids {
        match nested(&format!("connectors/{id}.yaml")) {
            1 => {}
            count => faults.push(format!("{count} stacks are made of connectors/{id}.yaml, for {id} may be deployed")),
        }
    }
    for (path, _) in subject.rooms().filter(|(path, _)| !ids.contains(&connector(path))) {
        faults.push(format!("{path} is of no connector that may be deployed"));
    }
    for nested in &subject.stack.nested {
        if subject.template.nested_at(&nested.template).is_none() {
            faults.push(format!("{}: there is no {}", nested.logical_id, nested.template));
        }
    }
    // References are followed by name from a room's template into the root: a parameter must be what it is called after.
    for (id, stack) in subject.template.resources_of("AWS::CloudFormation::Stack") {
        if !stack.properties["TemplateURL"].as_str().is_some_and(|path| path.starts_with("connectors/")) {
            continue;
        }
        if stack.condition.as_deref() != Some(id) {
            faults.push(format!("{id} should have the condition {id}"));
        }
        for (name, given) in stack.properties["Parameters"].as_object().into_iter().flatten() {
            let exists = subject.template.resource(name).is_some()
                || subject.template.parameters().any(|(parameter, _)| parameter == name);
            if exists && !mentions(given).contains(name) {
                faults.push(format!("{id} gives {given} for {name}"));
            }
        }
    }
    let mut seen = BTreeMap::new();
    let own = subject.template.resources().map(|(id, _)| (id, "template.yaml"));
    let nested = subject.rooms().flat_map(|(path, template)| template.resources().map(move |(id, _)| (id, path)));
    for (id, path) in own.chain(nested) {
        if let Some(other) = seen.insert(id, path) {
            faults.push(format!("{id} is in {path} and in {other}"));
        }
    }
    faults
}

#[test]
fn every_connector_has_its_stack() {
    let subject = Subject::real();
    assert!(subject.rooms().count() > 6, "the connectors' templates were not found");
    assert_none("stacks", &faults(&subject));
}

#[test]
fn stacks_that_do_not_fit_are_noticed() {
    assert_noticed(
        faults,
        &[
            (
                "TemplateURL: connectors/viber.yaml",
                "TemplateURL: alarms/function.yml",
                "0 stacks are made of connectors/viber",
            ),
            ("AllowedValues: [line, ", "AllowedValues: [", "connectors/line.yaml is of no connector"),
            ("alarms/messages.yaml", "alarms/message.yaml", "there is no alarms/message.yaml"),
            (
                "ConversationsTable: !Ref ConversationsTable",
                "ConversationsTable: !Ref ConfigurationTable",
                "for ConversationsTable",
            ),
            ("    Condition: Line\n", "", "Line should have the condition Line"),
            ("  ViberWebhookLogs:", "  LineWebhookLogs:", "LineWebhookLogs is in"),
        ],
    );
}
