//! A tenant as it is written and as it is shown.

use std::collections::BTreeMap;

use aws::tenant::{ApiAuthentication, Commander, Tenant, Versioned};
use contract::{ProvisionStatus, Secret, StorageId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::connector_settings::{below, shown};

/// A tenant, as it is written.
///
/// What an answer adds (`id`, `version`, `webhookUrl`, `secretsSet`, `status` …) may be sent back; it is ignored. A secret
/// that is left out of an existing tenant stays as it is.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "TenantIn")]
pub struct TenantIn {
    /// Its name, unique in the deployment (whatever the case).
    #[schemars(length(min = 1, max = 120), regex(pattern = r"\S"))]
    pub name: String,
    /// The customer's subscription with Genesys.
    #[schemars(length(max = 120))]
    pub subscription_id: Option<String>,
    /// A tenant that is switched off takes no events and sends nothing. On, unless it says otherwise.
    pub enabled: Option<bool>,
    /// Who may send messages through the API; anybody, unless it says otherwise.
    pub api_authentication: Option<ApiAuthenticationIn>,
    /// Its channel.
    pub messaging: MessagingIn,
    /// Its contact-centre platform.
    pub cx_platform: CxPlatformIn,
    /// Commands that agents may give in messages.
    pub commander: Option<Commander>,
}

/// Who may send messages through the API for a tenant.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[schemars(rename = "ApiAuthenticationIn")]
pub enum ApiAuthenticationIn {
    /// Anybody. Not recommended.
    None {},
    /// HTTP Basic.
    Basic {
        /// The user.
        #[schemars(length(min = 1, max = 256), regex(pattern = r"^[^:]*$"))]
        user: String,
        /// The password.
        password: Secret,
    },
}

/// A tenant's channel.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "MessagingIn")]
pub struct MessagingIn {
    /// The channel's id, of `GET /api/v1/connectors`: `line`.
    pub connector: String,
    /// Whether the agent's name stands before the text.
    pub prefix_agent_name: Option<bool>,
    /// Where agents' files are kept; the default storage when none.
    pub storage_id: Option<StorageId>,
    /// The channel's settings, as its `settingsSchema` says.
    pub settings: Map<String, Value>,
}

/// A tenant's contact-centre platform.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "CxPlatformIn")]
pub struct CxPlatformIn {
    /// The platform's id, of `GET /api/v1/connectors`: `genesys-cloud`.
    pub connector: String,
    /// Where guests' files are kept; the default storage when none.
    pub storage_id: Option<StorageId>,
    /// The agent's name when the platform does not tell it.
    #[schemars(length(max = 120))]
    pub default_agent_name: Option<String>,
    /// Participant data added to every conversation.
    #[schemars(extend("maxProperties" = 50, "additionalProperties" = {"type": "string", "maxLength": 1024},
        "propertyNames" = {"minLength": 1, "maxLength": 100}))]
    pub custom_data: Option<BTreeMap<String, String>>,
    /// The platform's settings, as its `settingsSchema` says.
    pub settings: Map<String, Value>,
}

impl TenantIn {
    /// The tenant, with what the server adds.
    pub fn into_tenant(self, id: contract::TenantId, created_at: Timestamp, now: Timestamp) -> Tenant {
        let under_way = ProvisionStatus::Pending { detail: "It is being set up.".to_owned() };
        Tenant {
            id,
            name: self.name.trim().to_owned(),
            subscription_id: self.subscription_id,
            enabled: self.enabled.unwrap_or(true),
            api_authentication: match self.api_authentication {
                None | Some(ApiAuthenticationIn::None {}) => ApiAuthentication::None,
                Some(ApiAuthenticationIn::Basic { user, password }) => {
                    ApiAuthentication::Basic { user, password: password.expose().to_owned() }
                }
            },
            messaging: aws::tenant::Messaging {
                connector: self.messaging.connector,
                prefix_agent_name: self.messaging.prefix_agent_name.unwrap_or(false),
                storage_id: self.messaging.storage_id,
                settings: aws::tenant::Settings(Value::Object(self.messaging.settings)),
            },
            cx_platform: aws::tenant::CxPlatformConfig {
                connector: self.cx_platform.connector,
                storage_id: self.cx_platform.storage_id,
                default_agent_name: self.cx_platform.default_agent_name,
                custom_data: self.cx_platform.custom_data.unwrap_or_default(),
                settings: aws::tenant::Settings(Value::Object(self.cx_platform.settings)),
            },
            commander: self.commander.unwrap_or_default(),
            messaging_status: under_way.clone(),
            cx_platform_status: under_way,
            created_at,
            updated_at: now,
        }
    }
}

