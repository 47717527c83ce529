//! Whether a request is Slack's: <https://docs.slack.dev/authentication/verifying-requests-from-slack>.

use contract::{Rejection, WebhookRequest};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::settings::Settings;

/// The header of the signature.
pub(crate) const SIGNATURE: &str = "x-slack-signature";
/// The header of the time, in seconds since the epoch, which is signed with the body.
pub(crate) const TIMESTAMP: &str = "x-slack-request-timestamp";
/// How far Slack's clock and ours may differ, in seconds.
const WINDOW_S: i64 = 300;

/// `v0=` + hex(HMAC-SHA256(signing secret, `v0:{timestamp}:{body}`)), at most five minutes old.
pub(crate) fn verify(request: &WebhookRequest, settings: &Settings, now: Timestamp) -> Result<(), Rejection> {
    let given = request.header(SIGNATURE).ok_or(Rejection::Unsigned)?;
    let timestamp = request.header(TIMESTAMP).ok_or(Rejection::Unsigned)?;
    let given = given.strip_prefix("v0=").and_then(|given| hex::decode(given).ok()).ok_or(Rejection::BadSignature)?;
    let at: i64 = timestamp.parse().map_err(|_| Rejection::BadSignature)?;
    let secret = settings.signing_secret.expose().as_bytes();
    // An empty key would be everybody's.
    let good = !secret.is_empty()
        && Hmac::<Sha256>::new_from_slice(secret).is_ok_and(|mac| {
            let mac = mac.chain_update(b"v0:").chain_update(timestamp).chain_update(b":").chain_update(&request.body);
            mac.verify_slice(&given).is_ok()
        });
    if !good {
        return Err(Rejection::BadSignature);
    }
    if now.as_second().abs_diff(at) > WINDOW_S.unsigned_abs() {
        return Err(Rejection::Stale);
    }
    Ok(())
}
