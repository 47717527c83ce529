//! What a newcomer finds: an administrator, and a tenant for each simulated channel on a simulated Genesys Cloud.

use anyhow::Context as _;
use aws::{
    tenant::{ApiAuthentication, Commander, CxPlatformConfig, Messaging, Settings, Tenant},
    vault::secret_pointers,
};
use contract::{AnyConnector, TenantId, descriptor::Kind};
use jiff::Timestamp;

use crate::{simulators::Simulators, stack::Deployed};

/// A password that nobody chose: 72 random bits, in hexadecimal.
pub fn made_up_password() -> anyhow::Result<String> {
    let mut bytes = [0u8; 9];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(hex::encode(bytes))
}

/// The demo tenant of a channel: always the same id, so that its webhook stays where it was.
pub fn tenant_id(channel: &str) -> TenantId {
    TenantId::new(format!("demo-{channel}"))
}

/// Makes (or renews) a demo tenant for every simulated channel.
pub async fn make_tenants(deployed: &Deployed, simulators: &Simulators) -> anyhow::Result<()> {
    let context = deployed.context("api-tenants").context("the template has no api-tenants function")?;
    let Some(platform) = simulators.iter().find(|simulator| kind_of(simulator.connector()) == Some(Kind::CxPlatform))
    else {
        return Ok(());
    };
    for simulator in simulators.iter().filter(|simulator| kind_of(simulator.connector()) == Some(Kind::Channel)) {
        let channel = connector(simulator.connector()).context("a channel without a connector")?;
        let name = format!("Demo {}", channel.descriptor().name);
        let now = Timestamp::now();
        let tenant = Tenant {
            id: tenant_id(simulator.connector()),
            name: name.clone(),
            subscription_id: None,
            enabled: true,
            api_authentication: ApiAuthentication::None,
            messaging: Messaging {
                connector: simulator.connector().to_owned(),
                prefix_agent_name: false,
                storage_id: None,
                settings: Settings(simulator.demo_settings()),
            },
            cx_platform: CxPlatformConfig {
                connector: platform.connector().to_owned(),
                storage_id: None,
                default_agent_name: Some("Demo".to_owned()),
                custom_data: [("purpose".to_owned(), "demo".to_owned())].into(),
                settings: Settings(platform.demo_settings()),
            },
            commander: Commander::default(),
            messaging_status: contract::ProvisionStatus::NotNeeded,
            cx_platform_status: contract::ProvisionStatus::Ready,
            created_at: now,
            updated_at: now,
        };
        let found = context.configuration.tenant(&tenant.id).await?;
        let secrets = [
            secrets_of(simulator.connector(), "/messaging/settings"),
            secrets_of(platform.connector(), "/cxPlatform/settings"),
        ]
        .concat();
        context.configuration.put(&tenant, found.map_or(0, |found| found.version), &secrets, None).await?;
        // What saving a tenant through the API does as well: tells the simulated networks where our webhooks are.
        api::register_tenant(context, &tenant, &deployed.root).await?;
    }
    Ok(())
}

pub(crate) fn connector(id: &str) -> Option<&'static dyn AnyConnector> {
    registry::find(id)
}

fn kind_of(id: &str) -> Option<Kind> {
    connector(id).map(|connector| connector.descriptor().kind)
}

fn secrets_of(id: &str, prefix: &str) -> Vec<String> {
    let schema = connector(id).map(AnyConnector::settings_schema);
    schema.map(|schema| secret_pointers(schema.as_value(), prefix)).unwrap_or_default()
}
