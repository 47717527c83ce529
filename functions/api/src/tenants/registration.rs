//! What saving a tenant does outside: the connectors register with their networks, once the tenant is stored. What does
//! not work there does not undo the save: it is shown as the tenant's status, and saving again tries again.

use std::time::Duration;

use aws::{
    ACCOUNT_TAKEN, Context,
    store::{ItemExt, StoreError, text},
    tenant::Tenant,
};
use contract::{
    AnyConnector, Io, MemoryTokens, Place, ProvisionStatus, Provisioned, SendError, SendErrorKind, TenantId,
};
use futures::future::join;
use serde_json::{Map, Value};

use super::{document::webhook_url, draft::secrets_of};
use crate::{
    dry_run::Check,
    problem::{Fault, Problem, ProblemKind},
};

/// How long the networks may take, together: the caller waits, and API Gateway gives up at 30 s.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How often the outcome is written over others' changes.
const TRIES: u32 = 5;

/// Registers a stored tenant with its network and its platform, and stores how that went.
pub async fn register(context: &Context, tenant: &Tenant, root: &str) -> Result<(), StoreError> {
    put_proxy_in_force(context).await;
    let (mut messaging, platform) = join(
        provision(context, tenant, &tenant.messaging.connector, &tenant.messaging.settings.0, root),
        provision(context, tenant, &tenant.cx_platform.connector, &tenant.cx_platform.settings.0, root),
    )
    .await;
    // Claimed before it was saved; whoever saved another tenant at the same time may have been faster.
    if let Some(connector) = claiming(tenant)
        && let Err(error) = context.claim_account(connector, tenant).await
    {
        messaging.status = ProvisionStatus::Failed { detail: error.sentence };
    }
    for _ in 0..TRIES {
        // Somebody may have saved it meanwhile, or deleted it.
        let Some(found) = context.configuration.tenant(&tenant.id).await? else { return Ok(()) };
        let mut now = found.value.clone();
        if now.messaging.connector == tenant.messaging.connector {
            merge_settings(&mut now.messaging.settings.0, &messaging.settings);
            now.messaging_status = messaging.status.clone();
        }
        if now.cx_platform.connector == tenant.cx_platform.connector {
            merge_settings(&mut now.cx_platform.settings.0, &platform.settings);
            now.cx_platform_status = platform.status.clone();
        }
        if now == found.value {
            return Ok(());
        }
        match context.configuration.put(&now, found.version, &secrets_of(&now), None).await {
            Err(StoreError::Conflict) => {}
            outcome => return outcome.map(|_| ()),
        }
    }
    Err(StoreError::Conflict)
}

/// Claims the account of a tenant that is about to be saved, where a network names only the account: requests for it find
/// this tenant from now on. A tenant that is switched off needs none.
pub async fn claim(context: &Context, tenant: &Tenant) -> Result<(), Problem> {
    let Some(connector) = claiming(tenant) else { return Ok(()) };
    context.claim_account(connector, tenant).await.map_err(|error| refused(connector, error))
}

/// Whether [`claim`] would be refused.
pub async fn can_claim(context: &Context, tenant: &Tenant) -> Result<(), Problem> {
    let Some(connector) = claiming(tenant) else { return Ok(()) };
    context.can_claim_account(connector, tenant).await.map_err(|error| refused(connector, error))
}

fn claiming(tenant: &Tenant) -> Option<&'static dyn AnyConnector> {
    registry::find(&tenant.messaging.connector).filter(|_| tenant.enabled)
}

fn refused(connector: &dyn AnyConnector, error: SendError) -> Problem {
    if error.code.as_deref() != Some(ACCOUNT_TAKEN) {
        tracing::error!(code = error.code, "an account cannot be claimed");
        return Problem::new(ProblemKind::Unavailable, "The store is not available at the moment.");
    }
    let setting = connector.descriptor().account_settings.first().copied().unwrap_or_default();
    Problem::new(ProblemKind::AccountTaken, error.sentence)
        .naming(Fault::at(format!("/messaging/settings/{setting}"), "is another tenant's"))
}

/// Gives up the account of a tenant as it was, unless it has it as it is.
pub async fn release_claim(context: &Context, was: &Tenant, is: Option<&Tenant>) {
    let account = |tenant: &Tenant| {
        let connector = registry::find(&tenant.messaging.connector)?;
        Some((connector.descriptor().id, connector.account(&tenant.messaging.settings.0)?))
    };
    let Some(connector) = registry::find(&was.messaging.connector) else { return };
    if account(was) != is.and_then(account)
        && let Err(error) = context.release_account(connector, was).await
    {
        // It is believed no longer than the tenant has the account.
        tracing::warn!(tenant = %was.id, %error, "the claim to the account stays behind");
    }
}

