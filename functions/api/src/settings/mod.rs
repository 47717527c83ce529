//! `/api/v1/settings`: what holds for the whole deployment.

mod commander;
mod notifiers;

use std::sync::Arc;

use aws::{
    Context,
    store::StoreError,
    tenant::{DeploymentSettings, Versioned},
};
use axum::{extract::State, response::Response};
use contract::StorageId;
use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    commander::{CommanderIn, CommanderOut},
    notifiers::{NotifierIn, NotifierOut},
};
use crate::{
    audit::{AuditAction, differing},
    auth::Caller,
    crud::{self, Crud, Resource, Save, Store},
    describe::{self, Routes},
    extract::{JsonBody, object},
    merge::without_nulls,
    problem::{Fault, Problem},
    storages, validation,
};

/// Stands for a proxy's user and password.
const HIDDEN: &str = "***";
/// What an answer shows beyond what is written.
const SHOWN_ONLY: [&str; 2] = ["version", "secretsSet"];

/// The deployment's settings, as they are written.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(rename = "SettingsIn")]
pub struct SettingsIn {
    /// The proxy of every connection to an outside system: `http://proxy.example:3128`, or
    /// `http://user:password@proxy.example:3128`. Sent back as it is shown, with `***` for user and password, those stay.
    #[schemars(length(max = 2048))]
    outbound_proxy: Option<String>,
    /// The storage of tenants that name none; the deployment's own bucket when none.
    default_storage_id: Option<StorageId>,
    /// What understands the commands of agents whose tenants have no service of their own for it.
    default_commander: Option<CommanderIn>,
    /// Where operators are told what goes on.
    #[schemars(length(max = 50))]
    notifier_destinations: Option<Vec<NotifierIn>>,
}

/// The deployment's settings, as they are shown.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Settings")]
pub struct SettingsOut {
    /// The proxy of every connection to an outside system, its user and password hidden.
    outbound_proxy: Option<String>,
    /// The storage of tenants that name none; the deployment's own bucket when none.
    default_storage_id: Option<StorageId>,
    /// What understands the commands of agents whose tenants have no service of their own for it.
    default_commander: Option<CommanderOut>,
    /// Where operators are told what goes on.
    notifier_destinations: Vec<NotifierOut>,
    /// `outboundProxy`, when the proxy has a user and a password.
    secrets_set: Vec<String>,
    /// Counts the changes; also the `ETag`. 0 when never saved.
    version: u64,
}

crate::describe::documented!(SettingsIn, SettingsOut);

impl SettingsOut {
    fn new(found: Versioned<DeploymentSettings>) -> Self {
        let proxy = found.value.outbound_proxy.as_deref();
        let parsed = proxy.and_then(|proxy| Url::parse(proxy).ok());
        let secret = parsed.as_ref().is_some_and(has_credentials);
        Self {
            // What cannot be read is not shown either.
            outbound_proxy: parsed.map(hidden),
            default_storage_id: found.value.default_storage_id,
            default_commander: found.value.default_commander.map(CommanderOut::new),
            notifier_destinations: found.value.notifier_destinations.into_iter().map(NotifierOut::new).collect(),
            secrets_set: secret.then(|| "outboundProxy".to_owned()).into_iter().collect(),
            version: found.version,
        }
    }
}

fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn hidden(mut url: Url) -> String {
    if has_credentials(&url) {
        // Fails for URLs without a host only.
        let _ = url.set_username(HIDDEN).and_then(|()| url.set_password(None));
    }
    let text = url.to_string();
    text.strip_suffix('/').map(str::to_owned).unwrap_or(text)
}

