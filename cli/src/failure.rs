//! What can go wrong, and the exit code that says so to scripts.

use reqwest::StatusCode;
use serde_json::{Value, json};

/// The exit codes, as `um --help` tells them. Scripts rely on them.
pub const CODES: &str = "\
Exit codes:
  0  done
  1  failed: refused by the deployment, not valid, a fault on either side
  2  not understood: options, configuration file, input
  3  not authorised: no or wrong credentials, or a role that may not do it
  4  there is no such thing
  5  the deployment is not reached, or not available";

/// Why a command ended without success.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    message: String,
    /// The problem document, where the deployment gave one.
    problem: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Failed = 1,
    Usage = 2,
    NotAuthorised = 3,
    NotFound = 4,
    Unreachable = 5,
}

impl Failure {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), problem: None }
    }

    /// It did not work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// What was asked for makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// The credentials are missing or not good.
    pub fn not_authorised(message: impl Into<String>) -> Self {
        Self::new(Kind::NotAuthorised, message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    /// No answer.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unreachable, message)
    }

    /// From an answer that is no success.
    pub fn answered(status: StatusCode, body: &[u8]) -> Self {
        let kind = match status.as_u16() {
            401 | 403 => Kind::NotAuthorised,
            404 => Kind::NotFound,
            502..=504 => Kind::Unreachable,
            _ => Kind::Failed,
        };
        let problem: Option<Value> = serde_json::from_slice(body).ok();
        let detail = problem.as_ref().and_then(|problem| problem["detail"].as_str().or(problem["message"].as_str()));
        let mut message = detail.map_or_else(|| format!("the deployment answered {status}"), str::to_owned);
        for fault in problem.iter().flat_map(|problem| problem["errors"].as_array()).flatten() {
            let place = fault["pointer"].as_str().or(fault["parameter"].as_str()).unwrap_or_default();
            message.push_str(&format!("\n  {place} {}", fault["detail"].as_str().unwrap_or_default()));
        }
        Self { kind, message, problem }
    }

    /// Whether the credentials are to blame.
    pub fn is_not_authorised(&self) -> bool {
        self.kind == Kind::NotAuthorised
    }

    /// Whether there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.kind == Kind::NotFound
    }

    /// With an advice for when there was no answer.
    pub fn unless_reached(mut self, advice: &str) -> Self {
        if self.kind == Kind::Unreachable {
            self.message = format!("{}\n  {advice}", self.message);
        }
        self
    }

    /// What was the matter, in words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.kind as u8
    }

    /// Tells of it on standard error.
    pub fn print(&self, as_json: bool) {
        if as_json {
            let problem = self.problem.clone().unwrap_or(Value::Null);
            eprintln!("{}", json!({ "error": self.message, "exitCode": self.code(), "problem": problem }));
        } else {
            eprintln!("um: {}", self.message);
        }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        let mut message = String::new();
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(error) = cause {
            let text = error.to_string();
            // Causes repeat each other.
            if !message.contains(&text) {
                message = if message.is_empty() { text } else { format!("{message}: {text}") };
            }
            cause = error.source();
        }
        Self::unreachable(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_become_exit_codes() {
        for (status, code) in [(400, 1), (401, 3), (403, 3), (404, 4), (409, 1), (422, 1), (429, 1), (500, 1), (503, 5)]
        {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(Failure::answered(status, b"").code(), code, "{status}");
        }
    }

    #[test]
    fn a_problem_is_told_with_its_fields() {
        let body = br#"{"detail": "2 fields are not valid; see errors.",
            "errors": [{"pointer": "/name", "detail": "is required"}, {"parameter": "limit", "detail": "is not valid"}]}"#;
        let failure = Failure::answered(StatusCode::UNPROCESSABLE_ENTITY, body);
        assert_eq!(failure.message(), "2 fields are not valid; see errors.\n  /name is required\n  limit is not valid");
    }
}
