//! A connector's settings within a document: what a save keeps of the stored ones, what is wrong with them, and what is
//! shown of them.

use aws::vault::secret_pointers;
use contract::InvalidSettings;
use serde_json::{Map, Value};

use crate::{problem::Fault, validation};

/// Names the setting that has to be `true` for this one to be kept when it is left out: what was made at the network when
/// the tenant was saved is not forgotten by a client that never knew of it.
const KEPT_WHILE: &str = "x-keptWhile";

/// Completes settings with what is kept of the stored ones: fields that are read only, what was made at the network, and,
/// where the document replaces the stored one, secrets that it leaves out. A required secret cannot be meant to be removed,
/// so that `null` leaves it out, too; an optional one is removed by `null`.
pub fn complete(settings: &mut Value, stored: Option<&Value>, schema: &Value, keep_secrets: bool) {
    if !settings.is_object() {
        return;
    }
    if let Some(stored) = stored.filter(|_| keep_secrets) {
        for pointer in secret_pointers(schema, "") {
            keep(settings, stored, schema, &pointer);
        }
    }
    let (Some(fields), Some(properties)) = (settings.as_object_mut(), schema["properties"].as_object()) else { return };
    for (name, property) in properties {
        let before = stored.and_then(|stored| stored.get(name));
        if property["readOnly"] == true {
            fields.remove(name);
            fields.extend(before.map(|value| (name.clone(), value.clone())));
        } else if let Some(flag) = property[KEPT_WHILE].as_str()
            && stored.is_some_and(|stored| stored[flag] == true)
            && fields.get(name).is_none_or(|value| value.is_null() || value == "")
        {
            fields.extend(before.map(|value| (name.clone(), value.clone())));
        }
    }
}

fn keep(settings: &mut Value, stored: &Value, schema: &Value, pointer: &str) {
    let (Some(secret), Some((parent, name))) = (stored.pointer(pointer), pointer.rsplit_once('/')) else { return };
    let Some(Value::Object(fields)) = settings.pointer_mut(parent) else { return };
    let required =
        parent.is_empty() && schema["required"].as_array().is_some_and(|names| names.iter().any(|n| n == name));
    match fields.get(name) {
        None => {}
        Some(Value::Null) if required => {}
        Some(_) => return,
    }
    fields.insert(name.to_owned(), secret.clone());
}

/// Settings as they are shown: without what is secret, which is listed beside them. `set` are the pointers of the secret
/// fields that are set, within the settings.
pub fn shown(settings: &Value, schema: Option<&Value>, set: &[String]) -> (Map<String, Value>, Vec<String>) {
    let mut settings = settings.clone();
    let secret = schema.map(|schema| secret_pointers(schema, "")).unwrap_or_default();
    for pointer in secret.iter().chain(set) {
        let Some((parent, name)) = pointer.rsplit_once('/') else { continue };
        if let Some(Value::Object(fields)) = settings.pointer_mut(parent) {
            fields.remove(name);
        }
    }
    let mut set: Vec<String> = set.iter().map(|pointer| pointer.trim_start_matches('/').to_owned()).collect();
    set.sort();
    match settings {
        Value::Object(fields) => (fields, set),
        _ => (Map::new(), set),
    }
}

/// What is wrong with a connector's settings, by their schema and, when that is content, by the connector itself.
pub fn settings_faults(
    schema: &Value,
    settings: &Value,
    prefix: &str,
    check: impl FnOnce() -> Vec<InvalidSettings>,
) -> Vec<Fault> {
    let faults = validation::faults(schema, settings, prefix);
    if !faults.is_empty() {
        return faults;
    }
    let secrets: Vec<&str> = secret_pointers(schema, "")
        .iter()
        .filter_map(|pointer| settings.pointer(pointer)?.as_str())
        .filter(|secret| !secret.is_empty())
        .collect();
    let checked = check().into_iter().map(|fault| {
        // The parser's own words repeat what they do not like.
        let repeats = secrets.iter().any(|secret| fault.message.contains(secret));
        let detail = if repeats { "is not valid".to_owned() } else { fault.message };
        Fault::at(format!("{prefix}{}", fault.pointer), detail)
    });
    checked.collect()
}

/// The pointers below `prefix`, relative to it.
pub fn below(pointers: &[String], prefix: &str) -> Vec<String> {
    let below = pointers.iter().filter_map(|pointer| pointer.strip_prefix(prefix));
    below.filter(|rest| rest.starts_with('/')).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({"properties": {
            "id": {"type": "string"},
            "secret": {"type": "string", "writeOnly": true},
            "token": {"type": ["string", "null"], "writeOnly": true},
            "made": {"type": ["string", "null"], "x-keptWhile": "ours"},
            "ours": {"type": "boolean", "readOnly": true},
        }, "required": ["id", "secret"]})
    }

    #[test]
    fn what_is_left_out_is_kept() {
        let ours = json!({"id": "1", "secret": "s", "token": "t", "made": "m", "ours": true});
        let theirs = json!({"id": "1", "secret": "s", "made": "m", "ours": false});
        for (label, given, stored, keep_secrets, expected) in [
            ("new", json!({"id": "1", "secret": "s", "ours": true}), None, true, json!({"id": "1", "secret": "s"})),
            (
                "secrets",
                json!({"id": "2"}),
                Some(&ours),
                true,
                json!({"id": "2", "secret": "s", "token": "t", "made": "m", "ours": true}),
            ),
            (
                "null removes an optional one",
                json!({"id": "2", "token": null}),
                Some(&ours),
                true,
                json!({"id": "2", "secret": "s", "token": null, "made": "m", "ours": true}),
            ),
            (
                "null keeps a required one",
                json!({"secret": null, "token": "u"}),
                Some(&ours),
                true,
                json!({"secret": "s", "token": "u", "made": "m", "ours": true}),
            ),
            (
                "a new one",
                json!({"secret": "n"}),
                Some(&ours),
                true,
                json!({"secret": "n", "token": "t", "made": "m", "ours": true}),
            ),
            (
                "a patch says what it removes",
                json!({"id": "1"}),
                Some(&ours),
                false,
                json!({"id": "1", "made": "m", "ours": true}),
            ),
            (
                "another of theirs",
                json!({"made": "x", "ours": false}),
                Some(&ours),
                false,
                json!({"made": "x", "ours": true}),
            ),
            ("theirs is given up", json!({"made": null}), Some(&theirs), false, json!({"made": null, "ours": false})),
        ] {
            let mut given = given;
            complete(&mut given, stored, &schema(), keep_secrets);
            assert_eq!(given, expected, "{label}");
        }
    }

    #[test]
    fn secrets_are_named_and_not_shown() {
        let settings = json!({"id": "1", "secret": "s", "token": "", "left": "over"});
        let set = ["/token".to_owned(), "/left".to_owned()];
        let (fields, set) = shown(&settings, Some(&schema()), &set);
        assert_eq!(Value::Object(fields), json!({"id": "1"}));
        assert_eq!(set, ["left", "token"]);
        assert_eq!(below(&["/a/b".to_owned(), "/ab/c".to_owned()], "/a"), ["/b"]);
    }
}
