//! A bucket as a storage.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws::{client::HttpClient, storage::Storage};
use aws_sdk_s3::{
    Client,
    config::{Builder, timeout::TimeoutConfig},
    error::SdkError,
    presigning::PresigningConfig,
    primitives::ByteStream,
};
use bytes::Bytes;
use contract::{Clock, Fetched, SelfTest, SendError, SendErrorKind};

use super::{
    GivenKey,
    refusal::{Owner, refusal},
};
use crate::deployment::KeptKey;

/// The longest life of a URL that S3 signs itself.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html>
const PRESIGNED_MAX: Duration = Duration::from_secs(7 * 86_400);
/// What an upload may take: a start, and a second for every so many bytes.
const UPLOAD_START: Duration = Duration::from_secs(5);
const BYTES_A_SECOND: usize = 2 << 20;
/// The content of the file that a self-test puts.
const TEST_CONTENT: &[u8] = b"Universal Messaging was here.\n";

/// How files are linked to.
#[derive(Clone)]
pub(crate) enum Links {
    /// With a URL that S3 signs: 7 days at most, and no longer than the session of the credentials it is signed with (some
    /// hours for the deployment's own bucket; an IAM user's keys have no session).
    Presigned,
    /// Through CloudFront, which asks for no signature: the key alone is the secret, and lives until the file is deleted.
    Open {
        /// The distribution's domain.
        domain: String,
    },
    /// Through CloudFront, signed.
    Signed {
        /// The distribution's domain.
        domain: String,
        /// The private key.
        key: GivenKey,
    },
    /// Through CloudFront, signed with a key that is kept elsewhere.
    Kept {
        /// The distribution's domain.
        domain: String,
        /// Where the private key is.
        key: Arc<KeptKey>,
    },
}

/// A bucket, or a folder in one.
pub(crate) struct Bucket {
    pub(crate) client: Client,
    pub(crate) name: String,
    /// Empty, or with a slash at its end.
    pub(crate) prefix: String,
    pub(crate) links: Links,
    pub(crate) owner: Owner,
    pub(crate) clock: Clock,
    pub(crate) http: HttpClient,
}

#[async_trait]
impl Storage for Bucket {
    async fn put(&self, key: &str, file: &Fetched) -> Result<(), SendError> {
        let mime = file.mime.as_deref().unwrap_or(media::OCTET_STREAM);
        let limit = UPLOAD_START + Duration::from_secs((file.bytes.len() / BYTES_A_SECOND) as u64);
        let limits = TimeoutConfig::builder().operation_attempt_timeout(limit).operation_timeout(limit * 2).build();
        // Encrypted as the bucket's own default says: with its KMS key, or with S3's.
        let answer = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(self.full(key))
            .content_type(header_safe(mime))
            .content_disposition(disposition(mime, file.name.as_deref()))
            .if_none_match("*")
            .body(ByteStream::from(file.bytes.clone()))
            .customize()
            .config_override(Builder::new().timeout_config(limits))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            // Keys are unique: what is there came from us, with an answer that got lost on its way.
            Err(error) if status(&error) == Some(412) && self.holds(key, file.bytes.len()).await? => Ok(()),
            Err(error) => Err(refusal(&error, self.owner)),
        }
    }

    async fn url(&self, key: &str, lives: Duration) -> Result<String, SendError> {
        let signed = |signer: &crate::cloudfront::Signer, domain: &str| {
            let until = self.clock.now().checked_add(lives).unwrap_or(jiff::Timestamp::MAX);
            signer
                .sign(&self.open_url(domain, key), until)
                .ok_or_else(|| SendError::new(SendErrorKind::Internal).coded("signature"))
        };
        match &self.links {
            Links::Presigned => self.presigned(key, lives).await,
            Links::Open { domain } => Ok(self.open_url(domain, key)),
            Links::Signed { domain, key: signer } => signed(signer, domain),
            Links::Kept { domain, key: kept } => {
                let signer = kept.signer().await?;
                signed(&signer, domain)
            }
        }
    }

    async fn delete(&self, key: &str) -> Result<(), SendError> {
        let answer = self.client.delete_object().bucket(&self.name).key(self.full(key)).send().await;
        answer.map(|_| ()).map_err(|error| refusal(&error, self.owner))
    }

    async fn self_test(&self) -> Result<SelfTest, SendError> {
        let key = format!("self-test/{}/test.txt", uuid::Uuid::new_v4().simple());
        let file = Fetched {
            bytes: Bytes::from_static(TEST_CONTENT),
            mime: Some("text/plain".to_owned()),
            name: Some("test.txt".to_owned()),
        };
        self.put(&key, &file).await.map_err(|error| during("A test file could not be stored", error))?;
        let read = self.read_back(&key).await;
        // Also when it could not be read: nothing of the test stays.
        let deleted = self.delete(&key).await;
        let warnings = read.map_err(|error| during("A test file could be stored but not read", error))?;
        deleted.map_err(|error| during("A test file could be stored and read but not deleted", error))?;
        let place = if self.prefix.is_empty() { self.name.clone() } else { format!("{}/{}", self.name, self.prefix) };
        let links = match &self.links {
            Links::Presigned => "links to S3".to_owned(),
            Links::Open { domain } | Links::Signed { domain, .. } | Links::Kept { domain, .. } => {
                format!("links to {domain}")
            }
        };
        Ok(SelfTest { found: format!("Bucket {place}: stored, read and deleted a test file; {links}"), warnings })
    }
}

