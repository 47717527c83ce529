//! The settings of a bucket.

use std::sync::Arc;

use contract::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Links;
use crate::cloudfront::{KeyFault, Signer};

/// A bucket in Amazon S3.
///
/// Create the bucket in the AWS console (https://console.aws.amazon.com/s3/) with "Block all public access" on, and an
/// IAM user with an access key that may do s3:PutObject, s3:GetObject and s3:DeleteObject on its files. Links to files
/// are S3's own and end after 7 days at the latest; for links that live longer, put a CloudFront distribution in front of
/// the bucket and enter it here.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Settings {
    /// # Bucket
    ///
    /// The bucket's name.
    #[schemars(example = &"acme-attachments", length(min = 3, max = 63), regex(pattern = r"^[a-z0-9][a-z0-9.-]*[a-z0-9]$"))]
    pub bucket: String,

    /// # Region
    ///
    /// The AWS region the bucket is in.
    #[schemars(example = &"ap-northeast-1", length(min = 9, max = 24), regex(pattern = r"^[a-z]{2,4}(-[a-z]+)+-[0-9]+$"))]
    pub region: String,

    /// # Access key ID
    ///
    /// Of the IAM user: on its tab "Security credentials".
    #[schemars(example = &"AKIAIOSFODNN7EXAMPLE", length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    pub access_key_id: String,

    /// # Secret access key
    ///
    /// Shown once, when the access key is created.
    pub secret_access_key: Secret,

    /// # CloudFront domain
    ///
    /// The domain name of the CloudFront distribution in front of the bucket, without https://. Leave it empty to link
    /// to S3 itself.
    #[serde(default)]
    #[schemars(example = &"d111111abcdef8.cloudfront.net", length(max = 253))]
    pub cloud_front_domain: Option<String>,

    /// # CloudFront key pair ID
    ///
    /// The ID of the public key in the distribution's trusted key group. With it and the private key, links are signed
    /// and end; without, whoever has a link can use it until the file is deleted.
    #[serde(default)]
    #[schemars(example = &"K2JCJMDEHXQW5F", length(max = 64))]
    pub cloud_front_key_pair_id: Option<String>,

    /// # CloudFront private key
    ///
    /// The private key that belongs to the key pair ID, in PEM format: RSA with 2048 bits or ECDSA on P-256.
    #[serde(default)]
    pub cloud_front_private_key: Option<Secret>,

    /// # Prefix
    ///
    /// A folder in the bucket for all files, for a bucket with other things in it. Files stored before it is changed
    /// are not found any more: they have to be deleted by hand, or by a lifecycle rule of the bucket.
    #[serde(default)]
    #[schemars(example = &"universal-messaging", length(max = 200), regex(pattern = r"^[A-Za-z0-9_/-]*$"))]
    pub prefix: Option<String>,
}

/// What is written in a field; an empty one counts as none.
fn given(field: &Option<String>) -> Option<&str> {
    field.as_deref().filter(|text| !text.is_empty())
}

impl Settings {
    fn private_key(&self) -> Option<&Secret> {
        self.cloud_front_private_key.as_ref().filter(|key| !key.is_empty())
    }

    /// What the schema cannot say in words an administrator understands: pointer and sentence.
    pub(super) fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut fault = |pointer, sentence: &str| faults.push((pointer, sentence.to_owned()));
        if !is_bucket_name(&self.bucket) {
            fault("/bucket", "A bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens.");
        }
        if !is_region(&self.region) {
            fault("/region", "A region is written like ap-northeast-1.");
        }
        if self.access_key_id.is_empty()
            || !self.access_key_id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        {
            fault("/accessKeyId", "An access key ID has letters and digits only.");
        }
        if self.secret_access_key.is_empty() {
            fault("/secretAccessKey", "The secret access key is missing.");
        }
        if given(&self.cloud_front_domain).is_some_and(|domain| !is_host(domain)) {
            fault("/cloudFrontDomain", "Enter the domain name alone, like d111111abcdef8.cloudfront.net.");
        }
        match (given(&self.cloud_front_key_pair_id), self.private_key()) {
            (Some(id), _) if !id.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                fault("/cloudFrontKeyPairId", "A key pair ID has letters and digits only, like K2JCJMDEHXQW5F.");
            }
            (Some(_), None) => {
                fault("/cloudFrontPrivateKey", "The private key that belongs to the key pair ID is missing.");
            }
            (None, Some(_)) => {
                fault("/cloudFrontKeyPairId", "The key pair ID that belongs to the private key is missing.");
            }
            (Some(id), Some(pem)) => {
                if let Err(key_fault) = Signer::new(id, pem.expose()) {
                    fault("/cloudFrontPrivateKey", key_fault.sentence());
                }
                if given(&self.cloud_front_domain).is_none() {
                    fault("/cloudFrontDomain", "The CloudFront domain is missing; without it the key pair has no use.");
                }
            }
            (None, None) => {}
        }
        let prefix = self.prefix.as_deref().unwrap_or_default();
        if prefix.len() > 200 || !prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b"_/-".contains(&b)) {
            fault("/prefix", "A prefix has letters, digits, underscores, hyphens and slashes, at most 200.");
        }
        faults
    }

    /// How the bucket's files are linked to.
    pub(super) fn links(&self) -> Result<Links, KeyFault> {
        let Some(domain) = given(&self.cloud_front_domain) else { return Ok(Links::Presigned) };
        let domain = domain.to_owned();
        match (given(&self.cloud_front_key_pair_id), self.private_key()) {
            (Some(id), Some(pem)) => Ok(Links::Signed { domain, key: Arc::new(Signer::new(id, pem.expose())?) }),
            _ => Ok(Links::Open { domain }),
        }
    }

    /// What stands before every key: nothing, or a folder with its slash.
    pub(super) fn key_prefix(&self) -> String {
        let parts = self.prefix.as_deref().unwrap_or_default().split('/').filter(|part| !part.is_empty());
        parts.map(|part| format!("{part}/")).collect()
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn is_bucket_name(name: &str) -> bool {
    let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(b))
        && edge(bytes.first())
        && edge(bytes.last())
        && !name.contains("..")
}

