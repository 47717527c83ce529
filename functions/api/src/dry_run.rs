//! A save that is only tried: `?dryRun=true`.

use contract::{SelfTest, SendError};
use schemars::JsonSchema;
use serde::Serialize;

/// What a save would do.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Trial")]
pub struct DryRunReport {
    /// Whether the document would be saved. It would be, even when an outside system refuses its credentials.
    pub would_save: bool,
    /// What the outside systems say to the credentials.
    pub checks: Vec<Check>,
    /// What would be saved, but may surprise.
    pub warnings: Vec<String>,
}

/// What one outside system says.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// The connector: `line`.
    pub connector: &'static str,
    /// The settings it is about: `/messaging/settings`.
    pub pointer: &'static str,
    /// Whether the credentials work.
    pub ok: bool,
    /// What was found, or what went wrong.
    pub detail: String,
    /// What works, but may surprise.
    pub warnings: Vec<String>,
}

impl Check {
    /// The outcome of a self-test.
    pub fn of(connector: &'static str, pointer: &'static str, outcome: Result<SelfTest, SendError>) -> Self {
        match outcome {
            Ok(SelfTest { found, warnings }) => Self { connector, pointer, ok: true, detail: found, warnings },
            Err(error) => Self { connector, pointer, ok: false, detail: error.sentence, warnings: Vec::new() },
        }
    }
}

crate::describe::documented!(DryRunReport);
