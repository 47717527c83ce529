//! Secrets at rest: each field sealed with AES-256-GCM under a data key of its record, the data key sealed by KMS.
//!
//! A record (a tenant, a storage) has a data key of its own. KMS gives it back only for the encryption context
//! `{"scope": "tenant/<id>"}`, so that a record copied under another id cannot be opened; the field's JSON pointer is
//! authenticated too, so that a sealed value cannot be moved to another field.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Generate, Nonce, Payload},
};
use aws_sdk_kms::{primitives::Blob, types::DataKeySpec};
use base64::{Engine, prelude::BASE64_STANDARD};
use contract::Clock;
use jiff::Timestamp;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::store::StoreError;

/// The field that marks a sealed value in a stored document.
const SEALED: &str = "$sealed";
const VERSION: &str = "v1:";
/// AES-GCM's nonce, in bytes.
const NONCE: usize = 12;
/// How long a warm function keeps a data key it had opened.
const KEEP: Duration = Duration::from_secs(600);

/// Seals and opens secret fields.
pub struct Vault {
    kms: aws_sdk_kms::Client,
    key_id: String,
    clock: Clock,
    opened: Mutex<HashMap<String, Opened>>,
}

/// A data key in the clear, and until when it is kept.
type Opened = (Zeroizing<Vec<u8>>, Timestamp);

impl Vault {
    /// A vault under a KMS key.
    pub fn new(kms: aws_sdk_kms::Client, key_id: String, clock: Clock) -> Self {
        Self { kms, key_id, clock, opened: Mutex::default() }
    }

    /// Replaces the strings at `pointers` by their sealed form. Returns the sealed data key, to be stored beside the
    /// document: `existing` if given, else a new one; none when there was nothing to seal.
    pub async fn seal(
        &self,
        scope: &str,
        document: &mut Value,
        pointers: &[String],
        existing: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        if !pointers.iter().any(|pointer| document.pointer(pointer).is_some_and(Value::is_string)) {
            return Ok(existing.map(str::to_owned));
        }
        let sealed_key = match existing {
            Some(key) => key.to_owned(),
            None => self.new_key(scope).await?,
        };
        let cipher = self.cipher(scope, &sealed_key).await?;
        for pointer in pointers {
            let Some(field) = document.pointer_mut(pointer) else { continue };
            let Some(text) = field.as_str() else { continue };
            let nonce = Nonce::<Aes256Gcm>::generate();
            let associated = format!("{scope}{pointer}");
            let payload = Payload { msg: text.as_bytes(), aad: associated.as_bytes() };
            let sealed = cipher.encrypt(&nonce, payload).map_err(|_| StoreError::Sealed)?;
            let text = format!("{VERSION}{}", BASE64_STANDARD.encode([nonce.as_slice(), &sealed].concat()));
            *field = json!({ SEALED: text });
        }
        Ok(Some(sealed_key))
    }

    /// Opens every sealed value of a stored document in place; returns their pointers.
    pub async fn open(
        &self,
        scope: &str,
        document: &mut Value,
        sealed_key: Option<&str>,
    ) -> Result<Vec<String>, StoreError> {
        let mut pointers = Vec::new();
        sealed_pointers(document, &mut String::new(), &mut pointers);
        if pointers.is_empty() {
            return Ok(pointers);
        }
        let cipher = self.cipher(scope, sealed_key.ok_or(StoreError::Sealed)?).await?;
        for pointer in &pointers {
            let Some(field) = document.pointer_mut(pointer) else { continue };
            let text = field[SEALED].as_str().and_then(|text| text.strip_prefix(VERSION)).ok_or(StoreError::Sealed)?;
            let bytes = BASE64_STANDARD.decode(text).map_err(|_| StoreError::Sealed)?;
            let (nonce, sealed) = bytes.split_at_checked(NONCE).ok_or(StoreError::Sealed)?;
            let nonce = Nonce::<Aes256Gcm>::try_from(nonce).map_err(|_| StoreError::Sealed)?;
            let associated = format!("{scope}{pointer}");
            let payload = Payload { msg: sealed, aad: associated.as_bytes() };
            let opened = cipher.decrypt(&nonce, payload).map_err(|_| StoreError::Sealed)?;
            *field = Value::String(String::from_utf8(opened).map_err(|_| StoreError::Sealed)?);
        }
        Ok(pointers)
    }

