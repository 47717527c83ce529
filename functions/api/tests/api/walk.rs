//! All operations of the API, as its description has them.

use http::Method;
use serde_json::{Value, json};

/// An operation.
pub struct Operation {
    pub method: Method,
    pub path: String,
    /// Whether it takes the token of a login.
    pub takes_token: bool,
    /// Whether it takes callers without credentials, too.
    pub takes_anybody: bool,
}

/// All of them.
pub fn operations() -> Vec<Operation> {
    let document = api::openapi::document("");
    let schemes = |operation: &Value| {
        operation.get("security").unwrap_or(&document["security"]).as_array().cloned().unwrap_or_default()
    };
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let schemes = schemes(operation);
            operations.push(Operation {
                method,
                path: path.clone(),
                takes_token: schemes.iter().any(|scheme| scheme.get("bearer").is_some()),
                takes_anybody: schemes.iter().all(|scheme| scheme == &json!({})) || schemes.contains(&json!({})),
            });
        }
    }
    assert!(operations.len() > 40, "{}", operations.len());
    operations
}
