//! `/api/v1/registrations`: what customers ask for on channels' public pages, to be approved or refused.

use std::collections::BTreeMap;

use aws::{
    Context,
    tenant::{Tenant, Versioned},
    vault::secret_pointers,
};
use axum::response::Response;
use contract::{Registration, RegistrationState, TenantId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa_axum::routes;

use crate::{
    audit::AuditAction,
    crud::{self, Crud, Delete, Documents, List, Resource, Save, Store},
    describe::{self, Routes},
    extract::Typed,
    page,
    problem::{Fault, Problem, ProblemKind},
};

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
        let schema = connector.settings_schema().to_value();
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
#[schemars(rename = "Refusal")]
pub struct RegistrationRefusal {
    /// Why, for the customer.
    #[schemars(length(min = 1, max = 1000), regex(pattern = r"\S"))]
    reason: String,
}

crate::describe::documented!(RegistrationOut, Approval, RegistrationRefusal);

/// Which registrations to list.
#[derive(Debug, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct RegistrationFilter {
    /// Only those that stand so.
    #[param(required = false, schema_with = state_words)]
    pub state: Option<Standing>,
    /// Only those of this channel: `teams`.
    pub connector: Option<String>,
}

fn state_words() -> utoipa::openapi::schema::Object {
    page::words(&["pending", "approved", "refused"])
}

impl crud::Filter<Registration> for RegistrationFilter {
    fn fits(&self, registration: &Registration) -> bool {
        let stands = |wanted| standing(&registration.state) == wanted;
        self.state.is_none_or(stands)
            && self.connector.as_ref().is_none_or(|connector| *connector == registration.connector)
    }
}

fn standing(state: &RegistrationState) -> Standing {
    match state {
        RegistrationState::Pending => Standing::Pending,
        RegistrationState::Approved { .. } => Standing::Approved,
        RegistrationState::Refused { .. } => Standing::Refused,
    }
}

/// Customers' wishes to be connected.
pub struct Registrations;

impl Resource for Registrations {
    type Store = Documents<Registration>;
    type Out = RegistrationOut;
    const PATH: &'static str = "/api/v1/registrations";
    const KIND: &'static str = "registration";

    fn out(found: Versioned<Registration>, _: &str, _: Vec<String>) -> RegistrationOut {
        let Versioned { value, version, .. } = found;
        let approved = matches!(value.state, RegistrationState::Approved { .. });
        let draft = if approved { None } else { TenantDraft::of(&value) };
        let (state, tenant_id, reason) = match value.state {
            RegistrationState::Pending => (Standing::Pending, None, None),
            RegistrationState::Approved { tenant_id } => (Standing::Approved, Some(tenant_id), None),
            RegistrationState::Refused { reason } => (Standing::Refused, None, Some(reason)),
        };
        RegistrationOut {
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
    fn audit_name(registration: &Registration) -> Option<String> {
        Some(registration.organization.clone())
    }

    fn changed_fields(_: Option<&Registration>, _: &Registration) -> Vec<String> {
        vec!["/state".to_owned()]
    }
}

impl List for Registrations {
    type Filter = RegistrationFilter;
    const SORTS: &'static [&'static str] = &["createdAt", "updatedAt"];
    const DEFAULT_SORT: &'static str = "-createdAt";
    const LIST_TEXT: &'static str = "The latest first, a page at a time: the header `Link` leads to the next page.";

    fn times(registration: &Registration) -> (Timestamp, Timestamp) {
        (registration.created_at, registration.updated_at)
    }
}

impl Delete for Registrations {
    const DELETE_TEXT: &'static str = "The customer may ask again.";
}

impl Save for Registrations {
    type Request = RegistrationState;

    async fn draft(
        context: &Context,
        state: &RegistrationState,
        stored: Option<&Registration>,
    ) -> Result<Registration, Problem> {
        let stored = stored.ok_or_else(Self::missing)?;
        if let RegistrationState::Approved { tenant_id } = &stored.state
            && context.configuration.get_closed::<Tenant>(tenant_id.as_str()).await?.is_some()
        {
            return Err(Problem::new(ProblemKind::Conflict, "It was approved already."));
        }
        Ok(Registration { state: state.clone(), updated_at: context.now(), ..stored.clone() })
    }
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
        describe::UpdateProblems,
    ),
)]
async fn approve(
    request: Crud<Registrations>,
    Typed(Approval { tenant_id }): Typed<Approval>,
) -> Result<Response, Problem> {
    let context = &request.context;
    let found = <Registrations as Resource>::Store::find(context, &request.id).await?;
    let registration = found.ok_or_else(Registrations::missing)?.value;
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
    request.save(&state, AuditAction::Approved).await
}

/// Refuse a registration
#[utoipa::path(
    post, path = "/api/v1/registrations/{id}/refuse", tag = "registrations", operation_id = "refuseRegistration",
    params(
        ("id" = String, Path, description = "The registration's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant."),
    ),
    request_body = RegistrationRefusal,
    responses(
        (status = 200, description = "Refused.", body = RegistrationOut,
            headers(("ETag" = String, description = "Its version."))),
        describe::UpdateProblems,
    ),
)]
async fn refuse(
    request: Crud<Registrations>,
    Typed(RegistrationRefusal { reason }): Typed<RegistrationRefusal>,
) -> Result<Response, Problem> {
    let reason = reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > 1000 {
        return Err(Problem::invalid(vec![Fault::at("/reason", "must have 1 to 1000 characters")]));
    }
    request.save(&RegistrationState::Refused { reason }, AuditAction::Refused).await
}

pub fn router() -> Routes {
    crud::readable_routes::<Registrations>().routes(routes!(approve)).routes(routes!(refuse))
}
