//! `/api/v1/storages`.

mod document;

use std::time::Duration;

use aws::{
    Context,
    store::StoreError,
    tenant::{Storage, Tenant, Versioned},
};
use contract::{SendErrorKind, StorageId, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::document::{StorageIn, StorageOut, faults_of, secrets_of};
use self::document::{as_written, draft};
use crate::{
    audit::differing,
    auth::Caller,
    crud::{self, Change, Delete, Documents, Edit, List, Resource, Save},
    describe::Routes,
    dry_run::Check,
    merge::MergePatch,
    problem::{Problem, ProblemKind},
};

/// How long a storage's self-test may take.
const SELF_TEST_MAX: Duration = Duration::from_secs(20);

/// Places where attachments are kept.
pub struct Storages;

impl Resource for Storages {
    type Store = Documents<Storage>;
    type Out = StorageOut;
    const PATH: &'static str = "/api/v1/storages";
    const KIND: &'static str = "storage";
    const DRY_RUN: bool = true;

    fn out(found: Versioned<Storage>, _: &str, _: Vec<String>) -> StorageOut {
        StorageOut::new(found)
    }

    fn audit_name(storage: &Storage) -> Option<String> {
        Some(storage.name.clone())
    }

    fn changed_fields(before: Option<&Storage>, after: &Storage) -> Vec<String> {
        differing(&before.map(as_written).unwrap_or_default(), &as_written(after))
    }
}

/// Which storages to list.
#[derive(Debug, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct StorageFilter {
    /// Only the storage of this name, in whatever case.
    pub name: Option<String>,
}

impl crud::Filter<Storage> for StorageFilter {
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl List for Storages {
    type Filter = StorageFilter;

    fn times(storage: &Storage) -> (Timestamp, Timestamp) {
        (storage.created_at, storage.updated_at)
    }
}

impl Delete for Storages {
    const DELETE_TEXT: &'static str = "Refused while a tenant or the deployment's settings use it. The files in it stay \
        where they are.";

    async fn may_delete(context: &Context, storage: &Storage) -> Result<(), Problem> {
        let id = Some(&storage.id);
        if context.configuration.settings().await?.value.default_storage_id.as_ref() == id {
            return Err(Problem::new(
                ProblemKind::InUse,
                "It is the deployment's default storage: see /api/v1/settings.",
            ));
        }
        match tenant_with(context, &storage.id).await? {
            Some(tenant) => {
                Err(Problem::new(ProblemKind::InUse, format!("The tenant \"{tenant}\" keeps its files there.")))
            }
            None => Ok(()),
        }
    }
}

impl Save for Storages {
    type Request = Change;

    async fn draft(context: &Context, change: &Change, stored: Option<&Storage>) -> Result<Storage, Problem> {
        draft(context, change, stored)
    }

    fn secrets(storage: &Storage) -> Vec<String> {
        secrets_of(storage)
    }
}

impl Edit for Storages {
    type In = StorageIn;
    type Patch = MergePatch<StorageIn>;

    async fn read(_: &Context, _: &Caller, _: Option<&str>, change: Change) -> Result<Change, Problem> {
        Ok(change)
    }

    async fn checks(context: &Context, storage: &Storage) -> Result<Vec<Check>, Problem> {
        // Puts the deployment's proxy in force.
        context.settings().await?;
        let Some(provider) = registry::find_storage(&storage.connector) else { return Ok(Vec::new()) };
        let outcome = match provider.open(context, &storage.settings.0) {
            Ok(opened) => tokio::time::timeout(SELF_TEST_MAX, opened.self_test())
                .await
                .unwrap_or_else(|_| Err(SendErrorKind::Timeout.into())),
            Err(error) => Err(error),
        };
        Ok(vec![Check::of(provider.descriptor().id, "/settings", outcome)])
    }
}

/// The name of a tenant that keeps its files in this storage, if there is one.
async fn tenant_with(context: &Context, id: &StorageId) -> Result<Option<String>, StoreError> {
    let uses =
        |tenant: &Tenant| [&tenant.messaging.storage_id, &tenant.cx_platform.storage_id].contains(&&Some(id.clone()));
    let mut after = None;
    loop {
        let (found, next) = context.configuration.list_closed::<Tenant>(200, after.as_deref()).await?;
        if let Some(tenant) = found.into_iter().map(|found| found.value).find(uses) {
            return Ok(Some(tenant.name));
        }
        after = next;
        if after.is_none() {
            return Ok(None);
        }
    }
}

/// Whether there is a storage of this id.
pub async fn exists(context: &Context, id: &StorageId) -> Result<bool, StoreError> {
    // Ids of storages are made like those of tenants; what is none costs no read.
    Ok(TenantId::parse(id.as_str()).is_some()
        && context.configuration.get_closed::<Storage>(id.as_str()).await?.is_some())
}

pub fn router() -> Routes {
    crud::routes::<Storages>()
}
