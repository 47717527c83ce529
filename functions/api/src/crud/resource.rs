//! What a resource says of itself.

use aws::{Context, store::StoreError, tenant::Versioned};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::IntoParams;

use super::store::{Collection, Store};
use crate::{
    audit::{AuditAction, AuditedChange},
    auth::Caller,
    dry_run::{Check, DryRunReport},
    problem::Problem,
};

/// A record of a resource.
pub type Record<R> = <<R as Resource>::Store as Store>::Record;

/// Records that are shown, each with its version.
pub trait Resource: Send + Sync + Sized + 'static {
    /// Where the records are kept.
    type Store: Store;
    /// A record as it is shown.
    type Out: Serialize + JsonSchema;

    /// The address of the collection: `/api/v1/tenants`. Its last part also names the resource in the audit trail.
    const PATH: &'static str;
    /// One of them, in a word: `tenant`.
    const KIND: &'static str;
    /// What their ids are to those who read the description.
    const ID: &'static str = "id";
    /// Whether ids may be logged. Not when they are people's names.
    const LOGS_IDS: bool = true;
    /// Whether `?dryRun=true` is understood.
    const DRY_RUN: bool = false;

    /// Shows a record to a caller who reaches the deployment at `root`. `warnings` are those of a save.
    fn out(found: Versioned<Record<Self>>, root: &str, warnings: Vec<String>) -> Self::Out;

    /// The name of a record in the audit trail, beside its id.
    fn audit_name(_: &Record<Self>) -> Option<String> {
        None
    }

    /// The fields that a save changes, as JSON pointers, for the audit trail.
    fn changed_fields(before: Option<&Record<Self>>, after: &Record<Self>) -> Vec<String>;

    /// The resource in the audit trail and in the description: `tenants`.
    fn collection() -> &'static str {
        Self::PATH.rsplit('/').next().unwrap_or_default()
    }

    /// That there is no record of this id.
    fn missing() -> Problem {
        Problem::not_found(Self::KIND)
    }
}

/// An entry of the audit trail about a record.
pub fn audit_entry<R: Resource>(
    action: AuditAction,
    before: Option<&Record<R>>,
    after: Option<&Record<R>>,
) -> AuditedChange {
    let record = after.or(before);
    AuditedChange {
        action,
        resource: R::collection(),
        id: record.map(|record| R::Store::id(record).to_owned()).unwrap_or_default(),
        name: record.and_then(R::audit_name),
        fields: after.map(|after| R::changed_fields(before, after)).unwrap_or_default(),
    }
}

/// What a list is filtered by: the parameters of its query beside order and page.
pub trait Filter<T>: Serialize + DeserializeOwned + IntoParams + Send + Sync {
    /// The name of the only record that is looked for, if it is.
    fn name(&self) -> Option<&str> {
        None
    }

    /// Whether a record is looked for.
    fn fits(&self, _: &T) -> bool {
        true
    }
}

/// A resource whose records are listed.
pub trait List: Resource<Store: Collection> {
    /// What the list is filtered by.
    type Filter: Filter<Record<Self>>;

    /// What it can be sorted by. `name` is the store's own order; for every other, all records are read.
    const SORTS: &'static [&'static str] = &["name", "createdAt", "updatedAt"];
    /// How it is sorted unless the caller says otherwise.
    const DEFAULT_SORT: &'static str = "name";
    /// The description of the operation.
    const LIST_TEXT: &'static str = "By name, a page at a time: the header `Link` leads to the next page.";

    /// When a record was made, and when it was last saved.
    fn times(record: &Record<Self>) -> (Timestamp, Timestamp);
}

/// A resource whose records can be deleted.
pub trait Delete: Resource<Store: Collection> {
    /// The description of the operation.
    const DELETE_TEXT: &'static str;
    /// Whether the hooks need what is secret in the record.
    const NEEDS_SECRETS: bool = false;

    /// Refuses to delete what something else still needs.
    fn may_delete(_: &Context, _: &Record<Self>) -> impl Future<Output = Result<(), Problem>> + Send {
        async { Ok(()) }
    }

    /// Takes back what was done outside for the record, once, however often its deletion is tried.
    fn before_delete(_: &Context, _: &Record<Self>) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Clears up once the record is gone.
    fn after_delete(_: &Context, _: &Record<Self>) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// A resource whose records are saved: drafted, checked, written, and followed up.
pub trait Save: Resource {
    /// What is to be done with a record.
    type Request: Send + Sync;

    /// The record that a request asks for, if it is valid. Called again when somebody else changed the record meanwhile.
    fn draft(
        context: &Context,
        request: &Self::Request,
        stored: Option<&Record<Self>>,
    ) -> impl Future<Output = Result<Record<Self>, Problem>> + Send;

    /// The JSON pointers of a record's secret fields.
    fn secrets(_: &Record<Self>) -> Vec<String> {
        Vec::new()
    }

    /// What will be saved, but may surprise.
    fn warnings(_: &Context, _: &Record<Self>) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Claims what only one record may have, right before it is written.
    fn before_save(_: &Context, _: &Record<Self>) -> impl Future<Output = Result<(), Problem>> + Send {
        async { Ok(()) }
    }

    /// Gives it up again when the record could not be written.
    fn not_saved(_: &Context, _: &Record<Self>, _before: Option<&Record<Self>>) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Does what a saved record asks for outside. How that went is stored with the record, not answered.
    fn after_save(
        _: &Context,
        _: &Record<Self>,
        _before: Option<&Record<Self>>,
        _root: &str,
    ) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// A document that a request has, and what is to be done with it.
#[derive(Clone, Debug)]
pub enum Change {
    /// A new record.
    Create(Value),
    /// Another document in place of the stored one.
    Replace(Value),
    /// A merge patch of the stored one (RFC 7396).
    Patch(Value),
}

/// A resource whose records are written with `POST`, `PUT` and `PATCH`.
pub trait Edit: Save<Store: Collection> {
    /// A record as it is written.
    type In: JsonSchema;
    /// A merge patch of it.
    type Patch: JsonSchema;

    /// Whether `PUT` is there.
    const REPLACE: bool = true;
    /// The description of `POST`, if there is more to say than its summary.
    const CREATE_TEXT: Option<&'static str> = None;
    /// The description of `PUT`.
    const REPLACE_TEXT: &'static str = "What is left out gets its default, except for secrets, which stay as they are; \
        an optional secret is removed by\n`null`. With `If-Match`, only the version that it names is replaced.";
    /// The description of `PATCH`.
    const CHANGE_TEXT: &'static str = "Takes a JSON merge patch (RFC 7396).";

    /// Reads a request, as far as that needs no record. `id` is the record's, none for a new one.
    fn read(
        context: &Context,
        caller: &Caller,
        id: Option<&str>,
        change: Change,
    ) -> impl Future<Output = Result<Self::Request, Problem>> + Send;

    /// What the outside systems say to the record's credentials, for `dryRun`.
    fn checks(_: &Context, _: &Record<Self>) -> impl Future<Output = Result<Vec<Check>, Problem>> + Send {
        async { Ok(Vec::new()) }
    }
}

/// What a change answers.
#[derive(JsonSchema)]
#[schemars(rename = "{T}OrTrial", untagged)]
#[allow(dead_code, reason = "described; an answer is one or the other")]
pub enum SavedOrDryRun<T> {
    /// As it is now.
    Saved(Box<T>),
    /// Only tried.
    DryRun(DryRunReport),
}
