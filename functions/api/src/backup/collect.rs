//! What a backup holds is read here: every record of the configuration table that somebody configured. Sessions, access
//! tokens that can be had again, the audit trail and conversations are no configuration.
//!
//! Lists come from an index that is up to date within a second: what was made in that second may be missing.

use std::time::Duration;

use aws::{
    Context,
    store::{Document, Order, StoreError},
    tenant::{Storage, Tenant, Versioned},
};
use contract::{Registration, TenantId};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    document::{Record, Records},
    sealed::{Secrets, TenantToken},
};
use crate::auth::users::{self, User};

/// Records of one read.
const PAGE: u32 = 200;
/// Calls of the store at the same time.
const CONCURRENT_CALLS: usize = 16;
/// An access token that lives longer was given by a customer, and cannot be had again without them.
const LONG_LIVED: Duration = Duration::from_secs(90 * 86_400);

/// [`Storage`]s, as a backup names them.
pub const STORAGES: &str = "storages";
/// The deployment's settings.
pub const SETTINGS: &str = "settings";
/// [`Tenant`]s.
pub const TENANTS: &str = "tenants";
/// [`Registration`]s.
pub const REGISTRATIONS: &str = "registrations";
/// [`User`]s.
pub const USERS: &str = "users";

/// Everything, and what is secret of it if it is wanted.
pub async fn collect(context: &Context, with_secrets: bool) -> Result<(Records, Secrets), StoreError> {
    let mut secrets = Secrets::default();
    let mut taken = |resource: &str, id: &str, values: Vec<(String, String)>| {
        if with_secrets && !values.is_empty() {
            let records = secrets.values.entry(resource.to_owned()).or_default();
            records.entry(id.to_owned()).or_default().extend(values);
        }
    };
    let mut records = Records::default();
    for found in all::<Storage>(context, with_secrets).await? {
        let (record, values) = record(&found);
        taken(STORAGES, found.value.id(), values);
        records.storages.push(record);
    }
    let mut settings = context.configuration.settings().await?;
    settings.secrets = settings.value.secret_pointers();
    let (record_of_settings, values) = record(&settings);
    taken(SETTINGS, "", values);
    records.settings = record_of_settings;
    let mut ids = Vec::new();
    for found in all::<Tenant>(context, with_secrets).await? {
        let (record, values) = record(&found);
        taken(TENANTS, found.value.id(), values);
        records.tenants.push(record);
        ids.push(found.value.id);
    }
    for found in all::<Registration>(context, with_secrets).await? {
        records.registrations.push(record(&found).0);
    }
    for user in all_users(context).await? {
        let (record, values) = record_of_user(&user);
        taken(USERS, &user.name, values);
        records.users.push(record);
    }
    if with_secrets {
        let work = ids.into_iter().map(|id| tokens(context, id)).collect();
        secrets.tokens = concurrently(work).await?.into_iter().flatten().collect();
    }
    Ok((records, secrets))
}

async fn all<D: Document>(context: &Context, opened: bool) -> Result<Vec<Versioned<D>>, StoreError> {
    let (mut documents, mut after) = (Vec::new(), None);
    loop {
        let (found, next) = if opened {
            context.configuration.list::<D>(PAGE, after.as_deref()).await?
        } else {
            context.configuration.list_closed::<D>(PAGE, after.as_deref()).await?
        };
        documents.extend(found);
        after = next;
        if after.is_none() {
            return Ok(documents);
        }
    }
}

/// Does several things, some of them at the same time; the first failure ends it. What they give is in their order.
pub async fn concurrently<T, E>(work: Vec<impl Future<Output = Result<T, E>>>) -> Result<Vec<T>, E> {
    stream::iter(work).buffered(CONCURRENT_CALLS).try_collect().await
}

/// All users.
pub async fn all_users(context: &Context) -> Result<Vec<User>, StoreError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let (users, next) = users::list(context, PAGE, after.as_deref(), Order::Ascending).await?;
        found.extend(users);
        after = next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

/// A record without what is secret, and that.
fn record<T: Serialize>(found: &Versioned<T>) -> (Record, Vec<(String, String)>) {
    split(serde_json::to_value(&found.value).unwrap_or_default(), found.version, &found.secrets)
}

fn record_of_user(user: &User) -> (Record, Vec<(String, String)>) {
    let mut document = json!({
        "name": user.name, "role": user.role, "createdAt": user.created_at, "updatedAt": user.updated_at,
        "hash": user.hash,
    });
    let mut secrets = vec!["/hash".to_owned()];
    if let Some(hash) = &user.initial_hash {
        document["initialHash"] = hash.as_str().into();
        secrets.push("/initialHash".to_owned());
    }
    split(document, user.version, &secrets)
}

fn split(mut document: Value, version: u64, secrets: &[String]) -> (Record, Vec<(String, String)>) {
    let mut values = Vec::new();
    for pointer in secrets {
        let Some((parent, name)) = pointer.rsplit_once('/') else { continue };
        let Some(Value::Object(fields)) = document.pointer_mut(parent) else { continue };
        if let Some(Value::String(value)) = fields.remove(name) {
            values.push((pointer.clone(), value));
        }
    }
    let document = match document {
        Value::Object(fields) => fields,
        _ => Default::default(),
    };
    (Record { version, secrets_set: secrets.to_vec(), document }, values)
}

/// A tenant's access tokens that were given for good.
async fn tokens(context: &Context, tenant: TenantId) -> Result<Vec<TenantToken>, StoreError> {
    let after = context.now().checked_add(LONG_LIVED).unwrap_or_default();
    let mut found = Vec::new();
    for name in context.configuration.token_names(&tenant, "").await? {
        if let Some((token, expires)) = context.configuration.token(&tenant, &name, after).await? {
            found.push(TenantToken { tenant: tenant.to_string(), name, token: token.expose().to_owned(), expires });
        }
    }
    Ok(found)
}
