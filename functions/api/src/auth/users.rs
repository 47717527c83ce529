//! Who may use the API: records in the configuration table (`USER#<name>`), listed by its index `byKind`.

use aws::{
    Context,
    store::{Item, ItemExt, Order, StoreError, number, text},
};
use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{ConditionCheck, Delete, ReturnValue, TransactWriteItem, Update},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Viewer, Self::Operator, Self::Administrator].into_iter().find(|role| role.as_str() == text)
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
    /// Counts its changes.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The hash of the password that the deployment gave it, if it did.
    pub initial_hash: Option<String>,
}

/// The name of the administrator that a deployment begins with.
pub const FIRST_ADMINISTRATOR: &str = "admin";

/// Longest name, in bytes.
const NAME_MAX: usize = 256;

/// Whether two names are the same user's.
pub fn same(one: &str, other: &str) -> bool {
    key(one) == key(other)
}

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
    let time = |name: &str| item.text(name).and_then(|text| text.parse().ok()).ok_or_else(|| missing(name));
    Ok(User {
        version: item.number("version").unwrap_or(0).unsigned_abs(),
        created_at: time("createdAt")?,
        updated_at: time("updatedAt")?,
        name: item.text("name").ok_or_else(|| missing("name"))?.to_owned(),
        role: item.text("role").and_then(Role::parse).ok_or_else(|| missing("role"))?,
        epoch: item.number("epoch").unwrap_or(0).unsigned_abs(),
        hash: item.text("hash").ok_or_else(|| missing("hash"))?.to_owned(),
        initial_hash: item.text("initialHash").map(str::to_owned),
    })
}

/// Makes a user, or gives one another role and password; all its sessions are over.
async fn put(context: &Context, name: &str, role: Role, hash: &str) -> Result<(), StoreError> {
    let (client, table) = context.configuration.raw();
    let now = context.now();
    client
        .update_item()
        .table_name(table)
        .key("pk", text(key(name)))
        .key("sk", text("USER"))
        .update_expression(
            "SET kind = :kind, #name = :name, #role = :role, #hash = :hash, initialHash = :hash, updatedAt = :now, \
             createdAt = if_not_exists(createdAt, :now), epoch = if_not_exists(epoch, :begin) + :one, \
             version = if_not_exists(version, :zero) + :one",
        )
        .expression_attribute_names("#name", "name")
        .expression_attribute_names("#role", "role")
        .expression_attribute_names("#hash", "hash")
        .expression_attribute_values(":kind", text("USER"))
        .expression_attribute_values(":name", text(name.trim()))
        .expression_attribute_values(":role", text(role.as_str()))
        .expression_attribute_values(":hash", text(hash))
        .expression_attribute_values(":now", text(now.to_string()))
        .expression_attribute_values(":begin", number(first_epoch(now)))
        .expression_attribute_values(":zero", number(0))
        .expression_attribute_values(":one", number(1))
        .send()
        .await
        .map(|_| ())
        .map_err(StoreError::aws)
}

/// Where a new user's epochs begin: beyond those of one who had the name before, whose sessions must stay over.
fn first_epoch(now: Timestamp) -> i64 {
    now.as_millisecond()
}

/// Makes a user. [`StoreError::NameTaken`] when there is one of this name.
pub async fn create(context: &Context, name: &str, role: Role, hash: &str) -> Result<(), StoreError> {
    let (client, table) = context.configuration.raw();
    let now = context.now();
    let made = client
        .put_item()
        .table_name(table)
        .item("pk", text(key(name)))
        .item("sk", text("USER"))
        .item("kind", text("USER"))
        .item("name", text(name))
        .item("role", text(role.as_str()))
        .item("hash", text(hash))
        .item("epoch", number(first_epoch(now)))
        .item("version", number(1))
        .item("createdAt", text(now.to_string()))
        .item("updatedAt", text(now.to_string()))
        .condition_expression("attribute_not_exists(pk)")
        .send()
        .await;
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
            Err(StoreError::NameTaken)
        }
        Err(error) => Err(StoreError::aws(error)),
    }
}

