//! The door: is it Viber's, and what does it say?

use contract::{Inbound, Parsed, Rejection, WebhookRequest, WebhookResponse};
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use serde_json::json;
use sha2::Sha256;

use crate::{events, render, settings::Settings, wire::Callback};

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

/// What a callback says. The handshake, which comes while the webhook is being registered, says nothing and is answered
/// 200 like any other.
pub(crate) fn parse(body: &[u8], settings: &Settings) -> Result<Parsed<Inbound>, Rejection> {
    let callback: Callback<'_> = match serde_json::from_slice(body) {
        Ok(callback) => callback,
        // Anything but an object with an event's name is not Viber's; an event that is not as documented is its own
        // fault, and sending it again would not mend it.
        Err(_) => return named_event(body).map(|()| Parsed::ignored(events::MALFORMED)),
    };
    let welcome = (callback.event.as_str() == "conversation_started").then(|| settings.welcome()).flatten();
    let mut parsed = match events::read(&callback) {
        Ok(events) => Parsed::events(events),
        Err(reason) => return Ok(Parsed::ignored(reason)),
    };
    // The only message that a guest who has not subscribed may get.
    // https://developers.viber.com/docs/api/rest-bot-api/#sending-a-welcome-message
    parsed.answer = welcome.map(|text| {
        let message = json!({
            "type": "text", "text": text, "sender": render::sender(settings, None), "min_api_version": 1,
        });
        WebhookResponse::with_body(StatusCode::OK, "application/json", message.to_string())
    });
    Ok(parsed)
}

fn named_event(body: &[u8]) -> Result<(), Rejection> {
    #[derive(serde::Deserialize)]
    struct Named {
        #[serde(rename = "event")]
        _event: String,
    }
    serde_json::from_slice::<Named>(body).map(|_| ()).map_err(|_| Rejection::Malformed)
}
