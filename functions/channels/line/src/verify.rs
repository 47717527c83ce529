//! The signature of LINE's webhooks.

use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{Rejection, Secret, WebhookRequest};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::settings::Settings;

/// The header with the signature.
pub(crate) const SIGNATURE: &str = "x-line-signature";

/// The signature is base64(HMAC-SHA256(channel secret, body)); through the Switcher, the key is the destination's secret.
/// There is no time in it: replayed events are recognised by their id.
/// <https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/>
pub(crate) fn verify(request: &WebhookRequest, settings: &Settings) -> Result<(), Rejection> {
    let given = request.header(SIGNATURE).ok_or(Rejection::Unsigned)?;
    let given = STANDARD.decode(given).map_err(|_| Rejection::BadSignature)?;
    let signed_with = |secret: &Secret| {
        // An empty key would be everybody's.
        !secret.is_empty()
            && Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
                .is_ok_and(|mac| mac.chain_update(&request.body).verify_slice(&given).is_ok())
    };
    if signed_with(&settings.channel_secret) || settings.switcher_secret.as_ref().is_some_and(signed_with) {
        Ok(())
    } else {
        Err(Rejection::BadSignature)
    }
}
