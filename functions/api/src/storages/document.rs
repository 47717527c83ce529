//! A storage as it is written and as it is shown.

use aws::{
    Context,
    storage::StorageProvider,
    tenant::{Settings, Storage, Versioned},
    vault::secret_pointers,
};
use contract::StorageId;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    connector_settings::{below, complete, settings_faults, shown},
    crud::Change,
    extract::{object, typed},
    merge::{merge, without_nulls},
    problem::{Fault, Problem},
    validation,
};

/// Seconds after a conversation's close until its attachments are deleted, unless the storage says otherwise: a day.
const PURGE_DELAY: u64 = 86_400;
/// What an answer shows beyond what is written.
const SHOWN_ONLY: [&str; 5] = ["id", "version", "createdAt", "updatedAt", "secretsSet"];

/// A storage, as it is written.
///
/// What an answer adds may be sent back; it is ignored. A secret that is left out of an existing storage stays as it is.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "StorageIn")]
pub struct StorageIn {
    /// Its name, unique in the deployment (whatever the case).
    #[schemars(length(min = 1, max = 120), regex(pattern = r"\S"))]
    name: String,
    /// The provider's id, of `GET /api/v1/connectors`: `s3`.
    connector: String,
    /// Seconds after a conversation's close until its attachments are deleted; a day, unless it says otherwise.
    #[schemars(range(min = 0, max = 31_536_000))]
    purge_delay: Option<u64>,
    /// The provider's settings, as its `settingsSchema` says.
    settings: Map<String, Value>,
}

/// A storage, as it is shown.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Storage")]
pub struct StorageOut {
    /// Given by the server.
    id: String,
    /// Its name, unique in the deployment.
    name: String,
    /// The provider's id.
    connector: String,
    /// Seconds after a conversation's close until its attachments are deleted.
    purge_delay: u64,
    /// The provider's settings, without what is secret.
    settings: Map<String, Value>,
    /// The secret settings that are set.
    secrets_set: Vec<String>,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    created_at: Timestamp,
    /// When it was last saved.
    #[schemars(with = "String", extend("format" = "date-time"))]
    updated_at: Timestamp,
    /// Counts its changes; also the `ETag`.
    version: u64,
}

impl StorageOut {
    /// Shows a storage whose secrets are closed.
    pub fn new(found: Versioned<Storage>) -> Self {
        let Versioned { value: storage, version, secrets } = found;
        let schema = registry::find_storage(&storage.connector).map(schema_of);
        let (settings, secrets_set) = shown(&storage.settings.0, schema.as_ref(), &below(&secrets, "/settings"));
        Self {
            id: storage.id.to_string(),
            name: storage.name,
            connector: storage.connector,
            purge_delay: storage.purge_delay,
            settings,
            secrets_set,
            created_at: storage.created_at,
            updated_at: storage.updated_at,
            version,
        }
    }
}

fn schema_of(provider: &dyn StorageProvider) -> Value {
    provider.settings_schema().to_value()
}

/// The storage that a request asks for, if it is valid.
pub fn draft(context: &Context, change: &Change, stored: Option<&Storage>) -> Result<Storage, Problem> {
    let before = stored.map(as_written);
    let (mut document, keep_secrets) = match change {
        Change::Create(document) | Change::Replace(document) => (object(document.clone())?, true),
        Change::Patch(patch) => {
            let (mut document, patch) = (before.clone().unwrap_or_default(), object(patch.clone())?);
            if patch.get("connector").is_some_and(|connector| *connector != document["connector"]) {
                document["settings"] = Value::Object(Map::new());
            }
            merge(&mut document, Value::Object(patch));
            (object(document)?, false)
        }
    };
    if let (Some(stored), Some(Value::String(shown))) = (stored, document.get("id"))
        && shown != stored.id.as_str()
    {
        return Err(Problem::field("/id", "is another storage's"));
    }
    for name in SHOWN_ONLY {
        document.remove(name);
    }
    let mut document = Value::Object(document);
    let provider = document["connector"].as_str().and_then(registry::find_storage);
    if let (Some(provider), Some(settings)) = (provider, document.get_mut("settings")) {
        let same = before.as_ref().filter(|before| before["connector"] == provider.descriptor().id);
        complete(settings, same.map(|before| &before["settings"]), &schema_of(provider), keep_secrets);
    }
    without_nulls(&mut document);

    let faults = faults(&document);
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let written: StorageIn = typed(&document)?;
    let now = context.now();
    Ok(Storage {
        id: stored.map_or_else(StorageId::generate, |stored| stored.id.clone()),
        name: written.name.trim().to_owned(),
        connector: written.connector,
        purge_delay: written.purge_delay.unwrap_or(PURGE_DELAY),
        settings: Settings(Value::Object(written.settings)),
        created_at: stored.map_or(now, |stored| stored.created_at),
        updated_at: now,
    })
}

/// A stored storage in the shape of a written one.
pub fn as_written(storage: &Storage) -> Value {
    let mut document = serde_json::to_value(storage).unwrap_or_default();
    if let Some(fields) = document.as_object_mut() {
        for name in SHOWN_ONLY {
            fields.remove(name);
        }
    }
    document
}

/// What is wrong with a storage that did not come through here: one of a backup.
pub fn faults_of(storage: &Storage) -> Vec<Fault> {
    let mut document = as_written(storage);
    without_nulls(&mut document);
    faults(&document)
}

fn faults(document: &Value) -> Vec<Fault> {
    let schema = validation::schema::<StorageIn>();
    let mut faults = validation::faults(&schema, document, "");
    let Some(id) = document["connector"].as_str() else { return faults };
    match (registry::find_storage(id), document.get("settings").filter(|settings| settings.is_object())) {
        (None, _) => {
            let known: Vec<&str> =
                registry::storages().providers().iter().map(|provider| provider.descriptor().id).collect();
            faults.push(Fault::at("/connector", format!("must be one of: {}", known.join(", "))));
        }
        (Some(provider), Some(settings)) => {
            faults.extend(settings_faults(&schema_of(provider), settings, "/settings", || provider.check(settings)));
        }
        (Some(_), None) => {}
    }
    faults
}

/// The pointers of a storage's secret fields.
pub fn secrets_of(storage: &Storage) -> Vec<String> {
    let provider = registry::find_storage(&storage.connector);
    provider.map(|provider| secret_pointers(&schema_of(provider), "/settings")).unwrap_or_default()
}