/// The proxy that is meant, or what is wrong with it.
fn proxy(given: &str, stored: Option<&str>) -> Result<String, &'static str> {
    let url = Url::parse(given.trim()).map_err(|_| "must be a URL such as http://proxy.example:3128")?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err("must be a URL such as http://proxy.example:3128");
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err("must be scheme, host and port only");
    }
    if url.username() != HIDDEN {
        return Ok(url.to_string());
    }
    let stored = stored.and_then(|stored| Url::parse(stored).ok()).filter(|stored| {
        (stored.scheme(), stored.host_str(), stored.port_or_known_default())
            == (url.scheme(), url.host_str(), url.port_or_known_default())
    });
    // Never to another proxy: whoever may change the address would learn the password.
    stored.map(|stored| stored.to_string()).ok_or("is another proxy: give its user and password")
}

/// The deployment's settings, of which there is one record.
pub struct SettingsStore;

impl Store for SettingsStore {
    type Record = DeploymentSettings;

    fn id(_: &DeploymentSettings) -> &str {
        ""
    }

    fn is_id(text: &str) -> bool {
        text.is_empty()
    }

    async fn find(context: &Context, _: &str) -> Result<Option<Versioned<DeploymentSettings>>, StoreError> {
        context.configuration.settings().await.map(Some)
    }

    async fn put(
        context: &Context,
        settings: &DeploymentSettings,
        before: Option<&Versioned<DeploymentSettings>>,
        _: &[String],
    ) -> Result<(), Problem> {
        let version = before.map_or(0, |before| before.version);
        context.configuration.put_settings(settings, version).await?;
        Ok(())
    }
}

/// What holds for the whole deployment.
pub struct Settings;

impl Resource for Settings {
    type Store = SettingsStore;
    type Out = SettingsOut;
    const PATH: &'static str = "/api/v1/settings";
    const KIND: &'static str = "settings";

    fn out(found: Versioned<DeploymentSettings>, _: &str, _: Vec<String>) -> SettingsOut {
        SettingsOut::new(found)
    }

    fn changed_fields(before: Option<&DeploymentSettings>, after: &DeploymentSettings) -> Vec<String> {
        let json = |settings: &DeploymentSettings| serde_json::to_value(settings).unwrap_or_default();
        differing(&before.map(json).unwrap_or_default(), &json(after))
    }
}

impl Save for Settings {
    type Request = SettingsIn;

    async fn draft(
        context: &Context,
        written: &SettingsIn,
        stored: Option<&DeploymentSettings>,
    ) -> Result<DeploymentSettings, Problem> {
        checked(context, written, stored.unwrap_or(&DeploymentSettings::default())).await
    }
}

/// Read the settings
#[utoipa::path(
    get, path = "/api/v1/settings", tag = "settings", operation_id = "getSettings",
    responses(
        (status = 200, description = "The settings.", body = SettingsOut, headers(("ETag" = String, description = "Their version."))),
        describe::ReadProblems,
    ),
)]
async fn read(State(context): State<Arc<Context>>, _: Caller, headers: HeaderMap) -> Result<Response, Problem> {
    crud::answer::<Settings>(&context, "", &context.root(&headers), Vec::new()).await
}

/// Replace the settings
///
/// They are in force within a minute. What is left out is removed, except for secrets within `defaultCommander` and
/// `notifierDestinations`, which stay as they are. With `If-Match`, only the version that it names is replaced.
#[utoipa::path(
    put, path = "/api/v1/settings", tag = "settings", operation_id = "replaceSettings",
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the version that is meant.")),
    request_body = SettingsIn,
    responses(
        (status = 200, description = "Replaced.", body = SettingsOut, headers(("ETag" = String, description = "Their version."))),
        describe::ReplaceProblems,
    ),
)]
async fn replace(request: Crud<Settings>, JsonBody(document): JsonBody) -> Result<Response, Problem> {
    let mut document = object(document)?;
    for name in SHOWN_ONLY {
        document.remove(name);
    }
    let mut document = Value::Object(document);
    take_out_what_is_only_shown(&mut document);
    without_nulls(&mut document);
    request.save(&validation::valid::<SettingsIn, _>(document)?, AuditAction::Changed).await
}

