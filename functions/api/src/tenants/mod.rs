//! `/api/v1/tenants`.

mod document;
mod draft;
mod qr;
pub(crate) mod registration;

pub use registration::register;

use std::sync::Arc;

use aws::{
    Context,
    store::StoreError,
    tenant::{Tenant, Versioned},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use contract::TenantId;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::draft::{Change, draft, warnings};
pub use self::{
    document::{TenantIn, TenantOrTrial, TenantOut, TenantPatch},
    draft::{change_of, faults_of, secrets_of, settings_faults},
};
use crate::{
    audit::Action,
    auth::{Administrator, Caller},
    extract::{DryRun, Id, IfMatch, JsonBody, Query, etag},
    function::Routes,
    openapi,
    page::{self, Sort},
    problem::Problem,
    trial::Trial,
};

const PATH: &str = "/api/v1/tenants";
/// How often a change is made again over somebody else's.
const TRIES: u32 = 3;

/// Which tenants to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct Filter {
    /// Only the tenant of this name, in whatever case.
    pub name: Option<String>,
    /// Only tenants with this channel or platform: `line`.
    pub connector: Option<String>,
    /// Only tenants that are switched on (`true`) or off (`false`).
    pub enabled: Option<bool>,
    /// In which order: by name (`name`, unless it says otherwise), by when they were made or last saved; with a minus from
    /// the last to the first.
    #[param(required = false, schema_with = page::by_name_and_time)]
    pub sort: Option<String>,
    /// Most tenants in the answer.
    #[param(minimum = 1, maximum = 200, default = 100)]
    pub limit: Option<u32>,
    /// Where to go on: `X-Next-Cursor` of the page before.
    pub cursor: Option<String>,
}

impl Filter {
    fn fits(&self, tenant: &Tenant) -> bool {
        let connector = |id: &String| [&tenant.messaging.connector, &tenant.cx_platform.connector].contains(&id);
        self.connector.as_ref().is_none_or(connector) && self.enabled.is_none_or(|enabled| tenant.enabled == enabled)
    }
}

