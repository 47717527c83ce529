//! Documents against JSON Schemas, with faults in words for people. Never repeats what a field holds: it may be secret.

use jsonschema::{
    Draft, JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind as E},
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    extract::{escape, object, typed},
    problem::{Fault, Problem},
};

/// The JSON Schema of a type.
pub fn schema<T: JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}

/// A document as a `T`, if it fits the schema of `S`; else everything that is wrong with it.
pub fn valid<S: JsonSchema, T: DeserializeOwned>(document: Value) -> Result<T, Problem> {
    let document = Value::Object(object(document)?);
    let faults = faults(&schema::<S>(), &document, "");
    if faults.is_empty() { typed(&document) } else { Err(Problem::invalid(faults)) }
}

/// Every fault of a document, at its place below `prefix`.
pub fn faults(schema: &Value, document: &Value, prefix: &str) -> Vec<Fault> {
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true).offline();
    let validator = match options.build(schema) {
        Ok(validator) => validator,
        Err(error) => {
            tracing::error!(error = %error.masked(), prefix, "a schema is not valid");
            return vec![Fault::at(prefix, "cannot be validated: its schema is not valid")];
        }
    };
    let mut found = Vec::new();
    for error in validator.iter_errors(document) {
        explain(&error, prefix, &mut found);
    }
    found
}

fn explain(error: &ValidationError<'_>, prefix: &str, found: &mut Vec<Fault>) {
    let at = format!("{prefix}{}", error.instance_path().as_str());
    match error.kind() {
        E::Required { property } => {
            found.push(Fault::at(format!("{at}/{}", escape(property.as_str().unwrap_or_default())), "is required"));
        }
        E::AdditionalProperties { unexpected } | E::UnevaluatedProperties { unexpected } => {
            found
                .extend(unexpected.iter().map(|name| Fault::at(format!("{at}/{}", escape(name)), "is not known here")));
        }
        E::AnyOf { context } | E::OneOfNotValid { context } => alternatives(context, &at, prefix, found),
        E::PropertyNames { error } => {
            found.push(Fault::at(at, format!("has a field whose name {}", sentence(error.kind()))))
        }
        kind => found.push(Fault::at(at, sentence(kind))),
    }
}

/// What is wrong when none of several forms fits: the faults of the form that was meant.
fn alternatives(context: &[Vec<ValidationError<'static>>], at: &str, prefix: &str, found: &mut Vec<Fault>) {
    let place = |error: &ValidationError<'_>| format!("{prefix}{}", error.instance_path().as_str());
    // Forms told apart by the value of one field, or values that are listed one by one.
    let fixed = |branch: &Vec<ValidationError<'static>>| {
        branch.iter().find_map(|error| match error.kind() {
            E::Constant { expected_value } => Some((place(error), vec![Value::clone(expected_value)])),
            E::Enum { options } => Some((place(error), options.as_array().cloned().unwrap_or_default())),
            _ => None,
        })
    };
    let of_another_type = |branch: &Vec<ValidationError<'static>>| {
        branch.iter().any(|error| matches!(error.kind(), E::Type { .. }) && place(error) == at)
    };
    let candidates: Vec<_> = context.iter().filter(|branch| !of_another_type(branch)).collect();
    if candidates.is_empty() {
        // All are of another type: say which the first one is; the others are `null` or rarer.
        match context.first().and_then(|branch| branch.first()) {
            Some(error) => explain(error, prefix, found),
            None => found.push(Fault::at(at, "is not valid")),
        }
        return;
    }
    let wrong: Vec<_> = candidates.iter().filter_map(|branch| fixed(branch)).collect();
    if wrong.len() == candidates.len() {
        let place = wrong.first().map_or_else(|| at.to_owned(), |(place, _)| place.clone());
        let values: Vec<Value> =
            wrong.into_iter().filter(|(other, _)| *other == place).flat_map(|(_, values)| values).collect();
        found.push(Fault::at(place, one_of(&values)));
        return;
    }
    let meant = candidates.into_iter().filter(|branch| fixed(branch).is_none()).min_by_key(|branch| branch.len());
    for error in meant.into_iter().flatten() {
        explain(error, prefix, found);
    }
}

fn one_of(values: &[Value]) -> String {
    let words: Vec<String> =
        values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    match words.as_slice() {
        [one] => format!("must be {one}"),
        several => format!("must be one of: {}", several.join(", ")),
    }
}

