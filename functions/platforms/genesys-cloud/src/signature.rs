//! The webhook's signature: `X-Hub-Signature-256: sha256=<base64>`, the HMAC-SHA256 of the raw body under the integration's
//! token. Base64, not hex as elsewhere under that header's name.
//! Source: <https://developer.genesys.cloud/commdigital/digital/openmessaging/validate>.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{Rejection, Secret, WebhookRequest};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The signature's header.
pub(crate) const HEADER: &str = "x-hub-signature-256";

/// Checks the signature over the raw bytes, in constant time.
pub(crate) fn verify(request: &WebhookRequest, token: &Secret) -> Result<(), Rejection> {
    if !request.headers.contains_key(HEADER) {
        return Err(Rejection::Unsigned);
    }
    let given = request
        .header(HEADER)
        .and_then(|text| text.strip_prefix("sha256="))
        .and_then(|text| STANDARD.decode(text).ok())
        .ok_or(Rejection::BadSignature)?;
    // An empty token would make a signature that anybody can compute.
    if token.is_empty() {
        return Err(Rejection::BadSignature);
    }
    mac(token.expose(), &request.body).verify_slice(&given).map_err(|_| Rejection::BadSignature)
}

/// The header's value for a body.
#[cfg(feature = "simulator")]
pub(crate) fn sign(token: &str, body: &[u8]) -> String {
    format!("sha256={}", STANDARD.encode(mac(token, body).finalize().into_bytes()))
}

fn mac(token: &str, body: &[u8]) -> Hmac<Sha256> {
    #[allow(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(token.as_bytes()).expect("a key of any length");
    mac.update(body);
    mac
}
