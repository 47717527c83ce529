//! Results, for people and for programs.

use std::io::{IsTerminal, Write, stderr, stdout};

use serde_json::Value;

use crate::failure::Failure;

/// Prints JSON for people.
pub fn json(value: &Value) -> Result<(), Failure> {
    line(&serde_json::to_string_pretty(value).unwrap_or_default())
}

/// Prints YAML.
pub fn yaml(value: &Value) -> Result<(), Failure> {
    let text = serde_norway::to_string(value).map_err(|error| Failure::failed(error.to_string()))?;
    line(text.trim_end())
}

/// Prints a line. A reader that went away (`um tenants list | head -1`) is no fault of ours.
pub fn line(text: &str) -> Result<(), Failure> {
    bytes(format!("{text}\n").as_bytes())
}

/// Writes bytes to standard output.
pub fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.map_err(|error| Failure::failed(format!("standard output: {error}"))),
    }
}

/// Prints a table, its columns as wide as they need to be.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    let head: Vec<String> = head.iter().map(|name| (*name).to_owned()).collect();
    let mut widths: Vec<usize> = head.iter().map(|name| name.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in std::iter::once(&head).chain(rows) {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        line(cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// A field as text; empty when it is not there.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A remark on standard error.
pub fn remark(quiet: bool, text: &str) {
    if !quiet {
        eprintln!("um: {text}");
    }
}

/// How far something is, in one line of a terminal that is written over and in the end wiped.
pub struct Progress {
    shown: bool,
}

impl Progress {
    /// Begins, where somebody looks on.
    pub fn begin(quiet: bool, text: &str) -> Self {
        let progress = Self { shown: !quiet && stderr().is_terminal() };
        progress.say(text);
        progress
    }

    /// What is going on.
    pub fn say(&self, text: &str) {
        if self.shown {
            eprint!("\r\x1b[K{text}");
            let _ = stderr().flush();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}