/// Clients send back what they were shown.
fn take_out_what_is_only_shown(document: &mut Value) {
    let commander = document.get_mut("defaultCommander").and_then(Value::as_object_mut);
    commander.map(|commander| commander.remove("secretsSet"));
    for destination in document.get_mut("notifierDestinations").and_then(Value::as_array_mut).into_iter().flatten() {
        destination.as_object_mut().map(|destination| destination.remove("secretsSet"));
        without_nulls(destination);
    }
}

/// What is wrong with settings that did not come through here, those of a backup; but for the storage, which may be in the
/// backup, too.
pub fn faults_of(settings: &DeploymentSettings) -> Vec<Fault> {
    let given = settings.outbound_proxy.as_deref().map(|given| proxy(given, None));
    let fault = given.and_then(Result::err).map(|detail| Fault::at("/outboundProxy", detail));
    fault.into_iter().chain(notifiers::faults_of(&settings.notifier_destinations)).collect()
}

async fn checked(
    context: &Context,
    written: &SettingsIn,
    stored: &DeploymentSettings,
) -> Result<DeploymentSettings, Problem> {
    let mut faults = Vec::new();
    let given = written.outbound_proxy.as_deref().filter(|proxy| !proxy.is_empty());
    let outbound_proxy = match given.map(|given| proxy(given, stored.outbound_proxy.as_deref())).transpose() {
        Ok(proxy) => proxy,
        Err(detail) => {
            faults.push(Fault::at("/outboundProxy", detail));
            None
        }
    };
    let default_storage_id = written.default_storage_id.clone();
    if let Some(id) = &default_storage_id
        && !storages::exists(context, id).await?
    {
        faults.push(Fault::at("/defaultStorageId", "is no storage's id"));
    }
    let commander = written.default_commander.as_ref();
    let default_commander =
        commander.and_then(|written| commander::checked(written, stored.default_commander.as_ref(), &mut faults));
    let written = written.notifier_destinations.as_deref().unwrap_or_default();
    let notifier_destinations = notifiers::checked(written, &stored.notifier_destinations, &mut faults);
    if faults.is_empty() {
        Ok(DeploymentSettings { outbound_proxy, default_storage_id, default_commander, notifier_destinations })
    } else {
        Err(Problem::invalid(faults))
    }
}

pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(read, replace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_scheme_host_and_port() {
        let stored = Some("http://user:s3cr3t@proxy.example:3128/");
        let url = Err("must be a URL such as http://proxy.example:3128");
        let only = Err("must be scheme, host and port only");
        let other = Err("is another proxy: give its user and password");
        for (given, expected) in [
            ("http://proxy.example:3128", Ok("http://proxy.example:3128/")),
            ("https://a:b@proxy.example", Ok("https://a:b@proxy.example/")),
            ("http://***@proxy.example:3128", Ok("http://user:s3cr3t@proxy.example:3128/")),
            ("http://***@evil.example:3128", other),
            ("http://***@proxy.example:3129", other),
            ("https://***@proxy.example:3128", other),
            ("proxy.example:3128", url),
            ("socks5://proxy.example", url),
            ("http://", url),
            ("", url),
            ("http://proxy.example/path", only),
            ("http://proxy.example?a=b", only),
        ] {
            assert_eq!(proxy(given, stored), expected.map(str::to_owned), "{given}");
        }
    }

    #[test]
    fn credentials_are_hidden() {
        for (stored, shown, set) in [
            ("http://user:s3cr3t@proxy.example:3128/", "http://***@proxy.example:3128", true),
            ("http://:s3cr3t@proxy.example/", "http://***@proxy.example", true),
            ("http://proxy.example:3128/", "http://proxy.example:3128", false),
        ] {
            let value = DeploymentSettings { outbound_proxy: Some(stored.to_owned()), ..Default::default() };
            let out = SettingsOut::new(Versioned { value, version: 1, secrets: Vec::new() });
            assert_eq!((out.outbound_proxy.as_deref(), !out.secrets_set.is_empty()), (Some(shown), set));
        }
    }
}
