//! What a function is given when it starts: configuration, clients, stores. Made once, in the init phase.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use aws_config::{BehaviorVersion, SdkConfig, timeout::TimeoutConfig};
use contract::{AnyConnector, Clock, MemoryTokens, Secret, SendError, SendErrorKind, TenantId, TokenCache};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    client::HttpClient,
    config::{Config, ConfigError},
    queue::Queues,
    store::{Configuration, Conversations, StoreError},
    tenant::{DeploymentSettings, Tenant, secret_values},
    vault::Vault,
};

/// How long it is believed that a tenant does not exist: somebody's guesses must not cost a read each.
const UNKNOWN_FOR: Duration = Duration::from_secs(2);
/// How young a cached tenant must be not to be read again when a signature does not match.
const DOUBTED_AFTER: Duration = Duration::from_secs(2);
/// Most tenants kept by one function.
const CACHE_MAX: usize = 10_000;

/// Everything a function works with.
pub struct Context {
    /// The deployment's settings for this function.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The configuration table.
    pub configuration: Configuration,
    /// The conversations table.
    pub conversations: Conversations,
    /// The queues.
    pub queues: Queues,
    /// The way out.
    pub http: HttpClient,
    /// S3, for the deployment's own buckets.
    pub s3: aws_sdk_s3::Client,
    /// The AWS configuration, for clients with a tenant's credentials.
    pub aws: SdkConfig,
    memory_tokens: MemoryTokens,
    tenants: Mutex<HashMap<TenantId, Cached<Option<Arc<KnownTenant>>>>>,
    /// Which tenant has an account, by connector and account.
    accounts: Mutex<Accounts>,
    settings: Mutex<Option<Cached<DeploymentSettings>>>,
}

