//! What a restore would do: every record completed with its secrets, validated, and compared with what is stored. Nothing
//! is written here; a plan is made only of a backup that is valid to its last field.

use std::collections::{BTreeMap, BTreeSet};

use aws::{
    Context,
    store::{Document, StoreError},
    tenant::{DeploymentSettings, Messaging, Storage, Tenant, Versioned},
};
use contract::{Registration, TenantId};
use serde::Serialize;
use serde_json::Value;

use super::{
    collect::{REGISTRATIONS, SETTINGS, STORAGES, TENANTS, USERS, concurrently},
    complete::{Given, complete},
    document::{Record, Records, at, below},
    people::{self, UserPlan},
    sealed::{Secrets, TenantToken},
};
use crate::{
    extract::typed,
    problem::{Fault, Problem},
    settings, storages,
    tenants::{self, registration},
};

/// What is to be done.
pub struct Plan {
    pub storages: Vec<Step<Storage>>,
    pub settings: Option<SettingsStep>,
    pub tenants: Vec<Step<Tenant>>,
    pub registrations: Vec<Step<Registration>>,
    pub users: Vec<UserPlan>,
    pub tokens: Vec<TenantToken>,
}

/// What is to be done with a document.
pub struct Step<D> {
    /// As it is to be.
    pub document: D,
    /// As it is, if it is there.
    pub stored: Option<Versioned<D>>,
    /// The version that it gets; none when it stays as it is.
    pub version: Option<u64>,
}

/// What is to be done with the settings.
pub struct SettingsStep {
    pub settings: DeploymentSettings,
    pub stored: Versioned<DeploymentSettings>,
    pub version: u64,
}

impl<D: Document> Step<D> {
    /// A record that is not there gets the version it had, so that who read it then may change it now. One that is there
    /// and differs gets one that nobody has seen.
    fn new(document: D, version: u64, stored: Option<Versioned<D>>, same: impl Fn(&D, &D) -> bool) -> Self {
        let version = match &stored {
            Some(stored) if same(&document, &stored.value) => None,
            Some(stored) => Some(stored.version.max(version) + 1),
            None => Some(version.max(1)),
        };
        Self { document, stored, version }
    }

    /// The version it must have when it is written.
    pub fn expected(&self) -> u64 {
        self.stored.as_ref().map_or(0, |stored| stored.version)
    }
}

