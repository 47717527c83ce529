//! A tenant on its way into the store: completed with what is kept, and validated to the last field before anything is
//! written.

use aws::{
    Context,
    store::StoreError,
    tenant::{ApiAuthentication, Tenant},
    vault::secret_pointers,
};
use contract::{AnyConnector, TenantId, descriptor::Kind};
use serde_json::Value;

use super::document::TenantIn;
use crate::{
    connector_settings::{complete, settings_faults},
    crud::Change,
    extract::{object, typed},
    merge::{merge, without_nulls},
    problem::{Fault, Problem},
    validation,
};

/// What an answer shows beyond what is written.
const SHOWN_ONLY: [&str; 5] = ["id", "version", "createdAt", "updatedAt", "warnings"];
const SHOWN_ONLY_OF_BLOCK: [&str; 3] = ["secretsSet", "webhookUrl", "status"];

/// The two halves of a tenant: where each is in the document, and what kind its connector is.
const BLOCKS: [(&str, Kind); 2] = [("messaging", Kind::Channel), ("cxPlatform", Kind::CxPlatform)];

/// The tenant that a request asks for, if it is valid.
pub async fn draft(context: &Context, change: &Change, stored: Option<&Tenant>) -> Result<Tenant, Problem> {
    let before = stored.map(as_written);
    let (mut document, keep_secrets) = match change {
        Change::Create(document) | Change::Replace(document) => (Value::Object(object(document.clone())?), true),
        Change::Patch(patch) => (patched(before.clone().unwrap_or_default(), patch.clone())?, false),
    };
    take_out_what_is_only_shown(&mut document, stored.map(|stored| &stored.id))?;
    for (block, kind) in BLOCKS {
        let connector = document[block]["connector"].as_str().and_then(|id| registry::find_kind(id, kind));
        let (Some(connector), Some(settings)) = (connector, document[block].get_mut("settings")) else { continue };
        let same = before.as_ref().filter(|before| before[block]["connector"] == connector.descriptor().id);
        complete(settings, same.map(|before| &before[block]["settings"]), &schema_of(connector), keep_secrets);
    }
    keep_password(&mut document, before.as_ref());
    without_nulls(&mut document);

    let faults = faults(&document);
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let written: TenantIn = typed(&document)?;
    let now = context.now();
    let (id, created_at) = match stored {
        Some(stored) => (stored.id.clone(), stored.created_at),
        None => (TenantId::generate(), now),
    };
    let tenant = written.into_tenant(id, created_at, now);
    storages_exist(context, &tenant).await?;
    Ok(tenant)
}

fn schema_of(connector: &dyn AnyConnector) -> Value {
    connector.settings_schema().to_value()
}

/// A stored tenant in the shape of a written one.
pub fn as_written(tenant: &Tenant) -> Value {
    let mut document = serde_json::to_value(tenant).unwrap_or_default();
    if let Some(fields) = document.as_object_mut() {
        for name in SHOWN_ONLY.iter().chain(&["messagingStatus", "cxPlatformStatus"]) {
            fields.remove(*name);
        }
    }
    document
}

/// What is wrong with a tenant that did not come through here: one of a backup.
pub fn faults_of(tenant: &Tenant) -> Vec<Fault> {
    let mut document = as_written(tenant);
    without_nulls(&mut document);
    faults(&document)
}

/// The stored document with a patch. Settings of another connector begin from nothing.
fn patched(mut document: Value, patch: Value) -> Result<Value, Problem> {
    let patch = Value::Object(object(patch)?);
    for (block, _) in BLOCKS {
        if patch[block]["connector"].is_string() && patch[block]["connector"] != document[block]["connector"] {
            document[block]["settings"] = Value::Object(Default::default());
        }
    }
    // A tagged union: the fields of one form are not those of another.
    let (new, old) = (&patch["apiAuthentication"]["type"], &document["apiAuthentication"]["type"]);
    if new.is_string() && new != old {
        document["apiAuthentication"] = Value::Object(Default::default());
    }
    merge(&mut document, patch);
    Ok(document)
}

/// Clients send back what they were shown: that changes nothing. Another tenant's id is a mistake.
fn take_out_what_is_only_shown(document: &mut Value, id: Option<&TenantId>) -> Result<(), Problem> {
    let Some(fields) = document.as_object_mut() else { return Ok(()) };
    // A new tenant's id is given by the server, whatever is written there.
    if let (Some(id), Some(Value::String(shown))) = (id, fields.get("id"))
        && shown != id.as_str()
    {
        return Err(Problem::field("/id", "is another tenant's"));
    }
    for name in SHOWN_ONLY {
        fields.remove(name);
    }
    for block in ["messaging", "cxPlatform", "apiAuthentication"] {
        if let Some(fields) = fields.get_mut(block).and_then(Value::as_object_mut) {
            for name in SHOWN_ONLY_OF_BLOCK {
                fields.remove(name);
            }
        }
    }
    Ok(())
}

