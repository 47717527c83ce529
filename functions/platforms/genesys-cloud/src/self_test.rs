//! Tries the credentials and looks at the integration, changing nothing.

use contract::{Io, ProvisionStatus, SelfTest, SendError, SendErrorKind, http::Request};
use serde_json::Value;

use crate::{
    Settings, api,
    errors::{Doing, GONE},
    integration::{self, INTEGRATIONS, Integration},
};

/// A token, and a look at the integration (or, while there is none, at the list: it takes the same permission).
pub(crate) async fn self_test(io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
    let Some(id) = io.settings.integration() else {
        let url = io.settings.region.api(&format!("{INTEGRATIONS}?pageSize=1&pageNumber=1"));
        api::read::<Value>(io, Request::get(url), Doing::Registering).await?;
        return Ok(SelfTest {
            found: format!(
                "The OAuth client is accepted in {}. The integration \"{}\" is created when the tenant is saved.",
                io.settings.region, io.settings.integration_name
            ),
            warnings: Vec::new(),
        });
    };
    let found = integration::by_id(io, id)
        .await?
        .ok_or_else(|| SendError::new(SendErrorKind::Forbidden).coded("404").saying(GONE))?;
    Ok(SelfTest {
        found: format!(
            "Open Messaging integration \"{}\" ({id}) in {}.",
            found.name.as_deref().unwrap_or(&io.settings.integration_name),
            io.settings.region
        ),
        warnings: warnings(io, &found),
    })
}

fn warnings(io: &Io<'_, Settings>, found: &Integration) -> Vec<String> {
    let mut warnings = Vec::new();
    match found.provision_status() {
        ProvisionStatus::Pending { detail } | ProvisionStatus::Failed { detail } => warnings.push(detail),
        ProvisionStatus::Ready | ProvisionStatus::NotNeeded => {}
    }
    if found.status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("inactive")) {
        warnings.push("The integration is not active: Genesys Cloud takes no messages for it.".to_owned());
    }
    if !found.leads_to(io.tenant) {
        warnings.push(format!(
            "The integration's webhook is {}, not this tenant's: agents' messages go there.",
            found.outbound_notification_webhook_url.as_deref().unwrap_or("unknown")
        ));
    }
    if found.supported_content.is_none() {
        warnings.push("The integration has no supported content profile: Genesys Cloud blocks all files.".to_owned());
    }
    if found.messaging_setting.is_none() {
        warnings.push("The integration has no messaging settings: nobody sees the other side type.".to_owned());
    }
    warnings
}
