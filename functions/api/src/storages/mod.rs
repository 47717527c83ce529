//! `/api/v1/storages`.

mod document;

use std::{sync::Arc, time::Duration};

use aws::{
    Context,
    store::StoreError,
    tenant::{Storage, Versioned},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use contract::{SendErrorKind, StorageId, TenantId};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::document::{Change, draft};
pub use self::document::{StorageIn, StorageOrTrial, StorageOut, StoragePatch, change_of, faults_of, secrets_of};
use crate::{
    audit::Action,
    auth::{Administrator, Caller},
    extract::{DryRun, Id, IfMatch, JsonBody, Query, etag},
    function::Routes,
    openapi,
    page::{self, Sort},
    problem::{Kind, Problem},
    tenants,
    trial::{Check, Trial},
};

const PATH: &str = "/api/v1/storages";
/// How often a change is made again over somebody else's.
const TRIES: u32 = 3;
/// How long a storage may take to be tried.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which storages to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct Filter {
    /// Only the storage of this name, in whatever case.
    pub name: Option<String>,
    /// In which order: by name (`name`, unless it says otherwise), by when they were made or last saved; with a minus from
    /// the last to the first.
    #[param(required = false, schema_with = page::by_name_and_time)]
    pub sort: Option<String>,
    /// Most storages in the answer.
    #[param(minimum = 1, maximum = 200, default = 100)]
    pub limit: Option<u32>,
    /// Where to go on: `X-Next-Cursor` of the page before.
    pub cursor: Option<String>,
}

/// List storages
///
/// By name, a page at a time: the header `Link` leads to the next page.
#[utoipa::path(
    get, path = "/api/v1/storages", tag = "storages", operation_id = "listStorages", params(Filter),
    responses(
        (status = 200, description = "The storages.", body = Vec<StorageOut>, headers(
            ("Link" = String, description = "The next page, if there is one."),
            ("X-Next-Cursor" = String, description = "The cursor of the next page, if there is one."),
        )),
        openapi::ListProblems,
    ),
)]
async fn list(
    State(context): State<Arc<Context>>,
    _: Caller,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let limit = page::limit(filter.limit)?;
    let sort = Sort::read(filter.sort.as_deref(), "name", &["name", "createdAt", "updatedAt"])?;
    let cursor = filter.cursor.as_deref();
    let (found, next) = match &filter.name {
        None if sort.field == "name" => {
            let after = page::decode(cursor)?;
            context.configuration.list_closed_by_name::<Storage>(limit, after.as_deref(), sort.order).await?
        }
        None => {
            let key = |field: &str, found: &Versioned<Storage>| {
                let storage = &found.value;
                page::dated(field, storage.created_at, storage.updated_at, storage.id.as_str())
            };
            sort.page(page::all::<Storage>(&context).await?, key, limit, cursor)?
        }
        Some(name) => (page::by_name::<Storage>(&context, name).await?.into_iter().collect(), None),
    };
    let shown: Vec<StorageOut> = found.into_iter().map(StorageOut::new).collect();
    let mut query = vec![("limit", limit.to_string())];
    query.extend(filter.sort.map(|sort| ("sort", sort)));
    Ok(page::page(PATH, &query, shown, next))
}

/// Create a storage
#[utoipa::path(
    post, path = "/api/v1/storages", tag = "storages", operation_id = "createStorage", params(DryRun),
    request_body = StorageIn,
    responses(
        (status = 201, description = "Created.", body = StorageOut, headers(
            ("Location" = String, description = "Its address."),
            ("ETag" = String, description = "Its version."),
        )),
        (status = 200, description = "Only tried (`dryRun`).", body = Trial),
        openapi::CreateProblems,
    ),
)]
async fn create(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Query(DryRun { dry_run }): Query<DryRun>,
    JsonBody(document): JsonBody,
) -> Result<Response, Problem> {
    let id = StorageId::generate();
    let storage = draft(&context, Change::Create(document), &id, None)?;
    if dry_run {
        return tried(&context, &storage).await;
    }
    context.configuration.put(&storage, 0, &secrets_of(&storage), None).await?;
    tracing::info!(storage = %id, "created");
    caller.trail.note(change_of(Action::Created, None, Some(&storage)));
    let (etag, shown) = shown(&context, &id).await?;
    let location = HeaderValue::from_str(&format!("{PATH}/{id}")).unwrap_or(HeaderValue::from_static(PATH));
    Ok((StatusCode::CREATED, [(header::LOCATION, location), etag], Json(shown)).into_response())
}

/// Read a storage
#[utoipa::path(
    get, path = "/api/v1/storages/{id}", tag = "storages", operation_id = "getStorage",
    params(("id" = String, Path, description = "The storage's id.")),
    responses(
        (status = 200, description = "The storage.", body = StorageOut, headers(("ETag" = String, description = "Its version."))),
        openapi::ReadOneProblems,
    ),
)]
async fn read(State(context): State<Arc<Context>>, _: Caller, Id(id): Id<StorageId>) -> Result<Response, Problem> {
    let (etag, shown) = shown(&context, &id).await?;
    Ok(([etag], Json(shown)).into_response())
}

