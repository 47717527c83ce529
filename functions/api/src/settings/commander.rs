//! The default commander: what understands agents' commands, an agent of Google Dialogflow.

use aws::tenant::{CommanderService, StoredSecret};
use contract::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::problem::Fault;

const POINTER: &str = "/defaultCommander";

/// An agent of Google Dialogflow that understands agents' commands, as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "DefaultCommanderIn")]
pub struct CommanderIn {
    /// Where it runs: `global`, unless it says otherwise, or a region such as `asia-northeast1`.
    #[schemars(length(min = 1, max = 40), regex(pattern = r"^[a-z0-9-]+$"))]
    location: Option<String>,
    /// The language that commands are written in, as a BCP 47 tag: `en`, unless it says otherwise.
    #[schemars(length(min = 1, max = 35), regex(pattern = r"^[A-Za-z0-9-]+$"))]
    language: Option<String>,
    /// Its environment: `draft`, unless it says otherwise.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    environment: Option<String>,
    /// A service account's key: the JSON text that Google Cloud gives. Left out, the one that is stored stays.
    authentication: Option<Secret>,
}

/// An agent of Google Dialogflow that understands agents' commands, as it is shown.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DefaultCommander")]
pub struct CommanderOut {
    /// Where it runs.
    location: String,
    /// The language that commands are written in.
    language: String,
    /// Its environment.
    environment: String,
    /// The secret fields that are set.
    secrets_set: Vec<String>,
}

impl CommanderOut {
    pub fn new(stored: CommanderService) -> Self {
        let CommanderService { location, language, environment, .. } = stored;
        Self { location, language, environment, secrets_set: vec!["authentication".to_owned()] }
    }
}

/// The commander that is meant, or what is wrong with it.
pub fn checked(
    written: &CommanderIn,
    stored: Option<&CommanderService>,
    faults: &mut Vec<Fault>,
) -> Option<CommanderService> {
    let at = |name: &str| format!("{POINTER}/{name}");
    let authentication = match (&written.authentication, stored) {
        (Some(key), _) if !is_service_account(key.expose()) => {
            faults.push(Fault::at(at("authentication"), "is no key of a Google Cloud service account, as JSON"));
            return None;
        }
        (Some(key), _) => StoredSecret(key.expose().to_owned()),
        (None, Some(stored)) => stored.authentication.clone(),
        (None, None) => {
            faults.push(Fault::at(at("authentication"), "is required"));
            return None;
        }
    };
    let or = |written: &Option<String>, default: &str| written.clone().unwrap_or_else(|| default.to_owned());
    Some(CommanderService {
        location: or(&written.location, "global"),
        language: or(&written.language, "en"),
        environment: or(&written.environment, "draft"),
        authentication,
    })
}

fn is_service_account(text: &str) -> bool {
    let Ok(key) = serde_json::from_str::<Value>(text) else { return false };
    let set = |name: &str| key[name].as_str().is_some_and(|value| !value.is_empty());
    key["type"] == "service_account" && ["project_id", "client_email", "private_key"].into_iter().all(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart() {
        let good =
            r#"{"type":"service_account","project_id":"p","client_email":"a@p.example","private_key":"-----BEGIN"}"#;
        for (text, is) in [
            (good, true),
            (&good.replace("service_account", "authorized_user"), false),
            (&good.replace("private_key", "key"), false),
            ("{}", false),
            ("secret", false),
        ] {
            assert_eq!(is_service_account(text), is, "{text}");
        }
    }
}
