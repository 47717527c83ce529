//! What a restore did, or would do.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Effect {
    /// It was not there.
    Created,
    /// It was there, and was not the same.
    Updated,
    /// It was there already.
    Unchanged,
}

/// A record that was restored.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RestoredRecord")]
pub struct Restored {
    /// What it is one of: `tenants`.
    resource: String,
    /// Its id; empty for the settings.
    id: String,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What became of it.
    #[schemars(with = "String", extend("enum" = ["created", "updated", "unchanged"]))]
    effect: Effect,
}

/// What a restore did, or with `dryRun` would do.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestoreReport {
    /// Whether nothing was written.
    dry_run: bool,
    /// When the backup was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    backup_created_at: Timestamp,
    /// The environment that it was made of.
    backup_environment: String,
    /// How many records were not there.
    created: u32,
    /// How many were there, and not the same.
    updated: u32,
    /// How many were there already.
    unchanged: u32,
    /// Each of them.
    records: Vec<Restored>,
    /// What was restored, but may surprise.
    warnings: Vec<String>,
}

pub use RestoreReport as Report;

crate::describe::documented!(RestoreReport);

impl RestoreReport {
    /// Nothing so far.
    pub fn new(dry_run: bool, backup_created_at: Timestamp, backup_environment: String) -> Self {
        Self {
            dry_run,
            backup_created_at,
            backup_environment,
            created: 0,
            updated: 0,
            unchanged: 0,
            records: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Adds a record.
    pub fn add(&mut self, resource: &str, id: &str, name: Option<&str>, effect: Effect) {
        match effect {
            Effect::Created => self.created += 1,
            Effect::Updated => self.updated += 1,
            Effect::Unchanged => self.unchanged += 1,
        }
        let (resource, id, name) = (resource.to_owned(), id.to_owned(), name.map(str::to_owned));
        self.records.push(Restored { resource, id, name, effect });
    }

    /// Adds a warning.
    pub fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }
}
