//! `/api/v1/audit`: who changed what, and when. It is kept for 400 days, and nobody can change it here.

use std::sync::Arc;

use aws::Context;
use axum::{extract::State, response::Response};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::store::{self, AuditEntry};
use crate::{
    auth::Caller,
    describe::{self, Routes},
    extract::Query,
    page::{self, Sort},
    problem::Problem,
};

const PATH: &str = "/api/v1/audit";

crate::describe::documented!(AuditEntry);

/// Which entries to list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditFilter {
    /// Only what this user did.
    pub user: Option<String>,
    /// Only what was done to one sort of thing: `tenants`.
    pub resource: Option<String>,
    /// Only what was done to this one.
    pub resource_id: Option<String>,
    /// Not before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// In which order: the latest first (`-at`, unless it says otherwise), or the earliest (`at`).
    #[param(required = false, schema_with = page::by_time)]
    pub sort: Option<String>,
    /// Most entries in the answer.
    #[param(minimum = 1, maximum = 200, default = 100)]
    pub limit: Option<u32>,
    /// Where to go on: `X-Next-Cursor` of the page before.
    pub cursor: Option<String>,
}

/// List the audit trail
///
/// Who changed what, the latest first, a page at a time: the header `Link` leads to the next page. An entry names the
/// fields that were changed and says nothing of what they hold. With filters a page may hold fewer than `limit` although
/// there is a next one.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", operation_id = "listAudit", params(AuditFilter),
    responses(
        (status = 200, description = "The entries.", body = Vec<AuditEntry>, headers(
            ("Link" = String, description = "The next page, if there is one."),
            ("X-Next-Cursor" = String, description = "The cursor of the next page, if there is one."),
        )),
        describe::ListProblems,
    ),
)]
async fn list(
    State(context): State<Arc<Context>>,
    _: Caller,
    Query(filter): Query<AuditFilter>,
) -> Result<Response, Problem> {
    let limit = page::limit(filter.limit)?;
    let Sort { order, .. } = Sort::read(filter.sort.as_deref(), "-at", &["at"])?;
    let mut after = page::token(filter.cursor.as_deref(), store::is_id)?;
    let mut query = vec![("limit", limit.to_string())];
    let mut wanted = store::EntryQuery { from: filter.from, to: filter.to, attributes: Vec::new() };
    for (parameter, value) in
        [("user", &filter.user), ("resource", &filter.resource), ("resourceId", &filter.resource_id)]
    {
        if let Some(value) = value {
            wanted.attributes.push((parameter, value));
            query.push((parameter, value.clone()));
        }
    }
    query.extend(filter.from.map(|from| ("from", from.to_string())));
    query.extend(filter.to.map(|to| ("to", to.to_string())));
    query.extend(filter.sort.clone().map(|sort| ("sort", sort)));
    let mut entries = Vec::new();
    for _ in 0..page::EMPTY_MAX {
        let (found, next) = store::list(&context, &wanted, limit, after.as_deref(), order).await?;
        entries = found;
        after = next;
        if !entries.is_empty() || after.is_none() {
            break;
        }
    }
    Ok(page::page(PATH, &query, entries, after))
}

pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(list))
}
