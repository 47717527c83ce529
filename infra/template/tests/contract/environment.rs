//! Environment variables: those the code reads are those the template declares, and no secret stands in one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::subject::{Subject, assert_none, assert_noticed};
use crate::tree::{crates, entries, root};

/// `UM_ENDPOINT_<CONNECTOR>` is set by hand where a proxy or a test wants it, never by a deployment; `UM_` and the like
/// are the beginnings of names.
fn is_by_hand(name: &str) -> bool {
    name.starts_with("UM_ENDPOINT_") || name.ends_with('_')
}

/// The variables named in string literals of a source, its tests left out.
fn names(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let literals = code.split("\"UM_").skip(1).filter_map(|rest| rest.split_once('"'));
    let names = literals.map(|(rest, _)| format!("UM_{rest}"));
    names.filter(|name| name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')).collect()
}

fn collect(folder: &Path, read: &mut BTreeMap<String, String>) {
    for path in entries(folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !["tests", "testing", "simulator"].contains(&&*name) {
            collect(&path, read);
        } else if name.ends_with(".rs") && !["tests.rs", "simulator.rs"].contains(&&*name) {
            let place = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            for name in names(&fs::read_to_string(&path).unwrap_or_default()) {
                read.entry(name).or_insert_with(|| place.clone());
            }
        }
    }
}

/// The variables the functions read, and where.
fn read_by_code() -> BTreeMap<String, String> {
    let mut read = BTreeMap::new();
    // What only tests and the local environment use is no function's.
    let played = |folder: &PathBuf| folder.ends_with("simulation") || folder.ends_with("conformance");
    for folder in crates("shared").into_iter().chain(crates("functions")).filter(|folder| !played(folder)) {
        collect(&folder.join("src"), &mut read);
    }
    read
}

fn name_faults(subject: &Subject, read: &BTreeMap<String, String>) -> Vec<String> {
    let declared = subject.functions().iter().flat_map(|it| it.environment.keys()).collect::<BTreeSet<_>>();
    let undeclared = read.iter().filter(|(name, _)| !is_by_hand(name) && !declared.contains(name));
    let mut faults = undeclared
        .map(|(name, place)| format!("{place} reads {name}, which no function of the template has"))
        .collect::<Vec<_>>();
    let unread = declared.iter().filter(|name| !read.contains_key(**name));
    faults.extend(unread.map(|name| format!("the template sets {name}, which no code reads")));
    faults
}

/// Whether a value would be a secret if anybody could read it: a key, a token, a password in clear.
fn looks_secret(value: &str) -> bool {
    let token = |word: &str| {
        let of = |test: fn(&u8) -> bool| word.as_bytes().iter().filter(|byte| test(byte)).count();
        word.len() >= 24
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-".contains(&b))
            && of(u8::is_ascii_digit) >= 3
            && of(u8::is_ascii_alphabetic) >= 8
    };
    value.contains("-----BEGIN") || value.starts_with("AKIA") || token(value)
}

/// Whether a variable's name promises a secret.
fn promises_secret(name: &str) -> bool {
    ["SECRET", "PASSWORD", "TOKEN", "PRIVATE_KEY", "CREDENTIAL"].iter().any(|word| name.contains(word))
}

fn secret_faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    for function in subject.functions() {
        for (name, value) in &function.environment {
            let stored_elsewhere =
                value.is_empty() || value.starts_with('/') || value.starts_with("arn:") || value.starts_with("ssm:/");
            let written = subject.property(&function.logical_id, "Environment")["Variables"][name].as_str();
            if (promises_secret(name) && !stored_elsewhere) || written.is_some_and(looks_secret) {
                faults.push(format!("{}: {name} holds a secret in clear; name its SSM parameter", function.logical_id));
            }
        }
    }
    for name in ["Password", "Secret", "Token"] {
        for (parameter, declaration) in subject.template.parameters().filter(|(parameter, _)| parameter.contains(name))
        {
            if declaration["NoEcho"] != Value::Bool(true) {
                faults.push(format!("the parameter {parameter} should have NoEcho"));
            }
        }
    }
    faults
}

/// Queues are found by their names: every one that is deployed lies where the functions look for it, and nobody looks for
/// one that is not.
fn queue_faults(subject: &Subject) -> Vec<String> {
    let mut faults = Vec::new();
    let working = subject.stack.queues.iter().filter(|queue| queue.attributes.contains_key("RedrivePolicy"));
    let working = working.map(|queue| queue.url.clone()).collect::<BTreeSet<_>>();
    for function in subject.functions() {
        let id = &function.logical_id;
        let Some(prefix) = function.environment.get("UM_QUEUE_PREFIX") else {
            // Whoever takes a queue sets back what is to be tried again.
            if !function.queues.is_empty() {
                faults.push(format!("{id} takes a queue and has no UM_QUEUE_PREFIX"));
            }
            continue;
        };
        if let Some(lost) = working.iter().find(|url| !url.starts_with(prefix)) {
            faults.push(format!("{id}: UM_QUEUE_PREFIX is {prefix}, and {lost} does not begin so"));
        }
        let listed = |name: &str| function.environment.get(name).map(|ids| ids.split(',').collect::<Vec<_>>());
        let Some((channels, platforms)) = listed("UM_CHANNELS").zip(listed("UM_PLATFORMS")) else { continue };
        let outbound = channels.iter().map(|channel| format!("{prefix}outbound-{channel}.fifo"));
        let inbound = platforms.iter().map(|platform| format!("{prefix}inbound-{platform}.fifo"));
        let known = outbound.chain(inbound).collect::<BTreeSet<_>>();
        faults.extend(working.difference(&known).map(|url| format!("{id} is not told of {url}")));
        faults.extend(known.difference(&working).map(|url| format!("{id} is told of {url}, which is no queue")));
    }
    faults
}

