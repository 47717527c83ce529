//! A backup as a document: what is in it, and how it is noticed that it was cut or changed.
//!
//! The checksum is of what the document says and not of how it is laid out, so that `jq . backup.json` breaks nothing.
//! Whoever changes a backup on purpose can make a new checksum; what is encrypted holds it too, and there they cannot.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    extract::typed,
    problem::{Fault, Problem, ProblemKind},
};

/// What a backup calls itself.
const FORMAT: &str = "universal-messaging-backup";
/// The form of the document. Raised when an older version of this code would restore something else than was meant.
const VERSION: u32 = 1;
/// What stands before a checksum.
const SHA256: &str = "sha256:";

/// All of the configuration, as it was at one moment.
///
/// To be kept, and given back as it is.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Backup {
    /// What it is.
    #[schemars(extend("const" = FORMAT))]
    format: String,
    /// The form of the document.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created_at: Timestamp,
    /// The environment it was made of: `prod`.
    pub environment: String,
    /// What was configured.
    pub records: Records,
    /// What is secret in the records, when it was asked for: encrypted with age under the passphrase, as an armored text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<String>,
    /// SHA-256 of everything else.
    checksum: String,
}

/// What was configured, by resource.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "BackupRecords")]
pub struct Records {
    /// Where attachments are kept.
    pub storages: Vec<Record>,
    /// What holds for the whole deployment.
    pub settings: Record,
    /// Companies' channels joined to contact-centre platforms.
    pub tenants: Vec<Record>,
    /// What customers asked for on channels' public pages.
    pub registrations: Vec<Record>,
    /// Who may use the API.
    pub users: Vec<Record>,
}

/// A record of a backup.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "BackupRecord")]
pub struct Record {
    /// Counts its changes, as the `ETag` does.
    pub version: u64,
    /// The secret fields that are set, as JSON pointers within the document, which does not hold them.
    pub secrets_set: Vec<String>,
    /// The record, as it is stored.
    pub document: Map<String, Value>,
}

crate::describe::documented!(Backup);

impl Backup {
    /// A backup, but for what is secret.
    pub fn new(created_at: Timestamp, environment: &str, records: Records) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            created_at,
            environment: environment.to_owned(),
            records,
            secrets: None,
            checksum: String::new(),
        }
    }

    /// The hash of all that is not secret, which the encrypted part holds.
    pub fn plain_hash(&self) -> String {
        let mut document = serde_json::to_value(self).unwrap_or_default();
        if let Some(fields) = document.as_object_mut() {
            fields.remove("secrets");
        }
        checksum(&document)
    }

    /// The document, complete.
    pub fn into_bytes(mut self) -> Result<Vec<u8>, serde_json::Error> {
        self.checksum = checksum(&serde_json::to_value(&self)?);
        let mut bytes = serde_json::to_vec(&self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a backup that is whole and of a form that is known.
    pub fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let document: Value = serde_json::from_slice(bytes).map_err(|error| {
            let how = if error.is_eof() { "ends too early: it was cut" } else { "is not JSON" };
            Problem::new(ProblemKind::Malformed, format!("The backup {how} ({error})."))
        })?;
        if document["format"] != FORMAT {
            return Err(Problem::field("/format", format!("must be {FORMAT}: this is no backup")));
        }
        if document["version"] != VERSION {
            return Err(Problem::field("/version", format!("must be {VERSION}: it was made by another release")));
        }
        let backup: Self = typed(&document)?;
        if backup.checksum != checksum(&document) {
            return Err(Problem::invalid(vec![Fault::at(
                "/checksum",
                "does not fit the rest: the backup was cut or changed",
            )]));
        }
        Ok(backup)
    }
}

/// Where a record's document is in the backup.
pub fn at(resource: &str, place: usize) -> String {
    format!("/records/{resource}/{place}/document")
}

/// The faults of a part, at their place in the whole.
pub fn below(prefix: &str, faults: Vec<Fault>) -> impl Iterator<Item = Fault> {
    faults.into_iter().map(move |fault| Fault {
        pointer: Some(format!("{prefix}{}", fault.pointer.as_deref().unwrap_or_default())),
        ..fault
    })
}

/// The checksum of a document, its own left out.
fn checksum(document: &Value) -> String {
    let mut hash = Sha256::new();
    match document.as_object() {
        Some(fields) => {
            let fields = fields.iter().filter(|(name, _)| *name != "checksum");
            feed_object(fields, &mut hash);
        }
        None => feed(document, &mut hash),
    }
    format!("{SHA256}{}", hex::encode(hash.finalize()))
}

/// JSON without spaces, fields in the order of their names: the same for the same content.
fn feed(value: &Value, hash: &mut Sha256) {
    match value {
        Value::Object(fields) => feed_object(fields.iter(), hash),
        Value::Array(items) => {
            hash.update(b"[");
            for item in items {
                feed(item, hash);
                hash.update(b",");
            }
            hash.update(b"]");
        }
        plain => hash.update(plain.to_string()),
    }
}

fn feed_object<'a>(fields: impl Iterator<Item = (&'a String, &'a Value)>, hash: &mut Sha256) {
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by_key(|(name, _)| *name);
    hash.update(b"{");
    for (name, value) in fields {
        hash.update(Value::from(name.as_str()).to_string());
        hash.update(b":");
        feed(value, hash);
        hash.update(b",");
    }
    hash.update(b"}");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn sample() -> Vec<u8> {
        let mut records = Records::default();
        let document = json!({"id": "t1", "name": "Acme", "n": 1, "list": [1, {"b": null, "a": "é\"\n"}]});
        records.tenants.push(Record {
            version: 3,
            secrets_set: vec!["/a".to_owned()],
            document: document.as_object().unwrap().clone(),
        });
        Backup::new("2026-02-03T04:05:06Z".parse().unwrap(), "prod", records).into_bytes().unwrap()
    }

    #[test]
    fn a_backup_is_read_however_it_is_laid_out() {
        let bytes = sample();
        let backup = Backup::read(&bytes).unwrap();
        assert_eq!((backup.records.tenants[0].version, backup.environment.as_str()), (3, "prod"));
        let pretty = serde_json::to_string_pretty(&serde_json::from_slice::<Value>(&bytes).unwrap()).unwrap();
        assert_eq!(Backup::read(pretty.as_bytes()).unwrap().plain_hash(), backup.plain_hash());
    }

    #[test]
    fn every_cut_and_every_change_is_noticed() {
        let bytes = sample();
        for length in 0..bytes.len() - 1 {
            assert!(Backup::read(&bytes[..length]).is_err(), "{length}");
        }
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        for (pointer, value) in [
            ("/environment", json!("dev")),
            ("/createdAt", json!("2026-02-03T04:05:07Z")),
            ("/records/tenants/0/document/name", json!("Acm")),
            ("/records/tenants/0/document/list/1/b", json!(0)),
            ("/records/tenants/0/version", json!(4)),
            ("/records/tenants/0/secretsSet", json!([])),
            ("/records/tenants", json!([])),
            ("/checksum", json!("sha256:00")),
            ("/format", json!("other")),
            ("/version", json!(2)),
        ] {
            let mut changed = document.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            assert!(Backup::read(changed.to_string().as_bytes()).is_err(), "{pointer}");
        }
        let mut more = document;
        more["secrets"] = json!("x");
        assert!(Backup::read(more.to_string().as_bytes()).is_err());
    }
}
