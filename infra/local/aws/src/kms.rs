//! KMS: symmetric keys, aliases, data keys, and encryption bound to a context.
//!
//! The cryptography is real (AES-256-GCM with the context as associated data), the vault is not: keys lie in a file.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aes_gcm::aead::{Aead, Generate, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

/// Plaintext of `Encrypt`, in bytes.
const MAX_PLAINTEXT: usize = 4096;
/// First byte of every ciphertext blob.
const VERSION: u8 = 1;

/// A refusal of KMS.
#[derive(Debug, Error)]
pub enum KmsError {
    /// No such key or alias.
    #[error("{0} does not exist")]
    NotFound(String),
    /// An alias that is taken.
    #[error("An alias with the name {0} already exists")]
    AlreadyExists(String),
    /// Not a ciphertext of a key here, altered, or another encryption context. (AWS gives no message either.)
    #[error("")]
    InvalidCiphertext,
    /// Encrypted under another key than the one named.
    #[error("The key ID in the request does not identify a CMK that can perform this operation.")]
    IncorrectKey,
    /// A parameter out of its range.
    #[error("{0}")]
    Validation(String),
    /// An action this emulator does not know.
    #[error("{0} is not implemented")]
    UnknownOperation(String),
    /// The keys could not be stored.
    #[error("the keys could not be stored")]
    Internal(#[from] std::io::Error),
}

impl KmsError {
    /// `__type` on the wire.
    pub fn shape(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NotFoundException",
            Self::AlreadyExists(_) => "AlreadyExistsException",
            Self::InvalidCiphertext => "InvalidCiphertextException",
            Self::IncorrectKey => "IncorrectKeyException",
            Self::Validation(_) => "ValidationException",
            Self::UnknownOperation(_) => "UnknownOperationException",
            Self::Internal(_) => "KMSInternalException",
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Keys {
    /// By key id.
    keys: BTreeMap<Uuid, Key>,
    /// Alias (with `alias/`) to key id.
    aliases: BTreeMap<String, Uuid>,
}

#[derive(Serialize, Deserialize)]
struct Key {
    /// 32 bytes, base64.
    material: String,
    /// Seconds since 1970.
    created: u64,
    #[serde(default)]
    description: String,
}

/// The keys of one account in one region. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Kms {
    inner: Arc<Inner>,
}

struct Inner {
    keys: Mutex<Keys>,
    file: Option<PathBuf>,
    /// `arn:aws:kms:region:account`
    arn: String,
    account: String,
}

impl Kms {
    pub(crate) fn open(file: Option<&Path>, region: &str, account: &str) -> std::io::Result<Self> {
        let keys = match file.map(std::fs::read) {
            Some(Ok(text)) => serde_json::from_slice(&text)?,
            Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => Keys::default(),
        };
        let arn = format!("arn:aws:kms:{region}:{account}");
        let inner = Inner { keys: Mutex::new(keys), file: file.map(Into::into), arn, account: account.into() };
        Ok(Self { inner: Arc::new(inner) })
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.inner.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, keys: &Keys) -> Result<(), KmsError> {
        let Some(file) = &self.inner.file else { return Ok(()) };
        let new = file.with_extension("new");
        let text = serde_json::to_vec(keys).map_err(std::io::Error::from)?;
        write_private(&new, &text)?;
        std::fs::rename(new, file)?;
        Ok(())
    }

    /// The key behind an alias (`name` or `alias/name`), created if there is none.
    pub(crate) fn ensure(&self, alias: &str) -> Result<Uuid, KmsError> {
        let alias = if alias.starts_with("alias/") { alias.to_owned() } else { format!("alias/{alias}") };
        let mut keys = self.keys();
        if let Some(id) = keys.aliases.get(&alias) {
            return Ok(*id);
        }
        let id = create(&mut keys, String::new());
        keys.aliases.insert(alias, id);
        self.save(&keys)?;
        Ok(id)
    }

