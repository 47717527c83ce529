//! The `state` of an installation: says for which tenant it is, and that it began here not long ago. Signed with a key made
//! from the app's client secret. That it is used once is Slack's affair: a code is good once.
//! <https://docs.slack.dev/authentication/installing-with-oauth#asking>

use contract::{Secret, TenantId};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// How long somebody may look at Slack's consent page, in seconds.
const LIVES_S: i64 = 1_800;

/// A new state: `{tenant}.{expires}.{nonce}.{signature}`.
pub(crate) fn issue(tenant: &TenantId, secret: &Secret, now: Timestamp) -> String {
    let mut nonce = [0u8; 12];
    // Without randomness it is only less individual; the signature and the time are what counts.
    let _ = getrandom::fill(&mut nonce);
    let words = format!("{tenant}.{}.{}", now.as_second() + LIVES_S, hex::encode(nonce));
    let signature = sign(secret, &words).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default();
    format!("{words}.{signature}")
}

/// For which tenant a state claims to be: to find the secret that [`check`] needs.
pub(crate) fn tenant(state: &str) -> Option<TenantId> {
    let mut parts = state.split('.');
    let tenant = TenantId::parse(parts.next()?)?;
    (parts.count() == 3).then_some(tenant)
}

/// Whether a state is ours and still good.
pub(crate) fn check(state: &str, secret: &Secret, now: Timestamp) -> bool {
    let Some((words, signature)) = state.rsplit_once('.') else { return false };
    let Ok(signature) = hex::decode(signature) else { return false };
    let fresh = words.split('.').nth(1).and_then(|at| at.parse().ok()).is_some_and(|at: i64| now.as_second() <= at);
    // An empty key would be everybody's.
    !secret.is_empty() && fresh && sign(secret, words).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
}

fn sign(secret: &Secret, words: &str) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    Some(mac.chain_update(b"um slack install state v1\0").chain_update(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_good_for_its_tenant_and_a_while() {
        let (id, secret, now) = (TenantId::from("tenant-1"), Secret::new("s3cret"), Timestamp::UNIX_EPOCH);
        let state = issue(&id, &secret, now);
        let later = |seconds| Timestamp::from_second(seconds).unwrap_or_default();
        assert_eq!(tenant(&state), Some(id.clone()));
        assert!(check(&state, &secret, now) && check(&state, &secret, later(1_800)));
        assert!(!check(&state, &secret, later(1_801)), "too old");
        assert!(!check(&state, &Secret::new("other"), now), "another app's");
        assert!(!check(&state.replace("tenant-1", "tenant-2"), &secret, now), "another tenant's");
        assert!(!check(&state, &Secret::new(""), now), "no secret");
        assert_ne!(state, issue(&id, &secret, now), "no two are alike");
        for bad in ["", ".", "tenant-1", "tenant-1.9.x", "tenant-1.9.x.zz", "a/b.9.x.00", "....."] {
            assert!(!check(bad, &secret, now), "{bad}");
        }
        assert_eq!(tenant("a/b.9.x.00"), None);
    }
}
