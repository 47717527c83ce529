//! Where attachments are kept: a tenant's storage by its provider, else the deployment's own bucket.

use async_trait::async_trait;
use aws::{
    Context,
    storage::{Storage, StorageProvider, Storages},
    tenant::Storage as StorageRecord,
};
use contract::{SendError, SendErrorKind};

use crate::rooms::STORAGES;

/// The storages.
pub fn storages() -> &'static dyn Storages {
    &Registered
}

/// A provider of storages by its id.
pub fn find_storage(id: &str) -> Option<&'static dyn StorageProvider> {
    STORAGES.iter().copied().find(|provider| provider.descriptor().id == id)
}

struct Registered;

#[async_trait]
impl Storages for Registered {
    fn providers(&self) -> &[&'static dyn StorageProvider] {
        &STORAGES
    }

    async fn open(&self, context: &Context, record: Option<&StorageRecord>) -> Result<Box<dyn Storage>, SendError> {
        let Some(record) = record else { return s3::deployment_bucket(context) };
        let provider = find_storage(&record.connector).ok_or_else(|| {
            SendError::new(SendErrorKind::TenantGone)
                .coded("storage")
                .saying(format!("This deployment has no storages of the kind {:?}.", record.connector))
        })?;
        provider.open(context, &record.settings.0)
    }
}
