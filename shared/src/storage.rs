//! What a storage for attachments offers, whichever provider it is at.

use std::time::Duration;

use async_trait::async_trait;
use schemars::Schema;
use serde_json::Value;

use crate::{
    Context, Fetched, InvalidSettings, SelfTest, SendError,
    descriptor::Descriptor,
    tenant::{Storage as StorageRecord, Tenant},
};

/// A storage that can be used: provider, settings and connection.
#[async_trait]
pub trait Storage: Send + Sync {
    /// Puts a file under a key, never over another.
    async fn put(&self, key: &str, file: &Fetched) -> Result<(), SendError>;
    /// A URL under which anybody fetches the file for as long as `lives`, or as long as the storage can promise if that is
    /// less.
    async fn url(&self, key: &str, lives: Duration) -> Result<String, SendError>;
    /// Deletes a file; one that is gone is no error.
    async fn delete(&self, key: &str) -> Result<(), SendError>;
    /// Puts, reads and deletes a small file.
    async fn self_test(&self) -> Result<SelfTest, SendError>;
}

/// A provider of storages.
pub trait StorageProvider: Send + Sync {
    /// What it is.
    fn descriptor(&self) -> &'static Descriptor;
    /// The JSON Schema of its settings.
    fn settings_schema(&self) -> Schema;
    /// Parses and checks settings; every fault that is found.
    fn check(&self, settings: &Value) -> Vec<InvalidSettings>;
    /// A storage with these settings.
    fn open(&self, context: &Context, settings: &Value) -> Result<Box<dyn Storage>, SendError>;
}

/// The storages of the deployment.
#[async_trait]
pub trait Storages: Send + Sync {
    /// The providers there are.
    fn providers(&self) -> &[&'static dyn StorageProvider];
    /// Opens a storage, or the deployment's own bucket when there is none.
    async fn open(&self, context: &Context, record: Option<&StorageRecord>) -> Result<Box<dyn Storage>, SendError>;
}

/// Which side's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Agents' files, which guests fetch: the tenant's messaging storage.
    Messaging,
    /// Guests' files, which the platform fetches: the tenant's CX platform storage.
    CxPlatform,
}

/// The storage a tenant's files of one side go to: its own choice, else the deployment's default, else the deployment's
/// own bucket (`None`). A storage that was deleted counts as not chosen.
pub async fn record_for(context: &Context, tenant: &Tenant, side: Side) -> Result<Option<StorageRecord>, SendError> {
    let own = match side {
        Side::Messaging => &tenant.messaging.storage_id,
        Side::CxPlatform => &tenant.cx_platform.storage_id,
    };
    for id in [own.clone(), context.settings().await?.default_storage_id].into_iter().flatten() {
        if let Some(found) = context.configuration.storage(&id).await? {
            return Ok(Some(found.value));
        }
    }
    Ok(None)
}
