//! `/api/v1/registrations`: what customers ask for on channels' public pages, to be approved or refused.

use std::{collections::BTreeMap, sync::Arc};

use aws::{
    Context,
    store::StoreError,
    tenant::{Tenant, Versioned},
    vault::secret_pointers,
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use contract::{Registration, RegistrationState, TenantId};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    audit::{Action, Change},
    auth::{Administrator, Caller},
    extract::{Id, IfMatch, Query, Typed, etag},
    function::Routes,
    openapi, page,
    problem::{Fault, Kind, Problem},
};

const PATH: &str = "/api/v1/registrations";
/// How often a change is made again over somebody else's.
const TRIES: u32 = 3;

/// How a registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Standing {
    /// Nobody has decided yet.
    Pending,
    /// It became a tenant.
    Approved,
    /// It will not become one.
    Refused,
}

/// A customer's wish to be connected.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Registration")]
pub struct RegistrationOut {
    /// Always the same for the same account on the same channel.
    id: String,
    /// The channel's connector: `teams`.
    connector: String,
    /// The network's id of the customer: a Microsoft tenant, an Apple business.
    account: String,
    /// The customer's name.
    organization: String,
    /// Where the customer is told.
    email: String,
    /// What else the channel's page asks for.
    details: BTreeMap<String, String>,
    /// How it stands: `pending`, `approved` or `refused`.
    #[schemars(with = "String", extend("enum" = ["pending", "approved", "refused"]))]
    state: Standing,
    /// The tenant that it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<TenantId>,
    /// What is known of its tenant already, until it is approved: with a contact-centre platform and what else the channel
    /// needs, it is made with `POST /api/v1/tenants`.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<TenantDraft>,
    /// Why it was refused, for the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    created_at: Timestamp,
    /// When it was last changed.
    #[schemars(with = "String", extend("format" = "date-time"))]
    updated_at: Timestamp,
    /// Counts its changes; also the `ETag`.
    version: u64,
}

/// The beginning of a tenant.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantDraft {
    /// A name for it.
    name: String,
    /// Its channel.
    messaging: MessagingDraft,
}

/// The beginning of a tenant's channel.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessagingDraft {
    /// The channel's id: `teams`.
    connector: String,
    /// The settings that the registration tells.
    settings: Map<String, Value>,
}

impl TenantDraft {
    /// What of a registration is a setting of its channel's goes by the same name.
    fn of(registration: &Registration) -> Option<Self> {
        let connector = registry::find_kind(&registration.connector, contract::descriptor::Kind::Channel)?;
        let schema = serde_json::to_value(connector.settings_schema()).unwrap_or_default();
        let secrets = secret_pointers(&schema, "");
        let known = |name: &str| schema["properties"][name].is_object() && !secrets.contains(&format!("/{name}"));
        let details = registration.details.iter().filter(|(name, value)| known(name) && !value.is_empty());
        let mut settings: Map<String, Value> =
            details.map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        // The account is a setting where requests are told apart by it.
        if let [name] = connector.descriptor().account_settings
            && connector.account(&json!({ *name: registration.account })).is_some()
        {
            settings.insert((*name).to_owned(), registration.account.as_str().into());
        }
        let name = format!("{} {}", registration.organization, connector.descriptor().name);
        Some(Self {
            name: name.trim().chars().take(120).collect(),
            messaging: MessagingDraft { connector: registration.connector.clone(), settings },
        })
    }
}

impl RegistrationOut {
    fn new(found: Versioned<Registration>) -> Self {
        let Versioned { value, version, .. } = found;
        let approved = matches!(value.state, RegistrationState::Approved { .. });
        let draft = if approved { None } else { TenantDraft::of(&value) };
        let (state, tenant_id, reason) = match value.state {
            RegistrationState::Pending => (Standing::Pending, None, None),
            RegistrationState::Approved { tenant_id } => (Standing::Approved, Some(tenant_id), None),
            RegistrationState::Refused { reason } => (Standing::Refused, None, Some(reason)),
        };
        Self {
            id: value.id,
            connector: value.connector,
            account: value.account,
            organization: value.organization,
            email: value.email,
            details: value.details,
            state,
            tenant_id,
            draft,
            reason,
            created_at: value.created_at,
            updated_at: value.updated_at,
            version,
        }
    }
}

