//! A plan put into effect. A restore is many writes, and not one transaction: each is made only if the record is still as it
//! was when the plan was made. One that fails ends the restore; restoring again goes on where it ended, since what is
//! restored is left as it is.

use std::collections::BTreeSet;

use aws::{
    Context,
    store::{Document, StoreError},
    tenant::Tenant,
};
use contract::{ProvisionStatus, Secret, TenantId};
use serde_json::Value;

use super::{
    collect::{REGISTRATIONS, SETTINGS, STORAGES, TENANTS, USERS, concurrently},
    people::{self, UserPlan},
    plan::{Plan, Step},
    report::{Effect, Report},
};
use crate::{
    audit::{AuditAction, AuditedChange, Trail},
    crud::audit_entry,
    settings::Settings,
    storages::{self, Storages},
    tenants::{self, Tenants, registration},
};

/// The resource of access tokens in a report.
const TOKENS: &str = "tokens";

/// Reports what a plan would do.
pub fn preview(plan: &Plan, report: &mut Report) {
    for step in &plan.storages {
        report.add(STORAGES, step.document.id(), Some(step.document.name()), effect(step));
    }
    report.add(SETTINGS, "", None, if plan.settings.is_some() { Effect::Updated } else { Effect::Unchanged });
    for step in &plan.tenants {
        report.add(TENANTS, step.document.id(), Some(step.document.name()), effect(step));
    }
    for step in &plan.registrations {
        report.add(REGISTRATIONS, step.document.id(), Some(&step.document.organization), effect(step));
    }
    for user in &plan.users {
        let effect = match user {
            UserPlan::Create(_) => Effect::Created,
            UserPlan::Change(..) => Effect::Updated,
            UserPlan::Leave(_) => Effect::Unchanged,
        };
        report.add(USERS, &user.user().name, None, effect);
    }
}

fn effect<D>(step: &Step<D>) -> Effect {
    match (&step.version, &step.stored) {
        (None, _) => Effect::Unchanged,
        (Some(_), None) => Effect::Created,
        (Some(_), Some(_)) => Effect::Updated,
    }
}

/// Writes everything. Notes each change in the audit trail as soon as it is made.
pub async fn apply(context: &Context, mut plan: Plan, trail: &Trail, report: &mut Report) -> Result<(), StoreError> {
    let now = context.now();
    free_names(context, &mut plan.storages, storages::secrets_of, |storage, name| storage.name = name).await?;
    for step in &mut plan.storages {
        if step.stored.is_some() {
            step.document.updated_at = now;
        }
    }
    write(context, &plan.storages, storages::secrets_of).await?;
    for step in plan.storages.iter().filter(|step| step.version.is_some()) {
        trail.note(audit_entry::<Storages>(action(step), stored(step), Some(&step.document)));
    }
    if let Some(step) = &plan.settings {
        context.configuration.put_settings_as(&step.settings, step.stored.version, step.version).await?;
        trail.note(audit_entry::<Settings>(AuditAction::Changed, Some(&step.stored.value), Some(&step.settings)));
    }
    free_names(context, &mut plan.tenants, tenants::secrets_of, |tenant, name| tenant.name = name).await?;
    for step in &mut plan.tenants {
        if let Some(stored) = &step.stored {
            step.document.updated_at = now;
            step.document.messaging_status = stored.value.messaging_status.clone();
            step.document.cx_platform_status = stored.value.cx_platform_status.clone();
        }
    }
    write(context, &plan.tenants, tenants::secrets_of).await?;
    for step in plan.tenants.iter().filter(|step| step.version.is_some()) {
        trail.note(audit_entry::<Tenants>(action(step), stored(step), Some(&step.document)));
    }
    write(context, &plan.registrations, |_| Vec::new()).await?;
    for step in plan.registrations.iter().filter(|step| step.version.is_some()) {
        let name = Some(step.document.organization.clone());
        let id = step.document.id.clone();
        trail.note(AuditedChange { action: action(step), resource: REGISTRATIONS, id, name, fields: Vec::new() });
    }
    for user in &plan.users {
        people::apply(context, user).await?;
        let (action, fields) = match user {
            UserPlan::Leave(_) => continue,
            UserPlan::Create(_) => (AuditAction::Created, vec!["/name", "/password", "/role"]),
            UserPlan::Change(_, role, hash) => (
                AuditAction::Changed,
                [hash.as_ref().map(|_| "/password"), role.map(|_| "/role")].into_iter().flatten().collect(),
            ),
        };
        let fields = fields.into_iter().map(str::to_owned).collect();
        trail.note(AuditedChange { action, resource: USERS, id: user.user().name.clone(), name: None, fields });
    }
    for token in &plan.tokens {
        let tenant = TenantId::from(token.tenant.as_str());
        // A newer one, given since the backup, stays.
        if token.expires > now && context.configuration.token(&tenant, &token.name, now).await?.is_none() {
            let value = Secret::new(&token.token);
            context.configuration.put_token(&tenant, &token.name, &value, token.expires).await?;
            report.add(TOKENS, &token.tenant, Some(&token.name), Effect::Created);
        }
    }
    claim_accounts(context, &plan.tenants, report).await;
    Ok(())
}

