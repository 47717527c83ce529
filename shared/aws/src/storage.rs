//! What a storage for attachments offers, whichever provider it is at.

use std::time::Duration;

use async_trait::async_trait;
use contract::{
    ConversationId, Fetched, InvalidSettings, SelfTest, SendError, StorageId, TenantId, descriptor::Descriptor,
};
use futures::future::try_join_all;
use jiff::{Timestamp, tz::Offset};
use schemars::Schema;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Context,
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

/// The key of a new file: `{tenant}/{yyyy}/{mm}/{uuid}/{name}`. Nobody guesses it, and of what the sender wrote it holds
/// a few harmless letters only. `name` is the file's, with an extension (see [`media::file_name`]).
pub fn object_key(tenant: &TenantId, now: Timestamp, name: &str) -> String {
    let date = Offset::UTC.to_datetime(now);
    let (uuid, name) = (Uuid::new_v4().simple(), key_name(name));
    format!("{tenant}/{:04}/{:02}/{uuid}/{name}", date.year(), date.month())
}

/// The longest last part of a key, in bytes.
const KEY_NAME: usize = 40;

/// A file name in the few characters that need no encoding in any URL.
fn key_name(name: &str) -> String {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let safe = |text: &str, room: usize| {
        let mut safe = String::new();
        for c in text.chars() {
            if c.is_ascii_alphanumeric() || c == '_' {
                safe.push(c);
            } else if !safe.ends_with('-') {
                safe.push('-');
            }
        }
        safe.truncate(room);
        safe.trim_matches('-').to_owned()
    };
    let extension = match safe(extension, 10) {
        empty if empty.is_empty() => "bin".to_owned(),
        extension => extension,
    };
    let stem = match safe(stem, KEY_NAME - 1 - extension.len()) {
        empty if empty.is_empty() => "file".to_owned(),
        stem => stem,
    };
    format!("{stem}.{extension}")
}

/// How many files are scheduled at once.
const AT_ONCE: usize = 8;

/// Schedules the deletion of a closed conversation's files, each after its storage's purge delay; at once where the
/// storage is gone. Returns how many files there are. May be called again: what is repeated counts from now.
pub async fn schedule_purge(
    context: &Context,
    tenant: &TenantId,
    conversation: &ConversationId,
) -> Result<usize, SendError> {
    let uploads = context.conversations.uploads(tenant, conversation).await?;
    let mut delays: Vec<(Option<StorageId>, Duration)> = Vec::new();
    for upload in &uploads {
        if delays.iter().any(|(known, _)| *known == upload.storage) {
            continue;
        }
        let delay = match &upload.storage {
            None => context.config.purge_delay,
            Some(id) => match context.configuration.storage(id).await? {
                Some(record) => Duration::from_secs(record.value.purge_delay),
                None => Duration::ZERO,
            },
        };
        delays.push((upload.storage.clone(), delay));
    }
    let delay_of = |storage: &Option<StorageId>| {
        delays.iter().find(|(known, _)| known == storage).map_or(Duration::ZERO, |(_, delay)| *delay)
    };
    for some in uploads.chunks(AT_ONCE) {
        let scheduled =
            some.iter().map(|upload| context.conversations.purge_upload_after(upload, delay_of(&upload.storage)));
        try_join_all(scheduled).await?;
    }
    Ok(uploads.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_laid_out_by_tenant_and_month() {
        let now: Timestamp = "2026-02-28T23:59:59.999Z".parse().unwrap_or_default();
        let tenant = TenantId::from("8c0f1f6e-3f1f-4f0a-9d63-4a3e8f0a1b2c");
        let rows: &[(&str, &str, &str)] = &[
            ("plain", "Menu 1.pdf", "Menu-1.pdf"),
            ("other scripts", "請求書 6月.pdf", "6.pdf"),
            ("nothing left", "請求書.pdf", "file.pdf"),
            ("no extension", "請求書", "file.bin"),
            ("a path", "../../a/..\\b c?.png", "a-b-c.png"),
            ("empty", "", "file.bin"),
            ("quotes and spaces", "a\"\r\n.p g", "a.p-g"),
        ];
        for (label, name, last) in rows {
            let key = object_key(&tenant, now, name);
            let parts: Vec<&str> = key.split('/').collect();
            assert_eq!(parts[..3], [tenant.as_str(), "2026", "02"], "{label}");
            assert!(Uuid::try_parse(parts[3]).is_ok(), "{label}");
            assert_eq!(parts[4..], [*last], "{label}");
        }
        let long = object_key(&tenant, now, &format!("{}.pdf", "a".repeat(300)));
        assert!(long.len() <= 36 + 1 + 7 + 1 + 32 + 1 + KEY_NAME && long.ends_with("a.pdf"));
        assert_ne!(object_key(&tenant, now, "a.png"), object_key(&tenant, now, "a.png"));
    }
}