/// What a registration became.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Approval {
    /// The tenant that was made for the customer; its channel is the registration's.
    #[schemars(length(min = 1, max = 64))]
    tenant_id: String,
}

/// Why a registration is refused.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    /// Why, for the customer.
    #[schemars(length(min = 1, max = 1000), regex(pattern = r"\S"))]
    reason: String,
}

crate::openapi::documented!(RegistrationOut, Approval, Refusal);

/// Which registrations to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct Filter {
    /// Only those that stand so.
    #[param(required = false, schema_with = state_words)]
    pub state: Option<Standing>,
    /// Only those of this channel: `teams`.
    pub connector: Option<String>,
    /// In which order: the latest first (`-createdAt`, unless it says otherwise), or the earliest (`createdAt`), or by
    /// their last change.
    #[param(required = false, schema_with = order_words)]
    pub sort: Option<String>,
    /// Most registrations in the answer.
    #[param(minimum = 1, maximum = 200, default = 100)]
    pub limit: Option<u32>,
    /// Where to go on: `X-Next-Cursor` of the page before.
    pub cursor: Option<String>,
}

fn state_words() -> utoipa::openapi::schema::Object {
    page::words(&["pending", "approved", "refused"])
}

fn order_words() -> utoipa::openapi::schema::Object {
    page::words(&["createdAt", "-createdAt", "updatedAt", "-updatedAt"])
}

/// List registrations
///
/// The latest first, a page at a time: the header `Link` leads to the next page.
#[utoipa::path(
    get, path = "/api/v1/registrations", tag = "registrations", operation_id = "listRegistrations", params(Filter),
    responses(
        (status = 200, description = "The registrations.", body = Vec<RegistrationOut>, headers(
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
    let sort = page::Sort::read(filter.sort.as_deref(), "-createdAt", &["createdAt", "updatedAt"])?;
    let found = page::all::<Registration>(&context).await?.into_iter().filter(|found| {
        let out = |state| {
            matches!(
                (state, &found.value.state),
                (Standing::Pending, RegistrationState::Pending)
                    | (Standing::Approved, RegistrationState::Approved { .. })
                    | (Standing::Refused, RegistrationState::Refused { .. })
            )
        };
        filter.state.is_none_or(out)
            && filter.connector.as_ref().is_none_or(|connector| *connector == found.value.connector)
    });
    let (found, next) = sort.page(
        found,
        |field, found| page::dated(field, found.value.created_at, found.value.updated_at, &found.value.id),
        limit,
        filter.cursor.as_deref(),
    )?;
    let mut query = vec![("limit", limit.to_string())];
    query
        .extend(filter.state.and_then(|state| Some(("state", serde_json::to_value(state).ok()?.as_str()?.to_owned()))));
    query.extend(filter.connector.map(|connector| ("connector", connector)));
    query.extend(filter.sort.map(|sort| ("sort", sort)));
    Ok(page::page(PATH, &query, found.into_iter().map(RegistrationOut::new).collect(), next))
}

/// Read a registration
#[utoipa::path(
    get, path = "/api/v1/registrations/{id}", tag = "registrations", operation_id = "getRegistration",
    params(("id" = String, Path, description = "The registration's id.")),
    responses(
        (status = 200, description = "The registration.", body = RegistrationOut,
            headers(("ETag" = String, description = "Its version."))),
        openapi::ReadOneProblems,
    ),
)]
async fn read(State(context): State<Arc<Context>>, _: Caller, Id(id): Id<String>) -> Result<Response, Problem> {
    shown(&context, &id).await
}