    /// Carries one action out.
    pub(crate) fn handle(&self, action: &str, body: &[u8]) -> Result<Value, KmsError> {
        let request: Request = serde_json::from_slice(if body.is_empty() { b"{}" } else { body })
            .map_err(|error| KmsError::Validation(error.to_string()))?;
        let mut keys = self.keys();
        match action {
            "CreateKey" => {
                let usage = request.key_spec.as_deref().unwrap_or("SYMMETRIC_DEFAULT");
                if usage != "SYMMETRIC_DEFAULT" {
                    return Err(KmsError::Validation(format!("KeySpec {usage} is not supported here")));
                }
                let id = create(&mut keys, request.description.unwrap_or_default());
                self.save(&keys)?;
                self.describe(&keys, id)
            }
            "DescribeKey" => {
                let id = self.resolve(&keys, request.key_id.as_deref())?;
                self.describe(&keys, id)
            }
            "ListKeys" => {
                let list: Vec<_> =
                    keys.keys.keys().map(|id| json!({ "KeyId": id, "KeyArn": self.key_arn(*id) })).collect();
                Ok(json!({ "Keys": list, "Truncated": false }))
            }
            "CreateAlias" => {
                let alias = request.alias_name.unwrap_or_default();
                if !alias.starts_with("alias/") || alias.len() < 7 {
                    return Err(KmsError::Validation("AliasName must start with alias/".into()));
                }
                let id = self.resolve(&keys, request.target_key_id.as_deref())?;
                if keys.aliases.contains_key(&alias) {
                    return Err(KmsError::AlreadyExists(alias));
                }
                keys.aliases.insert(alias, id);
                self.save(&keys)?;
                Ok(json!({}))
            }
            "ListAliases" => {
                let only = request.key_id.map(|id| self.resolve(&keys, Some(&id))).transpose()?;
                let aliases = keys.aliases.iter().filter(|(_, id)| only.is_none_or(|only| only == **id));
                let list: Vec<_> = aliases
                    .map(|(alias, id)| {
                        json!({ "AliasName": alias, "AliasArn": format!("{}:{alias}", self.inner.arn), "TargetKeyId": id })
                    })
                    .collect();
                Ok(json!({ "Aliases": list, "Truncated": false }))
            }
            "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
                let id = self.resolve(&keys, request.key_id.as_deref())?;
                let length = match (request.key_spec.as_deref(), request.number_of_bytes) {
                    (Some("AES_256"), None) => 32,
                    (Some("AES_128"), None) => 16,
                    (None, Some(length @ 1..=1024)) => length,
                    _ => return Err(KmsError::Validation("Please specify either number of bytes or key spec.".into())),
                };
                let mut plain = vec![0; length];
                getrandom::fill(&mut plain).map_err(|_| std::io::Error::other("no randomness"))?;
                let blob = encrypt(&keys, id, &plain, &request.encryption_context)?;
                let mut answer = json!({ "KeyId": self.key_arn(id), "CiphertextBlob": STANDARD.encode(blob) });
                if action == "GenerateDataKey" {
                    answer["Plaintext"] = STANDARD.encode(&plain).into();
                }
                Ok(answer)
            }
            "Encrypt" => {
                let id = self.resolve(&keys, request.key_id.as_deref())?;
                let plain = decode(request.plaintext.as_deref(), "Plaintext")?;
                if !(1..=MAX_PLAINTEXT).contains(&plain.len()) {
                    return Err(KmsError::Validation("Plaintext must have 1 to 4096 bytes".into()));
                }
                let blob = encrypt(&keys, id, &plain, &request.encryption_context)?;
                let blob = STANDARD.encode(blob);
                Ok(json!({ "KeyId": self.key_arn(id), "CiphertextBlob": blob, "EncryptionAlgorithm": ALGORITHM }))
            }
            "Decrypt" => {
                let blob = decode(request.ciphertext_blob.as_deref(), "CiphertextBlob")?;
                let (id, plain) = decrypt(&keys, &blob, &request.encryption_context)?;
                if let Some(named) = request.key_id
                    && self.resolve(&keys, Some(&named))? != id
                {
                    return Err(KmsError::IncorrectKey);
                }
                let plain = STANDARD.encode(&plain);
                Ok(json!({ "KeyId": self.key_arn(id), "Plaintext": plain, "EncryptionAlgorithm": ALGORITHM }))
            }
            other => Err(KmsError::UnknownOperation(other.into())),
        }
    }

