//! The attachment index: what was put into which storage for which conversation, so that it can be taken out again.

use std::time::Duration;

use contract::{ConversationId, StorageId, TenantId};
use jiff::Timestamp;

use super::{Conversations, Item, ItemExt, StoreError, conversations::stamp, number, text};

/// A file in a storage.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// Whose.
    pub tenant: TenantId,
    /// Of which conversation.
    pub conversation: ConversationId,
    /// The storage it is in; the deployment's own when none.
    pub storage: Option<StorageId>,
    /// Its key there.
    pub key: String,
}

/// The index forgets an attachment after this long, in seconds; the bucket's lifecycle rule deletes sooner.
const KEPT_S: i64 = 120 * 86_400;

impl Conversations {
    /// Notes a file before it is put into the storage: one that is noted and not there is deleted without harm.
    pub async fn note_upload(&self, upload: &Upload) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(Self::pk(&upload.tenant, &upload.conversation)))
            .item("sk", text(format!("A#{}", upload.key)))
            .item("tenant", text(upload.tenant.as_str()))
            .item("conversation", text(upload.conversation.as_str()))
            .item("key", text(&upload.key))
            .item("createdAt", text(stamp(now)))
            .item("expiresAt", number(now.as_second() + KEPT_S));
        if let Some(storage) = &upload.storage {
            put = put.item("storage", text(storage.as_str()));
        }
        put.send().await.map(|_| ()).map_err(StoreError::aws)
    }

    /// A conversation's files.
    pub async fn uploads(&self, tenant: &TenantId, conversation: &ConversationId) -> Result<Vec<Upload>, StoreError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", text(Self::pk(tenant, conversation)))
            .expression_attribute_values(":prefix", text("A#"))
            .into_paginator()
            .items()
            .send();
        let mut uploads = Vec::new();
        while let Some(item) = pages.next().await {
            uploads.extend(read(&item.map_err(StoreError::aws)?));
        }
        Ok(uploads)
    }

    /// Sets when a file is to be deleted. One that is forgotten meanwhile stays forgotten.
    pub async fn purge_upload_after(&self, upload: &Upload, delay: Duration) -> Result<(), StoreError> {
        let now = self.clock.now();
        let due = now.checked_add(delay).unwrap_or(Timestamp::MAX);
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(Self::pk(&upload.tenant, &upload.conversation)))
            .key("sk", text(format!("A#{}", upload.key)))
            .update_expression("SET dueShard = :shard, dueAt = :due")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":shard", text("PURGE"))
            .expression_attribute_values(":due", text(stamp(due)))
            .send()
            .await;
        match answer {
            Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Err(StoreError::aws(error))
            }
            _ => Ok(()),
        }
    }

    /// Files that are due to be deleted.
    pub async fn due_uploads(&self, limit: i32) -> Result<Vec<Upload>, StoreError> {
        Ok(self.due_items("PURGE", limit).await?.iter().filter_map(read).collect())
    }

    /// Forgets a file that is gone from its storage.
    pub async fn forget_upload(&self, upload: &Upload) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key("pk", text(Self::pk(&upload.tenant, &upload.conversation)))
            .key("sk", text(format!("A#{}", upload.key)))
            .send()
            .await
            .map(|_| ())
            .map_err(StoreError::aws)
    }
}

fn read(item: &Item) -> Option<Upload> {
    Some(Upload {
        tenant: item.text("tenant")?.into(),
        conversation: item.text("conversation")?.into(),
        storage: item.text("storage").map(Into::into),
        key: item.text("key")?.to_owned(),
    })
}