/// Which tenant has an account of a network, by connector and account.
type Accounts = HashMap<(&'static str, String), Cached<Option<TenantId>>>;

struct Cached<T> {
    value: T,
    at: Timestamp,
}

/// A tenant with what is derived from it once.
#[derive(Debug)]
pub struct KnownTenant {
    /// The tenant.
    pub tenant: Tenant,
    /// Counts its savings, from 1.
    pub version: u64,
    /// Everything secret in it, to be blacked out.
    pub secrets: Vec<Secret>,
    /// When it was read.
    read_at: Timestamp,
}

impl Context {
    /// From the process's environment, as Lambda sets it.
    pub async fn from_env() -> Result<Self, ConfigError> {
        let mut config = Config::from_env()?;
        let aws = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(Duration::from_secs(3))
                    .operation_timeout(Duration::from_secs(8))
                    .build(),
            )
            .load()
            .await;
        crate::parameters::fetch(&mut config, &aws).await?;
        Ok(Self::new(config, aws, Clock::System))
    }

    /// From its parts.
    pub fn new(config: Config, aws: SdkConfig, clock: Clock) -> Self {
        let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
        let s3_config = aws_sdk_s3::config::Builder::from(&aws).force_path_style(aws.endpoint_url().is_some()).build();
        let s3 = aws_sdk_s3::Client::from_conf(s3_config);
        let sqs = aws_sdk_sqs::Client::new(&aws);
        let vault = Arc::new(Vault::new(aws_sdk_kms::Client::new(&aws), config.kms_key_id.clone(), clock.clone()));
        crate::metrics::name_environment(&config.environment);
        Self {
            configuration: Configuration::new(
                dynamodb.clone(),
                config.configuration_table.clone(),
                vault,
                clock.clone(),
            ),
            conversations: Conversations::new(dynamodb, config.conversations_table.clone(), clock.clone()),
            queues: Queues::new(sqs, s3.clone(), &config),
            http: HttpClient::new(&config),
            memory_tokens: MemoryTokens::new(clock.clone()),
            tenants: Mutex::default(),
            accounts: Mutex::default(),
            settings: Mutex::default(),
            s3,
            aws,
            clock,
            config,
        }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A tenant as of at most `UM_TENANT_CACHE_SECONDS` ago.
    pub async fn tenant(&self, id: &TenantId) -> Result<Option<Arc<KnownTenant>>, StoreError> {
        let now = self.now();
        let kept = {
            let tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
            tenants.get(id).and_then(|cached| {
                let good_for = if cached.value.is_some() { self.config.tenant_cache } else { UNKNOWN_FOR };
                (age(cached.at, now) < good_for).then(|| cached.value.clone())
            })
        };
        match kept {
            Some(tenant) => Ok(tenant),
            None => self.read_tenant(id).await,
        }
    }

    /// The tenant read anew, if what the cache holds is old enough to be wrong: asked when a signature does not match.
    pub async fn tenant_if_changed(&self, known: &KnownTenant) -> Result<Option<Arc<KnownTenant>>, StoreError> {
        if age(known.read_at, self.now()) < DOUBTED_AFTER {
            return Ok(None);
        }
        let fresh = self.read_tenant(&known.tenant.id).await?;
        Ok(fresh.filter(|fresh| fresh.tenant != known.tenant))
    }

    async fn read_tenant(&self, id: &TenantId) -> Result<Option<Arc<KnownTenant>>, StoreError> {
        let read_at = self.now();
        let found = self.configuration.tenant(id).await?.map(|found| {
            let document = serde_json::to_value(&found.value).unwrap_or_default();
            let (version, secrets) = (found.version, secret_values(&document, &found.secrets));
            Arc::new(KnownTenant { tenant: found.value, version, secrets, read_at })
        });
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if tenants.len() >= CACHE_MAX {
            tenants.clear();
        }
        tenants.insert(id.clone(), Cached { value: found.clone(), at: read_at });
        Ok(found)
    }

    /// The tenant that has claimed an account, as of at most `UM_TENANT_CACHE_SECONDS` ago.
    pub async fn tenant_of_account(
        &self,
        connector: &'static str,
        account: &str,
    ) -> Result<Option<TenantId>, StoreError> {
        let (key, now) = ((connector, account.to_owned()), self.now());
        let kept = {
            let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
            accounts.get(&key).and_then(|cached| {
                let good_for = if cached.value.is_some() { self.config.tenant_cache } else { UNKNOWN_FOR };
                (age(cached.at, now) < good_for).then(|| cached.value.clone())
            })
        };
        if let Some(tenant) = kept {
            return Ok(tenant);
        }
        let tenant = self.configuration.account_holder(connector, account).await?;
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() >= CACHE_MAX {
            accounts.clear();
        }
        accounts.insert(key, Cached { value: tenant.clone(), at: now });
        Ok(tenant)
    }

    /// Sees to it that requests which name a tenant's account find the tenant; does nothing where requests name the
    /// tenant. To be called when a tenant is saved. An account that another tenant uses is refused, in words, with the code
    /// [`ACCOUNT_TAKEN`].
    pub async fn claim_account(&self, connector: &dyn AnyConnector, tenant: &Tenant) -> Result<(), SendError> {
        let Some(account) = connector.account(&tenant.messaging.settings.0) else { return Ok(()) };
        let id = connector.descriptor().id;
        let Some(holder) = self.configuration.claim_account(id, &account, &tenant.id, None).await? else {
            return Ok(());
        };
        if let Some(name) = self.uses_account(connector, &holder, &account).await? {
            return Err(account_taken(&name));
        }
        match self.configuration.claim_account(id, &account, &tenant.id, Some(&holder)).await? {
            None => Ok(()),
            Some(_) => Err(StoreError::Conflict.into()),
        }
    }

    /// Whether [`Context::claim_account`] would be refused, changing nothing.
    pub async fn can_claim_account(&self, connector: &dyn AnyConnector, tenant: &Tenant) -> Result<(), SendError> {
        let Some(account) = connector.account(&tenant.messaging.settings.0) else { return Ok(()) };
        let holder = self.configuration.account_holder(connector.descriptor().id, &account).await?;
        let Some(holder) = holder.filter(|holder| *holder != tenant.id) else { return Ok(()) };
        match self.uses_account(connector, &holder, &account).await? {
            Some(name) => Err(account_taken(&name)),
            None => Ok(()),
        }
    }

    /// The name of an account's holder. None if it does not use it: a claim outlives its use, and its holder may be
    /// deleted, switched off or have another account by now.
    async fn uses_account(
        &self,
        connector: &dyn AnyConnector,
        holder: &TenantId,
        account: &str,
    ) -> Result<Option<String>, StoreError> {
        let used = self.configuration.get_closed::<Tenant>(holder.as_str()).await?.filter(|holder| {
            let Tenant { enabled, messaging, .. } = &holder.value;
            *enabled
                && messaging.connector == connector.descriptor().id
                && connector.account(&messaging.settings.0).as_deref() == Some(account)
        });
        Ok(used.map(|holder| holder.value.name))
    }

    /// Takes back [`Context::claim_account`], when a tenant is deleted or has another account.
    pub async fn release_account(&self, connector: &dyn AnyConnector, tenant: &Tenant) -> Result<(), StoreError> {
        match connector.account(&tenant.messaging.settings.0) {
            Some(account) => self.configuration.release_account(connector.descriptor().id, &account, &tenant.id).await,
            None => Ok(()),
        }
    }

    /// A tenant's settings of a connector as the connector must see them: with the deployment's own laid over them
    /// ([`contract::Connector::deployment_settings`]).
    pub fn settings_for<'a, C: AnyConnector + ?Sized>(&self, connector: &C, settings: &'a Value) -> Cow<'a, Value> {
        self.config.lay_over(connector.deployment_settings(), settings)
    }

    /// The deployment's settings, as of at most `UM_TENANT_CACHE_SECONDS` ago. Puts its proxy in force.
    pub async fn settings(&self) -> Result<DeploymentSettings, StoreError> {
        let now = self.now();
        let kept = {
            let settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
            settings
                .as_ref()
                .filter(|cached| age(cached.at, now) < self.config.tenant_cache)
                .map(|cached| cached.value.clone())
        };
        if let Some(settings) = kept {
            return Ok(settings);
        }
        let settings = self.configuration.settings().await?.value;
        self.http.use_proxy(settings.outbound_proxy.as_deref());
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Cached { value: settings.clone(), at: now });
        Ok(settings)
    }

    /// Calls one connector's network with a tenant's settings as JSON; see [`contract::AnyConnector`].
    pub fn io<'a>(
        &'a self,
        tenant: &'a TenantId,
        settings: &'a Value,
        http: &'a dyn contract::http::Transport,
    ) -> contract::Io<'a, Value> {
        contract::Io { tenant, settings, http, tokens: self, clock: &self.clock }
    }
}