    fn key_arn(&self, id: Uuid) -> String {
        format!("{}:key/{id}", self.inner.arn)
    }

    /// A key by its id, its ARN, an alias or an alias's ARN.
    fn resolve(&self, keys: &Keys, name: Option<&str>) -> Result<Uuid, KmsError> {
        let name = name.ok_or_else(|| KmsError::Validation("KeyId is needed".into()))?;
        let local = name.strip_prefix(&self.inner.arn).and_then(|rest| rest.strip_prefix(':')).unwrap_or(name);
        let local = local.strip_prefix("key/").unwrap_or(local);
        let id = match keys.aliases.get(local) {
            Some(id) => Some(*id),
            None => Uuid::try_parse(local).ok().filter(|id| keys.keys.contains_key(id)),
        };
        id.ok_or_else(|| KmsError::NotFound(name.into()))
    }

    fn describe(&self, keys: &Keys, id: Uuid) -> Result<Value, KmsError> {
        let key = keys.keys.get(&id).ok_or_else(|| KmsError::NotFound(id.to_string()))?;
        Ok(json!({ "KeyMetadata": {
            "AWSAccountId": self.inner.account,
            "KeyId": id,
            "Arn": self.key_arn(id),
            "CreationDate": key.created,
            "Enabled": true,
            "Description": key.description,
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyState": "Enabled",
            "Origin": "AWS_KMS",
            "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": ALGORITHM,
            "KeySpec": ALGORITHM,
            "EncryptionAlgorithms": [ALGORITHM],
            "MultiRegion": false,
        }}))
    }
}

const ALGORITHM: &str = "SYMMETRIC_DEFAULT";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    key_id: Option<String>,
    key_spec: Option<String>,
    description: Option<String>,
    alias_name: Option<String>,
    target_key_id: Option<String>,
    number_of_bytes: Option<usize>,
    plaintext: Option<String>,
    ciphertext_blob: Option<String>,
    #[serde(default)]
    encryption_context: BTreeMap<String, String>,
}

fn create(keys: &mut Keys, description: String) -> Uuid {
    let id = Uuid::new_v4();
    let material = STANDARD.encode(aes_gcm::Key::<Aes256Gcm>::generate());
    let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    keys.keys.insert(id, Key { material, created, description });
    id
}

fn cipher(keys: &Keys, id: Uuid) -> Option<Aes256Gcm> {
    let material = STANDARD.decode(&keys.keys.get(&id)?.material).ok()?;
    Aes256Gcm::new_from_slice(&material).ok()
}

