//! The tokens of both directions: JSON Web Tokens signed with HS256, whose key is the API secret, base64-decoded.
//! <https://developer.apple.com/documentation/businesschatapi/authorizing_messages>

use contract::{Rejection, SendError, SendErrorKind};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

/// How old a token of Apple's may be, in seconds. Tokens are reused for an hour at most; as much again for late retries.
const AGE_MAX: i64 = 7_200;
/// How far Apple's clock may be ahead of ours, in seconds.
const SKEW: i64 = 300;

#[derive(Serialize)]
struct Ours<'a> {
    iss: &'a str,
    iat: i64,
}

#[derive(Deserialize)]
struct Theirs {
    aud: Audience,
    iat: Option<f64>,
    exp: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// A token for a request to Apple. Made for each: signing takes microseconds, keeping one takes care.
pub(crate) fn issue(settings: &Settings, now: Timestamp) -> Result<String, SendError> {
    let (id, secret) = settings.credentials()?;
    let unusable = |_| {
        SendError::new(SendErrorKind::Unauthorized)
            .coded("mspSecret")
            .saying("The API secret of this deployment is no base64 text. Please tell the administrator.")
    };
    let key = EncodingKey::from_base64_secret(secret.expose().trim()).map_err(unusable)?;
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &Ours { iss: id, iat: now.as_second() }, &key)
        .map_err(unusable)
}

/// Checks a token of Apple's: signed with the secret, for this MSP, and not long ago. It does not cover the body.
pub(crate) fn verify(token: &str, settings: &Settings, now: Timestamp) -> Result<(), Rejection> {
    let bad = |_| Rejection::BadSignature;
    let (id, secret) = settings.credentials().map_err(|_| Rejection::BadSignature)?;
    let key = DecodingKey::from_base64_secret(secret.expose().trim()).map_err(bad)?;
    let mut validation = Validation::new(Algorithm::HS256);
    // What the crate would check of the claims it checks by the machine's clock; below it is done by ours.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims = jsonwebtoken::decode::<Theirs>(token, &key, &validation).map_err(|_| Rejection::BadSignature)?.claims;
    let ours = match &claims.aud {
        Audience::One(audience) => audience == id,
        Audience::Several(audiences) => audiences.iter().any(|audience| audience == id),
    };
    if !ours {
        return Err(Rejection::BadSignature);
    }
    let now = now.as_second() as f64;
    let issued_well = claims.iat.is_none_or(|at| at <= now + SKEW as f64 && at >= now - AGE_MAX as f64);
    let not_expired = claims.exp.is_none_or(|at| at >= now - SKEW as f64);
    if issued_well && not_expired { Ok(()) } else { Err(Rejection::Stale) }
}