fn action<D>(step: &Step<D>) -> AuditAction {
    if step.stored.is_some() { AuditAction::Changed } else { AuditAction::Created }
}

fn stored<D>(step: &Step<D>) -> Option<&D> {
    step.stored.as_ref().map(|stored| &stored.value)
}

async fn write<D: Document>(
    context: &Context,
    steps: &[Step<D>],
    secrets: impl Fn(&D) -> Vec<String>,
) -> Result<(), StoreError> {
    let mut work = Vec::new();
    for step in steps {
        let Some(version) = step.version else { continue };
        let secrets = secrets(&step.document);
        work.push(async move {
            let former = step.stored.as_ref().map(|stored| stored.value.name());
            context.configuration.put_as(&step.document, step.expected(), version, &secrets, former).await
        });
    }
    concurrently(work).await.map(|_| ())
}

/// Where records of the backup have each other's names by now, whoever is in the way gets another name until all have
/// theirs. Its version stays: it is about to change.
async fn free_names<D: Document + Clone>(
    context: &Context,
    steps: &mut [Step<D>],
    secrets: impl Fn(&D) -> Vec<String>,
    rename: impl Fn(&mut D, String),
) -> Result<(), StoreError> {
    let key = |name: &str| name.trim().to_lowercase();
    let wanted: BTreeSet<String> = steps.iter().map(|step| key(step.document.name())).collect();
    for step in steps {
        let Some(stored) = &mut step.stored else { continue };
        let now = key(stored.value.name());
        // Of two that want one name, neither got here.
        if now == key(step.document.name()) || !wanted.contains(&now) {
            continue;
        }
        let former = stored.value.name().to_owned();
        let aside = format!("{} (being restored)", stored.value.id());
        rename(&mut stored.value, aside);
        let (document, version) = (&stored.value, stored.version);
        context.configuration.put_as(document, version, version, &secrets(document), Some(&former)).await?;
    }
    Ok(())
}

/// Requests that name only an account find their tenant again. Accounts are claimed when all tenants are as they are to be,
/// since they may have changed hands.
async fn claim_accounts(context: &Context, steps: &[Step<Tenant>], report: &mut Report) {
    for step in steps {
        if let Some(stored) = &step.stored {
            registration::release_claim(context, &stored.value, Some(&step.document)).await;
        }
    }
    for tenant in steps.iter().map(|step| &step.document) {
        if registration::claim(context, tenant).await.is_err() {
            report.warn(format!(
                "Tenant \"{}\": its account is another tenant's, which gets what is sent to it.",
                tenant.name
            ));
        }
    }
}

/// Registers the tenants with their networks again, as saving them does.
pub async fn provision(
    context: &Context,
    tenants: &[TenantId],
    root: &str,
    report: &mut Report,
) -> Result<(), StoreError> {
    let work = tenants.iter().map(async |id| {
        let Some(found) = context.configuration.tenant(id).await?.filter(|found| found.value.enabled) else {
            return Ok(None);
        };
        registration::register(context, &found.value, root).await?;
        context.configuration.get_closed::<Tenant>(id.as_str()).await
    });
    for tenant in concurrently(work.collect()).await?.into_iter().flatten().map(|found| found.value) {
        for status in [&tenant.messaging_status, &tenant.cx_platform_status] {
            if let ProvisionStatus::Failed { detail } = status {
                report.warn(format!("Tenant \"{}\" could not be registered: {detail}", tenant.name));
            }
        }
    }
    Ok(())
}

/// The ids of the tenants of a backup.
pub fn tenants_of(records: &[super::document::Record]) -> Vec<TenantId> {
    records.iter().filter_map(|record| TenantId::parse(record.document.get("id").and_then(Value::as_str)?)).collect()
}
