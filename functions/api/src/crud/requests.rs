//! A request to change something, and what becomes of it.

use std::{marker::PhantomData, sync::Arc};

use aws::{Context, store::StoreError, tenant::Versioned};
use axum::{
    Json,
    extract::{FromRequestParts, RawPathParams},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header, request::Parts};

use super::{
    resource::{Change, Delete, Edit, Record, Resource, Save, audit_entry},
    store::{Collection, Store},
};
use crate::{
    audit::AuditAction,
    auth::{Administrator, Caller},
    dry_run::DryRunReport,
    extract::{DryRun, IfMatch, Query, etag},
    problem::{Problem, ProblemKind},
};

/// How often a change is made again over somebody else's.
const TRIES: u32 = 3;

/// An administrator's request to change a record of a resource.
pub struct Crud<R> {
    /// The deployment.
    pub context: Arc<Context>,
    /// The administrator.
    pub caller: Caller,
    /// The record's id, as the address has it; empty where it has none.
    pub id: String,
    if_match: IfMatch,
    dry_run: bool,
    root: String,
    resource: PhantomData<R>,
}

impl<R: Resource> FromRequestParts<Arc<Context>> for Crud<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Arc<Context>) -> Result<Self, Problem> {
        let Administrator(caller) = Administrator::from_request_parts(parts, context).await?;
        let path = RawPathParams::from_request_parts(parts, context).await.map_err(|_| R::missing())?;
        let id = match path.iter().next() {
            Some((_, id)) => Some(id.to_owned()).filter(|id| R::Store::is_id(id)).ok_or_else(R::missing)?,
            None => String::new(),
        };
        let if_match = IfMatch::from_request_parts(parts, context).await?;
        let dry_run = R::DRY_RUN && Query::<DryRun>::from_request_parts(parts, context).await?.0.dry_run;
        let root = context.root(&parts.headers);
        Ok(Self { context: context.clone(), caller, id, if_match, dry_run, root, resource: PhantomData })
    }
}

impl<R: Save> Crud<R> {
    /// Saves what a request makes of a record that is there. Over somebody else's change it is made again, unless
    /// `If-Match` names the version that is meant.
    pub async fn save(&self, request: &R::Request, action: AuditAction) -> Result<Response, Problem> {
        for _ in 0..TRIES {
            let found = self.find().await?;
            let record = R::draft(&self.context, request, Some(&found.value)).await?;
            let warnings = R::warnings(&self.context, &record).await?;
            if self.write(&record, Some(&found), action).await? {
                return answer::<R>(&self.context, R::Store::id(&record), &self.root, warnings).await;
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn find(&self) -> Result<Versioned<Record<R>>, Problem> {
        let found = R::Store::find(&self.context, &self.id).await?.ok_or_else(R::missing)?;
        self.if_match.check(found.version)?;
        Ok(found)
    }

    /// Writes a record. False when somebody else was faster.
    async fn write(
        &self,
        record: &Record<R>,
        before: Option<&Versioned<Record<R>>>,
        action: AuditAction,
    ) -> Result<bool, Problem> {
        let former = before.map(|before| &before.value);
        R::before_save(&self.context, record).await?;
        if let Err(problem) = R::Store::put(&self.context, record, before, &R::secrets(record)).await {
            R::not_saved(&self.context, record, former).await;
            let again = before.is_some() && problem.kind == ProblemKind::Conflict;
            return if again { Ok(false) } else { Err(problem) };
        }
        log::<R>(record, action);
        self.caller.trail.note(audit_entry::<R>(action, former, Some(record)));
        R::after_save(&self.context, record, former, &self.root).await;
        Ok(true)
    }
}

impl<R: Edit> Crud<R> {
    /// Makes a record.
    pub async fn create(&self, change: Change) -> Result<Response, Problem> {
        let request = R::read(&self.context, &self.caller, None, change).await?;
        let record = R::draft(&self.context, &request, None).await?;
        let warnings = R::warnings(&self.context, &record).await?;
        if self.dry_run {
            return self.report(&record, warnings).await;
        }
        self.write(&record, None, AuditAction::Created).await?;
        let id = R::Store::id(&record);
        let location = HeaderValue::from_str(&format!("{}/{id}", R::PATH)).unwrap_or(HeaderValue::from_static(R::PATH));
        let shown = answer::<R>(&self.context, id, &self.root, warnings).await?;
        Ok((StatusCode::CREATED, [(header::LOCATION, location)], shown).into_response())
    }

    /// Replaces or patches a record.
    pub async fn edit(&self, change: Change) -> Result<Response, Problem> {
        let request = R::read(&self.context, &self.caller, Some(&self.id), change).await?;
        if !self.dry_run {
            return self.save(&request, AuditAction::Changed).await;
        }
        let found = self.find().await?;
        let record = R::draft(&self.context, &request, Some(&found.value)).await?;
        let warnings = R::warnings(&self.context, &record).await?;
        self.report(&record, warnings).await
    }

    /// Says what a save would do.
    async fn report(&self, record: &Record<R>, warnings: Vec<String>) -> Result<Response, Problem> {
        let holder = R::Store::find_by_name(&self.context, R::Store::name(record)).await?;
        if holder.is_some_and(|holder| R::Store::id(&holder.value) != R::Store::id(record)) {
            return Err(StoreError::NameTaken.into());
        }
        let checks = R::checks(&self.context, record).await?;
        Ok(Json(DryRunReport { would_save: true, checks, warnings }).into_response())
    }
}

impl<R: Delete> Crud<R> {
    /// Deletes a record.
    pub async fn delete(&self) -> Result<StatusCode, Problem> {
        for attempt in 0..TRIES {
            let found = if R::NEEDS_SECRETS {
                R::Store::find(&self.context, &self.id).await?
            } else {
                R::Store::find_redacted(&self.context, &self.id).await?
            };
            let Some(found) = found else {
                // Gone between two tries: as was asked for.
                return if attempt > 0 { Ok(StatusCode::NO_CONTENT) } else { Err(R::missing()) };
            };
            self.if_match.check(found.version)?;
            R::may_delete(&self.context, &found.value).await?;
            if attempt == 0 {
                R::before_delete(&self.context, &found.value).await;
            }
            match R::Store::delete(&self.context, &found).await {
                Ok(()) => {
                    R::after_delete(&self.context, &found.value).await;
                    log::<R>(&found.value, AuditAction::Deleted);
                    self.caller.trail.note(audit_entry::<R>(AuditAction::Deleted, Some(&found.value), None));
                    return Ok(StatusCode::NO_CONTENT);
                }
                Err(problem) if problem.kind == ProblemKind::Conflict => {}
                Err(problem) => return Err(problem),
            }
        }
        Err(StoreError::Conflict.into())
    }
}

fn log<R: Resource>(record: &Record<R>, action: AuditAction) {
    let id = R::LOGS_IDS.then(|| R::Store::id(record));
    tracing::info!(resource = R::collection(), id, "{}", action.as_str());
}

/// A record as it is now.
pub async fn answer<R: Resource>(
    context: &Context,
    id: &str,
    root: &str,
    warnings: Vec<String>,
) -> Result<Response, Problem> {
    let found = R::Store::find_redacted(context, id).await?.ok_or_else(R::missing)?;
    Ok(([etag(found.version)], Json(R::out(found, root, warnings))).into_response())
}
