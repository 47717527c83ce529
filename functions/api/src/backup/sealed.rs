//! The secrets of a backup: encrypted with age under a passphrase. <https://age-encryption.org/v1>
//!
//! Other tools open it, too: `jq -r .secrets backup.json | age -d | gunzip`.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
};

use age::{
    Decryptor, Encryptor,
    armor::{ArmoredReader, ArmoredWriter, Format},
    scrypt,
    secrecy::SecretString,
};
use contract::Secret;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::transfer::INFLATED_MAX;
use crate::{
    auth::password,
    problem::{Fault, Problem, ProblemKind},
};

/// Carries the passphrase: what is in an address ends up in logs.
pub const PASSPHRASE: HeaderName = HeaderName::from_static("um-backup-passphrase");
/// As people write it.
const PASSPHRASE_NAME: &str = "UM-Backup-Passphrase";
/// The work of one guess, as a power of two: 128 MiB, half a second.
/// <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt>
const WORK: u8 = 17;
/// The most work that is done for a backup that others encrypted: 256 MiB, what `age -p` takes.
const WORK_MAX: u8 = 18;

/// What is secret.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Secrets {
    /// The hash of all that is not secret: who changes that, changes it unnoticed no more.
    pub content: String,
    /// What was taken out of the records.
    pub values: Values,
    /// What customers gave for good: the installations of an app in their workspaces.
    pub tokens: Vec<TenantToken>,
}

/// Secrets by resource, record and JSON pointer.
pub type Values = BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>;

/// An access token of a tenant's.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantToken {
    /// The id of the tenant.
    pub tenant: String,
    /// What it is for.
    pub name: String,
    /// The token.
    pub token: String,
    /// When it expires.
    pub expires: Timestamp,
}

/// Why secrets cannot be had back.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not with this passphrase.
    #[error("is not the one that the backup was made with")]
    Passphrase,
    /// Not at all.
    #[error("cannot be decrypted: the backup was cut or changed")]
    Damaged,
    /// It would take too long.
    #[error("is encrypted with too much work")]
    TooMuchWork,
}

/// The passphrase of a request, if it has one.
pub fn passphrase(headers: &HeaderMap) -> Result<Option<Secret>, Problem> {
    let Some(value) = headers.get(PASSPHRASE) else { return Ok(None) };
    match value.to_str() {
        Ok(text) if text.len() <= password::MAX => Ok(Some(Secret::new(text))),
        _ => Err(parameter("must be visible ASCII characters, 256 at most")),
    }
}

/// What is wrong with the passphrase.
pub fn parameter(detail: &str) -> Problem {
    Problem::parameter(PASSPHRASE_NAME, detail)
}

/// The passphrase of a new backup: a guess may be tried on it for years.
pub fn strong_passphrase(headers: &HeaderMap) -> Result<Secret, Problem> {
    let given = passphrase(headers)?.ok_or_else(|| parameter("is required to encrypt what is secret"))?;
    match password::weakness(given.expose(), &["backup"]) {
        Some(weakness) => Err(parameter(weakness.trim_end_matches('.'))),
        None => Ok(given),
    }
}

/// Encrypts, beside the runtime.
pub async fn seal(secrets: Secrets, passphrase: Secret) -> Result<String, Problem> {
    let failed = || Problem::new(ProblemKind::Internal, "The secrets cannot be encrypted.");
    let sealed = tokio::task::spawn_blocking(move || encrypt(&secrets, &passphrase)).await;
    sealed.ok().and_then(Result::ok).ok_or_else(|| {
        tracing::error!("the secrets of a backup cannot be encrypted");
        failed()
    })
}

fn encrypt(secrets: &Secrets, passphrase: &Secret) -> std::io::Result<String> {
    let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase.expose()));
    recipient.set_work_factor(WORK);
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as _))
        .map_err(|error| std::io::Error::other(error.to_string()))?;
    let armored = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor)?;
    let mut zipped = GzEncoder::new(encryptor.wrap_output(armored)?, Compression::default());
    serde_json::to_writer(&mut zipped, secrets)?;
    zipped.flush()?;
    let bytes = zipped.finish()?.finish()?.finish()?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}

/// Decrypts, beside the runtime.
pub async fn open(sealed: String, passphrase: Secret) -> Result<Secrets, Problem> {
    let opened = tokio::task::spawn_blocking(move || decrypt(&sealed, &passphrase)).await;
    match opened.unwrap_or(Err(OpenError::Damaged)) {
        Ok(secrets) => Ok(secrets),
        Err(error @ OpenError::Passphrase) => {
            let detail = error.to_string();
            Err(Problem::new(ProblemKind::Invalid, format!("The parameter {PASSPHRASE_NAME} {detail}."))
                .naming(Fault::parameter(PASSPHRASE_NAME, detail)))
        }
        Err(error) => Err(Problem::field("/secrets", error.to_string())),
    }
}

fn decrypt(sealed: &str, passphrase: &Secret) -> Result<Secrets, OpenError> {
    let mut identity = scrypt::Identity::new(SecretString::from(passphrase.expose()));
    identity.set_max_work_factor(WORK_MAX);
    let decryptor = Decryptor::new(ArmoredReader::new(sealed.as_bytes())).map_err(|_| OpenError::Damaged)?;
    if !decryptor.is_scrypt() {
        return Err(OpenError::Damaged);
    }
    let opened = decryptor.decrypt(std::iter::once(&identity as _)).map_err(|error| match error {
        age::DecryptError::ExcessiveWork { .. } => OpenError::TooMuchWork,
        age::DecryptError::DecryptionFailed
        | age::DecryptError::KeyDecryptionFailed
        | age::DecryptError::NoMatchingKeys => OpenError::Passphrase,
        _ => OpenError::Damaged,
    })?;
    let mut json = Vec::new();
    let limit = u64::try_from(INFLATED_MAX).unwrap_or(u64::MAX);
    GzDecoder::new(opened).take(limit).read_to_end(&mut json).map_err(|_| OpenError::Damaged)?;
    serde_json::from_slice(&json).map_err(|_| OpenError::Damaged)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_passphrase_opens() {
        let passphrase = Secret::new("correct horse battery staple");
        let mut secrets = Secrets { content: "sha256:00".to_owned(), ..Secrets::default() };
        let fields = BTreeMap::from([("/settings/secret".to_owned(), "canary".to_owned())]);
        secrets.values.entry("tenants".to_owned()).or_default().insert("t1".to_owned(), fields);
        let sealed = encrypt(&secrets, &passphrase).unwrap();
        assert!(sealed.starts_with("-----BEGIN AGE ENCRYPTED FILE-----") && sealed.is_ascii());
        assert!(!sealed.contains("canary"));
        let opened = decrypt(&sealed, &passphrase).unwrap();
        assert_eq!((opened.values, opened.content), (secrets.values, secrets.content));
        assert_eq!(decrypt(&sealed, &Secret::new("wrong")).err(), Some(OpenError::Passphrase));
        let cut = &sealed[..sealed.len() - 60];
        for damaged in ["", "x", cut, &sealed.replacen("YWdl", "YWdm", 1)] {
            assert_eq!(decrypt(damaged, &passphrase).err(), Some(OpenError::Damaged), "{damaged}");
        }
    }
}
