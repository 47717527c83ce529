//! Users of a backup.

use std::collections::BTreeSet;

use aws::{Context, store::StoreError};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{
    collect::{USERS, all_users},
    complete::{Given, complete},
    document::{Record, at, below},
};
use crate::{
    auth::{
        Role, password,
        users::{self, Outcome, User},
    },
    extract::typed,
    problem::Fault,
};

/// What is to be done with a user.
pub enum UserPlan {
    /// Created as it was, its hash included.
    Create(User),
    /// Given this role, or this hash of a password.
    Change(User, Option<Role>, Option<String>),
    /// Left as it is.
    Leave(User),
}

impl UserPlan {
    /// Whom it is about.
    pub fn user(&self) -> &User {
        match self {
            Self::Create(user) | Self::Change(user, ..) | Self::Leave(user) => user,
        }
    }

    /// Whether it takes an administrator away: that comes last, when the new ones are there.
    pub fn demotes(&self) -> bool {
        matches!(self, Self::Change(user, Some(role), _) if user.role == Role::Administrator && *role < Role::Administrator)
    }
}

/// A user as a backup has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UserDocument {
    name: String,
    role: Role,
    created_at: Timestamp,
    updated_at: Timestamp,
    hash: String,
    #[serde(default)]
    initial_hash: Option<String>,
}

/// What is to be done with the users.
pub async fn plan(
    context: &Context,
    records: Vec<Record>,
    given: Given,
    faults: &mut Vec<Fault>,
) -> Result<Vec<UserPlan>, StoreError> {
    let stored = all_users(context).await?;
    let (mut plans, mut seen) = (Vec::new(), BTreeSet::new());
    for (place, record) in records.into_iter().enumerate() {
        let prefix = at(USERS, place);
        let name = record.document.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !is_name(&name) {
            faults.push(Fault::at(format!("{prefix}/name"), "is no user's name"));
            continue;
        }
        if !seen.insert(name.to_lowercase()) {
            faults.push(Fault::at(format!("{prefix}/name"), "is there twice"));
            continue;
        }
        let before = stored.iter().find(|user| users::same(&user.name, &name));
        let hashes = before.map(|user| serde_json::json!({"hash": user.hash, "initialHash": user.initial_hash}));
        match read(&record, &given, &name, hashes.as_ref()) {
            Ok(kept) => plans.push(step(kept, record.version, before)),
            Err(wrong) => faults.extend(below(&prefix, wrong)),
        }
    }
    let administers = |plan: &UserPlan| match plan {
        UserPlan::Create(user) | UserPlan::Leave(user) => user.role == Role::Administrator,
        UserPlan::Change(user, role, _) => role.unwrap_or(user.role) == Role::Administrator,
    };
    let others =
        stored.iter().any(|user| user.role == Role::Administrator && !seen.contains(&user.name.to_lowercase()));
    if !others && !plans.iter().any(administers) {
        faults.push(Fault::at(format!("/records/{USERS}"), "would leave no administrator"));
    }
    plans.sort_by_key(UserPlan::demotes);
    Ok(plans)
}

/// As `POST /api/v1/users` takes it.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._@+-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(plain) && name.as_bytes()[0].is_ascii_alphanumeric()
}

fn read(record: &Record, given: &Given, name: &str, stored: Option<&Value>) -> Result<UserDocument, Vec<Fault>> {
    let mut record = record.clone();
    if matches!(given, Given::Nothing) {
        // Which password the deployment gave is of use only with that password.
        record.secrets_set.retain(|pointer| pointer != "/initialHash");
    }
    let document = complete(&record, given, name, stored)?;
    let kept: UserDocument = typed(&document).map_err(|problem| problem.faults)?;
    let bad = |hash: &Option<String>| hash.as_ref().is_some_and(|hash| !password::is_hash(hash));
    if !password::is_hash(&kept.hash) || bad(&kept.initial_hash) {
        return Err(vec![Fault::at("/hash", "is no hash of a password")]);
    }
    Ok(kept)
}

fn step(kept: UserDocument, version: u64, stored: Option<&User>) -> UserPlan {
    let Some(stored) = stored else {
        return UserPlan::Create(User {
            name: kept.name,
            role: kept.role,
            epoch: 0,
            hash: kept.hash,
            version: version.max(1),
            created_at: kept.created_at,
            updated_at: kept.updated_at,
            initial_hash: kept.initial_hash,
        });
    };
    let role = (kept.role != stored.role).then_some(kept.role);
    let hash = (kept.hash != stored.hash).then_some(kept.hash);
    match (role, &hash) {
        (None, None) => UserPlan::Leave(stored.clone()),
        _ => UserPlan::Change(stored.clone(), role, hash),
    }
}

/// Does it. Whether something was written.
pub async fn apply(context: &Context, plan: &UserPlan) -> Result<(), StoreError> {
    match plan {
        UserPlan::Create(user) => users::restore(context, user).await,
        UserPlan::Change(user, role, hash) => match users::change(context, user, *role, hash.as_deref()).await? {
            Outcome::Done => Ok(()),
            // Somebody took the others away meanwhile.
            Outcome::LastAdministrator => Err(StoreError::Conflict),
        },
        UserPlan::Leave(_) => Ok(()),
    }
}
