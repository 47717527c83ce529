//! `/api/v1/backup` and `/api/v1/restore`: all of the configuration in one document, and back.
//!
//! A restore merges: what is in the backup is made or changed, what is not stays. It validates everything before it writes
//! anything. Ids and versions stay, so that webhooks and `ETag`s of then are those of now. The networks are not told: they
//! still post to the same addresses. Where they do not, because the deployment has another address, `provision` registers
//! every tenant again.

mod apply;
mod collect;
mod complete;
mod document;
mod people;
mod plan;
mod report;
mod sealed;
mod transfer;

use std::{collections::BTreeMap, sync::Arc};

use aws::{Context, store::StoreError};
use axum::{Extension, Json, extract::State, response::Response};
use http::HeaderMap;
use serde::Deserialize;
use utoipa::{
    IntoResponses,
    openapi::{RefOr, Response as Described},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::transfer::BackupBody;
pub use self::{document::Backup, report::RestoreReport};
use crate::{
    audit::{self, AuditAction, AuditEntry, AuditedChange},
    auth::Administrator,
    describe::{self, Routes},
    extract::{Query, SourceAddress},
    problem::{Problem, ProblemKind},
};

/// What is wanted of a backup.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct BackupQuery {
    /// With what is secret: credentials, and hashes of passwords, encrypted under the passphrase of the header
    /// `UM-Backup-Passphrase`. Without it, a backup can be restored only over records that are still there.
    #[param(required = false)]
    pub include_secrets: bool,
}

/// How a backup is restored.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct RestoreQuery {
    /// Only says what would happen: validates, decrypts, writes nothing.
    #[param(required = false)]
    pub dry_run: bool,
    /// Registers every tenant of the backup that is switched on with its networks again, as saving it does: for a
    /// deployment that has another address than the one the backup is of.
    #[param(required = false)]
    pub provision: bool,
}

/// Errors of a backup.
struct BackupProblems;

impl IntoResponses for BackupProblems {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let mut all = describe::CreateProblems::responses();
        all.retain(|status, _| ["400", "401", "403", "413", "500", "503"].contains(&status.as_str()));
        describe(&mut all, "413", "The backup is too long for one answer; see `Accept-Encoding`.");
        all
    }
}

/// Errors of a restore.
struct RestoreProblems;

impl IntoResponses for RestoreProblems {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let mut all = describe::CreateProblems::responses();
        describe(&mut all, "409", "Somebody else changed something at the same time. Restore again.");
        describe(&mut all, "413", "The backup has more than 64 MiB once it is unpacked.");
        describe(&mut all, "415", "The body is not JSON, or is packed with something else than gzip.");
        describe(&mut all, "422", "The backup was cut or changed, the passphrase is wrong, or records are not valid.");
        all
    }
}

fn describe(all: &mut BTreeMap<String, RefOr<Described>>, status: &str, text: &str) {
    if let Some(RefOr::T(response)) = all.get_mut(status) {
        text.clone_into(&mut response.description);
    }
}

/// Back up the configuration
///
/// Tenants, storages, settings, registrations and users in one document, to be kept and given to `POST /api/v1/restore`.
/// What is secret is left out, or encrypted with age (`includeSecrets`). A checksum tells a backup that was cut or changed.
/// An answer may have 4 MiB: send `Accept-Encoding: gzip` for a large deployment.
#[utoipa::path(
    get, path = "/api/v1/backup", tag = "backup", operation_id = "getBackup",
    params(
        BackupQuery,
        ("UM-Backup-Passphrase" = Option<String>, Header,
            description = "Required with `includeSecrets`: what is secret is encrypted under it. It must score 3 of 4 with zxcvbn."),
        ("Accept-Encoding" = Option<String>, Header, description = "`gzip` compresses the answer."),
    ),
    responses((status = 200, description = "The backup.", body = Backup), BackupProblems),
)]
async fn back_up(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Extension(SourceAddress(address)): Extension<SourceAddress>,
    Query(BackupQuery { include_secrets }): Query<BackupQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let passphrase = if include_secrets { Some(sealed::strong_passphrase(&headers)?) } else { None };
    let now = context.now();
    let (records, mut secrets) = collect::collect(&context, include_secrets).await?;
    let mut backup = Backup::new(now, &context.config.environment, records);
    if let Some(passphrase) = passphrase {
        secrets.content = backup.plain_hash();
        backup.secrets = Some(sealed::seal(secrets, passphrase).await?);
    }
    // Nothing changes, but who took all secrets away has to be known.
    let fields = if include_secrets { vec!["/secrets".to_owned()] } else { Vec::new() };
    let change = AuditedChange { action: AuditAction::Done, resource: "backup", id: String::new(), name: None, fields };
    audit::write(&context, &AuditEntry::new(now, &caller.user.name, &address, "GET /api/v1/backup", change)).await?;
    tracing::info!(include_secrets, "backed up");
    let bytes =
        backup.into_bytes().map_err(|_| Problem::new(ProblemKind::Internal, "The backup cannot be written."))?;
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    transfer::answer(bytes, &headers, &format!("um-backup-{stamp}.json"))
}