/// Makes a user as it was in a backup. Sessions of then stay over. [`StoreError::Conflict`] when there is one by now.
pub async fn restore(context: &Context, user: &User) -> Result<(), StoreError> {
    let (client, table) = context.configuration.raw();
    let mut put = client
        .put_item()
        .table_name(table)
        .item("pk", text(key(&user.name)))
        .item("sk", text("USER"))
        .item("kind", text("USER"))
        .item("name", text(&user.name))
        .item("role", text(user.role.as_str()))
        .item("hash", text(&user.hash))
        .item("epoch", number(first_epoch(context.now())))
        .item("version", number(user.version))
        .item("createdAt", text(user.created_at.to_string()))
        .item("updatedAt", text(user.updated_at.to_string()))
        .condition_expression("attribute_not_exists(pk)");
    if let Some(hash) = &user.initial_hash {
        put = put.item("initialHash", text(hash));
    }
    match put.send().await {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
            Err(StoreError::Conflict)
        }
        Err(error) => Err(StoreError::aws(error)),
    }
}

/// Gives a user another password. All its sessions are over; returns the epoch of those to come.
pub async fn change_password(context: &Context, user: &User, hash: &str) -> Result<u64, StoreError> {
    let (client, table) = context.configuration.raw();
    let changed = client
        .update_item()
        .table_name(table)
        .key("pk", text(key(&user.name)))
        .key("sk", text("USER"))
        .update_expression("SET #hash = :hash, updatedAt = :now ADD epoch :one, version :one")
        // Not one that was deleted meanwhile.
        .condition_expression("attribute_exists(pk)")
        .expression_attribute_names("#hash", "hash")
        .expression_attribute_values(":hash", text(hash))
        .expression_attribute_values(":now", text(context.now().to_string()))
        .expression_attribute_values(":one", number(1))
        .return_values(ReturnValue::UpdatedNew)
        .send()
        .await;
    match changed {
        Ok(answer) => Ok(answer.attributes.and_then(|item| item.number("epoch")).unwrap_or(0).unsigned_abs()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
            Err(StoreError::Conflict)
        }
        Err(error) => Err(StoreError::aws(error)),
    }
}

/// All users by name, a page at a time. `after` is what the page before returned.
pub async fn list(
    context: &Context,
    limit: u32,
    after: Option<&str>,
    order: Order,
) -> Result<(Vec<User>, Option<String>), StoreError> {
    let (client, table) = context.configuration.raw();
    let start = after.map(|name| {
        Item::from([
            ("kind".to_owned(), text("USER")),
            ("name".to_owned(), text(name)),
            ("pk".to_owned(), text(key(name))),
            ("sk".to_owned(), text("USER")),
        ])
    });
    let answer = client
        .query()
        .table_name(table)
        .index_name("byKind")
        .key_condition_expression("kind = :kind")
        .expression_attribute_values(":kind", text("USER"))
        .limit(i32::try_from(limit).unwrap_or(100))
        .scan_index_forward(order == Order::Ascending)
        .set_exclusive_start_key(start)
        .send()
        .await
        .map_err(StoreError::aws)?;
    let next = answer.last_evaluated_key.as_ref().and_then(|key| key.text("name").map(str::to_owned));
    let users = answer.items.unwrap_or_default().into_iter().map(read).collect::<Result<_, _>>()?;
    Ok((users, next))
}

/// What became of a change that may leave a deployment without an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Done,
    /// It was not made: there is no other administrator.
    LastAdministrator,
}

/// Gives a user of this version another role, another password, or both. A password ends all its sessions.
pub async fn change(
    context: &Context,
    user: &User,
    role: Option<Role>,
    hash: Option<&str>,
) -> Result<Outcome, StoreError> {
    let (_, table) = context.configuration.raw();
    let mut expression = "SET updatedAt = :now, version = :next".to_owned();
    let mut update = Update::builder()
        .table_name(table)
        .key("pk", text(key(&user.name)))
        .key("sk", text("USER"))
        .condition_expression(OF_THIS_VERSION)
        .expression_attribute_values(":expected", number(user.version))
        .expression_attribute_values(":next", number(user.version + 1))
        .expression_attribute_values(":now", text(context.now().to_string()));
    if let Some(role) = role {
        expression.push_str(", #role = :role");
        update = update
            .expression_attribute_names("#role", "role")
            .expression_attribute_values(":role", text(role.as_str()));
    }
    if let Some(hash) = hash {
        expression.push_str(", #hash = :hash ADD epoch :one");
        update = update
            .expression_attribute_names("#hash", "hash")
            .expression_attribute_values(":hash", text(hash))
            .expression_attribute_values(":one", number(1));
    }
    let update = update.update_expression(expression).build().map_err(|error| StoreError::Aws(error.to_string()))?;
    let write = TransactWriteItem::builder().update(update).build();
    let leaves = user.role == Role::Administrator && role.is_some_and(|role| role < Role::Administrator);
    commit(context, user, write, leaves).await
}