/// List tenants
///
/// By name, a page at a time: the header `Link` leads to the next page. With filters a page may hold fewer than `limit`
/// although there is a next one.
#[utoipa::path(
    get, path = "/api/v1/tenants", tag = "tenants", operation_id = "listTenants", params(Filter),
    responses(
        (status = 200, description = "The tenants.", body = Vec<TenantOut>, headers(
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
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = page::limit(filter.limit)?;
    let sort = Sort::read(filter.sort.as_deref(), "name", &["name", "createdAt", "updatedAt"])?;
    let root = context.root(&headers);
    let show = |found: Vec<Versioned<Tenant>>| -> Vec<TenantOut> {
        let fitting = found.into_iter().filter(|found| filter.fits(&found.value));
        fitting.map(|found| TenantOut::new(found, &root)).collect()
    };
    if let Some(name) = &filter.name {
        let found = page::by_name::<Tenant>(&context, name).await?;
        return Ok(page::page(PATH, &[], show(found.into_iter().collect()), None));
    }
    let mut query = vec![("limit", limit.to_string())];
    query.extend(filter.sort.iter().map(|sort| ("sort", sort.clone())));
    query.extend(filter.connector.iter().map(|connector| ("connector", connector.clone())));
    query.extend(filter.enabled.map(|enabled| ("enabled", enabled.to_string())));
    if sort.field != "name" {
        let fitting = page::all::<Tenant>(&context).await?.into_iter().filter(|found| filter.fits(&found.value));
        let key = |field: &str, found: &Versioned<Tenant>| {
            let tenant = &found.value;
            page::dated(field, tenant.created_at, tenant.updated_at, tenant.id.as_str())
        };
        let (found, next) = sort.page(fitting, key, limit, filter.cursor.as_deref())?;
        return Ok(page::page(PATH, &query, show(found), next));
    }
    let (mut shown, mut after) = (Vec::new(), page::decode(filter.cursor.as_deref())?);
    for _ in 0..page::EMPTY_MAX {
        let list = context.configuration.list_closed_by_name::<Tenant>(limit, after.as_deref(), sort.order);
        let (found, next) = list.await?;
        shown = show(found);
        after = next;
        if !shown.is_empty() || after.is_none() {
            break;
        }
    }
    Ok(page::page(PATH, &query, shown, after))
}

/// Create a tenant
///
/// The connectors register with their networks at once (Genesys Cloud gets its Open Messaging integration when
/// `integrationId` is left out); `status` says how that went. It may take up to 20 seconds.
#[utoipa::path(
    post, path = "/api/v1/tenants", tag = "tenants", operation_id = "createTenant", params(DryRun),
    request_body = TenantIn,
    responses(
        (status = 201, description = "Created.", body = TenantOut, headers(
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
    headers: HeaderMap,
    JsonBody(document): JsonBody,
) -> Result<Response, Problem> {
    let id = TenantId::generate();
    let tenant = draft(&context, Change::Create(document), &id, None).await?;
    let warnings = warnings(&context, &tenant).await?;
    if dry_run {
        return tried(&context, &tenant, warnings).await;
    }
    registration::claim(&context, &tenant).await?;
    if let Err(error) = context.configuration.put(&tenant, 0, &secrets_of(&tenant), None).await {
        registration::give_up(&context, &tenant, None).await;
        return Err(error.into());
    }
    tracing::info!(tenant = %id, "created");
    caller.trail.note(change_of(Action::Created, None, Some(&tenant)));
    let (etag, shown) = registered(&context, &tenant, &headers, warnings).await?;
    let location = HeaderValue::from_str(&format!("{PATH}/{id}")).unwrap_or(HeaderValue::from_static(PATH));
    Ok((StatusCode::CREATED, [(header::LOCATION, location), etag], Json(shown)).into_response())
}

/// Read a tenant
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}", tag = "tenants", operation_id = "getTenant",
    params(("id" = String, Path, description = "The tenant's id.")),
    responses(
        (status = 200, description = "The tenant.", body = TenantOut, headers(("ETag" = String, description = "Its version."))),
        openapi::ReadOneProblems,
    ),
)]
async fn read(
    State(context): State<Arc<Context>>,
    _: Caller,
    Id(id): Id<TenantId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (etag, shown) = shown(&context, &id, &headers).await?;
    Ok(([etag], Json(shown)).into_response())
}

/// Replace a tenant
///
/// What is left out gets its default, except for secrets, which stay as they are; an optional secret is removed by
/// `null`. With `If-Match`, only the version that it names is replaced.
#[utoipa::path(
    put, path = "/api/v1/tenants/{id}", tag = "tenants", operation_id = "replaceTenant",
    params(
        ("id" = String, Path, description = "The tenant's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant."),
        DryRun,
    ),
    request_body = TenantIn,
    responses(
        (status = 200, description = "Replaced; or only tried (`dryRun`).", body = TenantOrTrial,
            headers(("ETag" = String, description = "Its version."))),
        openapi::UpdateProblems,
    ),
)]
async fn replace(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Id(id): Id<TenantId>,
    if_match: IfMatch,
    Query(DryRun { dry_run }): Query<DryRun>,
    headers: HeaderMap,
    JsonBody(document): JsonBody,
) -> Result<Response, Problem> {
    update(&context, &caller, &id, if_match, dry_run, &headers, || Change::Replace(document.clone())).await
}

/// Change a tenant
///
/// Takes a JSON merge patch (RFC 7396).
#[utoipa::path(
    patch, path = "/api/v1/tenants/{id}", tag = "tenants", operation_id = "changeTenant",
    params(
        ("id" = String, Path, description = "The tenant's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant."),
        DryRun,
    ),
    request_body(content((TenantPatch = "application/merge-patch+json"), (TenantPatch = "application/json"))),
    responses(
        (status = 200, description = "Changed; or only tried (`dryRun`).", body = TenantOrTrial,
            headers(("ETag" = String, description = "Its version."))),
        openapi::UpdateProblems,
    ),
)]
async fn change(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Id(id): Id<TenantId>,
    if_match: IfMatch,
    Query(DryRun { dry_run }): Query<DryRun>,
    headers: HeaderMap,
    JsonBody(patch): JsonBody,
) -> Result<Response, Problem> {
    update(&context, &caller, &id, if_match, dry_run, &headers, || Change::Patch(patch.clone())).await
}

