//! Tenants, storages and settings: documents with a version, a unique name and sealed secrets.

use std::sync::Arc;

use aws_sdk_dynamodb::{
    Client,
    types::{Delete, Put, TransactWriteItem},
};
use contract::{Clock, ProvisionStatus, Secret, StorageId, TenantId};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Item, ItemExt, Order, StoreError, number, text};
use crate::{
    tenant::{DeploymentSettings, Storage, Tenant, Versioned},
    vault::{self, Vault},
};

/// A kind of document kept by id, with a name of its own.
pub trait Document: Serialize + DeserializeOwned + Send + Sync {
    /// In upper case, the keys' prefix.
    const KIND: &'static str;
    /// Its id.
    fn id(&self) -> &str;
    /// Its name, unique among its kind.
    fn name(&self) -> &str;
    /// Whether something outside is still under way for it, to be asked about every minute.
    fn pending(&self) -> bool {
        false
    }
}

impl Document for Tenant {
    const KIND: &'static str = "TENANT";
    fn id(&self) -> &str {
        self.id.as_str()
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn pending(&self) -> bool {
        [&self.messaging_status, &self.cx_platform_status]
            .into_iter()
            .any(|status| matches!(status, ProvisionStatus::Pending { .. }))
    }
}

impl Document for Storage {
    const KIND: &'static str = "STORAGE";
    fn id(&self) -> &str {
        self.id.as_str()
    }
    fn name(&self) -> &str {
        &self.name
    }
}

/// The configuration table.
pub struct Configuration {
    client: Client,
    table: String,
    vault: Arc<Vault>,
    clock: Clock,
}

impl Configuration {
    /// The table of this name.
    pub fn new(client: Client, table: String, vault: Arc<Vault>, clock: Clock) -> Self {
        Self { client, table, vault, clock }
    }

    /// The DynamoDB client and the table's name, for what keeps records of its own here (users, sessions).
    pub fn raw(&self) -> (&Client, &str) {
        (&self.client, &self.table)
    }

    /// What seals and opens secrets, for what keeps sealed records of its own here.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// A tenant, its secrets opened.
    pub async fn tenant(&self, id: &TenantId) -> Result<Option<Versioned<Tenant>>, StoreError> {
        self.get(id.as_str()).await
    }

    /// A storage, its secrets opened.
    pub async fn storage(&self, id: &StorageId) -> Result<Option<Versioned<Storage>>, StoreError> {
        self.get(id.as_str()).await
    }

    /// The id of the document of this name.
    pub async fn id_by_name<D: Document>(&self, name: &str) -> Result<Option<String>, StoreError> {
        let item = self.item(&name_key::<D>(name), "NAME").await?;
        Ok(item.and_then(|item| item.text("id").map(str::to_owned)))
    }

    /// A document, its secrets opened.
    pub async fn get<D: Document>(&self, id: &str) -> Result<Option<Versioned<D>>, StoreError> {
        match self.item(&format!("{}#{id}", D::KIND), D::KIND).await? {
            Some(item) => self.open(item).await.map(Some),
            None => Ok(None),
        }
    }

    /// A document with its secrets closed: empty where they are set, and named in [`Versioned::secrets`]. No call to KMS,
    /// and nothing to leak: for what shows documents.
    pub async fn get_closed<D: Document>(&self, id: &str) -> Result<Option<Versioned<D>>, StoreError> {
        self.item(&format!("{}#{id}", D::KIND), D::KIND).await?.map(close).transpose()
    }

    async fn open<D: Document>(&self, item: Item) -> Result<Versioned<D>, StoreError> {
        let mut document: Value =
            item.json("document")?.ok_or_else(|| StoreError::Unreadable("document missing".to_owned()))?;
        let id = item.text("id").unwrap_or_default();
        let secrets = self.vault.open(&scope::<D>(id), &mut document, item.text("dataKey")).await?;
        let value = serde_json::from_value(document).map_err(StoreError::unreadable)?;
        Ok(Versioned { value, version: item.number("version").unwrap_or(1).unsigned_abs(), secrets })
    }

    /// All documents of a kind by name, a page at a time. `after` is the cursor that the page before returned.
    pub async fn list<D: Document>(
        &self,
        limit: u32,
        after: Option<&str>,
    ) -> Result<(Vec<Versioned<D>>, Option<String>), StoreError> {
        let (items, next) = self.items::<D>(limit, after, Order::Ascending).await?;
        let mut documents = Vec::new();
        for item in items {
            documents.push(self.open(item).await?);
        }
        Ok((documents, next))
    }

