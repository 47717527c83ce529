//! Our webhook at Telegram: put in place when a tenant is saved, taken back when it is deleted.
//! <https://core.telegram.org/bots/api#setwebhook>

use contract::{Io, Place, ProvisionStatus, Provisioned, SendError, SendErrorKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{DESCRIPTOR, api, parse, settings::Settings, verify};

/// The bot, as `getMe` tells: <https://core.telegram.org/bots/api#getme>.
#[derive(Deserialize)]
pub(crate) struct Me {
    pub(crate) first_name: String,
    #[serde(default)]
    pub(crate) username: String,
    #[serde(default)]
    pub(crate) can_join_groups: bool,
    #[serde(default)]
    pub(crate) can_read_all_group_messages: bool,
}

/// The webhook in place: <https://core.telegram.org/bots/api#webhookinfo>.
#[derive(Deserialize)]
pub(crate) struct WebhookInfo {
    #[serde(default)]
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) pending_update_count: u64,
    pub(crate) last_error_date: Option<i64>,
    pub(crate) last_error_message: Option<String>,
}

/// Registers the webhook. Again changes nothing; after a new API token it brings the new secret token.
pub(crate) async fn register(io: &Io<'_, Settings>, place: &Place) -> Result<Provisioned, SendError> {
    let me: Me = api::call(io, "getMe", &json!({})).await?;
    let parameters = json!({
        "url": format!("{}?{}={}", place.webhook_url, verify::BOT, me.username),
        "secret_token": verify::secret_token(io.settings, io.tenant.as_str()).expose(),
        // Without it, what was asked for last stays in force.
        "allowed_updates": parse::ALLOWED_UPDATES,
    });
    match api::call::<bool>(io, "setWebhook", &parameters).await {
        Ok(_) => {
            let settings = Map::from_iter([("botUsername".to_owned(), Value::String(me.username))]);
            Ok(Provisioned { settings, status: ProvisionStatus::Ready })
        }
        Err(error) if error.kind == SendErrorKind::InvalidMessage => {
            let detail = error.sentence.replace("this message", "the webhook");
            Ok(Provisioned { status: ProvisionStatus::Failed { detail }, ..Provisioned::default() })
        }
        Err(error) => Err(error),
    }
}

/// Takes the webhook back, unless the bot has gone to another tenant or another system since.
pub(crate) async fn unregister(io: &Io<'_, Settings>) -> Result<(), SendError> {
    let info: WebhookInfo = match api::call(io, "getWebhookInfo", &json!({})).await {
        // The token was revoked: nothing of ours is left.
        Err(error) if error.kind == SendErrorKind::Unauthorized => return Ok(()),
        info => info?,
    };
    if !is_of(&info.url, io.tenant.as_str()) {
        return Ok(());
    }
    api::call::<Value>(io, "deleteWebhook", &json!({ "drop_pending_updates": false })).await.map(|_| ())
}

/// Whether a webhook's address is a tenant's.
pub(crate) fn is_of(url: &str, tenant: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.ends_with(&format!("{}/{tenant}", DESCRIPTOR.path))
}
