//! DynamoDB items without ceremony.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use super::StoreError;

/// An item.
pub type Item = HashMap<String, AttributeValue>;

/// A string attribute.
pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Reading attributes.
pub trait ItemExt {
    /// A string attribute.
    fn text(&self, name: &str) -> Option<&str>;
    /// A number attribute.
    fn number(&self, name: &str) -> Option<i64>;
    /// A string attribute that holds JSON.
    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError>;
    /// Whether its `expiresAt` has passed: DynamoDB deletes late.
    fn expired(&self, now: jiff::Timestamp) -> bool {
        self.number("expiresAt").is_some_and(|at| at <= now.as_second())
    }
}

impl ItemExt for Item {
    fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_s().ok().map(String::as_str)
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_n().ok()?.parse().ok()
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        self.text(name)
            .map(|text| serde_json::from_str(text))
            .transpose()
            .map_err(|error| StoreError::Unreadable(format!("{name}: {}", contract::json_fault(&error))))
    }
}
