//! Tries the credentials.

use contract::{Io, SelfTest, SendError};

use crate::{
    settings::{AppType, Settings},
    token,
};

/// Has Microsoft issue a token. More cannot be asked: a bot may not read its own registration.
pub(crate) async fn run(io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
    token::renew(io).await?;
    let Settings { bot_id, bot_name, app_type, app_tenant_id, .. } = io.settings;
    let mut warnings = vec![
        "Microsoft does not tell where it sends messages to: check that the webhook URL is the bot's endpoint address."
            .to_owned(),
    ];
    if *app_type == AppType::MultiTenant {
        warnings.push("Bots of the type MultiTenant can no longer be made; this one goes on working.".to_owned());
    }
    let home = match (app_type, app_tenant_id) {
        (AppType::SingleTenant, Some(tenant)) => format!("single tenant, {tenant}"),
        _ => "multi-tenant".to_owned(),
    };
    Ok(SelfTest { found: format!("{bot_name} ({bot_id}, {home})"), warnings })
}