#[test]
fn variables_read_are_variables_declared() {
    let read = read_by_code();
    assert!(read.contains_key("UM_CONFIGURATION_TABLE"), "the sources were not found");
    assert_none("environment variables", &name_faults(&Subject::real(), &read));
}

#[test]
fn no_secret_stands_in_the_environment() {
    assert_none("environment variables", &secret_faults(&Subject::real()));
}

#[test]
fn queues_are_where_functions_look_for_them() {
    let subject = Subject::real();
    let told = |name: &str| subject.functions().iter().filter(|it| it.environment.contains_key(name)).count();
    assert!(told("UM_QUEUE_PREFIX") > 10 && told("UM_CHANNELS") > 3, "nobody is told of queues");
    assert_none("environment variables", &queue_faults(&subject));
}

#[test]
fn literals_are_found_and_tests_are_not() {
    let source = "/// `UM_DOC`\nlet a = text(\"UM_A\")?; f(\"UM_ENDPOINT_\"); g(\"UM_ b\");\n#[cfg(test)]\nmod tests {\n\"UM_T\"";
    assert_eq!(names(source).into_iter().collect::<Vec<_>>(), ["UM_A", "UM_ENDPOINT_"]);
}

#[test]
fn differing_variables_are_noticed() {
    let subject = Subject::real();
    let declared = subject.functions().iter().flat_map(|function| function.environment.keys().cloned());
    let fitting = declared.map(|name| (name, "a.rs".to_owned())).collect::<BTreeMap<_, _>>();
    assert_none("fitting code", &name_faults(&subject, &fitting));
    let mut by_hand = fitting.clone();
    by_hand.insert("UM_ENDPOINT_".to_owned(), "a.rs".to_owned());
    assert_none("an override", &name_faults(&subject, &by_hand));
    let mut more = fitting.clone();
    more.insert("UM_MORE".to_owned(), "b.rs".to_owned());
    assert_eq!(name_faults(&subject, &more), ["b.rs reads UM_MORE, which no function of the template has"]);
    let mut fewer = fitting;
    fewer.remove("UM_KMS_KEY_ID");
    assert_eq!(name_faults(&subject, &fewer), ["the template sets UM_KMS_KEY_ID, which no code reads"]);
}

#[test]
fn secrets_in_clear_are_noticed() {
    assert_noticed(
        secret_faults,
        &[
            (
                "UM_ATTACHMENTS_PRIVATE_KEY_SECRET: !Ref AttachmentPrivateKeyParameter",
                "UM_ATTACHMENTS_PRIVATE_KEY_SECRET: hunter2",
                "UM_ATTACHMENTS_PRIVATE_KEY_SECRET holds a secret",
            ),
            ("UM_LOG: !Ref LogLevel", "UM_LOG: AbCdEf0123456789AbCdEf0123456789", "UM_LOG holds a secret"),
            ("UM_LOG: !Ref LogLevel", "UM_LOG: \"-----BEGIN PRIVATE KEY-----\"", "UM_LOG holds a secret"),
            (
                "Parameters:\n  Environment:",
                "Parameters:\n  AdminPassword: {Type: String, Default: x}\n  Environment:",
                "AdminPassword should have NoEcho",
            ),
        ],
    );
}

#[test]
fn queues_that_nobody_finds_are_noticed() {
    assert_noticed(
        queue_faults,
        &[
            ("/${AWS::AccountId}/um-${Environment}-\n", "/${AWS::AccountId}/um-\n", "is told of"),
            ("https://sqs.${AWS::Region}", "https://sqs.eu-west-1", "LineWebhook: UM_QUEUE_PREFIX is"),
            ("- !If [Line, line, !Ref AWS::NoValue]", "- !If [Line, lime, !Ref AWS::NoValue]", "is not told of"),
            ("            - !If [Viber, viber, !Ref AWS::NoValue]\n", "", "ApiHealth is not told of"),
            ("          UM_QUEUE_PREFIX: ", "          # ", "LineDeliver takes a queue and has no UM_QUEUE_PREFIX"),
            ("outbound-line.fifo\n", "outbound-line-out.fifo\n", "ApiDeadLetters is told of"),
        ],
    );
}
