//! Deletes the files of closed conversations once the purge delay of their storage is over.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use aws::{
    Context,
    lambda::{Function, ScheduleHandler},
    metrics::{self, Metric},
    storage::{Storage, Storages},
    store::Upload,
};
use contract::{SendError, SendErrorKind, StorageId};
use futures::{StreamExt, stream};
use serde_json::{Value, json};

/// How long one run takes at most. It is made again every minute; its function is ended after 50 seconds.
const RUN: Duration = Duration::from_secs(45);
/// Files asked for at once.
const BATCH: i32 = 100;
/// Files deleted at once.
const AT_ONCE: usize = 8;
/// When what failed is tried again: soon, or after somebody had time to look at it.
const SOON: Duration = Duration::from_secs(60);
const LATER: Duration = Duration::from_secs(3600);

/// The function `attachments-purge`, which deletes what is due from these storages.
pub fn purge(storages: &'static dyn Storages) -> Function {
    Function::schedule("attachments-purge", Purge { storages })
}

struct Purge {
    storages: &'static dyn Storages,
}

#[async_trait]
impl ScheduleHandler for Purge {
    async fn handle(&self, context: &Arc<Context>) -> Result<Value, SendError> {
        let run = Run { context, storages: self.storages, seen: Mutex::default() };
        // What is cut off in the middle is made again by the next run: deleting twice is no error.
        let ended = tokio::time::timeout(RUN, run.all()).await;
        let counts = run.seen.lock().unwrap_or_else(PoisonError::into_inner).counts;
        if counts.failed > 0 {
            metrics::record(Metric::Retried, "attachments", "purge", f64::from(counts.failed));
        }
        let cut_off = ended.is_err();
        ended.unwrap_or(Ok(()))?;
        Ok(json!({
            "deleted": counts.deleted, "forgotten": counts.forgotten, "failed": counts.failed, "cutOff": cut_off,
        }))
    }
}

/// What a run did.
#[derive(Clone, Copy, Default)]
struct Counts {
    /// Files that are gone from their storage.
    deleted: u32,
    /// Files whose storage is gone.
    forgotten: u32,
    /// Files to be tried again.
    failed: u32,
}

#[derive(Default)]
struct Seen {
    counts: Counts,
    /// What was tried in this run: the index lags behind, and shows it again.
    tried: HashSet<(String, String)>,
    /// Storages that do not work at the moment: their other files are not tried in this run.
    broken: HashMap<Option<StorageId>, SendError>,
}

enum Place {
    Open(Box<dyn Storage>),
    Gone,
    Broken(SendError),
}

struct Run<'a> {
    context: &'a Context,
    storages: &'static dyn Storages,
    seen: Mutex<Seen>,
}

impl Run<'_> {
    async fn all(&self) -> Result<(), SendError> {
        let mut places: HashMap<Option<StorageId>, Place> = HashMap::new();
        loop {
            let due = self.context.conversations.due_uploads(BATCH).await?;
            let fresh: Vec<Upload> = {
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                let name = |upload: &Upload| (upload.conversation.to_string(), upload.key.clone());
                due.into_iter().filter(|upload| seen.tried.insert(name(upload))).collect()
            };
            if fresh.is_empty() {
                return Ok(());
            }
            for upload in &fresh {
                if !places.contains_key(&upload.storage) {
                    let place = self.open(upload.storage.as_ref()).await?;
                    places.insert(upload.storage.clone(), place);
                }
            }
            let mut each = Vec::with_capacity(fresh.len());
            for upload in &fresh {
                each.push(self.one(upload, places.get(&upload.storage)));
            }
            let mut each = stream::iter(each).buffer_unordered(AT_ONCE);
            while each.next().await.is_some() {}
        }
    }

    async fn open(&self, id: Option<&StorageId>) -> Result<Place, SendError> {
        // Puts the deployment's proxy in force, through which tenants' buckets are reached.
        self.context.settings().await?;
        let record = match id {
            None => None,
            Some(id) => match self.context.configuration.storage(id).await? {
                None => return Ok(Place::Gone),
                found => found,
            },
        };
        let opened = self.storages.open(self.context, record.as_ref().map(|record| &record.value)).await;
        Ok(opened.map_or_else(Place::Broken, Place::Open))
    }

    /// Deletes one file; what fails is put off.
    async fn one(&self, upload: &Upload, place: Option<&Place>) {
        let broken = self.seen(|seen| seen.broken.get(&upload.storage).cloned());
        let deleted = match (broken, place) {
            (Some(error), _) => Err(error),
            (None, Some(Place::Open(storage))) => storage.delete(&upload.key).await.map(|()| true),
            (None, Some(Place::Broken(error))) => Err(error.clone()),
            (None, Some(Place::Gone) | None) => Ok(false),
        };
        let outcome = match deleted {
            Ok(there) => match self.context.conversations.forget_upload(upload).await {
                Ok(()) => {
                    self.seen(|seen| *if there { &mut seen.counts.deleted } else { &mut seen.counts.forgotten } += 1);
                    return;
                }
                Err(error) => Err(SendError::from(error)),
            },
            Err(error) => Err::<(), _>(error),
        };
        if let Err(error) = outcome {
            self.put_off(upload, &error).await;
        }
    }

    async fn put_off(&self, upload: &Upload, error: &SendError) {
        let first = self.seen(|seen| {
            seen.counts.failed += 1;
            !concerns_all(error.kind) || seen.broken.insert(upload.storage.clone(), error.clone()).is_none()
        });
        if first {
            tracing::warn!(
                tenant = %upload.tenant, storage = upload.storage.as_ref().map_or("own", StorageId::as_str),
                %error, code = error.code, "attachments cannot be deleted"
            );
        }
        // Behind what is due now, so that a storage that does not work holds nothing else up.
        let wait = if error.retryable() { SOON } else { LATER };
        if let Err(error) = self.context.conversations.purge_upload_after(upload, wait).await {
            tracing::warn!(tenant = %upload.tenant, %error, "an attachment cannot be put off");
        }
    }

    fn seen<T>(&self, change: impl FnOnce(&mut Seen) -> T) -> T {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether an error of one file tells of the whole storage.
fn concerns_all(kind: SendErrorKind) -> bool {
    use SendErrorKind as K;
    matches!(
        kind,
        K::RateLimited
            | K::Unavailable
            | K::Timeout
            | K::Connection
            | K::Unauthorized
            | K::Forbidden
            | K::TenantGone
            | K::Internal
    )
}
