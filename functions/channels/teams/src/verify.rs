//! Whether a request is Microsoft's, and meant for this bot.
//!
//! A request carries a token that the Bot Framework signed. The token does not cover the body: it says who asks, for whom,
//! and at which service the answer is to be given.
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#connector-to-bot>

use contract::{PublishedKeys, Rejection, WebhookRequest};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, dangerous::insecure_decode, decode};
use serde::Deserialize;
use serde_json::Value;

use crate::{keys, settings::Settings};

const ISSUER: &str = "https://api.botframework.com";
/// How far clocks may be apart, in seconds.
const SKEW: f64 = 300.0;

/// What of the activity the token must agree with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    channel_id: String,
    service_url: String,
}

/// What can be seen without the key is checked first, so that only a token that may be good has the keys fetched.
pub(crate) fn verify(
    request: &WebhookRequest,
    settings: &Settings,
    known: &PublishedKeys,
    now: Timestamp,
) -> Result<(), Rejection> {
    let token = bearer(request).ok_or(Rejection::Unsigned)?;
    let seen: Seen = serde_json::from_slice(&request.body).map_err(|_| Rejection::Malformed)?;
    let unverified = insecure_decode::<Value>(token).map_err(|_| Rejection::BadSignature)?;
    if unverified.header.alg != Algorithm::RS256 {
        return Err(Rejection::BadSignature);
    }
    claims(&unverified.claims, &seen, settings, now)?;
    let id = unverified.header.kid.ok_or(Rejection::BadSignature)?;
    let key = keys::find(known, &id).ok_or(Rejection::UnknownKey)?;
    // A key that lists channels signs for these only.
    if key["endorsements"].as_array().is_some_and(|channels| !channels.iter().any(|it| *it == seen.channel_id)) {
        return Err(Rejection::BadSignature);
    }
    let part = |name: &str| key[name].as_str().unwrap_or_default();
    let key = DecodingKey::from_rsa_components(part("n"), part("e")).map_err(|_| Rejection::BadSignature)?;
    decode::<Value>(token, &key, &signature_only()).map_err(|_| Rejection::BadSignature)?;
    Ok(())
}

fn bearer(request: &WebhookRequest) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.trim())
}

fn claims(claims: &Value, seen: &Seen, settings: &Settings, now: Timestamp) -> Result<(), Rejection> {
    if claims["iss"] != ISSUER {
        return Err(Rejection::BadSignature);
    }
    if !claims["aud"].as_str().is_some_and(|audience| audience.eq_ignore_ascii_case(&settings.bot_id)) {
        return Err(Rejection::WrongAccount);
    }
    let now = now.as_second() as f64;
    let expires = claims["exp"].as_f64().ok_or(Rejection::BadSignature)?;
    if now > expires + SKEW || claims["nbf"].as_f64().is_some_and(|from| now < from - SKEW) {
        return Err(Rejection::Stale);
    }
    // Microsoft writes `serviceurl`, its documentation `serviceUrl`.
    let service = ["serviceurl", "serviceUrl"].iter().find_map(|name| claims[name].as_str());
    let bare = |url: &str| url.trim_end_matches('/').to_ascii_lowercase();
    match service {
        Some(service) if bare(service) == bare(&seen.service_url) => Ok(()),
        _ => Err(Rejection::BadSignature),
    }
}

/// The claims are checked here, by an injected clock.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}