/// It becomes part of a host's name, so that nothing but a region may pass.
fn is_region(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    region.len() <= 24
        && words.len() >= 2
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

fn is_host(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aws::storage::StorageProvider;
    use serde_json::{Value, json};

    use super::super::S3;
    use crate::cloudfront::tests::rsa;

    fn settings(change: Value) -> Value {
        let mut settings = json!({
            "bucket": "acme-attachments", "region": "ap-northeast-1",
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "secretAccessKey": "s3cr3t",
        });
        settings.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        settings
    }

    #[test]
    fn faults_name_their_field() {
        let pem = rsa().0;
        let signed = json!({
            "cloudFrontDomain": "d111.cloudfront.net", "cloudFrontKeyPairId": "K2", "cloudFrontPrivateKey": pem,
        });
        let rows: &[(&str, Value, &[&str])] = &[
            ("the least", json!({}), &[]),
            ("CloudFront, signed", signed.clone(), &[]),
            ("CloudFront, open", json!({"cloudFrontDomain": "d111.cloudfront.net"}), &[]),
            ("empty fields", json!({"cloudFrontDomain": "", "cloudFrontKeyPairId": "", "prefix": ""}), &[]),
            ("a folder", json!({"prefix": "/um//files/"}), &[]),
            ("a bucket's URL", json!({"bucket": "https://acme.s3.amazonaws.com"}), &["/bucket"]),
            ("a short bucket", json!({"bucket": "ab"}), &["/bucket"]),
            ("capitals", json!({"bucket": "Acme"}), &["/bucket"]),
            ("another host", json!({"region": "evil.example/"}), &["/region"]),
            ("a region's name", json!({"region": "Tokyo"}), &["/region"]),
            ("an empty key", json!({"accessKeyId": "", "secretAccessKey": ""}), &["/accessKeyId", "/secretAccessKey"]),
            ("a URL as domain", json!({"cloudFrontDomain": "https://d111.cloudfront.net"}), &["/cloudFrontDomain"]),
            ("no private key", json!({"cloudFrontKeyPairId": "K2"}), &["/cloudFrontPrivateKey"]),
            ("no key pair", json!({"cloudFrontPrivateKey": pem}), &["/cloudFrontKeyPairId"]),
            ("no domain", json!({"cloudFrontKeyPairId": "K2", "cloudFrontPrivateKey": pem}), &["/cloudFrontDomain"]),
            (
                "no key",
                json!({"cloudFrontDomain": "d1.example", "cloudFrontKeyPairId": "K2", "cloudFrontPrivateKey": "pem"}),
                &["/cloudFrontPrivateKey"],
            ),
            ("a way out", json!({"prefix": "../other"}), &["/prefix"]),
            ("unknown", json!({"acl": "public-read"}), &["/acl"]),
        ];
        for (label, change, pointers) in rows {
            let faults = S3.check(&settings(change.clone()));
            let found: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
            assert_eq!(found, *pointers, "{label}: {faults:?}");
        }
        let mut missing = settings(json!({}));
        missing.as_object_mut().unwrap().remove("bucket");
        assert!(S3.check(&missing)[0].message.contains("bucket"));
    }

    #[test]
    fn the_schema_marks_what_is_secret() {
        let schema = S3.settings_schema().to_value();
        for (name, secret) in [("secretAccessKey", true), ("cloudFrontPrivateKey", true), ("bucket", false)] {
            let field = schema["properties"][name].to_string();
            assert_eq!(field.contains("writeOnly"), secret, "{field}");
        }
        assert_eq!(schema["additionalProperties"], false);
    }

    #[test]
    fn a_prefix_is_a_folder() {
        for (prefix, expected) in [(json!(null), ""), (json!("um"), "um/"), (json!("/a//b/"), "a/b/")] {
            let parsed: super::Settings = serde_json::from_value(settings(json!({"prefix": prefix}))).unwrap();
            assert_eq!(parsed.key_prefix(), expected);
        }
    }
}