/// The code of an account's refusal.
pub const ACCOUNT_TAKEN: &str = "accountTaken";

fn account_taken(name: &str) -> SendError {
    SendError::new(SendErrorKind::Forbidden)
        .coded(ACCOUNT_TAKEN)
        .saying(format!("The tenant \"{name}\" uses this account; it cannot be used by two."))
}

fn age(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(at)).unwrap_or_default()
}

/// Tokens are kept in memory and, sealed, in the configuration table, so that a cold function need not ask for another.
#[async_trait]
impl TokenCache for Context {
    async fn get(&self, tenant: &TenantId, name: &str) -> Option<Secret> {
        if let Some(token) = self.memory_tokens.get(tenant, name).await {
            return Some(token);
        }
        let after = self.now().checked_add(Duration::from_secs(30)).ok()?;
        match self.configuration.token(tenant, name, after).await {
            Ok(found) => {
                let (token, expires) = found?;
                self.memory_tokens.put(tenant, name, &token, expires).await;
                Some(token)
            }
            Err(error) => {
                tracing::warn!(%tenant, %error, "a kept access token cannot be read");
                None
            }
        }
    }

    async fn put(&self, tenant: &TenantId, name: &str, token: &Secret, expires: Timestamp) {
        self.memory_tokens.put(tenant, name, token, expires).await;
        if let Err(error) = self.configuration.put_token(tenant, name, token, expires).await {
            tracing::warn!(%tenant, %error, "an access token cannot be kept");
        }
    }

    async fn forget(&self, tenant: &TenantId, name: &str) {
        self.memory_tokens.forget(tenant, name).await;
        if let Err(error) = self.configuration.delete_token(tenant, name).await {
            tracing::warn!(%tenant, %error, "an access token cannot be forgotten");
        }
    }

    async fn renewed(&self, tenant: &TenantId, name: &str, refused: &Secret) -> Option<Secret> {
        match self.configuration.token(tenant, name, self.now()).await {
            Ok(Some((token, expires))) => {
                self.memory_tokens.put(tenant, name, &token, expires).await;
                (!token.matches(refused.expose())).then_some(token)
            }
            Ok(None) => {
                self.memory_tokens.forget(tenant, name).await;
                None
            }
            Err(error) => {
                tracing::warn!(%tenant, %error, "a kept access token cannot be read");
                None
            }
        }
    }

    async fn names(&self, tenant: &TenantId, prefix: &str) -> Vec<String> {
        match self.configuration.token_names(tenant, prefix).await {
            Ok(names) => names,
            Err(error) => {
                tracing::warn!(%tenant, %error, "the kept access tokens cannot be listed");
                Vec::new()
            }
        }
    }
}