/// Delete a tenant
///
/// What it registered with its networks is taken back, as far as they let us. Messages under way end as failed.
#[utoipa::path(
    delete, path = "/api/v1/tenants/{id}", tag = "tenants", operation_id = "deleteTenant",
    params(
        ("id" = String, Path, description = "The tenant's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant."),
    ),
    responses((status = 204, description = "Deleted."), openapi::DeleteProblems),
)]
async fn delete(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Id(id): Id<TenantId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let mut deregistered = false;
    for _ in 0..TRIES {
        let Some(found) = context.configuration.tenant(&id).await? else {
            // Gone between two tries: as was asked for.
            return if deregistered { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("tenant")) };
        };
        if_match.check(found.version)?;
        if !deregistered {
            registration::deregister(&context, &found.value).await;
            deregistered = true;
        }
        match context.configuration.delete(&found).await {
            Ok(()) => {
                registration::give_up(&context, &found.value, None).await;
                if let Err(error) = registration::forget_tokens(&context, &id).await {
                    tracing::warn!(tenant = %id, %error, "its access tokens stay until they expire");
                }
                tracing::info!(tenant = %id, "deleted");
                caller.trail.note(change_of(Action::Deleted, Some(&found.value), None));
                return Ok(StatusCode::NO_CONTENT);
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

#[allow(clippy::too_many_arguments)]
async fn update(
    context: &Context,
    caller: &Caller,
    id: &TenantId,
    if_match: IfMatch,
    dry_run: bool,
    headers: &HeaderMap,
    change: impl Fn() -> Change,
) -> Result<Response, Problem> {
    for _ in 0..TRIES {
        let found = context.configuration.tenant(id).await?.ok_or_else(|| Problem::not_found("tenant"))?;
        if_match.check(found.version)?;
        let tenant = draft(context, change(), id, Some(&found.value)).await?;
        let warnings = warnings(context, &tenant).await?;
        if dry_run {
            return tried(context, &tenant, warnings).await;
        }
        registration::claim(context, &tenant).await?;
        match context.configuration.put(&tenant, found.version, &secrets_of(&tenant), Some(&found.value.name)).await {
            Ok(_) => {
                tracing::info!(tenant = %id, "changed");
                registration::give_up(context, &found.value, Some(&tenant)).await;
                caller.trail.note(change_of(Action::Changed, Some(&found.value), Some(&tenant)));
                let (etag, shown) = registered(context, &tenant, headers, warnings).await?;
                return Ok(([etag], Json(TenantOrTrial::Tenant(Box::new(shown)))).into_response());
            }
            // Read again: with If-Match that ends it, without it is done over the other change.
            Err(error) => {
                registration::give_up(context, &tenant, Some(&found.value)).await;
                if !matches!(error, StoreError::Conflict) {
                    return Err(error.into());
                }
            }
        }
    }
    Err(StoreError::Conflict.into())
}

type Shown = ((header::HeaderName, HeaderValue), TenantOut);

/// Registers a tenant that was saved, and shows it as it is then.
async fn registered(
    context: &Context,
    tenant: &Tenant,
    headers: &HeaderMap,
    warnings: Vec<String>,
) -> Result<Shown, Problem> {
    if let Err(error) = register(context, tenant, &context.root(headers)).await {
        tracing::error!(tenant = %tenant.id, %error, "how the registration went cannot be stored");
    }
    let (etag, mut shown) = shown(context, &tenant.id, headers).await?;
    shown.warnings = warnings;
    Ok((etag, shown))
}

async fn shown(context: &Context, id: &TenantId, headers: &HeaderMap) -> Result<Shown, Problem> {
    let found = context.configuration.get_closed::<Tenant>(id.as_str()).await?;
    let found = found.ok_or_else(|| Problem::not_found("tenant"))?;
    Ok((etag(found.version), TenantOut::new(found, &context.root(headers))))
}

async fn tried(context: &Context, tenant: &Tenant, warnings: Vec<String>) -> Result<Response, Problem> {
    let holder = context.configuration.id_by_name::<Tenant>(&tenant.name).await?;
    if holder.is_some_and(|holder| holder != tenant.id.as_str()) {
        return Err(StoreError::NameTaken.into());
    }
    registration::can_claim(context, tenant).await?;
    let checks = registration::try_credentials(context, tenant).await;
    Ok(Json(TenantOrTrial::Trial(Trial { would_save: true, checks, warnings })).into_response())
}

/// Whether any tenant fits, for what must not be deleted while it is used.
pub async fn any(context: &Context, fits: impl Fn(&Tenant) -> bool) -> Result<Option<String>, StoreError> {
    let mut after = None;
    loop {
        let (found, next) = context.configuration.list_closed::<Tenant>(200, after.as_deref()).await?;
        if let Some(tenant) = found.into_iter().map(|found| found.value).find(&fits) {
            return Ok(Some(tenant.name));
        }
        after = next;
        if after.is_none() {
            return Ok(None);
        }
    }
}

/// The routes.
pub fn router() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, change, delete))
        .routes(routes!(qr::draw))
}