/// Replace a storage
///
/// What is left out gets its default, except for secrets, which stay as they are; an optional secret is removed by
/// `null`. With `If-Match`, only the version that it names is replaced.
#[utoipa::path(
    put, path = "/api/v1/storages/{id}", tag = "storages", operation_id = "replaceStorage",
    params(
        ("id" = String, Path, description = "The storage's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant."),
        DryRun,
    ),
    request_body = StorageIn,
    responses(
        (status = 200, description = "Replaced; or only tried (`dryRun`).", body = StorageOrTrial,
            headers(("ETag" = String, description = "Its version."))),
        openapi::UpdateProblems,
    ),
)]
async fn replace(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Id(id): Id<StorageId>,
    if_match: IfMatch,
    Query(DryRun { dry_run }): Query<DryRun>,
    JsonBody(document): JsonBody,
) -> Result<Response, Problem> {
    update(&context, &caller, &id, if_match, dry_run, || Change::Replace(document.clone())).await
}

/// Change a storage
///
/// Takes a JSON merge patch (RFC 7396).
#[utoipa::path(
    patch, path = "/api/v1/storages/{id}", tag = "storages", operation_id = "changeStorage",
    params(
        ("id" = String, Path, description = "The storage's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant."),
        DryRun,
    ),
    request_body(content((StoragePatch = "application/merge-patch+json"), (StoragePatch = "application/json"))),
    responses(
        (status = 200, description = "Changed; or only tried (`dryRun`).", body = StorageOrTrial,
            headers(("ETag" = String, description = "Its version."))),
        openapi::UpdateProblems,
    ),
)]
async fn change(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Id(id): Id<StorageId>,
    if_match: IfMatch,
    Query(DryRun { dry_run }): Query<DryRun>,
    JsonBody(patch): JsonBody,
) -> Result<Response, Problem> {
    update(&context, &caller, &id, if_match, dry_run, || Change::Patch(patch.clone())).await
}

/// Delete a storage
///
/// Refused while a tenant or the deployment's settings use it. The files in it stay where they are.
#[utoipa::path(
    delete, path = "/api/v1/storages/{id}", tag = "storages", operation_id = "deleteStorage",
    params(
        ("id" = String, Path, description = "The storage's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant."),
    ),
    responses((status = 204, description = "Deleted."), openapi::DeleteProblems),
)]
async fn delete(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Id(id): Id<StorageId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    for _ in 0..TRIES {
        let found = context.configuration.get_closed::<Storage>(id.as_str()).await?;
        let found = found.ok_or_else(|| Problem::not_found("storage"))?;
        if_match.check(found.version)?;
        if context.configuration.settings().await?.value.default_storage_id.as_ref() == Some(&id) {
            return Err(Problem::new(Kind::InUse, "It is the deployment's default storage: see /api/v1/settings."));
        }
        let user = tenants::any(&context, |tenant| {
            [&tenant.messaging.storage_id, &tenant.cx_platform.storage_id].contains(&&Some(id.clone()))
        });
        if let Some(tenant) = user.await? {
            return Err(Problem::new(Kind::InUse, format!("The tenant \"{tenant}\" keeps its files there.")));
        }
        match context.configuration.delete(&found).await {
            Ok(()) => {
                tracing::info!(storage = %id, "deleted");
                caller.trail.note(change_of(Action::Deleted, Some(&found.value), None));
                return Ok(StatusCode::NO_CONTENT);
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

async fn update(
    context: &Context,
    caller: &Caller,
    id: &StorageId,
    if_match: IfMatch,
    dry_run: bool,
    change: impl Fn() -> Change,
) -> Result<Response, Problem> {
    for _ in 0..TRIES {
        let found = context.configuration.storage(id).await?.ok_or_else(|| Problem::not_found("storage"))?;
        if_match.check(found.version)?;
        let storage = draft(context, change(), id, Some(&found.value))?;
        if dry_run {
            return tried(context, &storage).await;
        }
        match context.configuration.put(&storage, found.version, &secrets_of(&storage), Some(&found.value.name)).await {
            Ok(_) => {
                tracing::info!(storage = %id, "changed");
                caller.trail.note(change_of(Action::Changed, Some(&found.value), Some(&storage)));
                let (etag, shown) = shown(context, id).await?;
                return Ok(([etag], Json(StorageOrTrial::Storage(Box::new(shown)))).into_response());
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

async fn shown(context: &Context, id: &StorageId) -> Result<((header::HeaderName, HeaderValue), StorageOut), Problem> {
    let found: Option<Versioned<Storage>> = context.configuration.get_closed(id.as_str()).await?;
    let found = found.ok_or_else(|| Problem::not_found("storage"))?;
    Ok((etag(found.version), StorageOut::new(found)))
}

async fn tried(context: &Context, storage: &Storage) -> Result<Response, Problem> {
    let holder = context.configuration.id_by_name::<Storage>(&storage.name).await?;
    if holder.is_some_and(|holder| holder != storage.id.as_str()) {
        return Err(StoreError::NameTaken.into());
    }
    // Puts the deployment's proxy in force.
    context.settings().await?;
    let mut checks = Vec::new();
    if let Some(provider) = registry::find_storage(&storage.connector) {
        let outcome = match provider.open(context, &storage.settings.0) {
            Ok(opened) => tokio::time::timeout(PATIENCE, opened.self_test())
                .await
                .unwrap_or_else(|_| Err(SendErrorKind::Timeout.into())),
            Err(error) => Err(error),
        };
        checks.push(Check::of(provider.descriptor().id, "/settings", outcome));
    }
    Ok(Json(StorageOrTrial::Trial(Trial { would_save: true, checks, warnings: Vec::new() })).into_response())
}

/// Whether there is a storage of this id.
pub async fn exists(context: &Context, id: &StorageId) -> Result<bool, StoreError> {
    // Ids of storages are made like those of tenants; what is none costs no read.
    Ok(TenantId::parse(id.as_str()).is_some()
        && context.configuration.get_closed::<Storage>(id.as_str()).await?.is_some())
}

/// The routes.
pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, replace, change, delete))
}
