//! Looking into expressions that are not evaluated.

use serde_json::Value;

/// The logical id a `!Ref` names.
pub(crate) fn reference(value: &Value) -> Option<&str> {
    value.as_object().filter(|map| map.len() == 1)?.get("Ref")?.as_str()
}

/// The logical id whose attribute a `!GetAtt` names.
pub(crate) fn attribute_of<'v>(value: &'v Value, attribute: &str) -> Option<&'v str> {
    match value.get("Fn::GetAtt")?.as_array()?.as_slice() {
        [Value::String(resource), Value::String(name)] if name == attribute => Some(resource),
        _ => None,
    }
}

/// Every logical id a value refers to, by `!Ref`, `!GetAtt` or `!Sub`, in whichever branch.
pub(crate) fn mentions(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, argument)| match (key.as_str(), argument) {
                ("Ref", Value::String(name)) => vec![name.clone()],
                ("Fn::GetAtt", Value::Array(parts)) => parts[0].as_str().map(str::to_owned).into_iter().collect(),
                ("Fn::Sub", Value::String(pattern)) => substituted(pattern),
                ("Fn::Sub", Value::Array(parts)) => {
                    parts[0].as_str().map(substituted).into_iter().flatten().chain(mentions(&parts[1])).collect()
                }
                (_, argument) => mentions(argument),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(mentions).collect(),
        _ => Vec::new(),
    }
}

fn substituted(pattern: &str) -> Vec<String> {
    let names = pattern.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
    names.map(|(name, _)| name.split('.').next().unwrap_or(name).to_owned()).collect()
}

/// The items of a list, or the one thing that stands where a list may stand; both branches of an `!If`.
pub(crate) fn each(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().flat_map(each).collect(),
        other => match other.get("Fn::If").and_then(Value::as_array) {
            Some(branches) => branches.iter().skip(1).flat_map(each).collect(),
            None if reference(other) == Some("AWS::NoValue") => Vec::new(),
            None => vec![other],
        },
    }
}