    async fn new_key(&self, scope: &str) -> Result<String, StoreError> {
        let answer = self
            .kms
            .generate_data_key()
            .key_id(&self.key_id)
            .key_spec(DataKeySpec::Aes256)
            .encryption_context("scope", scope)
            .send()
            .await
            .map_err(StoreError::aws)?;
        let (Some(plain), Some(sealed)) = (answer.plaintext, answer.ciphertext_blob) else {
            return Err(StoreError::Sealed);
        };
        let sealed = BASE64_STANDARD.encode(sealed);
        self.keep(scope, &sealed, plain.into_inner());
        Ok(sealed)
    }

    async fn cipher(&self, scope: &str, sealed_key: &str) -> Result<Aes256Gcm, StoreError> {
        let name = format!("{scope}:{sealed_key}");
        let now = self.clock.now();
        let kept = {
            let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            opened.get(&name).filter(|(_, until)| *until > now).map(|(key, _)| key.clone())
        };
        let key = match kept {
            Some(key) => key,
            None => {
                let blob = BASE64_STANDARD.decode(sealed_key).map_err(|_| StoreError::Sealed)?;
                let answer = self
                    .kms
                    .decrypt()
                    .key_id(&self.key_id)
                    .ciphertext_blob(Blob::new(blob))
                    .encryption_context("scope", scope)
                    .send()
                    .await
                    .map_err(StoreError::aws)?;
                let plain = answer.plaintext.ok_or(StoreError::Sealed)?.into_inner();
                self.keep(scope, sealed_key, plain)
            }
        };
        Aes256Gcm::new_from_slice(&key).map_err(|_| StoreError::Sealed)
    }

    fn keep(&self, scope: &str, sealed_key: &str, plain: Vec<u8>) -> Zeroizing<Vec<u8>> {
        let plain = Zeroizing::new(plain);
        let now = self.clock.now();
        let until = now.checked_add(KEEP).unwrap_or(now);
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.retain(|_, (_, until)| *until > now);
        opened.insert(format!("{scope}:{sealed_key}"), (plain.clone(), until));
        plain
    }
}

/// Empties every sealed value of a stored document, without opening it; returns their pointers.
pub fn close(document: &mut Value) -> Vec<String> {
    let mut pointers = Vec::new();
    sealed_pointers(document, &mut String::new(), &mut pointers);
    for pointer in &pointers {
        if let Some(field) = document.pointer_mut(pointer) {
            *field = Value::String(String::new());
        }
    }
    pointers
}

fn sealed_pointers(value: &Value, at: &mut String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key(SEALED) => found.push(at.clone()),
        Value::Object(fields) => {
            for (name, value) in fields {
                let length = at.len();
                at.push('/');
                at.push_str(&name.replace('~', "~0").replace('/', "~1"));
                sealed_pointers(value, at, found);
                at.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                let length = at.len();
                at.push_str(&format!("/{index}"));
                sealed_pointers(value, at, found);
                at.truncate(length);
            }
        }
        _ => {}
    }
}

/// The JSON pointers of a schema's secret fields (`writeOnly`), below `prefix`. Settings are flat or nested objects.
pub fn secret_pointers(schema: &Value, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(properties) = schema["properties"].as_object() {
        for (name, property) in properties {
            let pointer = format!("{prefix}/{name}");
            let variants = property["anyOf"].as_array().map(Vec::as_slice).unwrap_or_default();
            if property["writeOnly"] == true || variants.iter().any(|variant| variant["writeOnly"] == true) {
                found.push(pointer);
            } else {
                found.extend(secret_pointers(property, &pointer));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_fields_are_found_in_a_schema() {
        #[derive(schemars::JsonSchema)]
        #[allow(dead_code)]
        struct Settings {
            id: String,
            secret: contract::Secret,
            token: Option<contract::Secret>,
        }
        let schema = serde_json::to_value(schemars::schema_for!(Settings)).unwrap_or_default();
        let mut pointers = secret_pointers(&schema, "/settings");
        pointers.sort();
        assert_eq!(pointers, ["/settings/secret", "/settings/token"]);
    }

    #[test]
    fn sealed_values_are_found_anywhere() {
        let document =
            json!({"a": {"$sealed": "v1:x"}, "b": [{"c/d": {"$sealed": "v1:y"}}], "e": {"$sealed": 1, "f": 2}});
        let mut found = Vec::new();
        sealed_pointers(&document, &mut String::new(), &mut found);
        assert_eq!(found, ["/a", "/b/0/c~1d"]);
    }
}