/// The API password stays when it is left out, like every secret.
fn keep_password(document: &mut Value, before: Option<&Value>) {
    let Some(before) = before.map(|before| &before["apiAuthentication"]) else { return };
    let Some(now) = document.get_mut("apiAuthentication").and_then(Value::as_object_mut) else { return };
    let same = now.get("type") == before.get("type");
    if same && now.get("password").is_none_or(Value::is_null) && before["password"].is_string() {
        now.insert("password".to_owned(), before["password"].clone());
    }
}

/// Everything that is wrong with a document.
fn faults(document: &Value) -> Vec<Fault> {
    let schema = validation::schema::<TenantIn>();
    let mut faults = validation::faults(&schema, document, "");
    for (block, kind) in BLOCKS {
        let Some(id) = document[block]["connector"].as_str() else { continue };
        let Some(connector) = registry::find_kind(id, kind) else {
            faults.push(Fault::at(format!("/{block}/connector"), unknown_connector(kind)));
            continue;
        };
        let Some(settings) = document[block].get("settings").filter(|settings| settings.is_object()) else { continue };
        faults.extend(settings_faults(&schema_of(connector), settings, &format!("/{block}/settings"), || {
            connector.check(settings)
        }));
    }
    faults
}

fn unknown_connector(kind: Kind) -> String {
    let known: Vec<&str> =
        registry::descriptors().into_iter().filter(|known| known.kind == kind).map(|known| known.id).collect();
    format!("must be one of: {}", known.join(", "))
}

