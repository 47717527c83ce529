//! Whether a request is Telegram's. <https://core.telegram.org/bots/api#setwebhook>
//!
//! Telegram signs nothing. It repeats a secret token in a header that it was given when the webhook was registered. Ours is
//! derived from the bot's API token and the tenant, so that nothing needs to be kept, every tenant has another, and it
//! changes when @BotFather gives out a new API token.

use contract::{Rejection, Secret, WebhookRequest};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{DESCRIPTOR, settings::Settings};

/// The header with the secret token.
pub(crate) const SECRET_TOKEN: &str = "x-telegram-bot-api-secret-token";
/// The bot's username in the query of the webhook's address, put there when it is registered: in a group, mentions name it,
/// and neither the API token nor an update does.
pub(crate) const BOT: &str = "bot";

/// The secret token of a tenant's webhook: 64 hexadecimal digits, of at most 256 that
/// <https://core.telegram.org/bots/api#setwebhook> allows.
pub(crate) fn secret_token(settings: &Settings, tenant: &str) -> Secret {
    let key = settings.api_token.expose().as_bytes();
    // HMAC takes a key of any length.
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| {
        let mac = mac.chain_update(b"webhook of tenant ").chain_update(tenant.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    });
    Secret::new(mac.unwrap_or_default())
}

/// Compares the secret token with ours. There is no time in it: repeated updates are recognised by their number.
pub(crate) fn verify(request: &WebhookRequest, settings: &Settings) -> Result<(), Rejection> {
    let given = request.header(SECRET_TOKEN).ok_or(Rejection::Unsigned)?;
    let tenant = tenant_of(&request.path).ok_or(Rejection::BadSignature)?;
    // The token of nothing would be everybody's.
    if !settings.api_token.is_empty() && secret_token(settings, tenant).matches(given) {
        Ok(())
    } else {
        Err(Rejection::BadSignature)
    }
}

/// The tenant's id in `/telegram/{tenantId}`.
pub(crate) fn tenant_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(DESCRIPTOR.path)?.strip_prefix('/')?;
    rest.split('/').next().filter(|tenant| !tenant.is_empty())
}
