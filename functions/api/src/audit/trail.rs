//! How changes get into the audit trail: a handler notes on its caller what it changed; once the request has succeeded, a
//! layer around all handlers writes it down. What a handler forgot to note is written down all the same, without details.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use aws::Context;
use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::Method;
use serde_json::Value;

use super::store::{self, AuditAction, AuditEntry, AuditedChange};
use crate::{extract::SourceAddress, extract::escape};

/// Most fields of one entry.
const FIELDS_MAX: usize = 200;
/// Longest pointer, in characters: names within custom data are the caller's own.
const POINTER_MAX: usize = 200;

/// What one request changes.
#[derive(Clone, Default)]
pub struct Trail(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    user: Option<String>,
    changes: Option<Vec<AuditedChange>>,
}

impl Trail {
    /// Who is at work.
    pub fn by(&self, user: &str) {
        self.notes(|notes| notes.user = Some(user.to_owned()));
    }

    /// Notes a change.
    pub fn note(&self, change: AuditedChange) {
        self.notes(|notes| notes.changes.get_or_insert_default().push(change));
    }

    /// Notes that there is nothing to note.
    pub fn nothing(&self) {
        self.notes(|notes| {
            notes.changes.get_or_insert_default();
        });
    }

    fn notes<T>(&self, write: impl FnOnce(&mut Notes) -> T) -> T {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes down what a request changed. An entry that cannot be written does not undo the change: it is in the log then.
pub async fn layer(mut request: Request, next: Next) -> Response {
    let Some(context) = request.extensions().get::<Arc<Context>>().cloned() else { return next.run(request).await };
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let (Some(route), false) = (route, request.method().is_safe()) else { return next.run(request).await };
    let trail = Trail::default();
    request.extensions_mut().insert(trail.clone());
    let address = request.extensions().get::<SourceAddress>().map(|source| source.0.clone()).unwrap_or_default();
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    let dry_run = request.uri().query().is_some_and(|query| query.split('&').any(|part| part == "dryRun=true"));
    let response = next.run(request).await;
    let (user, changes) = trail.notes(|notes| (notes.user.take(), notes.changes.take()));
    let Some(user) = user.filter(|_| response.status().is_success()) else { return response };
    let operation = format!("{method} {route}");
    for change in changes.unwrap_or_else(|| if dry_run { Vec::new() } else { vec![guessed(&method, &path)] }) {
        let entry = AuditEntry::new(context.now(), &user, &address, &operation, change);
        if let Err(error) = store::write(&context, &entry).await {
            tracing::error!(%error, ?entry, "a change is not in the audit trail");
        }
    }
    response
}

/// What can be told of a request from outside.
fn guessed(method: &Method, path: &str) -> AuditedChange {
    let mut segments = path.trim_start_matches("/api/v1/").splitn(3, '/');
    let resource = match segments.next().unwrap_or_default() {
        "backup" => "backup",
        "conversations" => "conversations",
        "dead-letters" => "dead-letters",
        "deliveries" => "deliveries",
        "restore" => "restore",
        "settings" => "settings",
        "storages" => "storages",
        "tenants" => "tenants",
        "users" => "users",
        _ => "other",
    };
    let action = if *method == Method::DELETE { AuditAction::Deleted } else { AuditAction::Done };
    let id = segments.next().unwrap_or_default().chars().take(POINTER_MAX).collect();
    AuditedChange { action, resource, id, name: None, fields: Vec::new() }
}

/// The fields in which two documents differ, as JSON pointers. None of what they hold.
pub fn differing(before: &Value, after: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    compare(before, after, String::new(), &mut found);
    found.into_iter().take(FIELDS_MAX).map(|pointer| pointer.chars().take(POINTER_MAX).collect()).collect()
}

fn compare(before: &Value, after: &Value, pointer: String, found: &mut BTreeSet<String>) {
    match (before, after) {
        _ if before == after => {}
        (Value::Object(was), Value::Object(is)) => {
            for name in was.keys().chain(is.keys()) {
                let at = format!("{pointer}/{}", escape(name));
                compare(&before[name], &after[name], at, found);
            }
        }
        // What is new, or gone, is told field by field.
        (Value::Object(fields), Value::Null) | (Value::Null, Value::Object(fields)) if !fields.is_empty() => {
            for (name, value) in fields {
                compare(&Value::Null, value, format!("{pointer}/{}", escape(name)), found);
            }
        }
        _ => {
            found.insert(pointer);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_named_and_not_repeated() {
        let before = json!({"name": "a", "enabled": true, "settings": {"secret": "s3cr3t", "id": 1, "list": [1, 2]}});
        for (label, after, expected) in [
            ("nothing", before.clone(), &[][..]),
            ("one", json!({"name": "b", "enabled": true, "settings": before["settings"]}), &["/name"]),
            (
                "within",
                json!({"name": "a", "enabled": true, "settings": {"secret": "other", "id": 1, "list": [2]}}),
                &["/settings/list", "/settings/secret"],
            ),
            (
                "gone",
                json!({"name": "a", "settings": {"id": null}}),
                &["/enabled", "/settings/id", "/settings/list", "/settings/secret"],
            ),
            ("another form", json!({"name": "a", "enabled": true, "settings": 5}), &["/settings"]),
        ] {
            assert_eq!(differing(&before, &after), expected, "{label}");
        }
        let made = differing(&Value::Null, &json!({"a": {"b/c": "s3cr3t", "n": null}, "d": {}}));
        assert_eq!(made, ["/a/b~1c", "/d"]);
        let many: Value = (0..500)
            .map(|n| (format!("k{n}"), n))
            .collect::<std::collections::BTreeMap<_, _>>()
            .into_iter()
            .map(|(k, v)| (k, json!(v)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        assert_eq!(differing(&Value::Null, &many).len(), FIELDS_MAX);
    }

    #[test]
    fn what_was_not_noted_is_guessed() {
        for (method, path, action, resource, id) in [
            (Method::POST, "/api/v1/deliveries/d1/resend", AuditAction::Done, "deliveries", "d1"),
            (Method::POST, "/api/v1/dead-letters/redrive", AuditAction::Done, "dead-letters", "redrive"),
            (Method::DELETE, "/api/v1/tenants/t1", AuditAction::Deleted, "tenants", "t1"),
            (Method::POST, "/api/v1/restore", AuditAction::Done, "restore", ""),
        ] {
            let change = guessed(&method, path);
            assert_eq!((change.action, change.resource, change.id.as_str()), (action, resource, id), "{path}");
        }
    }
}