/// Deletes a user of this version. All its sessions are over.
pub async fn delete(context: &Context, user: &User) -> Result<Outcome, StoreError> {
    let (_, table) = context.configuration.raw();
    let delete = Delete::builder()
        .table_name(table)
        .key("pk", text(key(&user.name)))
        .key("sk", text("USER"))
        .condition_expression(OF_THIS_VERSION)
        .expression_attribute_values(":expected", number(user.version))
        .build()
        .map_err(|error| StoreError::Aws(error.to_string()))?;
    let write = TransactWriteItem::builder().delete(delete).build();
    commit(context, user, write, user.role == Role::Administrator).await
}

/// The condition of a change.
const OF_THIS_VERSION: &str = "version = :expected";

/// Makes a change; one that takes an administrator away only together with the proof that there is another, so that two
/// who delete each other at the same time do not both succeed.
async fn commit(context: &Context, user: &User, write: TransactWriteItem, leaves: bool) -> Result<Outcome, StoreError> {
    if !leaves {
        return if transact(context, vec![write]).await? { Ok(Outcome::Done) } else { Err(StoreError::Conflict) };
    }
    let (_, table) = context.configuration.raw();
    for other in other_administrators(context, &user.name).await? {
        let proof = ConditionCheck::builder()
            .table_name(table)
            .key("pk", text(key(&other)))
            .key("sk", text("USER"))
            .condition_expression("#role = :administrator")
            .expression_attribute_names("#role", "role")
            .expression_attribute_values(":administrator", text(Role::Administrator.as_str()))
            .build()
            .map_err(|error| StoreError::Aws(error.to_string()))?;
        let proof = TransactWriteItem::builder().condition_check(proof).build();
        if transact(context, vec![write.clone(), proof]).await? {
            return Ok(Outcome::Done);
        }
    }
    Ok(Outcome::LastAdministrator)
}

/// Writes all or nothing. Whether it was written: not when the proof failed. [`StoreError::Conflict`] when the user was
/// changed meanwhile.
async fn transact(context: &Context, writes: Vec<TransactWriteItem>) -> Result<bool, StoreError> {
    let (client, _) = context.configuration.raw();
    match client.transact_write_items().set_transact_items(Some(writes)).send().await {
        Ok(_) => Ok(true),
        Err(error) => {
            if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() {
                let failed = |reason: &aws_sdk_dynamodb::types::CancellationReason| {
                    reason.code() == Some("ConditionalCheckFailed")
                };
                let proof_failed = cancelled.cancellation_reasons().iter().skip(1).any(failed);
                let user_changed = cancelled.cancellation_reasons().first().is_some_and(failed);
                return if proof_failed && !user_changed { Ok(false) } else { Err(StoreError::Conflict) };
            }
            Err(StoreError::aws(error))
        }
    }
}

async fn other_administrators(context: &Context, name: &str) -> Result<Vec<String>, StoreError> {
    let (mut others, mut after) = (Vec::new(), None);
    loop {
        let (users, next) = list(context, 100, after.as_deref(), Order::Ascending).await?;
        let fitting = users.into_iter().filter(|user| user.role == Role::Administrator && key(&user.name) != key(name));
        others.extend(fitting.map(|user| user.name));
        after = next;
        if after.is_none() {
            return Ok(others);
        }
    }
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
    put(context, FIRST_ADMINISTRATOR, Role::Administrator, &hash).await?;
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
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
    }

    #[test]
    fn names_are_compared_without_case() {
        assert_eq!(key(" Admin "), key("admin"));
    }
}