/// Approve a registration
///
/// It became a tenant, which was made before, of its `draft` for instance. One that was refused can be approved later on,
/// and one whose tenant was deleted again.
#[utoipa::path(
    post, path = "/api/v1/registrations/{id}/approve", tag = "registrations", operation_id = "approveRegistration",
    params(
        ("id" = String, Path, description = "The registration's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant."),
    ),
    request_body = Approval,
    responses(
        (status = 200, description = "Approved.", body = RegistrationOut,
            headers(("ETag" = String, description = "Its version."))),
        openapi::UpdateProblems,
    ),
)]
async fn approve(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Id(id): Id<String>,
    if_match: IfMatch,
    Typed(Approval { tenant_id }): Typed<Approval>,
) -> Result<Response, Problem> {
    let registration = find(&context, &id).await?.value;
    let tenant = match TenantId::parse(&tenant_id) {
        Some(id) => context.configuration.get_closed::<Tenant>(id.as_str()).await?,
        None => None,
    };
    let tenant = tenant.ok_or_else(|| Problem::field("/tenantId", "is no tenant's id"))?.value;
    if tenant.messaging.connector != registration.connector {
        return Err(Problem::field(
            "/tenantId",
            format!("is a tenant's on another channel than {}", registration.connector),
        ));
    }
    let account = registry::find(&registration.connector)
        .and_then(|connector| connector.account(&tenant.messaging.settings.0))
        .filter(|account| !account.eq_ignore_ascii_case(&registration.account));
    if account.is_some() {
        return Err(Problem::field("/tenantId", "is a tenant's with another account"));
    }
    let state = RegistrationState::Approved { tenant_id: tenant.id };
    decide(&context, &caller, &id, &if_match, Action::Approved, state).await
}

/// Refuse a registration
#[utoipa::path(
    post, path = "/api/v1/registrations/{id}/refuse", tag = "registrations", operation_id = "refuseRegistration",
    params(
        ("id" = String, Path, description = "The registration's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant."),
    ),
    request_body = Refusal,
    responses(
        (status = 200, description = "Refused.", body = RegistrationOut,
            headers(("ETag" = String, description = "Its version."))),
        openapi::UpdateProblems,
    ),
)]
async fn refuse(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Id(id): Id<String>,
    if_match: IfMatch,
    Typed(Refusal { reason }): Typed<Refusal>,
) -> Result<Response, Problem> {
    let reason = reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > 1000 {
        return Err(Problem::invalid(vec![Fault::at("/reason", "must have 1 to 1000 characters")]));
    }
    decide(&context, &caller, &id, &if_match, Action::Refused, RegistrationState::Refused { reason }).await
}

async fn decide(
    context: &Context,
    caller: &Caller,
    id: &str,
    if_match: &IfMatch,
    action: Action,
    state: RegistrationState,
) -> Result<Response, Problem> {
    for _ in 0..TRIES {
        let found = find(context, id).await?;
        if_match.check(found.version)?;
        if let RegistrationState::Approved { tenant_id } = &found.value.state
            && context.configuration.get_closed::<Tenant>(tenant_id.as_str()).await?.is_some()
        {
            return Err(Problem::new(Kind::Conflict, "It was approved already."));
        }
        let changed = Registration { state: state.clone(), updated_at: context.now(), ..found.value };
        match context.configuration.put(&changed, found.version, &[], None).await {
            Ok(_) => {
                tracing::info!(registration = id, ?action, "decided");
                caller.trail.note(change_of(action, &changed));
                return shown(context, id).await;
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Delete a registration
///
/// The customer may ask again.
#[utoipa::path(
    delete, path = "/api/v1/registrations/{id}", tag = "registrations", operation_id = "deleteRegistration",
    params(
        ("id" = String, Path, description = "The registration's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant."),
    ),
    responses((status = 204, description = "Deleted."), openapi::DeleteProblems),
)]
async fn delete(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Id(id): Id<String>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let found = find(&context, &id).await?;
    if_match.check(found.version)?;
    context.configuration.delete(&found).await?;
    caller.trail.note(change_of(Action::Deleted, &found.value));
    Ok(StatusCode::NO_CONTENT)
}

fn change_of(action: Action, registration: &Registration) -> Change {
    let fields = if action == Action::Deleted { Vec::new() } else { vec!["/state".to_owned()] };
    let name = Some(registration.organization.clone());
    Change { action, resource: "registrations", id: registration.id.clone(), name, fields }
}

async fn find(context: &Context, id: &str) -> Result<Versioned<Registration>, Problem> {
    // Ids are UUIDs; what is none costs no read.
    let found = match TenantId::parse(id) {
        Some(id) => context.configuration.get_closed(id.as_str()).await?,
        None => None,
    };
    found.ok_or_else(|| Problem::not_found("registration"))
}

async fn shown(context: &Context, id: &str) -> Result<Response, Problem> {
    let found = find(context, id).await?;
    let tag: (header::HeaderName, HeaderValue) = etag(found.version);
    Ok(([tag], Json(RegistrationOut::new(found))).into_response())
}

/// The routes.
pub fn router() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read, delete))
        .routes(routes!(approve))
        .routes(routes!(refuse))
}
