//! Storages for attachments: where files are kept for the side that cannot fetch them from where they are.
//!
//! A tenant's storages come from [`storages`]: each is a provider with settings. Who has none uses the deployment's own
//! bucket. The function `attachments-purge` deletes the files of closed conversations.

mod cloudfront;
mod deployment;
mod purge;
mod s3;

use async_trait::async_trait;
use aws::{
    Context,
    lambda::Function,
    storage::{Storage, StorageProvider, Storages},
    tenant::Storage as StorageRecord,
};
use contract::{SendError, SendErrorKind};

pub use purge::{Purge, purge};

/// Every provider of storages. A new one is a line here.
static PROVIDERS: [&dyn StorageProvider; 1] = [&s3::S3];

/// The storages of the deployment.
pub fn storages() -> &'static dyn Storages {
    &Deployment
}

/// The functions of this room.
pub fn functions() -> Vec<Function> {
    vec![purge()]
}

struct Deployment;

#[async_trait]
impl Storages for Deployment {
    fn providers(&self) -> &[&'static dyn StorageProvider] {
        &PROVIDERS
    }

    async fn open(&self, context: &Context, record: Option<&StorageRecord>) -> Result<Box<dyn Storage>, SendError> {
        let Some(record) = record else { return deployment::open(context) };
        let provider = PROVIDERS.iter().find(|provider| provider.descriptor().id == record.connector);
        let provider = provider.ok_or_else(|| {
            SendError::new(SendErrorKind::TenantGone)
                .coded("storage")
                .saying(format!("This deployment has no storages of the kind {:?}.", record.connector))
        })?;
        provider.open(context, &record.settings.0)
    }
}
