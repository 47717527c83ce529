//! The Open Messaging integration and what it refers to, as the API writes them.

use contract::{Io, ProvisionStatus, SendError, http::Request};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Settings, api, errors::Doing};

/// Where integrations are.
pub(crate) const INTEGRATIONS: &str = "/api/v2/conversations/messaging/integrations/open";
/// Where the profiles of supported content are.
pub(crate) const SUPPORTED_CONTENT: &str = "/api/v2/conversations/messaging/supportedcontent";
/// Where the messaging settings are.
pub(crate) const MESSAGING_SETTINGS: &str = "/api/v2/conversations/messaging/settings";

/// Something named by its id.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Reference {
    pub(crate) id: String,
}

/// An integration, as far as we look at it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Integration {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) status: Option<String>,
    #[serde(default)]
    pub(crate) create_status: Option<String>,
    #[serde(default)]
    pub(crate) create_error: Option<Value>,
    #[serde(default)]
    pub(crate) outbound_notification_webhook_url: Option<String>,
    #[serde(default)]
    pub(crate) supported_content: Option<Reference>,
    #[serde(default)]
    pub(crate) messaging_setting: Option<Reference>,
}

impl Integration {
    /// How its creation stands.
    pub(crate) fn provision_status(&self) -> ProvisionStatus {
        let word = self.create_status.as_deref().unwrap_or("Completed");
        if word.eq_ignore_ascii_case("Completed") {
            ProvisionStatus::Ready
        } else if word.eq_ignore_ascii_case("Error") {
            ProvisionStatus::Failed { detail: self.create_error_text() }
        } else {
            ProvisionStatus::Pending { detail: format!("Genesys Cloud is creating the integration ({word}).") }
        }
    }

    fn create_error_text(&self) -> String {
        let text = |key: &str| self.create_error.as_ref().and_then(|error| error.get(key)).and_then(Value::as_str);
        match (text("message"), text("code")) {
            (Some(message), Some(code)) => {
                format!("Genesys Cloud could not create the integration: {message} ({code})")
            }
            (Some(only), None) | (None, Some(only)) => {
                format!("Genesys Cloud could not create the integration: {only}")
            }
            (None, None) => "Genesys Cloud could not create the integration and gives no reason.".to_owned(),
        }
    }

    /// Whether its webhook leads to this tenant, whatever the deployment's domain was when it was made. An integration
    /// that shows no webhook is believed to.
    pub(crate) fn leads_to(&self, tenant: &contract::TenantId) -> bool {
        let Some(url) = &self.outbound_notification_webhook_url else { return true };
        let path = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        path.ends_with(&format!("/{tenant}"))
    }
}

/// A page of a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    #[serde(default = "Vec::new")]
    entities: Vec<T>,
    #[serde(default)]
    page_count: Option<u32>,
}

/// The most pages that are looked through: an organization has some dozens of these things.
const MOST_PAGES: u32 = 20;

/// The first thing in a list that `wanted` holds for, page by page.
pub(crate) async fn search<T: serde::de::DeserializeOwned>(
    io: &Io<'_, Settings>,
    path: &str,
    wanted: impl Fn(&T) -> bool + Send + Sync,
) -> Result<Option<T>, SendError> {
    for number in 1..=MOST_PAGES {
        let url = io.settings.region.api(&format!("{path}?pageSize=100&pageNumber={number}"));
        let page: Page<T> = api::read(io, Request::get(url), Doing::Registering).await?;
        if let Some(found) = page.entities.into_iter().find(|entity| wanted(entity)) {
            return Ok(Some(found));
        }
        if page.page_count.unwrap_or(1) <= number {
            break;
        }
    }
    Ok(None)
}

/// The integration with this id; none when there is no such.
pub(crate) async fn by_id(io: &Io<'_, Settings>, id: &str) -> Result<Option<Integration>, SendError> {
    api::find(io, Request::get(url_of(io, id)), Doing::Registering).await
}

/// Its address.
pub(crate) fn url_of(io: &Io<'_, Settings>, id: &str) -> String {
    io.settings.region.api(&format!("{INTEGRATIONS}/{}", api::segment(id)))
}
