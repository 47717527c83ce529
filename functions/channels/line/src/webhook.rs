//! The door: is it LINE's, and what does it say?

use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{Inbound, Parsed, Rejection, Secret, WebhookRequest};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::value::RawValue;
use sha2::Sha256;

use crate::{
    events,
    settings::Settings,
    wire::{Callback, Event},
};

/// Where LINE puts its signature.
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

/// The events of a body. LINE's check of the address has none, and is answered like any other.
pub(crate) fn parse(body: &[u8]) -> Result<Parsed<Inbound>, Rejection> {
    // serde would read the callback's fields from an array as well.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Rejection::Malformed);
    }
    let mut parsed = Parsed::default();
    let take = |parsed: &mut Parsed<Inbound>, event: Event<'_>| match events::read(event) {
        Ok(inbound) => parsed.events.push(inbound),
        Err(reason) => parsed.ignored.push(reason),
    };
    if let Ok(callback) = serde_json::from_slice::<Callback<Event<'_>>>(body) {
        callback.events.into_iter().for_each(|event| take(&mut parsed, event));
        return Ok(parsed);
    }
    // Something in it is not as documented: one by one, so that a bad event does not take the good ones with it.
    let callback: Callback<&RawValue> = serde_json::from_slice(body).map_err(|_| Rejection::Malformed)?;
    for event in callback.events {
        match serde_json::from_str(event.get()) {
            Ok(event) => take(&mut parsed, event),
            Err(_) => parsed.ignored.push(events::MALFORMED),
        }
    }
    Ok(parsed)
}