fn merge_settings(settings: &mut Value, changed: &Map<String, Value>) {
    if let Some(settings) = settings.as_object_mut() {
        settings.extend(changed.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
}

async fn provision(context: &Context, tenant: &Tenant, connector: &str, settings: &Value, root: &str) -> Provisioned {
    let Some(connector) = registry::find(connector) else { return Provisioned::default() };
    let descriptor = connector.descriptor();
    let place = Place { webhook_url: webhook_url(root, connector, &tenant.id), tenant_name: tenant.name.clone() };
    let http = context.http.for_connector(descriptor.id);
    let settings = context.settings_for(connector, settings);
    let io = context.io(&tenant.id, &settings, &http);
    match within_timeout(connector.provision(&io, &place)).await {
        Ok(provisioned) => provisioned,
        Err(error) => {
            tracing::warn!(tenant = %tenant.id, connector = descriptor.id, kind = ?error.kind, code = error.code, "the registration failed");
            Provisioned { settings: Map::new(), status: ProvisionStatus::Failed { detail: error.sentence } }
        }
    }
}

async fn within_timeout<T>(work: impl Future<Output = Result<T, SendError>>) -> Result<T, SendError> {
    match tokio::time::timeout(TIMEOUT, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(SendErrorKind::Timeout.into()),
    }
}

/// Tries a tenant's credentials. Keeps no tokens: the tenant may never come to be.
pub async fn try_credentials(context: &Context, tenant: &Tenant) -> Vec<Check> {
    put_proxy_in_force(context).await;
    let tokens = MemoryTokens::new(context.clock.clone());
    let check = async |connector: &str, settings: &Value, pointer| {
        let connector = registry::find(connector)?;
        let http = context.http.for_connector(connector.descriptor().id);
        let settings = &*context.settings_for(connector, settings);
        let io = Io { tenant: &tenant.id, settings, http: &http, tokens: &tokens, clock: &context.clock };
        Some(Check::of(connector.descriptor().id, pointer, within_timeout(connector.self_test(&io)).await))
    };
    let (messaging, platform) = join(
        check(&tenant.messaging.connector, &tenant.messaging.settings.0, "/messaging/settings"),
        check(&tenant.cx_platform.connector, &tenant.cx_platform.settings.0, "/cxPlatform/settings"),
    )
    .await;
    [messaging, platform].into_iter().flatten().collect()
}

/// Takes back what was registered, as far as the networks let us: a tenant can always be deleted.
pub async fn deregister(context: &Context, tenant: &Tenant) {
    put_proxy_in_force(context).await;
    let deprovision_one = async |connector: &str, settings: &Value| {
        let Some(connector) = registry::find(connector) else { return };
        let http = context.http.for_connector(connector.descriptor().id);
        let settings = context.settings_for(connector, settings);
        let io = context.io(&tenant.id, &settings, &http);
        if let Err(error) = within_timeout(connector.deprovision(&io)).await {
            tracing::warn!(tenant = %tenant.id, connector = connector.descriptor().id, kind = ?error.kind, code = error.code, "the registration stays behind");
        }
    };
    join(
        deprovision_one(&tenant.messaging.connector, &tenant.messaging.settings.0),
        deprovision_one(&tenant.cx_platform.connector, &tenant.cx_platform.settings.0),
    )
    .await;
}

/// The way out goes through the deployment's proxy. Without the settings it is tried as it was.
async fn put_proxy_in_force(context: &Context) {
    if let Err(error) = context.settings().await {
        tracing::warn!(%error, "the deployment's settings cannot be read");
    }
}

/// Forgets the access tokens of a tenant that is gone.
pub async fn forget_tokens(context: &Context, tenant: &TenantId) -> Result<(), StoreError> {
    let (client, table) = context.configuration.raw();
    let answer = client
        .query()
        .table_name(table)
        .key_condition_expression("pk = :pk AND begins_with(sk, :token)")
        .expression_attribute_values(":pk", text(format!("TENANT#{tenant}")))
        .expression_attribute_values(":token", text("TOKEN#"))
        .projection_expression("sk")
        .send()
        .await
        .map_err(StoreError::aws)?;
    for item in answer.items.unwrap_or_default() {
        if let Some(name) = item.text("sk").and_then(|sk| sk.strip_prefix("TOKEN#")) {
            context.configuration.delete_token(tenant, name).await?;
        }
    }
    Ok(())
}
