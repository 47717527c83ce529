//! A tenant's configuration of Genesys Cloud CX.

use contract::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Region;

/// Genesys Cloud CX: the OAuth client and the Open Messaging integration.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// The region of your Genesys Cloud organization: the domain you log in at, such as `mypurecloud.jp`.
    pub region: Region,
    /// The Client ID of an OAuth client with the grant type "Client Credentials" (Admin, Integrations, OAuth). Its role
    /// needs the permissions `messaging:integration:all`, `conversation:message:receive`, `conversation:message:create`,
    /// `conversation:message:view`, `responses:library:view` and `responses:response:view`.
    #[schemars(length(min = 1, max = 128))]
    pub client_id: String,
    /// The Client Secret of that OAuth client.
    pub client_secret: Secret,
    /// The name of the Open Messaging integration, as it appears in Genesys Cloud under Message, Platforms.
    #[schemars(length(min = 1, max = 256))]
    pub integration_name: String,
    /// The id of an Open Messaging integration that exists already. Leave it empty and the integration is created when
    /// the tenant is saved, changed when it is saved again, and deleted with it.
    #[serde(default)]
    #[schemars(length(max = 64), extend("x-keptWhile" = "integrationManaged"))]
    pub integration_id: Option<String>,
    /// Whether the integration was created by Universal Messaging, which then also changes and deletes it.
    #[serde(default)]
    #[schemars(extend("readOnly" = true, "default" = false))]
    pub integration_managed: Option<bool>,
    /// The Outbound Notification Webhook Signature Secret Token of the integration: any random text of at least 16
    /// characters, a UUID for example. Genesys Cloud signs what it sends with it.
    #[schemars(extend("minLength" = 16))]
    pub webhook_token: Secret,
    /// How many requests a minute this tenant may make. Leave it empty unless several tenants or other applications share
    /// the OAuth client: Genesys Cloud allows a client 300 a minute, and says itself when it is too much.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3000))]
    pub requests_per_minute: Option<u32>,
}

impl Settings {
    /// The integration's id, unless it is still to be created.
    pub(crate) fn integration(&self) -> Option<&str> {
        self.integration_id.as_deref().filter(|id| !id.is_empty())
    }

    /// Whether the integration is ours to change and delete.
    pub(crate) fn managed(&self) -> bool {
        self.integration_managed.unwrap_or(false)
    }

    /// What the schema cannot say.
    pub(crate) fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut fault = |pointer, message: &str| faults.push((pointer, message.to_owned()));
        if self.client_id.trim().is_empty() || self.client_id.contains([':', '\n', '\r']) {
            fault("/clientId", "must be the Client ID that Genesys Cloud shows for the OAuth client");
        }
        if self.client_secret.expose().trim().is_empty() {
            fault("/clientSecret", "must not be empty");
        }
        if self.integration_name.trim().is_empty() {
            fault("/integrationName", "must not be empty");
        }
        if self.integration().is_some_and(|id| !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')) {
            fault("/integrationId", "must be the id of an Open Messaging integration: letters, digits and hyphens");
        }
        // Genesys Cloud refuses shorter ones when the integration is created.
        if self.webhook_token.expose().chars().count() <= 15 {
            fault("/webhookToken", "must have at least 16 characters");
        }
        if self.requests_per_minute == Some(0) {
            fault("/requestsPerMinute", "must be at least 1");
        }
        faults
    }
}
