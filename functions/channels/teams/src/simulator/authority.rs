//! Who signs: the Bot Framework's keys and tokens, played by us.

use std::sync::OnceLock;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{KeyPair, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The id of the key that is made at the start.
pub const KEY: &str = "made-at-the-start";
/// The public half of the key that signed the sample events. Nobody has the other half.
const SAMPLES: &str = "\
    uiDQTm83L4cjl3B9fa6GLnKilCzExO69iJmN0rfVBk-OHgdR9VNiFjBKsuIRnV2SIevF4UfMwR3kEcyFpl4oTaWhrD2kxbnu3uAf\
    HyVFZ6lKCtvTZDBSkqIynfE8D399ZcqdPPM2qMWTwMeGL4FFsakbqZZC0sHy4FLssW0pXNHbktTE--iL7GrEmUh0Cy1NJ8cs3iF2\
    QvuFEtGmQz47ebU-06AwxUKNSlymj646cCRvUjafrF5-XfgY5-pBPySPQJ_DO5Kz97Ysyv0NKWjuRyR_pZzu5f2ZJL7sUkYL1IAP\
    aPfZPD9NbgksLwaAWDos7LvUHkuRB1WMWCwf6SXAlw";

/// Signs as the Bot Framework does. The key is made when it is first needed.
#[derive(Default)]
pub struct Authority {
    key: OnceLock<Option<RsaKeyPair>>,
}

impl Authority {
    fn key(&self) -> Option<&RsaKeyPair> {
        self.key.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).ok()).as_ref()
    }

    /// The keys as they are published.
    pub fn keys(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let entry = |id: &str, n: String, e: String| json!({ "kty": "RSA", "use": "sig", "kid": id, "x5t": id, "n": n, "e": e, "endorsements": ["msteams"] });
        let ours = self.key().map(|key| {
            let key = key.public_key();
            let part = |number: aws_lc_rs::io::Positive<'_>| encode(number.big_endian_without_leading_zero());
            entry(KEY, part(key.modulus()), part(key.exponent()))
        });
        let samples = entry("samples", SAMPLES.to_owned(), "AQAB".to_owned());
        json!({ "keys": ours.into_iter().chain([samples]).collect::<Vec<_>>() })
    }

    /// A token with these claims, signed with this algorithm's name and key id in its header.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.key().and_then(|key| {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).ok()?;
            Some(URL_SAFE_NO_PAD.encode(signature))
        });
        format!("{message}.{}", signature.unwrap_or_default())
    }

    /// A token as the Bot Framework puts it on an event, good for an hour.
    pub fn token(&self, bot_id: &str, service_url: &str, now: Timestamp) -> String {
        let now = now.as_second();
        let header = json!({ "alg": "RS256", "kid": KEY, "x5t": KEY, "typ": "JWT" });
        let claims = json!({
            "serviceurl": service_url,
            "nbf": now,
            "exp": now + 3_600,
            "iss": "https://api.botframework.com",
            "aud": bot_id,
        });
        self.sign(&header, &claims)
    }
}
