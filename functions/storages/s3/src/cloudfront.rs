//! CloudFront's signed URLs with a canned policy: anybody who has one fetches the file until its time is over.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html>
//!
//! Signed over SHA-256 (`Hash-Algorithm=SHA256`), not over the SHA-1 that CloudFront assumes when a URL does not say:
//! the signer is aws-lc, which TLS brings along anyway and which makes no SHA-1 signatures.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;

/// CloudFront takes no time after this one: seconds since 1970 in 31 bits.
const LATEST: i64 = i32::MAX as i64;

/// Why a private key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFault {
    /// There is no private key in PEM.
    NoPem,
    /// It is locked with a passphrase.
    Encrypted,
    /// Neither RSA from 2048 bits nor ECDSA on P-256.
    Unusable,
}

impl KeyFault {
    /// For the administrator.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::NoPem => "This is no private key in PEM format: it begins with -----BEGIN PRIVATE KEY-----.",
            Self::Encrypted => "The private key is protected with a passphrase; CloudFront's must be without.",
            Self::Unusable => "The private key is neither RSA with 2048 bits nor ECDSA on the curve P-256.",
        }
    }
}

enum Key {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
}

/// Signs URLs with one of CloudFront's key pairs.
pub(crate) struct Signer {
    key_pair_id: String,
    key: Key,
}

impl Signer {
    /// From the id of the public key and the private key in PEM.
    pub(crate) fn new(key_pair_id: &str, pem: &str) -> Result<Self, KeyFault> {
        Ok(Self { key_pair_id: key_pair_id.to_owned(), key: private_key(pem)? })
    }

    /// A URL (absolute, encoded, without a query) signed until a time.
    pub(crate) fn sign(&self, url: &str, until: Timestamp) -> Option<String> {
        let expires = until.as_second().clamp(0, LATEST);
        let policy = policy(url, expires);
        let signature = match &self.key {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), policy.as_bytes(), &mut signature).ok()?;
                signature
            }
            Key::Ecdsa(key) => key.sign(&SystemRandom::new(), policy.as_bytes()).ok()?.as_ref().to_vec(),
        };
        let (signature, id) = (url_safe(&signature), &self.key_pair_id);
        Some(format!("{url}?Expires={expires}&Signature={signature}&Key-Pair-Id={id}&Hash-Algorithm=SHA256"))
    }
}

