//! Whether a callback is Viber's.

use contract::{Rejection, WebhookRequest};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::settings::Settings;

/// Where Viber puts its signature.
pub(crate) const SIGNATURE: &str = "x-viber-content-signature";

/// The signature is hex(HMAC-SHA256(token, body)), in a header or, by older documents, in the query as `sig`. There is no
/// time in it: replayed events are recognised by their token.
/// <https://developers.viber.com/docs/api/rest-bot-api/#callbacks>
pub(crate) fn verify(request: &WebhookRequest, settings: &Settings) -> Result<(), Rejection> {
    let in_query = || request.query.split('&').find_map(|pair| pair.strip_prefix("sig="));
    let given = request.header(SIGNATURE).or_else(in_query).ok_or(Rejection::Unsigned)?;
    let given = hex::decode(given).map_err(|_| Rejection::BadSignature)?;
    let secret = settings.auth_token.expose().as_bytes();
    // An empty key would be everybody's.
    let good = !secret.is_empty()
        && Hmac::<Sha256>::new_from_slice(secret)
            .is_ok_and(|mac| mac.chain_update(&request.body).verify_slice(&given).is_ok());
    if good { Ok(()) } else { Err(Rejection::BadSignature) }
}
