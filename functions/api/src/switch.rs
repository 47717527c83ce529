//! `/api/v1/users/{id}/switch`: hands a guest over to another bot of the channel's account.

use std::sync::Arc;

use aws::Context;
use axum::{Extension, Json, extract::State};
use contract::{SendError, SendErrorKind};
use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    describe::{self, Routes},
    extract::{Id, SourceAddress, Typed},
    messages::{channel, which},
    problem::{Problem, ProblemKind},
    tenant_login, user_id,
};

/// Whose guest is switched, and where to.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "SwitchIn")]
pub struct SwitchIn {
    /// The tenant's id; or `tenant`.
    #[schemars(length(min = 1, max = 64))]
    tenant_id: Option<String>,
    /// The tenant's name, in whatever case; or `tenantId`.
    #[schemars(length(min = 1, max = 120))]
    tenant: Option<String>,
    /// The bot to switch to; the one in the tenant's settings, unless it says otherwise.
    #[schemars(length(min = 1, max = 256))]
    destination_id: Option<String>,
}

/// A guest who was switched.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Switched {
    /// The tenant's id.
    tenant_id: String,
    /// The guest, as the request named them.
    user_id: String,
    /// Always true: what could not be switched is an error.
    switched: bool,
}

crate::describe::documented!(SwitchIn, Switched);

/// Switch a guest to another bot
///
/// For IVRs, with the tenant's API authentication. LINE offers it with its Switcher API.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/switch", tag = "messages", operation_id = "switchUser",
    security(("tenant" = []), ()),
    params(("id" = String, Path, description = "The guest: the id with the channel's network, or a telephone number \
        with its country code.")),
    request_body = SwitchIn,
    responses((status = 200, description = "Switched.", body = Switched), describe::TenantActionProblems),
)]
async fn switch(
    State(context): State<Arc<Context>>,
    Extension(SourceAddress(address)): Extension<SourceAddress>,
    Id(id): Id<String>,
    headers: HeaderMap,
    Typed(request): Typed<SwitchIn>,
) -> Result<Json<Switched>, Problem> {
    let which = which(request.tenant_id.as_deref(), request.tenant.as_deref())?;
    let known = tenant_login::admit_active(&context, &headers, &address, which).await?;
    let tenant = &known.tenant;
    let user = user_id::read(&id, "/userId").map_err(|_| Problem::not_found("guest"))?;
    let destination = request.destination_id.as_deref().filter(|id| !id.is_empty());
    let channel = channel(tenant)?;
    // Puts the deployment's proxy in force.
    context.settings().await?;
    let http = context.http.for_connector(&tenant.messaging.connector);
    let settings = context.settings_for(channel, &tenant.messaging.settings.0);
    let io = context.io(&tenant.id, &settings, &http);
    channel.switch(&io, &channel.guest(&user), destination).await.map_err(|error| refused(&error))?;
    tracing::info!(tenant = %tenant.id, "a guest was switched to another bot");
    Ok(Json(Switched { tenant_id: tenant.id.to_string(), user_id: id, switched: true }))
}

fn refused(error: &SendError) -> Problem {
    tracing::warn!(kind = ?error.kind, code = error.code, "a guest could not be switched");
    match error.kind {
        SendErrorKind::UnknownRecipient => Problem::not_found("guest"),
        kind if kind.retryable() => {
            let wait = error.retry_after.unwrap_or(std::time::Duration::from_secs(2));
            Problem::new(ProblemKind::Unavailable, error.sentence.clone()).retry_after(wait)
        }
        _ => Problem::new(ProblemKind::Invalid, error.sentence.clone()),
    }
}

pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(switch))
}