async fn storages_exist(context: &Context, tenant: &Tenant) -> Result<(), Problem> {
    let mut faults = Vec::new();
    for (pointer, id) in [
        ("/messaging/storageId", &tenant.messaging.storage_id),
        ("/cxPlatform/storageId", &tenant.cx_platform.storage_id),
    ] {
        if let Some(id) = id
            && !crate::storages::exists(context, id).await?
        {
            faults.push(Fault::at(pointer, "is no storage's id"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

/// The pointers of a tenant's secret fields.
pub fn secrets_of(tenant: &Tenant) -> Vec<String> {
    let mut pointers = Vec::new();
    for (prefix, connector) in
        [("/messaging/settings", &tenant.messaging.connector), ("/cxPlatform/settings", &tenant.cx_platform.connector)]
    {
        if let Some(connector) = registry::find(connector) {
            pointers.extend(secret_pointers(&schema_of(connector), prefix));
        }
    }
    if matches!(tenant.api_authentication, ApiAuthentication::Basic { .. }) {
        pointers.push("/apiAuthentication/password".to_owned());
    }
    pointers
}

/// What may surprise about a tenant: another one has the same account, so that a message may come to either.
pub async fn warnings(context: &Context, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
    let mut warnings = Vec::new();
    if !tenant.enabled {
        return Ok(warnings);
    }
    let accounts: Vec<Account> = [
        Account::of(&tenant.messaging.connector, &tenant.messaging.settings.0, |other| {
            (&other.messaging.connector, &other.messaging.settings.0)
        }),
        Account::of(&tenant.cx_platform.connector, &tenant.cx_platform.settings.0, |other| {
            (&other.cx_platform.connector, &other.cx_platform.settings.0)
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    let secret = accounts.iter().any(|account| account.secret);
    let mut after = None;
    while !accounts.is_empty() {
        let (others, next) = if secret {
            context.configuration.list::<Tenant>(100, after.as_deref()).await?
        } else {
            context.configuration.list_closed::<Tenant>(100, after.as_deref()).await?
        };
        for other in others.iter().map(|found| &found.value).filter(|other| other.enabled && other.id != tenant.id) {
            for account in accounts.iter().filter(|account| account.is_of(other)) {
                warnings.push(format!(
                    "The tenant \"{}\" has the same {}: what {} sends may come to either of them.",
                    other.name,
                    account.names.join(" and "),
                    account.system,
                ));
            }
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    Ok(warnings)
}

type Block = for<'a> fn(&'a Tenant) -> (&'a String, &'a Value);

/// What identifies the account of one half of a tenant.
struct Account {
    connector: &'static str,
    system: &'static str,
    names: &'static [&'static str],
    values: Vec<Value>,
    secret: bool,
    block: Block,
}

impl Account {
    fn of(connector: &str, settings: &Value, block: Block) -> Option<Self> {
        let connector = registry::find(connector)?;
        let descriptor = connector.descriptor();
        let names = descriptor.account_settings;
        let values: Vec<Value> = names.iter().filter_map(|name| settings.get(name).cloned()).collect();
        let secrets = secret_pointers(&schema_of(connector), "");
        let secret = names.iter().any(|name| secrets.contains(&format!("/{name}")));
        (!names.is_empty() && values.len() == names.len()).then_some(Self {
            connector: descriptor.id,
            system: descriptor.name,
            names,
            values,
            secret,
            block,
        })
    }

    fn is_of(&self, other: &Tenant) -> bool {
        let (connector, settings) = (self.block)(other);
        connector == self.connector
            && self.names.iter().zip(&self.values).all(|(name, value)| settings.get(name) == Some(value))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "name": "Acme LINE",
            "messaging": {"connector": "line", "settings": {
                "channelId": "1234", "channelSecret": "s3cr3t-canary", "botBasicId": "@acme"}},
            "cxPlatform": {"connector": "genesys-cloud", "settings": {
                "region": "mypurecloud.jp", "clientId": "c", "clientSecret": "s3cr3t-canary",
                "integrationName": "Acme", "webhookToken": "0123456789abcdef"}},
        })
    }

    #[test]
    fn faults_name_their_fields() {
        assert_eq!(faults(&good()), []);
        let channels = unknown_connector(Kind::Channel);
        assert!(channels.starts_with("must be one of: line, "), "{channels}");
        for (label, patch, pointer, detail) in [
            ("no name", json!({"name": null}), "/name", "is required"),
            ("blank name", json!({"name": "  "}), "/name", "must not be blank"),
            ("long name", json!({"name": "x".repeat(121)}), "/name", "must have at most 120 characters"),
            ("unknown field", json!({"nmae": "x"}), "/nmae", "is not known here"),
            ("no channel", json!({"messaging": null}), "/messaging", "is required"),
            ("unknown channel", json!({"messaging": {"connector": "fax"}}), "/messaging/connector", channels.as_str()),
            (
                "platform as channel",
                json!({"messaging": {"connector": "genesys-cloud"}}),
                "/messaging/connector",
                channels.as_str(),
            ),
            ("no settings", json!({"messaging": {"settings": null}}), "/messaging/settings", "is required"),
            (
                "secret missing",
                json!({"messaging": {"settings": {"channelSecret": null}}}),
                "/messaging/settings/channelSecret",
                "is required",
            ),
            (
                "setting unknown",
                json!({"cxPlatform": {"settings": {"regoin": "x"}}}),
                "/cxPlatform/settings/regoin",
                "is not known here",
            ),
            (
                "custom data",
                json!({"cxPlatform": {"customData": {"vip": 1}}}),
                "/cxPlatform/customData/vip",
                "must be a text",
            ),
            (
                "authentication",
                json!({"apiAuthentication": {"type": "oauth"}}),
                "/apiAuthentication/type",
                "must be one of: none, basic",
            ),
            (
                "no password",
                json!({"apiAuthentication": {"type": "basic", "user": "ivr"}}),
                "/apiAuthentication/password",
                "is required",
            ),
        ] {
            let mut document = good();
            merge(&mut document, patch);
            assert_eq!(faults(&document), [Fault::at(pointer, detail)], "{label}");
        }
        let mut many = good();
        let data: serde_json::Map<String, Value> = (0..51).map(|n| (format!("k{n}"), "v".into())).collect();
        merge(&mut many, json!({"cxPlatform": {"customData": data}}));
        assert_eq!(faults(&many), [Fault::at("/cxPlatform/customData", "must have at most 50 entries")]);
    }

    #[test]
    fn no_fault_repeats_a_secret() {
        let secret = "s3cr3t-canary";
        for settings in [
            json!({"channelId": secret, "channelSecret": [secret], "botBasicId": secret}),
            json!({"channelId": {"x": secret}, "channelSecret": {"x": secret}, "botBasicId": 5}),
        ] {
            let mut document = good();
            document["messaging"]["settings"] = settings.clone();
            document["cxPlatform"]["settings"] = settings;
            document["apiAuthentication"] = json!({"type": "basic", "user": 5, "password": [secret]});
            let found = faults(&document);
            assert!(found.len() > 3);
            assert!(found.iter().all(|fault| !fault.detail.contains(secret)), "{found:?}");
        }
    }

    #[test]
    fn a_patch_of_the_connector_begins_from_nothing() {
        let document = patched(good(), json!({"messaging": {"connector": "other"}}));
        assert_eq!(
            document.map(|document| document["messaging"].clone()).ok(),
            Some(json!({"connector": "other", "settings": {}}))
        );
    }
}
