//! `/api/v1/tenants`.

mod document;
mod draft;
mod qr;
pub(crate) mod registration;

pub use registration::register;

use aws::{
    Context,
    store::StoreError,
    tenant::{Tenant, Versioned},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use self::draft::{as_written, draft, warnings};
pub use self::{
    document::{TenantIn, TenantOut},
    draft::{faults_of, secrets_of},
};
use crate::{
    audit::differing,
    auth::Caller,
    crud::{self, Change, Delete, Documents, Edit, List, Resource, Save},
    describe::Routes,
    dry_run::Check,
    merge::MergePatch,
    problem::Problem,
};

/// Channels joined to contact-centre platforms.
pub struct Tenants;

impl Resource for Tenants {
    type Store = Documents<Tenant>;
    type Out = TenantOut;
    const PATH: &'static str = "/api/v1/tenants";
    const KIND: &'static str = "tenant";
    const DRY_RUN: bool = true;

    fn out(found: Versioned<Tenant>, root: &str, warnings: Vec<String>) -> TenantOut {
        TenantOut::new(found, root, warnings)
    }

    fn audit_name(tenant: &Tenant) -> Option<String> {
        Some(tenant.name.clone())
    }

    fn changed_fields(before: Option<&Tenant>, after: &Tenant) -> Vec<String> {
        differing(&before.map(as_written).unwrap_or_default(), &as_written(after))
    }
}

/// Which tenants to list.
#[derive(Debug, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct TenantFilter {
    /// Only the tenant of this name, in whatever case.
    pub name: Option<String>,
    /// Only tenants with this channel or platform: `line`.
    pub connector: Option<String>,
    /// Only tenants that are switched on (`true`) or off (`false`).
    pub enabled: Option<bool>,
}

impl crud::Filter<Tenant> for TenantFilter {
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn fits(&self, tenant: &Tenant) -> bool {
        let connector = |id: &String| [&tenant.messaging.connector, &tenant.cx_platform.connector].contains(&id);
        self.connector.as_ref().is_none_or(connector) && self.enabled.is_none_or(|enabled| tenant.enabled == enabled)
    }
}

impl List for Tenants {
    type Filter = TenantFilter;
    const LIST_TEXT: &'static str = "By name, a page at a time: the header `Link` leads to the next page. With filters a \
        page may hold fewer than `limit`\nalthough there is a next one.";

    fn times(tenant: &Tenant) -> (Timestamp, Timestamp) {
        (tenant.created_at, tenant.updated_at)
    }
}

impl Delete for Tenants {
    const DELETE_TEXT: &'static str = "What it registered with its networks is taken back, as far as they let us. \
        Messages under way end as failed.";
    const NEEDS_SECRETS: bool = true;

    async fn before_delete(context: &Context, tenant: &Tenant) {
        registration::deregister(context, tenant).await;
    }

    async fn after_delete(context: &Context, tenant: &Tenant) {
        registration::release_claim(context, tenant, None).await;
        if let Err(error) = registration::forget_tokens(context, &tenant.id).await {
            tracing::warn!(tenant = %tenant.id, %error, "its access tokens stay until they expire");
        }
    }
}

impl Save for Tenants {
    type Request = Change;

    async fn draft(context: &Context, change: &Change, stored: Option<&Tenant>) -> Result<Tenant, Problem> {
        draft(context, change, stored).await
    }

    fn secrets(tenant: &Tenant) -> Vec<String> {
        secrets_of(tenant)
    }

    async fn warnings(context: &Context, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
        warnings(context, tenant).await
    }

    async fn before_save(context: &Context, tenant: &Tenant) -> Result<(), Problem> {
        registration::claim(context, tenant).await
    }

    async fn not_saved(context: &Context, tenant: &Tenant, before: Option<&Tenant>) {
        registration::release_claim(context, tenant, before).await;
    }

    async fn after_save(context: &Context, tenant: &Tenant, before: Option<&Tenant>, root: &str) {
        if let Some(before) = before {
            registration::release_claim(context, before, Some(tenant)).await;
        }
        if let Err(error) = register(context, tenant, root).await {
            tracing::error!(tenant = %tenant.id, %error, "how the registration went cannot be stored");
        }
    }
}

impl Edit for Tenants {
    type In = TenantIn;
    type Patch = MergePatch<TenantIn>;
    const CREATE_TEXT: Option<&'static str> = Some(
        "The connectors register with their networks at once (Genesys Cloud gets its Open Messaging integration when\n\
        `integrationId` is left out); `status` says how that went. It may take up to 20 seconds.",
    );

    async fn read(_: &Context, _: &Caller, _: Option<&str>, change: Change) -> Result<Change, Problem> {
        Ok(change)
    }

    async fn checks(context: &Context, tenant: &Tenant) -> Result<Vec<Check>, Problem> {
        registration::can_claim(context, tenant).await?;
        Ok(registration::try_credentials(context, tenant).await)
    }
}

pub fn router() -> Routes {
    crud::routes::<Tenants>().routes(routes!(qr::draw))
}