    /// As [`Configuration::list`], with the secrets closed as by [`Configuration::get_closed`].
    pub async fn list_closed<D: Document>(
        &self,
        limit: u32,
        after: Option<&str>,
    ) -> Result<(Vec<Versioned<D>>, Option<String>), StoreError> {
        self.list_closed_by_name(limit, after, Order::Ascending).await
    }

    /// As [`Configuration::list_closed`], in either direction.
    pub async fn list_closed_by_name<D: Document>(
        &self,
        limit: u32,
        after: Option<&str>,
        order: Order,
    ) -> Result<(Vec<Versioned<D>>, Option<String>), StoreError> {
        let (items, next) = self.items::<D>(limit, after, order).await?;
        Ok((items.into_iter().map(close).collect::<Result<_, _>>()?, next))
    }

    async fn items<D: Document>(
        &self,
        limit: u32,
        after: Option<&str>,
        order: Order,
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let start = after.and_then(|cursor| {
            let (name, id) = cursor.split_once('\n')?;
            Some(Item::from([
                ("kind".to_owned(), text(D::KIND)),
                ("name".to_owned(), text(name)),
                ("pk".to_owned(), text(format!("{}#{id}", D::KIND))),
                ("sk".to_owned(), text(D::KIND)),
            ]))
        });
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("byKind")
            .key_condition_expression("kind = :kind")
            .expression_attribute_values(":kind", text(D::KIND))
            .limit(i32::try_from(limit).unwrap_or(100))
            .scan_index_forward(order == Order::Ascending)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(StoreError::aws)?;
        let next = answer.last_evaluated_key.as_ref().and_then(|key| {
            let id = key.text("pk")?.split_once('#')?.1;
            Some(format!("{}\n{id}", key.text("name")?))
        });
        Ok((answer.items.unwrap_or_default(), next))
    }

    /// Saves a document: `expected` is the version it must have (0: it must not exist). `secrets` are the JSON pointers
    /// of its secret fields; what is set there is sealed. `former_name` frees the old name when it changed.
    /// [`StoreError::Conflict`] when somebody was faster, [`StoreError::NameTaken`] when another has the name.
    pub async fn put<D: Document>(
        &self,
        document: &D,
        expected: u64,
        secrets: &[String],
        former_name: Option<&str>,
    ) -> Result<u64, StoreError> {
        self.put_as(document, expected, expected + 1, secrets, former_name).await
    }

    /// As [`Configuration::put`], under a version of the caller's choice: what is restored has the one it had.
    pub async fn put_as<D: Document>(
        &self,
        document: &D,
        expected: u64,
        version: u64,
        secrets: &[String],
        former_name: Option<&str>,
    ) -> Result<u64, StoreError> {
        let mut json = serde_json::to_value(document).map_err(StoreError::unreadable)?;
        let data_key = self.vault.seal(&scope::<D>(document.id()), &mut json, secrets, None).await?;
        let mut put = Put::builder()
            .table_name(&self.table)
            .item("pk", text(format!("{}#{}", D::KIND, document.id())))
            .item("sk", text(D::KIND))
            .item("kind", text(D::KIND))
            .item("id", text(document.id()))
            .item("name", text(document.name()))
            .item("version", number(version))
            .item("document", text(json.to_string()))
            .set_condition_expression(Some(if expected == 0 {
                "attribute_not_exists(pk)".to_owned()
            } else {
                "version = :expected".to_owned()
            }));
        if expected > 0 {
            put = put.expression_attribute_values(":expected", number(expected));
        }
        if let Some(key) = data_key {
            put = put.item("dataKey", text(key));
        }
        let name_key_now = name_key::<D>(document.name());
        let name = Put::builder()
            .table_name(&self.table)
            .item("pk", text(&name_key_now))
            .item("sk", text("NAME"))
            .item("id", text(document.id()))
            .condition_expression("attribute_not_exists(pk) OR id = :id")
            .expression_attribute_values(":id", text(document.id()));
        let mut writes = vec![
            TransactWriteItem::builder().put(build(put.build())?).build(),
            TransactWriteItem::builder().put(build(name.build())?).build(),
        ];
        let pending_key = (text(format!("PENDING#{}", D::KIND)), text(document.id()));
        writes.push(if document.pending() {
            let put = Put::builder().table_name(&self.table).item("pk", pending_key.0).item("sk", pending_key.1);
            TransactWriteItem::builder().put(build(put.build())?).build()
        } else {
            let delete = Delete::builder().table_name(&self.table).key("pk", pending_key.0).key("sk", pending_key.1);
            TransactWriteItem::builder().delete(build(delete.build())?).build()
        });
        if let Some(former) = former_name.map(name_key::<D>).filter(|former| *former != name_key_now) {
            let delete =
                Delete::builder().table_name(&self.table).key("pk", text(former)).key("sk", text("NAME")).build();
            writes.push(TransactWriteItem::builder().delete(build(delete)?).build());
        }
        match self.client.transact_write_items().set_transact_items(Some(writes)).send().await {
            Ok(_) => Ok(version),
            Err(error) => {
                use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError as E;
                if let Some(E::TransactionCanceledException(cancelled)) = error.as_service_error() {
                    let failed: Vec<bool> = cancelled
                        .cancellation_reasons()
                        .iter()
                        .map(|reason| reason.code() == Some("ConditionalCheckFailed"))
                        .collect();
                    if failed.first() == Some(&true) {
                        return Err(StoreError::Conflict);
                    }
                    if failed.get(1) == Some(&true) {
                        return Err(StoreError::NameTaken);
                    }
                }
                Err(StoreError::aws(error))
            }
        }
    }