/// A tenant, as it is shown.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Tenant")]
pub struct TenantOut {
    /// Given by the server.
    id: String,
    /// Its name, unique in the deployment.
    name: String,
    /// The customer's subscription with Genesys.
    subscription_id: Option<String>,
    /// A tenant that is switched off takes no events and sends nothing.
    enabled: bool,
    /// Who may send messages through the API.
    api_authentication: ApiAuthenticationOut,
    /// Its channel.
    messaging: MessagingOut,
    /// Its contact-centre platform.
    cx_platform: CxPlatformOut,
    /// Commands that agents may give in messages.
    commander: Commander,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    created_at: Timestamp,
    /// When it was last saved.
    #[schemars(with = "String", extend("format" = "date-time"))]
    updated_at: Timestamp,
    /// Counts its changes; also the `ETag`.
    version: u64,
    /// What was saved, but may surprise; empty but in answers to a save.
    warnings: Vec<String>,
}

/// Who may send messages through the API for a tenant.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ApiAuthentication")]
struct ApiAuthenticationOut {
    /// `none` or `basic`.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["none", "basic"]))]
    kind: &'static str,
    /// The user, for `basic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// The secret fields that are set.
    secrets_set: Vec<String>,
}

/// A tenant's channel.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Messaging")]
struct MessagingOut {
    /// The channel's id.
    connector: String,
    /// Whether the agent's name stands before the text.
    prefix_agent_name: bool,
    /// Where agents' files are kept; the default storage when none.
    storage_id: Option<StorageId>,
    /// The channel's settings, without what is secret.
    settings: Map<String, Value>,
    /// The secret settings that are set.
    secrets_set: Vec<String>,
    /// What the channel's network has to be told to post to.
    webhook_url: Option<String>,
    /// How the registration with the network stands.
    status: ProvisionStatus,
}

/// A tenant's contact-centre platform.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CxPlatform")]
struct CxPlatformOut {
    /// The platform's id.
    connector: String,
    /// Where guests' files are kept; the default storage when none.
    storage_id: Option<StorageId>,
    /// The agent's name when the platform does not tell it.
    default_agent_name: Option<String>,
    /// Participant data added to every conversation.
    custom_data: BTreeMap<String, String>,
    /// The platform's settings, without what is secret.
    settings: Map<String, Value>,
    /// The secret settings that are set.
    secrets_set: Vec<String>,
    /// What the platform has to be told to post to.
    webhook_url: Option<String>,
    /// How the registration with the platform stands.
    status: ProvisionStatus,
}

impl TenantOut {
    /// Shows a tenant whose secrets are closed, in a deployment at `root`, with the warnings of a save.
    pub fn new(found: Versioned<Tenant>, root: &str, warnings: Vec<String>) -> Self {
        let Versioned { value: tenant, version, secrets } = found;
        let block = |settings: &Value, connector: &str, prefix: &str| {
            let connector = registry::find(connector);
            let schema = connector.map(|connector| connector.settings_schema().to_value());
            let (settings, set) = shown(settings, schema.as_ref(), &below(&secrets, prefix));
            (settings, set, connector.map(|connector| webhook_url(root, connector, &tenant.id)))
        };
        let (messaging, messaging_set, messaging_url) =
            block(&tenant.messaging.settings.0, &tenant.messaging.connector, "/messaging/settings");
        let (platform, platform_set, platform_url) =
            block(&tenant.cx_platform.settings.0, &tenant.cx_platform.connector, "/cxPlatform/settings");
        let (kind, user) = match tenant.api_authentication {
            ApiAuthentication::None => ("none", None),
            ApiAuthentication::Basic { user, .. } => ("basic", Some(user)),
        };
        let password = below(&secrets, "/apiAuthentication");
        Self {
            id: tenant.id.to_string(),
            name: tenant.name,
            subscription_id: tenant.subscription_id,
            enabled: tenant.enabled,
            api_authentication: ApiAuthenticationOut {
                kind,
                user,
                secrets_set: password.iter().map(|pointer| pointer.trim_start_matches('/').to_owned()).collect(),
            },
            messaging: MessagingOut {
                connector: tenant.messaging.connector,
                prefix_agent_name: tenant.messaging.prefix_agent_name,
                storage_id: tenant.messaging.storage_id,
                settings: messaging,
                secrets_set: messaging_set,
                webhook_url: messaging_url,
                status: tenant.messaging_status,
            },
            cx_platform: CxPlatformOut {
                connector: tenant.cx_platform.connector,
                storage_id: tenant.cx_platform.storage_id,
                default_agent_name: tenant.cx_platform.default_agent_name,
                custom_data: tenant.cx_platform.custom_data,
                settings: platform,
                secrets_set: platform_set,
                webhook_url: platform_url,
                status: tenant.cx_platform_status,
            },
            commander: tenant.commander,
            created_at: tenant.created_at,
            updated_at: tenant.updated_at,
            version,
            warnings,
        }
    }
}

/// What a network posts a tenant's events to.
pub fn webhook_url(root: &str, connector: &dyn contract::AnyConnector, tenant: &contract::TenantId) -> String {
    format!("{root}{}", connector.webhook_path(tenant))
}