/// Makes the plan, or says all that is wrong.
pub async fn plan(context: &Context, records: Records, secrets: Option<Secrets>) -> Result<Plan, Problem> {
    let mut faults = Vec::new();
    let (values, tokens) = match secrets {
        Some(secrets) => (Some(secrets.values), secrets.tokens),
        None => (None, Vec::new()),
    };
    let given = |resource: &str| match &values {
        Some(values) => Given::Values(values.get(resource).cloned().unwrap_or_default()),
        None => Given::Nothing,
    };
    let storages: Vec<Step<Storage>> =
        documents(context, STORAGES, records.storages, given(STORAGES), storages::faults_of, same_storage, &mut faults)
            .await?;
    let tenants: Vec<Step<Tenant>> =
        documents(context, TENANTS, records.tenants, given(TENANTS), tenants::faults_of, same_tenant, &mut faults)
            .await?;
    let registrations: Vec<Step<Registration>> = documents(
        context,
        REGISTRATIONS,
        records.registrations,
        given(REGISTRATIONS),
        registration_faults,
        |one, other| json(one) == json(other),
        &mut faults,
    )
    .await?;
    let settings = settings_step(context, records.settings, &given(SETTINGS), &mut faults).await?;
    let users = people::plan(context, records.users, given(USERS), &mut faults).await?;

    let known: BTreeSet<&str> = storages.iter().map(|step| step.document.id.as_str()).collect();
    for (place, step) in tenants.iter().enumerate() {
        for (half, id) in
            [("messaging", &step.document.messaging.storage_id), ("cxPlatform", &step.document.cx_platform.storage_id)]
        {
            let Some(id) = id else { continue };
            if !known.contains(id.as_str()) && !storages::exists(context, id).await? {
                faults.push(Fault::at(format!("{}/{half}/storageId", at(TENANTS, place)), "is no storage's id"));
            }
        }
    }
    if let Some(id) = settings.as_ref().and_then(|step| step.settings.default_storage_id.as_ref())
        && !known.contains(id.as_str())
        && !storages::exists(context, id).await?
    {
        faults.push(Fault::at("/records/settings/document/defaultStorageId", "is no storage's id"));
    }
    accounts_are_free(context, &tenants, &mut faults).await?;
    names_are_free(context, STORAGES, &storages, &mut faults).await?;
    names_are_free(context, TENANTS, &tenants, &mut faults).await?;
    let ids: BTreeSet<&str> = tenants.iter().map(|step| step.document.id.as_str()).collect();
    if tokens.iter().any(|token| !ids.contains(token.tenant.as_str())) {
        faults.push(Fault::at("/secrets", "has the access token of a tenant that is not in the backup"));
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    Ok(Plan { storages, settings, tenants, registrations, users, tokens })
}

async fn documents<D: Document + Clone>(
    context: &Context,
    resource: &str,
    records: Vec<Record>,
    given: Given,
    check: impl Fn(&D) -> Vec<Fault>,
    same: impl Fn(&D, &D) -> bool,
    faults: &mut Vec<Fault>,
) -> Result<Vec<Step<D>>, StoreError> {
    let (mut good, mut seen) = (Vec::new(), BTreeSet::new());
    for (place, record) in records.into_iter().enumerate() {
        // Ids are parts of keys, and of addresses.
        let id = record.document.get("id").and_then(Value::as_str).and_then(TenantId::parse);
        match id {
            Some(id) if seen.insert(id.clone()) => good.push((place, id, record)),
            Some(_) => faults.push(Fault::at(format!("{}/id", at(resource, place)), "is there twice")),
            None => faults.push(Fault::at(format!("{}/id", at(resource, place)), "is no id")),
        }
    }
    let work = good.iter().map(|(_, id, _)| context.configuration.get::<D>(id.as_str())).collect();
    let found = concurrently(work).await?;
    let mut steps = Vec::new();
    for ((place, id, record), stored) in good.into_iter().zip(found) {
        let prefix = at(resource, place);
        let before = stored.as_ref().map(|stored| json(&stored.value));
        let document = match complete(&record, &given, id.as_str(), before.as_ref()) {
            Ok(document) => document,
            Err(missing) => {
                faults.extend(below(&prefix, missing));
                continue;
            }
        };
        match typed::<D>(&document) {
            Ok(document) => {
                faults.extend(below(&prefix, check(&document)));
                steps.push(Step::new(document, record.version, stored, &same));
            }
            Err(problem) => faults.extend(below(&prefix, problem.faults)),
        }
    }
    Ok(steps)
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Whether two are the same to those who configured them.
fn same_storage(one: &Storage, other: &Storage) -> bool {
    Storage { updated_at: other.updated_at, ..one.clone() } == *other
}

/// How the registration with the networks stands is this deployment's affair.
fn same_tenant(one: &Tenant, other: &Tenant) -> bool {
    let one = Tenant {
        updated_at: other.updated_at,
        messaging_status: other.messaging_status.clone(),
        cx_platform_status: other.cx_platform_status.clone(),
        ..one.clone()
    };
    one == *other
}

fn registration_faults(registration: &Registration) -> Vec<Fault> {
    let expected = Registration::id_of(&registration.connector, &registration.account);
    if registration.id == expected { Vec::new() } else { vec![Fault::at("/id", "is not that of its account")] }
}

async fn settings_step(
    context: &Context,
    record: Record,
    given: &Given,
    faults: &mut Vec<Fault>,
) -> Result<Option<SettingsStep>, StoreError> {
    const AT: &str = "/records/settings/document";
    let stored = context.configuration.settings().await?;
    let document = match complete(&record, given, "", Some(&json(&stored.value))) {
        Ok(document) => document,
        Err(missing) => {
            faults.extend(below(AT, missing));
            return Ok(None);
        }
    };
    let settings: DeploymentSettings = match typed(&document) {
        Ok(settings) => settings,
        Err(problem) => {
            faults.extend(below(AT, problem.faults));
            return Ok(None);
        }
    };
    faults.extend(below(AT, settings::faults_of(&settings)));
    if settings == stored.value {
        return Ok(None);
    }
    let version = if stored.version == 0 { record.version.max(1) } else { stored.version.max(record.version) + 1 };
    Ok(Some(SettingsStep { settings, stored, version }))
}

/// No tenant needs an account that one outside the backup uses. What those within exchange is settled when it is written.
async fn accounts_are_free(
    context: &Context,
    steps: &[Step<Tenant>],
    faults: &mut Vec<Fault>,
) -> Result<(), StoreError> {
    let restored: BTreeSet<&str> = steps.iter().map(|step| step.document.id.as_str()).collect();
    for (place, step) in steps.iter().enumerate() {
        let Messaging { connector, settings, .. } = &step.document.messaging;
        let account = registry::find(connector).and_then(|connector| connector.account(&settings.0));
        let Some(account) = account else { continue };
        let holder = context.configuration.account_holder(connector, &account).await?;
        if holder.is_some_and(|holder| !restored.contains(holder.as_str()))
            && let Err(problem) = registration::can_claim(context, &step.document).await
        {
            faults.extend(below(&at(TENANTS, place), problem.faults));
        }
    }
    Ok(())
}

/// No two have one name, neither in the backup nor with what stays beside it.
async fn names_are_free<D: Document>(
    context: &Context,
    resource: &str,
    steps: &[Step<D>],
    faults: &mut Vec<Fault>,
) -> Result<(), StoreError> {
    let restored: BTreeSet<&str> = steps.iter().map(|step| step.document.id()).collect();
    let mut names = BTreeMap::new();
    for (place, step) in steps.iter().enumerate() {
        let name = step.document.name();
        let pointer = || format!("{}/name", at(resource, place));
        if names.insert(name.trim().to_lowercase(), place).is_some() {
            faults.push(Fault::at(pointer(), "is there twice"));
        }
        // Whoever has it and is in the backup gives it up, or has the fault above.
        let holder = context.configuration.id_by_name::<D>(name).await?;
        if holder.is_some_and(|holder| holder != step.document.id() && !restored.contains(holder.as_str())) {
            faults.push(Fault::at(pointer(), "is taken by another one, which is not in the backup"));
        }
    }
    Ok(())
}