    /// Deletes a document of this version, and frees its name. Deleting what is gone is no error.
    pub async fn delete<D: Document>(&self, document: &Versioned<D>) -> Result<(), StoreError> {
        let id = document.value.id();
        let delete =
            |pk: String, sk: &str| Delete::builder().table_name(&self.table).key("pk", text(pk)).key("sk", text(sk));
        let record = delete(format!("{}#{id}", D::KIND), D::KIND)
            .condition_expression("attribute_not_exists(pk) OR version = :version")
            .expression_attribute_values(":version", number(document.version));
        let writes = [
            record.build(),
            delete(name_key::<D>(document.value.name()), "NAME").build(),
            delete(format!("PENDING#{}", D::KIND), id).build(),
        ];
        let mut items = Vec::new();
        for write in writes {
            items.push(TransactWriteItem::builder().delete(build(write)?).build());
        }
        match self.client.transact_write_items().set_transact_items(Some(items)).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_transaction_canceled_exception()) => {
                Err(StoreError::Conflict)
            }
            Err(error) => Err(StoreError::aws(error)),
        }
    }

    /// Ids of documents that are [`Document::pending`], at most a hundred.
    pub async fn pending<D: Document>(&self) -> Result<Vec<String>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(format!("PENDING#{}", D::KIND)))
            .limit(100)
            .send()
            .await
            .map_err(StoreError::aws)?;
        let items = answer.items.unwrap_or_default();
        Ok(items.iter().filter_map(|item| item.text("sk").map(str::to_owned)).collect())
    }

    /// The deployment's settings with their version (0 when never saved).
    pub async fn settings(&self) -> Result<Versioned<DeploymentSettings>, StoreError> {
        let item = self.item("SETTINGS", "SETTINGS").await?.unwrap_or_default();
        let mut document: Value = item.json("document")?.unwrap_or_else(|| Value::Object(Default::default()));
        let secrets = self.vault.open(SETTINGS_SCOPE, &mut document, item.text("dataKey")).await?;
        let value = serde_json::from_value(document).map_err(StoreError::unreadable)?;
        Ok(Versioned { value, version: item.number("version").unwrap_or(0).unsigned_abs(), secrets })
    }

    /// Saves the deployment's settings over the expected version. What is secret in them is sealed.
    pub async fn put_settings(&self, settings: &DeploymentSettings, expected: u64) -> Result<u64, StoreError> {
        self.put_settings_as(settings, expected, expected + 1).await
    }

    /// As [`Configuration::put_settings`], under a version of the caller's choice.
    pub async fn put_settings_as(
        &self,
        settings: &DeploymentSettings,
        expected: u64,
        version: u64,
    ) -> Result<u64, StoreError> {
        let mut document = serde_json::to_value(settings).map_err(StoreError::unreadable)?;
        let pointers = settings.secret_pointers();
        let data_key = self.vault.seal(SETTINGS_SCOPE, &mut document, &pointers, None).await?;
        let mut put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text("SETTINGS"))
            .item("sk", text("SETTINGS"))
            .item("version", number(version))
            .item("document", text(document.to_string()))
            .condition_expression(if expected == 0 { "attribute_not_exists(pk)" } else { "version = :expected" })
            .set_expression_attribute_values(
                (expected > 0).then(|| Item::from([(":expected".to_owned(), number(expected))])),
            );
        if let Some(key) = data_key {
            put = put.item("dataKey", text(key));
        }
        match put.send().await {
            Ok(_) => Ok(version),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Err(StoreError::Conflict)
            }
            Err(error) => Err(StoreError::aws(error)),
        }
    }

    /// An access token shared by all functions, if one is kept that is still good at `after`.
    pub async fn token(
        &self,
        tenant: &TenantId,
        name: &str,
        after: Timestamp,
    ) -> Result<Option<(Secret, Timestamp)>, StoreError> {
        let Some(item) = self.item(&format!("TENANT#{tenant}"), &format!("TOKEN#{name}")).await? else {
            return Ok(None);
        };
        let Some(expires) = item.number("expiresAt").and_then(|s| Timestamp::from_second(s).ok()) else {
            return Ok(None);
        };
        if expires <= after {
            return Ok(None);
        }
        let mut document: Value = item.json("document")?.unwrap_or_default();
        self.vault.open(&scope::<Tenant>(tenant.as_str()), &mut document, item.text("dataKey")).await?;
        Ok(document["token"].as_str().map(|token| (Secret::new(token), expires)))
    }

    /// Keeps an access token for all functions.
    pub async fn put_token(
        &self,
        tenant: &TenantId,
        name: &str,
        token: &Secret,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let mut document = serde_json::json!({ "token": token.expose() });
        let key =
            self.vault.seal(&scope::<Tenant>(tenant.as_str()), &mut document, &["/token".to_owned()], None).await?;
        self.client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(format!("TENANT#{tenant}")))
            .item("sk", text(format!("TOKEN#{name}")))
            .item("document", text(document.to_string()))
            .item("dataKey", text(key.unwrap_or_default()))
            .item("expiresAt", number(expires.as_second()))
            .send()
            .await
            .map_err(StoreError::aws)?;
        Ok(())
    }

    /// The names of a tenant's access tokens that begin so and have not expired, at most a thousand.
    pub async fn token_names(&self, tenant: &TenantId, prefix: &str) -> Result<Vec<String>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .projection_expression("sk, expiresAt")
            .expression_attribute_values(":pk", text(format!("TENANT#{tenant}")))
            .expression_attribute_values(":prefix", text(format!("TOKEN#{prefix}")))
            .limit(1_000)
            .send()
            .await
            .map_err(StoreError::aws)?;
        let (items, now) = (answer.items.unwrap_or_default(), self.clock.now());
        let live = items.iter().filter(|item| !item.expired(now));
        Ok(live.filter_map(|item| item.text("sk")?.strip_prefix("TOKEN#").map(str::to_owned)).collect())
    }

    /// Forgets an access token.
    pub async fn delete_token(&self, tenant: &TenantId, name: &str) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key("pk", text(format!("TENANT#{tenant}")))
            .key("sk", text(format!("TOKEN#{name}")))
            .send()
            .await
            .map_err(StoreError::aws)?;
        Ok(())
    }

    pub(super) async fn item(&self, pk: &str, sk: &str) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(pk))
            .key("sk", text(sk))
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::aws)?;
        let now = self.clock.now();
        Ok(answer.item.filter(|item| !item.expired(now)))
    }
}

/// Reads an item's document without opening its secrets.
fn close<D: Document>(item: Item) -> Result<Versioned<D>, StoreError> {
    let mut document: Value =
        item.json("document")?.ok_or_else(|| StoreError::Unreadable("document missing".to_owned()))?;
    let secrets = vault::close(&mut document);
    let value = serde_json::from_value(document).map_err(StoreError::unreadable)?;
    Ok(Versioned { value, version: item.number("version").unwrap_or(1).unsigned_abs(), secrets })
}

/// What the settings' secrets are sealed for.
const SETTINGS_SCOPE: &str = "settings";

fn scope<D: Document>(id: &str) -> String {
    format!("{}/{id}", D::KIND.to_lowercase())
}

/// Names are compared without case and surrounding space.
fn name_key<D: Document>(name: &str) -> String {
    format!("NAME#{}#{}", D::KIND, name.trim().to_lowercase())
}

fn build<T>(built: Result<T, aws_sdk_dynamodb::error::BuildError>) -> Result<T, StoreError> {
    built.map_err(|error| StoreError::Aws(error.to_string()))
}
