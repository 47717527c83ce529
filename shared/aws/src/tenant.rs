//! Tenants, storages and the deployment's settings, as the functions see them: decrypted.

use std::{collections::BTreeMap, fmt};

use contract::{ProvisionStatus, Secret, StorageId, TenantId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A connector's settings as JSON, secrets and all: does not print itself.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(pub Value);

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings(…)")
    }
}

/// One company's channel joined to one contact-centre platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Given by the server.
    pub id: TenantId,
    /// Its name, unique in the deployment.
    pub name: String,
    /// The customer's subscription with Genesys.
    #[serde(default)]
    pub subscription_id: Option<String>,
    /// A tenant that is switched off takes no events and sends nothing.
    pub enabled: bool,
    /// Who may post messages through the API.
    #[serde(default)]
    pub api_authentication: ApiAuthentication,
    /// Its channel.
    pub messaging: Messaging,
    /// Its contact-centre platform.
    pub cx_platform: CxPlatformConfig,
    /// Commands by the agent.
    #[serde(default)]
    pub commander: Commander,
    /// How the registration with the channel's network stands.
    #[serde(default)]
    pub messaging_status: ProvisionStatus,
    /// How the registration with the platform stands.
    #[serde(default)]
    pub cx_platform_status: ProvisionStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last saved.
    pub updated_at: Timestamp,
}

/// Who may post to `/api/v1/messages` for a tenant.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ApiAuthentication {
    /// Anybody. Not recommended.
    #[default]
    None,
    /// HTTP Basic.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
}

impl fmt::Debug for ApiAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Basic { .. } => "Basic { … }",
        })
    }
}

/// A tenant's channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Messaging {
    /// The channel's connector id.
    pub connector: String,
    /// Whether the agent's name stands before the text.
    #[serde(default)]
    pub prefix_agent_name: bool,
    /// Where agents' files are kept; the default storage when none.
    #[serde(default)]
    pub storage_id: Option<StorageId>,
    /// The connector's settings.
    pub settings: Settings,
}

/// A tenant's contact-centre platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CxPlatformConfig {
    /// The platform's connector id.
    pub connector: String,
    /// Where guests' files are kept; the default storage when none.
    #[serde(default)]
    pub storage_id: Option<StorageId>,
    /// The agent's name when the platform does not tell it.
    #[serde(default)]
    pub default_agent_name: Option<String>,
    /// Participant data added to every conversation.
    #[serde(default)]
    pub custom_data: BTreeMap<String, String>,
    /// The connector's settings.
    pub settings: Settings,
}

/// Commands an agent may give in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Commander {
    /// Whether this tenant's agents may give commands.
    pub enabled: bool,
    /// Whether the deployment's default commander is used.
    pub use_default: bool,
    /// What a command begins with.
    #[schemars(length(min = 1, max = 8))]
    pub prefix: String,
}

impl Default for Commander {
    fn default() -> Self {
        Self { enabled: false, use_default: true, prefix: ">".to_owned() }
    }
}

/// Where attachments are kept for the other side to fetch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Storage {
    /// Given by the server.
    pub id: StorageId,
    /// Its name, unique in the deployment.
    pub name: String,
    /// The storage's connector id: `s3`.
    pub connector: String,
    /// Seconds after a conversation's close until its attachments are deleted.
    pub purge_delay: u64,
    /// The connector's settings.
    pub settings: Settings,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last saved.
    pub updated_at: Timestamp,
}

/// What holds for the whole deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeploymentSettings {
    /// Proxy for every connection to an outside system, such as `http://proxy.example:3128`. Connections to AWS services
    /// do not use it.
    pub outbound_proxy: Option<String>,
    /// The storage of tenants that name none; the deployment's own bucket when none.
    pub default_storage_id: Option<StorageId>,
    /// What understands the commands of agents whose tenants have no service of their own for it.
    pub default_commander: Option<CommanderService>,
    /// Where operators are told what goes on.
    pub notifier_destinations: Vec<NotifierDestination>,
}

/// A secret in a stored record, in the clear: does not print itself.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct StoredSecret(pub String);

impl fmt::Debug for StoredSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredSecret(…)")
    }
}

/// What understands agents' commands: an agent of Google Dialogflow ES.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommanderService {
    /// Where the agent runs: `global`, or a region such as `asia-northeast1`.
    pub location: String,
    /// The language that commands are written in, as a BCP 47 tag: `en`.
    pub language: String,
    /// The agent's environment: `draft`.
    pub environment: String,
    /// A service account's key, as the JSON text that Google Cloud gives.
    pub authentication: StoredSecret,
}

/// Where operators are told what goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotifierDestination {
    /// Given by the server.
    pub id: String,
    /// The service that tells them.
    pub connector: Notifier,
    /// What they are told.
    pub topic: NotifierTopic,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// The webhook of Discord, Genesys Cloud (Generic Webhook) or Slack. Whoever knows it may post there.
    #[serde(default)]
    pub url: Option<StoredSecret>,
    /// The routing key of PagerDuty.
    #[serde(default)]
    pub routing_key: Option<StoredSecret>,
}

/// A service that tells operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Notifier {
    /// Discord.
    Discord,
    /// A group in Genesys Cloud, by the Generic Webhook integration.
    GenesysCloud,
    /// PagerDuty.
    #[serde(rename = "pagerduty")]
    PagerDuty,
    /// Slack.
    Slack,
}

/// What operators are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NotifierTopic {
    /// Everything that has no other topic, or no destination for it.
    #[default]
    Default,
    /// A customer's subscription has a fault.
    Subscriptions,
}

impl DeploymentSettings {
    /// JSON pointers of what is secret and set.
    pub fn secret_pointers(&self) -> Vec<String> {
        let mut pointers = Vec::new();
        // With a user and a password.
        pointers
            .extend(self.outbound_proxy.as_ref().filter(|it| it.contains('@')).map(|_| "/outboundProxy".to_owned()));
        pointers.extend(self.default_commander.as_ref().map(|_| "/defaultCommander/authentication".to_owned()));
        for (place, destination) in self.notifier_destinations.iter().enumerate() {
            let below = |name: &str| format!("/notifierDestinations/{place}/{name}");
            pointers.extend(destination.url.as_ref().map(|_| below("url")));
            pointers.extend(destination.routing_key.as_ref().map(|_| below("routingKey")));
        }
        pointers
    }
}

/// A record with the version that [`crate::store`] checks when it is saved again.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned<T> {
    /// The record.
    pub value: T,
    /// Counts its savings, from 1. The API's ETag.
    pub version: u64,
    /// JSON pointers of its secret fields that are set.
    pub secrets: Vec<String>,
}

/// Everything secret in a record, to be blacked out of what is recorded.
pub fn secret_values(document: &Value, pointers: &[String]) -> Vec<Secret> {
    pointers.iter().filter_map(|pointer| document.pointer(pointer)?.as_str()).map(Secret::new).collect()
}
