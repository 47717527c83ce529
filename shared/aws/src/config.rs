//! What the deployment tells a function: its environment variables, read once.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use contract::Secret;
use serde_json::Value;
use url::Url;

/// The deployment's settings. Every name is declared in `infra/template.yaml`; a contract test keeps the two together.
#[derive(Clone, Debug)]
pub struct Config {
    /// `UM_CONFIGURATION_TABLE`: tenants, storages, settings, users, tokens.
    pub configuration_table: String,
    /// `UM_CONVERSATIONS_TABLE`: conversations, the delivery ledger, attachments.
    pub conversations_table: String,
    /// `UM_CLAIM_CHECK_BUCKET`: bodies too big for a queue.
    pub claim_check_bucket: String,
    /// `UM_ATTACHMENTS_BUCKET`: the deployment's own storage.
    pub attachments_bucket: String,
    /// `UM_ATTACHMENTS_DOMAIN`: the CloudFront domain in front of it; S3 presigned URLs when empty.
    pub attachments_domain: Option<String>,
    /// `UM_ATTACHMENTS_KEY_PAIR_ID`: the id of CloudFront's public key.
    pub attachments_key_pair_id: Option<String>,
    /// `UM_ATTACHMENTS_PRIVATE_KEY_SECRET`: the SSM parameter that holds its private key.
    pub attachments_private_key_secret: Option<String>,
    /// `UM_PURGE_DELAY_SECONDS`: from a conversation's close until its files in the deployment's own storage are deleted.
    pub purge_delay: Duration,
    /// `UM_KMS_KEY_ID`: encrypts the tenants' secrets.
    pub kms_key_id: String,
    /// `UM_API_ROOT`: the deployment's URL, without a slash at its end.
    pub api_root: String,
    /// `UM_ENVIRONMENT`: `dev`, `staging`, `prod`, `local`; a dimension of every metric.
    pub environment: String,
    /// `UM_TENANT_CACHE_SECONDS`: how long a warm function believes what it knows of a tenant.
    pub tenant_cache: Duration,
    /// `UM_DELIVERY_ATTEMPTS`: how often a delivery is tried before it is quarantined.
    pub delivery_attempts: u32,
    /// `UM_MESSAGES_PER_SECOND`: how many messages a tenant may send through the API in the long run.
    pub messages_per_second: u32,
    /// `UM_QUEUE_PREFIX`: what the URLs of all queues begin with. `outbound-{channel}.fifo` or `inbound-{platform}.fifo`
    /// follows, by convention: no function has to be told of each queue, and no stack waits for another's.
    pub queue_prefix: String,
    /// `UM_CHANNELS`: ids of the channels that are deployed; known to the REST API's functions alone.
    pub channels: Vec<String>,
    /// `UM_PLATFORMS`: ids of the CX platforms that are deployed; known to the REST API's functions alone.
    pub platforms: Vec<String>,
    /// `UM_DEAD_LETTER_QUEUE_URL`: where a deliver function puts what can never be delivered.
    pub dead_letter_queue: Option<String>,
    /// `UM_ENDPOINT_<CONNECTOR>`: origins that stand in for providers, by the name after the prefix.
    pub endpoints: BTreeMap<String, Url>,
    /// `UM_HTTP_TIMEOUT_SECONDS`: how long a provider may take to answer.
    pub http_timeout: Duration,
    /// All variables whose names begin with `UM_`: connectors may have settings of the deployment's own among them.
    variables: BTreeMap<String, Secret>,
}

/// A variable that is missing or makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("environment variable {name}: {problem}")]
pub struct ConfigError {
    name: String,
    problem: String,
}

impl ConfigError {
    pub(crate) fn new(name: &str, problem: String) -> Self {
        Self { name: name.to_owned(), problem }
    }
}

/// Before the name of a parameter of Systems Manager, in place of a secret: see [`crate::parameters`].
const REFERENCE: &str = "ssm:";
const ENDPOINT: &str = "UM_ENDPOINT_";

