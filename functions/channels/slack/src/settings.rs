//! A tenant's Slack app.

use contract::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// A Slack app, made from the manifest that Universal Messaging gives, and installed by the customers into their
/// workspaces.
///
/// All values are in the app's settings (https://api.slack.com/apps), on the page "Basic Information", under "App
/// Credentials". When the tenant is saved, paste its manifest (`/slack/{tenantId}/manifest`) on the page "App Manifest",
/// and give the tenant's id to the customers as their customer identifier: they add the app at `/slack/register`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// # App ID
    ///
    /// On the page "Basic Information". Begins with A.
    #[schemars(example = &"A0123456789", length(min = 2, max = 32), regex(pattern = r"^A[A-Z0-9]+$"))]
    pub app_id: String,

    /// # Client ID
    ///
    /// On the page "Basic Information". Two numbers with a dot between them.
    #[schemars(example = &"1234567890.1234567890123", length(min = 1, max = 64))]
    pub client_id: String,

    /// # Client secret
    ///
    /// On the page "Basic Information". The installation of the app in a workspace is completed with it.
    pub client_secret: Secret,

    /// # Signing secret
    ///
    /// On the page "Basic Information". Slack signs its requests with it. Not the "Verification Token".
    pub signing_secret: Secret,
}

impl Settings {
    /// Opens the app where the reader's workspace has it: <https://docs.slack.dev/interactivity/deep-linking>.
    pub(crate) fn invitation(&self) -> Option<String> {
        let plain = self.app_id.len() > 1 && self.app_id.bytes().all(|b| b.is_ascii_alphanumeric());
        plain.then(|| format!("https://slack.com/app_redirect?app={}", self.app_id))
    }

    /// What the schema cannot say in words an administrator understands: pointer and sentence.
    pub(crate) fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut fault = |pointer, sentence: &str| faults.push((pointer, sentence.to_owned()));
        let letters = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if self.app_id.len() < 2 || !self.app_id.starts_with('A') || !letters(&self.app_id) {
            fault("/appId", "The app ID begins with A; it is on the page \"Basic Information\".");
        }
        if self.client_id.trim().is_empty() {
            fault("/clientId", "The client ID is missing; it is on the page \"Basic Information\".");
        }
        if self.client_secret.is_empty() {
            fault("/clientSecret", "The client secret is missing; it is on the page \"Basic Information\".");
        }
        if self.signing_secret.is_empty() {
            fault("/signingSecret", "The signing secret is missing; it is on the page \"Basic Information\".");
        }
        faults
    }
}
