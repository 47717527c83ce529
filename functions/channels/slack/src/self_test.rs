//! Tries the app's credentials and its installations, changing nothing.

use contract::{Io, SelfTest, SendError, SendErrorKind};

use crate::{
    errors,
    install::{self, Installation},
    settings::Settings,
};

/// "App A0123456789, installed in Acme, Acme Japan". The client ID and secret are tried with a code that is none: Slack looks
/// at them first.
pub(crate) async fn run(io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
    let response = install::access(io.http, io.settings, &[("code", "0.0.0")]).await?;
    match errors::word(&response).as_deref() {
        Some("invalid_code" | "code_already_used") => {}
        Some("invalid_client_id" | "bad_client_secret" | "invalid_auth") => {
            return Err(SendError::new(SendErrorKind::Unauthorized)
                .coded(errors::word(&response).unwrap_or_default())
                .saying("Slack refused the client ID or the client secret of this tenant."));
        }
        _ => {
            return Err(errors::of(&response, io.now()).unwrap_or_else(|| SendErrorKind::Garbled.into()));
        }
    }
    let mut warnings = Vec::new();
    let mut workspaces = Vec::new();
    for name in io.tokens.names(io.tenant, install::PREFIX).await {
        let Some(kept) = io.tokens.get(io.tenant, &name).await else { continue };
        let workspace = Installation::read(&kept).display_name().to_owned();
        let id = name.trim_start_matches(install::PREFIX);
        match install::call(io, id, "auth.test", &[]).await {
            Ok(_) => workspaces.push(workspace),
            Err(error) if error.kind == SendErrorKind::Unauthorized => {
                warnings.push(format!("{workspace} has removed the app, and must install it again."));
            }
            Err(error) => warnings.push(format!("{workspace}: {}", error.sentence)),
        }
    }
    let found = if workspaces.is_empty() {
        warnings.push(format!(
            "No workspace has installed the app yet. Customers do that at /slack/register, with {} as their customer \
             identifier.",
            io.tenant
        ));
        format!("App {}, not installed anywhere", io.settings.app_id)
    } else {
        format!("App {}, installed in {}", io.settings.app_id, workspaces.join(", "))
    };
    warnings.push(
        "The signing secret cannot be tried: on the page \"Event Subscriptions\" of the app, press Retry beside the \
         Request URL."
            .to_owned(),
    );
    Ok(SelfTest { found, warnings })
}