fn sentence(kind: &E) -> String {
    let counted = |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    match kind {
        E::Type { kind } => {
            let names: Vec<&str> = match kind {
                TypeKind::Single(single) => vec![type_name(*single)],
                TypeKind::Multiple(several) => several.iter().filter(|t| *t != JsonType::Null).map(type_name).collect(),
            };
            format!("must be {}", names.join(" or "))
        }
        E::Enum { options } => one_of(options.as_array().map(Vec::as_slice).unwrap_or_default()),
        E::Constant { expected_value } => one_of(&[Value::clone(expected_value)]),
        E::MinLength { limit: 1 } | E::MinItems { limit: 1 } | E::MinProperties { limit: 1 } => {
            "must not be empty".to_owned()
        }
        E::MinLength { limit } => format!("must have at least {}", counted(*limit, "character", "characters")),
        E::MaxLength { limit } => format!("must have at most {}", counted(*limit, "character", "characters")),
        E::MinItems { limit } | E::MinProperties { limit } => {
            format!("must have at least {}", counted(*limit, "entry", "entries"))
        }
        E::MaxItems { limit } | E::MaxProperties { limit } => {
            format!("must have at most {}", counted(*limit, "entry", "entries"))
        }
        E::Minimum { limit } => format!("must be at least {limit}"),
        E::Maximum { limit } => format!("must be at most {limit}"),
        E::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        E::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        E::Pattern { pattern } if pattern == r"\S" => "must not be blank".to_owned(),
        E::Pattern { pattern } => format!("must match the pattern {pattern}"),
        E::Format { format } => format!("must be a valid {format}"),
        E::UniqueItems => "must not have an entry twice".to_owned(),
        _ => "is not valid".to_owned(),
    }
}

fn type_name(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a text",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, dead_code)]
    use contract::Secret;
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Settings {
        #[schemars(length(min = 1, max = 5), regex(pattern = r"^[0-9]+$"))]
        channel_id: String,
        secret: Secret,
        #[serde(default)]
        token: Option<Secret>,
        #[serde(default)]
        rate: Option<u32>,
        #[serde(default)]
        region: Option<Region>,
        #[serde(default)]
        access: Option<Access>,
        #[serde(default)]
        #[schemars(url)]
        site: Option<String>,
    }

    #[derive(Deserialize, JsonSchema)]
    enum Region {
        /// Over here.
        East,
        /// Over there.
        West,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
    enum Access {
        None,
        Basic { user: String, password: Secret },
    }

    #[test]
    fn faults_are_told_in_words() {
        let schema = serde_json::to_value(schemars::schema_for!(Settings)).unwrap();
        let good = json!({"channelId": "12", "secret": "s"});
        for (label, change, expected) in [
            ("good", json!({}), &[][..]),
            ("nulls", json!({"token": null, "rate": null, "region": null, "access": null}), &[]),
            (
                "missing",
                json!({"channelId": null, "secret": null}),
                &[("/channelId", "must be a text"), ("/secret", "must be a text")],
            ),
            ("wrong type", json!({"channelId": 5}), &[("/channelId", "must be a text")]),
            ("empty", json!({"secret": ""}), &[("/secret", "must not be empty")]),
            ("too long", json!({"channelId": "123456"}), &[("/channelId", "must have at most 5 characters")]),
            ("pattern", json!({"channelId": "x"}), &[("/channelId", "must match the pattern ^[0-9]+$")]),
            ("unknown", json!({"channelid": "x"}), &[("/channelid", "is not known here")]),
            ("number", json!({"rate": "many"}), &[("/rate", "must be a whole number")]),
            ("negative", json!({"rate": -1}), &[("/rate", "must be at least 0")]),
            ("listed", json!({"region": "North"}), &[("/region", "must be one of: East, West")]),
            ("listed, number", json!({"region": 3}), &[("/region", "must be a text")]),
            ("tagged", json!({"access": {"type": "oauth"}}), &[("/access/type", "must be one of: none, basic")]),
            (
                "tagged, missing",
                json!({"access": {"type": "basic", "user": "u"}}),
                &[("/access/password", "is required")],
            ),
            ("tagged, type", json!({"access": "none"}), &[("/access", "must be an object")]),
            ("format", json!({"site": "not a url"}), &[("/site", "must be a valid uri")]),
        ] {
            let mut document = good.clone();
            document.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let mut found: Vec<_> =
                faults(&schema, &document, "/s").into_iter().map(|f| (f.pointer.unwrap(), f.detail)).collect();
            found.sort();
            let expected: Vec<_> = expected.iter().map(|(at, text)| (format!("/s{at}"), (*text).to_owned())).collect();
            assert_eq!(found, expected, "{label}");
        }
        let missing: Vec<_> =
            faults(&schema, &json!({}), "").into_iter().map(|f| (f.pointer.unwrap(), f.detail)).collect();
        assert!(missing.contains(&("/channelId".to_owned(), "is required".to_owned())), "{missing:?}");
    }

    #[test]
    fn values_are_not_repeated() {
        let schema = serde_json::to_value(schemars::schema_for!(Settings)).unwrap();
        let secret = "s3cr3t".repeat(2000);
        for document in [
            json!({"channelId": secret, "secret": [secret], "token": secret, "rate": secret, "region": secret, "site": secret}),
            json!({"access": {"type": secret, "password": secret}, "secret": secret}),
            json!(secret),
            json!([secret]),
        ] {
            let found = faults(&schema, &document, "");
            assert!(!found.is_empty());
            assert!(found.iter().all(|fault| !fault.detail.contains("s3cr3t")), "{found:?}");
        }
    }
}
