//! YAML with CloudFormation's short tags, to JSON with its long function names.

use serde_json::{Map, Value, json};
use serde_norway::Value as Yaml;

/// `!Ref X` becomes `{"Ref": "X"}`, `!GetAtt X.Arn` `{"Fn::GetAtt": ["X", "Arn"]}`, `!Sub …` `{"Fn::Sub": …}` and so on.
pub(crate) fn to_json(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => Value::Bool(flag),
        Yaml::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(natural), _, _) => json!(natural),
            (_, Some(integer), _) => json!(integer),
            (_, _, float) => json!(float),
        },
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => items.into_iter().map(to_json).collect(),
        Yaml::Mapping(entries) => {
            entries.into_iter().map(|(key, value)| (key_text(key), to_json(value))).collect::<Map<_, _>>().into()
        }
        Yaml::Tagged(tagged) => function(tagged.tag.to_string().trim_start_matches('!'), to_json(tagged.value)),
    }
}

fn function(tag: &str, argument: Value) -> Value {
    let (name, argument) = match (tag, argument) {
        ("Ref" | "Condition", argument) => (tag.to_owned(), argument),
        ("GetAtt", Value::String(text)) => match text.split_once('.') {
            Some((resource, attribute)) => ("Fn::GetAtt".to_owned(), json!([resource, attribute])),
            None => ("Fn::GetAtt".to_owned(), json!([text])),
        },
        (_, argument) => (format!("Fn::{tag}"), argument),
    };
    Value::Object(Map::from_iter([(name, argument)]))
}

fn key_text(key: Yaml) -> String {
    match key {
        Yaml::String(text) => text,
        other => serde_norway::to_string(&other).map(|text| text.trim_end().to_owned()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn short_tags_become_long_functions() {
        for (yaml, expected) in [
            ("!Ref X", json!({"Ref": "X"})),
            ("!Condition X", json!({"Condition": "X"})),
            ("!GetAtt X.Arn", json!({"Fn::GetAtt": ["X", "Arn"]})),
            ("!GetAtt X.Outputs.Url", json!({"Fn::GetAtt": ["X", "Outputs.Url"]})),
            ("!Sub '${X}-a'", json!({"Fn::Sub": "${X}-a"})),
            ("!Not [!Equals [!Ref X, '']]", json!({"Fn::Not": [{"Fn::Equals": [{"Ref": "X"}, ""]}]})),
            ("{A: !If [C, 1, !Ref X], b: true}", json!({"A": {"Fn::If": ["C", 1, {"Ref": "X"}]}, "b": true})),
            ("Fn::Sub: x", json!({"Fn::Sub": "x"})),
            ("[1, -1, 1.5, null, 2012-10-17]", json!([1, -1, 1.5, null, "2012-10-17"])),
        ] {
            assert_eq!(to_json(serde_norway::from_str(yaml).unwrap()), expected, "{yaml}");
        }
    }
}