impl Bucket {
    fn full(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    fn open_url(&self, domain: &str, key: &str) -> String {
        format!("https://{domain}/{}", encoded(&self.full(key), b"-._~/"))
    }

    async fn presigned(&self, key: &str, lives: Duration) -> Result<String, SendError> {
        let unsigned = |code: String| SendError::new(SendErrorKind::Internal).coded(code);
        let lives = lives.clamp(Duration::from_secs(1), PRESIGNED_MAX);
        let signing = PresigningConfig::expires_in(lives).map_err(|error| unsigned(error.to_string()))?;
        let request = self.client.get_object().bucket(&self.name).key(self.full(key)).presigned(signing).await;
        request.map(|request| request.uri().to_owned()).map_err(|error| refusal(&error, self.owner))
    }

    /// Whether a file of this size is there.
    async fn holds(&self, key: &str, size: usize) -> Result<bool, SendError> {
        let answer = self.client.head_object().bucket(&self.name).key(self.full(key)).send().await;
        let found = answer.map_err(|error| refusal(&error, self.owner))?;
        Ok(found.content_length().and_then(|length| usize::try_from(length).ok()) == Some(size))
    }

    /// Reads the test file: with the credentials, and as its readers will, through CloudFront. Returns what may surprise.
    async fn read_back(&self, key: &str) -> Result<Vec<String>, SendError> {
        let answer = self.client.get_object().bucket(&self.name).key(self.full(key)).send().await;
        let body = answer.map_err(|error| refusal(&error, self.owner))?.body.collect().await;
        if body.map(|body| body.into_bytes()).ok().as_deref() != Some(TEST_CONTENT) {
            return Err(
                SendError::new(SendErrorKind::Garbled).saying("The storage for files gave back something else.")
            );
        }
        let mut warnings = Vec::new();
        let domain = match &self.links {
            Links::Presigned => {
                warnings.push(match self.owner {
                    Owner::Tenant => "Links to files end after 7 days at the latest. Use CloudFront for longer ones.",
                    Owner::Deployment => "Links to files end with the session that signed them, after some hours.",
                });
                None
            }
            Links::Open { domain } | Links::Signed { domain, .. } | Links::Kept { domain, .. } => Some(domain),
        };
        if let Some(domain) = domain {
            let url = self.url(key, Duration::from_secs(60)).await?;
            let through = self.http.download("cloudfront", &url, None, 1 << 16).await;
            let through = through.map_err(|error| {
                let code = error.code.clone().unwrap_or_default();
                error.saying(format!(
                    "CloudFront ({domain}) did not give it out ({code}): check the distribution's origin access and \
                     that the key pair is in its trusted key group."
                ))
            })?;
            if through.bytes != TEST_CONTENT {
                return Err(SendError::new(SendErrorKind::Garbled).saying(format!(
                    "CloudFront ({domain}) gave out something else: is it in front of another bucket?"
                )));
            }
            let bare = self.open_url(domain, key);
            if self.http.download("cloudfront", &bare, None, 1 << 16).await.is_ok() {
                warnings.push("Anybody who has a link can use it until the file is deleted: it needs no signature.");
            }
        }
        Ok(warnings.into_iter().map(str::to_owned).collect())
    }
}

fn during(step: &str, error: SendError) -> SendError {
    let sentence = format!("{step}: {}", error.sentence);
    error.saying(sentence)
}

fn status<E>(error: &SdkError<E, aws_sdk_s3::config::http::HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// Pictures, films and sounds are shown where they are linked; anything else is saved, so that a page of a stranger's
/// never runs in the bucket's name. The name is the sender's, made safe, in RFC 8187's encoding.
fn disposition(mime: &str, name: Option<&str>) -> String {
    let how = if media::disposition_inline(mime) { "inline" } else { "attachment" };
    format!("{how}; filename*=UTF-8''{}", encoded(&media::file_name(name, mime), b"-._~"))
}

/// A MIME type that cannot break its header.
fn header_safe(mime: &str) -> &str {
    if mime.bytes().all(|b| (b' '..=b'~').contains(&b)) { mime } else { media::OCTET_STREAM }
}

/// Percent-encodes all but letters, digits and `plain`.
fn encoded(text: &str, plain: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dispositions() {
        for (mime, name, expected) in [
            ("image/png", Some("a b.png"), "inline; filename*=UTF-8''a%20b.png"),
            ("video/mp4", None, "inline; filename*=UTF-8''video.mp4"),
            ("application/pdf", Some("請求書.pdf"), "attachment; filename*=UTF-8''%E8%AB%8B%E6%B1%82%E6%9B%B8.pdf"),
            ("text/html", Some("a.html"), "attachment; filename*=UTF-8''a.html"),
            ("image/svg+xml", Some("a.svg"), "attachment; filename*=UTF-8''a.svg"),
            ("text/plain", Some("a\r\nX: y\".txt"), "attachment; filename*=UTF-8''aX_%20y_.txt"),
        ] {
            assert_eq!(disposition(mime, name), expected);
        }
        assert_eq!(header_safe("text/plain\r\nX: y"), media::OCTET_STREAM);
    }
}
