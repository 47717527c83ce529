//! A verified callback, as an event.

use contract::{Inbound, Parsed, Rejection, WebhookResponse};
use http::StatusCode;
use serde_json::json;

use crate::{events, settings::Settings, step, wire::Callback};

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
            "type": "text", "text": text, "sender": step::sender(settings, None), "min_api_version": 1,
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
