//! The Open Messaging integration, created when a tenant is saved, changed when it is saved again, deleted with it: unless
//! the administrator named one, which is theirs and is left alone.

use contract::{Io, Place, ProvisionStatus, Provisioned, SendError, http::Request};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Settings, api,
    errors::{self, Doing, GONE},
    integration::{self, INTEGRATIONS, Integration, MESSAGING_SETTINGS, Reference, SUPPORTED_CONTENT},
};

/// The name of the content profile and the messaging setting, shared by all tenants of an organization.
const PROFILE: &str = "Universal Messaging";

/// An integration to be.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wanted<'a> {
    name: &'a str,
    outbound_notification_webhook_url: &'a str,
    outbound_notification_webhook_signature_secret_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    supported_content: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messaging_setting: Option<Reference>,
}

/// Creates or updates the integration. Repeatable: one that an interrupted earlier save left behind is recognised by its
/// name and webhook, and adopted.
pub(crate) async fn provision(io: &Io<'_, Settings>, place: &Place) -> Result<Provisioned, SendError> {
    let existing = match io.settings.integration() {
        Some(_) if !io.settings.managed() => return Ok(Provisioned::default()),
        Some(id) => match integration::by_id(io, id).await? {
            // The administrator put another integration's id where ours was: it is theirs.
            Some(found) if !found.leads_to(io.tenant) && !leads_to(&found, place) => return Ok(theirs()),
            Some(found) => Some(found),
            None => left_behind(io, place).await?,
        },
        None => left_behind(io, place).await?,
    };
    let integration = match existing {
        Some(found) => update(io, place, found).await?,
        None => create(io, place).await?,
    };
    let settings = [("integrationId", Value::from(integration.id.clone())), ("integrationManaged", Value::from(true))];
    Ok(Provisioned {
        settings: settings.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
        status: integration.provision_status(),
    })
}

fn theirs() -> Provisioned {
    let settings = [("integrationManaged".to_owned(), Value::from(false))].into_iter().collect();
    Provisioned { settings, status: ProvisionStatus::NotNeeded }
}

fn leads_to(integration: &Integration, place: &Place) -> bool {
    integration.outbound_notification_webhook_url.as_deref() == Some(place.webhook_url.as_str())
}

async fn left_behind(io: &Io<'_, Settings>, place: &Place) -> Result<Option<Integration>, SendError> {
    let name = io.settings.integration_name.as_str();
    integration::search(io, INTEGRATIONS, |candidate: &Integration| {
        candidate.name.as_deref() == Some(name) && leads_to(candidate, place)
    })
    .await
}

async fn create(io: &Io<'_, Settings>, place: &Place) -> Result<Integration, SendError> {
    let body = Wanted {
        supported_content: Some(supported_content(io).await?),
        messaging_setting: Some(messaging_setting(io).await?),
        ..wanted(io, place)
    };
    let request = Request::post_json(io.settings.region.api(INTEGRATIONS), &body);
    api::read(io, request, Doing::Registering).await
}

/// Brings name, webhook and token up to date. Content profile and messaging setting are given only where there are none:
/// an administrator may have chosen others.
async fn update(io: &Io<'_, Settings>, place: &Place, found: Integration) -> Result<Integration, SendError> {
    let mut body = wanted(io, place);
    if found.supported_content.is_none() {
        body.supported_content = Some(supported_content(io).await?);
    }
    if found.messaging_setting.is_none() {
        body.messaging_setting = Some(messaging_setting(io).await?);
    }
    let request = Request::new(Method::PATCH, integration::url_of(io, &found.id)).json(&body);
    api::read(io, request, Doing::Registering).await
}

fn wanted<'a>(io: &'a Io<'_, Settings>, place: &'a Place) -> Wanted<'a> {
    Wanted {
        name: &io.settings.integration_name,
        outbound_notification_webhook_url: &place.webhook_url,
        outbound_notification_webhook_signature_secret_token: io.settings.webhook_token.expose(),
        supported_content: None,
        messaging_setting: None,
    }
}

#[derive(Deserialize)]
struct Named {
    id: String,
    #[serde(default)]
    name: Option<String>,
}

/// A content profile that lets every type of file through both ways. Without one, all files are blocked.
async fn supported_content(io: &Io<'_, Settings>) -> Result<Reference, SendError> {
    let all = json!([{ "type": "*/*" }]);
    let body = json!({ "name": PROFILE, "mediaTypes": { "allow": { "inbound": all, "outbound": all } } });
    named(io, SUPPORTED_CONTENT, &body).await
}

/// A messaging setting that lets typing through both ways.
async fn messaging_setting(io: &Io<'_, Settings>) -> Result<Reference, SendError> {
    let on = json!({ "inbound": "Enabled", "outbound": "Enabled" });
    named(io, MESSAGING_SETTINGS, &json!({ "name": PROFILE, "event": { "typing": { "on": on } } })).await
}

/// The thing of our name in a list, made if it is not there.
async fn named(io: &Io<'_, Settings>, path: &str, body: &Value) -> Result<Reference, SendError> {
    let found = integration::search(io, path, |thing: &Named| thing.name.as_deref() == Some(PROFILE)).await?;
    let thing = match found {
        Some(thing) => thing,
        None => api::read(io, Request::post_json(io.settings.region.api(path), body), Doing::Registering).await?,
    };
    Ok(Reference { id: thing.id })
}

/// How the integration's creation stands.
pub(crate) async fn status(io: &Io<'_, Settings>) -> Result<ProvisionStatus, SendError> {
    let Some(id) = io.settings.integration() else {
        return Ok(ProvisionStatus::Failed {
            detail: "The integration has not been created yet. Please save the tenant again.".to_owned(),
        });
    };
    if !io.settings.managed() {
        return Ok(ProvisionStatus::NotNeeded);
    }
    Ok(match integration::by_id(io, id).await? {
        Some(found) => found.provision_status(),
        None => ProvisionStatus::Failed { detail: GONE.to_owned() },
    })
}

/// Deletes the integration, if it is ours and still leads to this tenant.
pub(crate) async fn deprovision(io: &Io<'_, Settings>) -> Result<(), SendError> {
    let Some(id) = io.settings.integration().filter(|_| io.settings.managed()) else { return Ok(()) };
    match integration::by_id(io, id).await? {
        Some(found) if found.leads_to(io.tenant) => {}
        Some(_) | None => return Ok(()),
    }
    let response = api::request(io, Request::new(Method::DELETE, integration::url_of(io, id))).await?;
    match errors::refusal(&response, Doing::Registering, io.now()) {
        Some(_) if matches!(response.status.as_u16(), 404 | 410) => Ok(()),
        Some(error) => Err(error),
        None => Ok(()),
    }
}