/// The context as associated data: pairs in the order of their keys, each part behind its length.
fn associated(id: Uuid, context: &BTreeMap<String, String>) -> Vec<u8> {
    let mut bytes = id.as_bytes().to_vec();
    for part in context.iter().flat_map(|(key, value)| [key, value]) {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

/// Version, key id, nonce, ciphertext with its tag.
fn encrypt(keys: &Keys, id: Uuid, plain: &[u8], context: &BTreeMap<String, String>) -> Result<Vec<u8>, KmsError> {
    let cipher = cipher(keys, id).ok_or_else(|| KmsError::NotFound(id.to_string()))?;
    let nonce = Nonce::generate();
    let payload = Payload { msg: plain, aad: &associated(id, context) };
    let sealed = cipher.encrypt(&nonce, payload).map_err(|_| std::io::Error::other("encryption failed"))?;
    Ok([&[VERSION], id.as_bytes().as_slice(), nonce.as_slice(), &sealed].concat())
}

fn decrypt(keys: &Keys, blob: &[u8], context: &BTreeMap<String, String>) -> Result<(Uuid, Vec<u8>), KmsError> {
    let open = || {
        let (version, rest) = blob.split_first()?;
        let (id, rest) = rest.split_at_checked(16)?;
        let (nonce, sealed) = rest.split_at_checked(12)?;
        if *version != VERSION {
            return None;
        }
        let id = Uuid::from_slice(id).ok()?;
        let payload = Payload { msg: sealed, aad: &associated(id, context) };
        let plain = cipher(keys, id)?.decrypt(&Nonce::try_from(nonce).ok()?, payload).ok()?;
        Some((id, plain))
    };
    open().ok_or(KmsError::InvalidCiphertext)
}

fn decode(text: Option<&str>, name: &str) -> Result<Vec<u8>, KmsError> {
    let text = text.ok_or_else(|| KmsError::Validation(format!("{name} is needed")))?;
    STANDARD.decode(text).map_err(|_| KmsError::Validation(format!("{name} must be base64")))
}

fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn call(kms: &Kms, action: &str, request: &Value) -> Result<Value, &'static str> {
        kms.handle(action, request.to_string().as_bytes()).map_err(|error| error.shape())
    }

    #[test]
    fn context_is_bound() {
        let kms = Kms::open(None, "eu-central-1", "000000000000").unwrap();
        let id = kms.ensure("um").unwrap();
        assert_eq!(kms.ensure("alias/um").unwrap(), id, "created once");
        let context = json!({ "tenant": "t1", "purpose": "secret" });
        let sealed = call(
            &kms,
            "GenerateDataKey",
            &json!({ "KeyId": "alias/um", "KeySpec": "AES_256", "EncryptionContext": context }),
        )
        .unwrap();
        let blob = sealed["CiphertextBlob"].as_str().unwrap();
        let other = kms.ensure("other").unwrap();
        let altered = STANDARD.encode({
            let mut bytes = STANDARD.decode(blob).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            bytes
        });
        for (label, request, refused) in [
            ("same context", json!({ "CiphertextBlob": blob, "EncryptionContext": context }), None),
            ("and its key", json!({ "CiphertextBlob": blob, "KeyId": id, "EncryptionContext": context }), None),
            (
                "another key",
                json!({ "CiphertextBlob": blob, "KeyId": other, "EncryptionContext": context }),
                Some("IncorrectKeyException"),
            ),
            ("no context", json!({ "CiphertextBlob": blob }), Some("InvalidCiphertextException")),
            (
                "other tenant",
                json!({ "CiphertextBlob": blob, "EncryptionContext": { "tenant": "t2", "purpose": "secret" } }),
                Some("InvalidCiphertextException"),
            ),
            // The same bytes, cut elsewhere.
            (
                "shifted",
                json!({ "CiphertextBlob": blob, "EncryptionContext": { "tenantt": "1", "purpose": "secret" } }),
                Some("InvalidCiphertextException"),
            ),
            (
                "altered",
                json!({ "CiphertextBlob": altered, "EncryptionContext": context }),
                Some("InvalidCiphertextException"),
            ),
            (
                "short",
                json!({ "CiphertextBlob": "AQ==", "EncryptionContext": context }),
                Some("InvalidCiphertextException"),
            ),
            ("not base64", json!({ "CiphertextBlob": "%" }), Some("ValidationException")),
        ] {
            let answer = call(&kms, "Decrypt", &request);
            assert_eq!(answer.as_ref().err().copied(), refused, "{label}");
            if let Ok(answer) = answer {
                assert_eq!(answer["Plaintext"], sealed["Plaintext"], "{label}");
            }
        }
    }

    #[test]
    fn keys_survive() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("kms.json");
        let kms = Kms::open(Some(&file), "us-east-1", "1").unwrap();
        let id = kms.ensure("um").unwrap();
        let sealed = call(&kms, "Encrypt", &json!({ "KeyId": id, "Plaintext": "aGVsbG8=" })).unwrap();
        let kms = Kms::open(Some(&file), "us-east-1", "1").unwrap();
        assert_eq!(kms.ensure("um").unwrap(), id);
        let opened = call(&kms, "Decrypt", &json!({ "CiphertextBlob": sealed["CiphertextBlob"] })).unwrap();
        assert_eq!(opened["Plaintext"], "aGVsbG8=");
    }
}
