//! A record of a backup with its secrets put back: from what was encrypted, else from what is stored.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::Record;
use crate::problem::Fault;

/// The secrets that a backup gives for a resource.
pub enum Given {
    /// By record and pointer.
    Values(BTreeMap<String, BTreeMap<String, String>>),
    /// None: those that are stored stay.
    Nothing,
}

/// The whole document, or the secrets that are missing.
pub fn complete(record: &Record, given: &Given, id: &str, stored: Option<&Value>) -> Result<Value, Vec<Fault>> {
    let mut document = Value::Object(record.document.clone());
    let mut missing = Vec::new();
    for pointer in &record.secrets_set {
        let value = match given {
            Given::Values(values) => values.get(id).and_then(|values| values.get(pointer)).cloned(),
            Given::Nothing => stored.and_then(|stored| kept(stored, &document, pointer)),
        };
        let Some(value) = value else {
            let detail = match given {
                Given::Values(_) => "is required: the encrypted part of the backup does not have it",
                Given::Nothing => {
                    "is required: the backup has no secrets, and none is stored here that could stay. Make backups \
                     with includeSecrets"
                }
            };
            missing.push(Fault::at(pointer.clone(), detail));
            continue;
        };
        let parent = pointer.rsplit_once('/').and_then(|(parent, name)| Some((document.pointer_mut(parent)?, name)));
        match parent {
            Some((Value::Object(fields), name)) => {
                fields.insert(name.to_owned(), Value::String(value));
            }
            _ => missing.push(Fault::at(pointer.clone(), "has no place in the document")),
        }
    }
    if missing.is_empty() { Ok(document) } else { Err(missing) }
}

/// The secret that is stored for the same thing.
fn kept(stored: &Value, document: &Value, pointer: &str) -> Option<String> {
    // Of the same connector: one network's secret is none of another's.
    if let Some((half, _)) = pointer.split_once("/settings/") {
        let connector = format!("{half}/connector");
        if stored.pointer(&connector) != document.pointer(&connector) {
            return None;
        }
    }
    // In a list a record is known by its id, not by its place.
    let mut segments = pointer.split('/').skip(1);
    if let (Some(list), Some(place), Some(name), None) =
        (segments.next(), segments.next(), segments.next(), segments.next())
        && let (Some(Value::Array(stored)), Some(Value::Array(items))) = (stored.get(list), document.get(list))
    {
        let item = place.parse::<usize>().ok().and_then(|place| items.get(place))?;
        let same = stored.iter().find(|one| one["id"] == item["id"] && one["connector"] == item["connector"])?;
        return same[name].as_str().map(str::to_owned);
    }
    stored.pointer(pointer)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn record(document: Value, secrets: &[&str]) -> Record {
        let secrets_set = secrets.iter().map(|pointer| (*pointer).to_owned()).collect();
        Record { version: 1, secrets_set, document: document.as_object().unwrap().clone() }
    }

    #[test]
    fn what_is_stored_stays_with_what_it_belongs_to() {
        let stored = json!({
            "messaging": {"connector": "line", "settings": {"channelSecret": "s"}},
            "list": [{"id": "a", "connector": "slack", "url": "u"}, {"id": "b", "connector": "slack", "url": "v"}],
        });
        let line =
            record(json!({"messaging": {"connector": "line", "settings": {}}}), &["/messaging/settings/channelSecret"]);
        let whole = complete(&line, &Given::Nothing, "", Some(&stored)).unwrap();
        assert_eq!(whole["messaging"]["settings"]["channelSecret"], "s");
        assert_eq!(
            complete(&line, &Given::Nothing, "", None).unwrap_err()[0].pointer.as_deref(),
            Some("/messaging/settings/channelSecret")
        );
        let other = record(
            json!({"messaging": {"connector": "viber", "settings": {}}}),
            &["/messaging/settings/channelSecret"],
        );
        assert!(complete(&other, &Given::Nothing, "", Some(&stored)).is_err());
        let moved = record(json!({"list": [{"id": "b", "connector": "slack"}]}), &["/list/0/url"]);
        assert_eq!(complete(&moved, &Given::Nothing, "", Some(&stored)).unwrap()["list"][0]["url"], "v");
    }

    #[test]
    fn what_was_encrypted_goes_before_what_is_stored() {
        let values = BTreeMap::from([("t".to_owned(), BTreeMap::from([("/a/secret".to_owned(), "new".to_owned())]))]);
        let (given, stored) = (Given::Values(values), json!({"a": {"secret": "old"}}));
        let whole = complete(&record(json!({"a": {}}), &["/a/secret"]), &given, "t", Some(&stored)).unwrap();
        assert_eq!(whole["a"]["secret"], "new");
        assert!(complete(&record(json!({"a": {}}), &["/a/secret"]), &given, "u", Some(&stored)).is_err());
        assert!(complete(&record(json!({"b": 1}), &["/a/secret"]), &given, "t", None).is_err());
    }
}