/// Restore a backup
///
/// What is in the backup is made or changed, what is not stays as it is; ids stay. Everything is validated before anything
/// is written. With the secrets of the backup, those that are stored are replaced, passwords of users among them; without,
/// they stay. A body may have 6 MB; `Content-Encoding: gzip` is understood.
///
/// A large restore may take longer than the 30 seconds that API Gateway waits: send it again until it is answered. What is
/// restored already is left as it is.
#[utoipa::path(
    post, path = "/api/v1/restore", tag = "backup", operation_id = "restoreBackup",
    params(
        RestoreQuery,
        ("UM-Backup-Passphrase" = Option<String>, Header,
            description = "Required for a backup with secrets: the passphrase it was made with."),
        ("Content-Encoding" = Option<String>, Header, description = "`gzip` for a body that is compressed."),
    ),
    request_body = Backup,
    responses((status = 200, description = "Restored; or only tried (`dryRun`).", body = RestoreReport), RestoreProblems),
)]
async fn restore(
    State(context): State<Arc<Context>>,
    Administrator(caller): Administrator,
    Extension(SourceAddress(address)): Extension<SourceAddress>,
    Query(RestoreQuery { dry_run, provision }): Query<RestoreQuery>,
    headers: HeaderMap,
    BackupBody(body): BackupBody,
) -> Result<Json<RestoreReport>, Problem> {
    let mut backup = Backup::read(&body)?;
    let secrets = match backup.secrets.take() {
        Some(sealed) => {
            let passphrase = sealed::passphrase(&headers)?
                .ok_or_else(|| sealed::parameter("is required: the backup has secrets, encrypted under it"))?;
            let secrets = sealed::open(sealed, passphrase).await?;
            if secrets.content != backup.plain_hash() {
                return Err(Problem::field("/records", "are not those that were encrypted: the backup was changed"));
            }
            Some(secrets)
        }
        None => None,
    };
    let mut report = RestoreReport::new(dry_run, backup.created_at, backup.environment);
    let tenants = apply::tenants_of(&backup.records.tenants);
    let plan = plan::plan(&context, backup.records, secrets).await?;
    apply::preview(&plan, &mut report);
    if dry_run {
        return Ok(Json(report));
    }
    // In the trail even when not a single record is other than it was.
    caller.trail.note(change());
    if let Err(error) = apply::apply(&context, plan, &caller.trail, &mut report).await {
        // Of requests that fail nothing is in the trail otherwise.
        let entry = AuditEntry::new(context.now(), &caller.user.name, &address, "POST /api/v1/restore", change());
        audit::write(&context, &entry).await?;
        return Err(interrupted(error));
    }
    tracing::info!("restored");
    if provision {
        apply::provision(&context, &tenants, &context.root(&headers), &mut report).await.map_err(interrupted)?;
    }
    Ok(Json(report))
}

fn change() -> AuditedChange {
    AuditedChange { action: AuditAction::Done, resource: "restore", id: String::new(), name: None, fields: Vec::new() }
}

fn interrupted(error: StoreError) -> Problem {
    const AGAIN: &str = "Restore again: what is restored already is left as it is.";
    match error {
        StoreError::Conflict | StoreError::NameTaken => {
            Problem::new(ProblemKind::Conflict, format!("Somebody else changed something at the same time. {AGAIN}"))
        }
        other => {
            tracing::error!(error = %other, "a restore ended half-way");
            Problem::new(ProblemKind::Unavailable, format!("The store is not available at the moment. {AGAIN}"))
        }
    }
}

pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(back_up)).routes(routes!(restore))
}
