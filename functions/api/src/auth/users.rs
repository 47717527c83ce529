//! Who may use the API: records in the configuration table (`USER#<name>`), listed by its index `byKind`.

use aws_sdk_dynamodb::types::ReturnValue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    Context,
    store::{Item, ItemExt, StoreError, number, text},
};

use super::password::{self, HashError};

/// What a user may do. Each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Looks, and sends failed messages again; neither sees nor changes what is secret.
    Operator,
    /// Does everything.
    Administrator,
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Viewer, Self::Operator, Self::Administrator].into_iter().find(|role| role.word() == word)
    }
}

/// A user.
#[derive(Clone)]
pub struct User {
    /// Its name, as it was given.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Counts the changes of its password: a session of an earlier one is over.
    pub epoch: u64,
    /// The password's hash.
    pub hash: String,
    /// The hash of the password that the deployment gave it, if it did.
    initial_hash: Option<String>,
}

/// The name of the administrator that a deployment begins with.
pub const FIRST_ADMINISTRATOR: &str = "admin";

/// Longest name, in bytes.
const NAME_MAX: usize = 256;

/// Names are compared without case and surrounding space.
fn key(name: &str) -> String {
    format!("USER#{}", name.trim().to_lowercase())
}

/// A user by its name.
pub async fn find(context: &Context, name: &str) -> Result<Option<User>, StoreError> {
    // DynamoDB refuses keys of more than 2048 bytes.
    if name.len() > NAME_MAX {
        return Ok(None);
    }
    let (client, table) = context.configuration.raw();
    let answer = client
        .get_item()
        .table_name(table)
        .key("pk", text(key(name)))
        .key("sk", text("USER"))
        .consistent_read(true)
        .send()
        .await
        .map_err(StoreError::aws)?;
    answer.item.map(read).transpose()
}

fn read(item: Item) -> Result<User, StoreError> {
    let missing = |what: &str| StoreError::Unreadable(format!("a user's {what}"));
    Ok(User {
        name: item.text("name").ok_or_else(|| missing("name"))?.to_owned(),
        role: item.text("role").and_then(Role::from_word).ok_or_else(|| missing("role"))?,
        epoch: item.number("epoch").unwrap_or(0).unsigned_abs(),
        hash: item.text("hash").ok_or_else(|| missing("hash"))?.to_owned(),
        initial_hash: item.text("initialHash").map(str::to_owned),
    })
}

/// Makes a user, or gives one another role and password; all its sessions are over. Returns its epoch.
async fn put(context: &Context, name: &str, role: Role, hash: &str, initial: Option<&str>) -> Result<u64, StoreError> {
    let (client, table) = context.configuration.raw();
    let now = context.now();
    let mut update = client
        .update_item()
        .table_name(table)
        .key("pk", text(key(name)))
        .key("sk", text("USER"))
        .update_expression(format!(
            "SET kind = :kind, #name = :name, #role = :role, #hash = :hash, updatedAt = :now, \
             createdAt = if_not_exists(createdAt, :now){} ADD epoch :one",
            if initial.is_some() { ", initialHash = :initial" } else { "" }
        ))
        .expression_attribute_names("#name", "name")
        .expression_attribute_names("#role", "role")
        .expression_attribute_names("#hash", "hash")
        .expression_attribute_values(":kind", text("USER"))
        .expression_attribute_values(":name", text(name.trim()))
        .expression_attribute_values(":role", text(role.word()))
        .expression_attribute_values(":hash", text(hash))
        .expression_attribute_values(":now", text(now.to_string()))
        .expression_attribute_values(":one", number(1));
    if let Some(initial) = initial {
        update = update.expression_attribute_values(":initial", text(initial));
    }
    let answer = update.return_values(ReturnValue::UpdatedNew).send().await.map_err(StoreError::aws)?;
    Ok(answer.attributes.and_then(|item| item.number("epoch")).unwrap_or(0).unsigned_abs())
}

/// Gives a user another password. All its sessions are over; returns the epoch of those to come.
pub async fn change_password(context: &Context, user: &User, hash: &str) -> Result<u64, StoreError> {
    put(context, &user.name, user.role, hash, None).await
}

/// What became of the first administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstAdministrator {
    /// There is one now, with this password.
    Created,
    /// There was one, and it has this password now.
    Changed,
    /// It was given this very password before, and may have chosen another since: nothing was done.
    Kept,
}

/// Why the first administrator has no password.
#[derive(Debug, thiserror::Error)]
pub enum FirstAdministratorError {
    /// The password is too easy to guess; what is wrong with it, and what would be better.
    #[error("the administrator's password {0}")]
    Weak(String),
    /// It cannot be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// It cannot be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Gives the deployment its first administrator, `admin`: when it is made, and whenever it names another password.
/// Repeated with the same password it does nothing, so that a password that was changed since stays.
pub async fn set_first_administrator(
    context: &Context,
    password: &str,
) -> Result<FirstAdministrator, FirstAdministratorError> {
    if let Some(weakness) = password::weakness(password, &[FIRST_ADMINISTRATOR]) {
        return Err(FirstAdministratorError::Weak(weakness));
    }
    let found = find(context, FIRST_ADMINISTRATOR).await?;
    if let Some(initial) = found.as_ref().and_then(|user| user.initial_hash.as_deref())
        && password::matches(password, Some(initial)).await?
    {
        return Ok(FirstAdministrator::Kept);
    }
    let hash = password::hash(password).await?;
    put(context, FIRST_ADMINISTRATOR, Role::Administrator, &hash, Some(&hash)).await?;
    Ok(if found.is_some() { FirstAdministrator::Changed } else { FirstAdministrator::Created })
}

/// Whether the deployment has its first administrator.
pub async fn has_first_administrator(context: &Context) -> Result<bool, StoreError> {
    Ok(find(context, FIRST_ADMINISTRATOR).await?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_include_each_other() {
        assert!(Role::Viewer < Role::Operator && Role::Operator < Role::Administrator);
        for role in [Role::Viewer, Role::Operator, Role::Administrator] {
            assert_eq!(Role::from_word(role.word()), Some(role));
        }
    }

    #[test]
    fn names_are_compared_without_case() {
        assert_eq!(key(" Admin "), key("admin"));
    }
}