/// The canned policy, to the letter: CloudFront makes the same text from the URL and checks the signature over that.
fn policy(url: &str, expires: i64) -> String {
    format!(r#"{{"Statement":[{{"Resource":"{url}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{expires}}}}}}}]}}"#)
}

/// Base64 with CloudFront's own substitutes for what a URL cannot hold.
fn url_safe(bytes: &[u8]) -> String {
    STANDARD.encode(bytes).replace('+', "-").replace('=', "_").replace('/', "~")
}

/// The private key in a PEM text. Line breaks may have been lost or written as `\n` on the way through a form.
fn private_key(pem: &str) -> Result<Key, KeyFault> {
    let mut rest = pem;
    while let Some((_, begun)) = rest.split_once("-----BEGIN ") {
        let (label, body) = begun.split_once("-----").ok_or(KeyFault::NoPem)?;
        let (body, after) = body.split_once("-----END ").ok_or(KeyFault::NoPem)?;
        rest = after;
        if !label.ends_with("PRIVATE KEY") {
            continue;
        }
        if label.starts_with("ENCRYPTED") || body.contains("ENCRYPTED") {
            return Err(KeyFault::Encrypted);
        }
        let body: String = body.replace("\\n", "").split_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| KeyFault::NoPem)?;
        let ecdsa = &ECDSA_P256_SHA256_ASN1_SIGNING;
        return match label {
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).map(Key::Rsa),
            "EC PRIVATE KEY" => EcdsaKeyPair::from_private_key_der(ecdsa, &der).map(Key::Ecdsa),
            _ => RsaKeyPair::from_pkcs8(&der)
                .map(Key::Rsa)
                .or_else(|_| EcdsaKeyPair::from_pkcs8(ecdsa, &der).map(Key::Ecdsa)),
        }
        .map_err(|_| KeyFault::Unusable);
    }
    Err(KeyFault::NoPem)
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use aws_lc_rs::{
        encoding::{AsDer, EcPrivateKeyRfc5915Der, Pkcs8V1Der},
        rsa::KeySize,
        signature::{ECDSA_P256_SHA256_ASN1, KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
    };

    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    /// A new RSA key: its PEM and its public key.
    pub(crate) fn rsa() -> (String, Vec<u8>) {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der = key.as_der().unwrap();
        (pem("PRIVATE KEY", der.as_ref()), key.public_key().as_ref().to_vec())
    }

    /// What CloudFront does with a URL.
    fn accepts(url: &str, verify: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        let (resource, query) = url.split_once('?').unwrap();
        let parameters: Vec<(&str, &str)> = query.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
        assert_eq!(
            parameters.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["Expires", "Signature", "Key-Pair-Id", "Hash-Algorithm"]
        );
        assert_eq!((parameters[2].1, parameters[3].1), ("K2JCJMDEHXQW5F", "SHA256"));
        assert!(parameters[1].1.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_~".contains(&b)));
        let signature = parameters[1].1.replace('-', "+").replace('_', "=").replace('~', "/");
        let policy = format!(
            r#"{{"Statement":[{{"Resource":"{resource}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{}}}}}}}]}}"#,
            parameters[0].1
        );
        verify(policy.as_bytes(), &STANDARD.decode(signature).unwrap())
    }

    #[test]
    fn the_policy_is_to_the_letter() {
        assert_eq!(
            policy("https://d111.cloudfront.net/acme/uuid/a.pdf", 1_767_225_600),
            r#"{"Statement":[{"Resource":"https://d111.cloudfront.net/acme/uuid/a.pdf","Condition":{"DateLessThan":{"AWS:EpochTime":1767225600}}}]}"#
        );
        assert_eq!(url_safe(&[0xfb, 0xff, 0xfe, 0x00]), "-~~-AA__");
    }

    #[test]
    fn cloudfront_accepts_what_is_signed() {
        let url = "https://d111.cloudfront.net/t/2026/01/0f/a.pdf";
        let until: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let (rsa_pem, rsa_public) = rsa();
        let by_rsa = |message: &[u8], signature: &[u8]| {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &rsa_public).verify(message, signature).is_ok()
        };
        let signed = Signer::new("K2JCJMDEHXQW5F", &rsa_pem).unwrap().sign(url, until).unwrap();
        assert!(signed.starts_with(&format!("{url}?Expires=1767225600&Signature=")));
        assert!(accepts(&signed, by_rsa));
        assert!(!accepts(&signed.replace("a.pdf", "b.pdf"), by_rsa));
        assert!(!accepts(&signed.replace("1767225600", "1767225601"), by_rsa));

        let ecdsa = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let ecdsa_pem = pem("PRIVATE KEY", ecdsa.to_pkcs8v1().unwrap().as_ref());
        let signed = Signer::new("K2JCJMDEHXQW5F", &ecdsa_pem).unwrap().sign(url, until).unwrap();
        assert!(accepts(&signed, |message, signature| {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, ecdsa.public_key().as_ref())
                .verify(message, signature)
                .is_ok()
        }));
    }

    #[test]
    fn a_time_too_far_away_is_the_last_one() {
        let signer = Signer::new("K", &rsa().0).unwrap();
        assert!(signer.sign("https://d/a", Timestamp::MAX).unwrap().contains("?Expires=2147483647&"));
    }

    #[test]
    fn keys_as_they_come() {
        let pem8 = rsa().0;
        let one_line = pem8.replace('\n', " ");
        let escaped = pem8.replace('\n', "\\n");
        let second = format!("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{pem8}");
        // PKCS #8 wraps PKCS #1 in 26 bytes for a key of this size.
        let der: Pkcs8V1Der = RsaKeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
        let pkcs1 = pem("RSA PRIVATE KEY", &der.as_ref()[26..]);
        let ecdsa = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let der: EcPrivateKeyRfc5915Der = ecdsa.private_key().as_der().unwrap();
        let sec1 = pem("EC PRIVATE KEY", der.as_ref());
        let forms = [
            ("PKCS #8", pem8),
            ("in one line", one_line),
            ("escaped", escaped),
            ("second", second),
            ("PKCS #1", pkcs1),
            ("SEC 1", sec1),
        ];
        for (label, pem) in forms {
            assert!(private_key(&pem).is_ok(), "{label}");
        }
        let rows = [
            ("", KeyFault::NoPem),
            ("K2JCJMDEHXQW5F", KeyFault::NoPem),
            ("-----BEGIN PRIVATE KEY-----", KeyFault::NoPem),
            ("-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----", KeyFault::NoPem),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", KeyFault::NoPem),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", KeyFault::Unusable),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", KeyFault::Encrypted),
        ];
        for (pem, fault) in rows {
            assert_eq!(private_key(pem).err(), Some(fault), "{pem}");
        }
    }
}