impl Config {
    /// From the process's environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(std::env::vars())
    }

    /// From any variables: the local environment runs many functions, each with its own, in one process.
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let variables: BTreeMap<String, String> =
            variables.into_iter().filter(|(name, value)| name.starts_with("UM_") && !value.is_empty()).collect();
        let text = |name: &str| variables.get(name).cloned();
        let fault = ConfigError::new;
        let number = |name: &str, default: u64| match variables.get(name) {
            None => Ok(default),
            Some(value) => value.parse().map_err(|_| fault(name, format!("{value:?} is not a whole number"))),
        };
        let ids = |name: &str| -> Vec<String> {
            let listed = variables.get(name).into_iter().flat_map(|value| value.split(','));
            listed.map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
        };
        let mut endpoints = BTreeMap::new();
        for (name, value) in &variables {
            if let Some(connector) = name.strip_prefix(ENDPOINT) {
                let url = Url::parse(value).map_err(|error| fault(name, error.to_string()))?;
                if url.host_str().is_none() || !matches!(url.scheme(), "http" | "https") {
                    return Err(fault(name, format!("{value:?} is no http(s) origin")));
                }
                endpoints.insert(connector.to_owned(), url);
            }
        }
        Ok(Self {
            configuration_table: text("UM_CONFIGURATION_TABLE").unwrap_or_default(),
            conversations_table: text("UM_CONVERSATIONS_TABLE").unwrap_or_default(),
            claim_check_bucket: text("UM_CLAIM_CHECK_BUCKET").unwrap_or_default(),
            attachments_bucket: text("UM_ATTACHMENTS_BUCKET").unwrap_or_default(),
            attachments_domain: text("UM_ATTACHMENTS_DOMAIN"),
            attachments_key_pair_id: text("UM_ATTACHMENTS_KEY_PAIR_ID"),
            attachments_private_key_secret: text("UM_ATTACHMENTS_PRIVATE_KEY_SECRET"),
            purge_delay: Duration::from_secs(number("UM_PURGE_DELAY_SECONDS", 86_400)?),
            kms_key_id: text("UM_KMS_KEY_ID").unwrap_or_default(),
            api_root: text("UM_API_ROOT").unwrap_or_default().trim_end_matches('/').to_owned(),
            environment: text("UM_ENVIRONMENT").unwrap_or_else(|| "dev".to_owned()),
            tenant_cache: Duration::from_secs(number("UM_TENANT_CACHE_SECONDS", 60)?),
            delivery_attempts: u32::try_from(number("UM_DELIVERY_ATTEMPTS", 12)?).unwrap_or(u32::MAX).max(1),
            messages_per_second: u32::try_from(number("UM_MESSAGES_PER_SECOND", 10)?).unwrap_or(u32::MAX).max(1),
            queue_prefix: text("UM_QUEUE_PREFIX").unwrap_or_default(),
            channels: ids("UM_CHANNELS"),
            platforms: ids("UM_PLATFORMS"),
            dead_letter_queue: text("UM_DEAD_LETTER_QUEUE_URL"),
            endpoints,
            http_timeout: Duration::from_secs(number("UM_HTTP_TIMEOUT_SECONDS", 10)?.max(1)),
            variables: variables.iter().map(|(name, value)| (name.clone(), Secret::new(value))).collect(),
        })
    }

    /// The variables that only name a parameter of Systems Manager, and its name.
    pub(crate) fn references(&self) -> Vec<(String, String)> {
        let reference = |value: &Secret| value.expose().strip_prefix(REFERENCE).map(str::to_owned);
        self.variables.iter().filter_map(|(name, value)| Some((name.clone(), reference(value)?))).collect()
    }

    /// Puts a parameter's value in a variable's place.
    pub(crate) fn resolve(&mut self, variable: &str, value: Secret) {
        self.variables.insert(variable.to_owned(), value);
    }

    /// Settings with the deployment's own laid over them, which `names` lists with their variables. What a tenant says
    /// there counts for nothing.
    pub(crate) fn lay_over<'a>(&self, names: &[(&str, &str)], settings: &'a Value) -> Cow<'a, Value> {
        let Some(fields) = settings.as_object().filter(|_| !names.is_empty()) else { return Cow::Borrowed(settings) };
        let mut fields = fields.clone();
        for (setting, variable) in names {
            match self.variables.get(*variable) {
                Some(value) => fields.insert((*setting).to_owned(), value.expose().into()),
                None => fields.remove(*setting),
            };
        }
        Cow::Owned(Value::Object(fields))
    }

    /// The origin that stands in for a connector's provider, if one does.
    pub fn endpoint(&self, connector: &str) -> Option<&Url> {
        let name = contract::descriptor::endpoint_variable(connector);
        self.endpoints.get(name.strip_prefix(ENDPOINT)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn config(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_variables(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn defaults_and_overrides() {
        let defaults = config(&[]).unwrap();
        assert_eq!((defaults.delivery_attempts, defaults.tenant_cache.as_secs()), (12, 60));
        let set = config(&[
            ("UM_ENDPOINT_GENESYS_CLOUD", "http://127.0.0.1:9"),
            ("UM_CHANNELS", "line, slack,"),
            ("UM_API_ROOT", "https://um.example/"),
        ])
        .unwrap();
        assert_eq!(set.endpoint("genesys-cloud").unwrap().port(), Some(9));
        assert_eq!((set.channels, set.platforms), (vec!["line".to_owned(), "slack".to_owned()], vec![]));
        assert_eq!(set.api_root, "https://um.example");
    }

    #[test]
    fn the_deployments_settings_lie_over_the_tenants() {
        let config = config(&[("UM_AMB_MSP_ID", "msp-1")]).unwrap();
        let tenants = serde_json::json!({ "businessId": "b-1", "mspId": "mine", "mspSecret": "mine" });
        let names = [("mspId", "UM_AMB_MSP_ID"), ("mspSecret", "UM_AMB_MSP_SECRET")];
        assert_eq!(*config.lay_over(&names, &tenants), serde_json::json!({ "businessId": "b-1", "mspId": "msp-1" }));
        assert!(matches!(config.lay_over(&[], &tenants), Cow::Borrowed(same) if *same == tenants));
        assert!(!format!("{config:?}").contains("msp-1"));
    }

    #[test]
    fn a_parameter_takes_its_references_place() {
        let mut config = config(&[("UM_AMB_MSP_ID", "msp-1"), ("UM_AMB_MSP_SECRET", "ssm:/um/amb")]).unwrap();
        assert_eq!(config.references(), [("UM_AMB_MSP_SECRET".to_owned(), "/um/amb".to_owned())]);
        config.resolve("UM_AMB_MSP_SECRET", Secret::new("c2VjcmV0"));
        assert_eq!(config.references(), []);
        let names = [("mspSecret", "UM_AMB_MSP_SECRET")];
        let laid = config.lay_over(&names, &serde_json::json!({})).into_owned();
        assert_eq!(laid, serde_json::json!({ "mspSecret": "c2VjcmV0" }));
    }

    #[test]
    fn nonsense_is_named() {
        for (name, value) in
            [("UM_DELIVERY_ATTEMPTS", "many"), ("UM_PURGE_DELAY_SECONDS", "-1"), ("UM_ENDPOINT_LINE", "not a url")]
        {
            assert!(config(&[(name, value)]).unwrap_err().to_string().contains(name));
        }
    }
}
