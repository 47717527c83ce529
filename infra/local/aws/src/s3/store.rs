//! What [`s3s_fs`] lacks: buckets that must exist, keys that stay inside their bucket, nothing left behind by a
//! deletion, object tags, and lifecycle rules (kept and returned, never applied).
//!
//! `s3s_fs` stores an object as the file `bucket/key` and beside the buckets two files with its metadata, whose names
//! hold bucket and key in base64. Hence the shorter keys: with a bucket name of 20 characters, 148 bytes and not 1,024.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

use crate::Error;

/// What is known of the buckets without looking at the disk.
#[derive(Debug)]
pub(super) struct Shared {
    root: PathBuf,
    buckets: RwLock<BTreeSet<String>>,
    lifecycles: RwLock<BTreeMap<String, LifecycleRules>>,
}

#[derive(Debug)]
pub(super) struct Store {
    files: FileSystem,
    shared: Arc<Shared>,
    /// Held by conditional writes, so that of two with `If-None-Match: *` one fails.
    conditional: tokio::sync::Mutex<()>,
}

impl Shared {
    pub(super) fn has_bucket(&self, name: &str) -> bool {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner).contains(name)
    }

    pub(super) async fn create_bucket(&self, name: &str) -> Result<(), Error> {
        if !s3s::path::check_bucket_name(name) {
            return Err(Error::BucketName(name.into()));
        }
        tokio::fs::create_dir_all(self.root.join(name)).await?;
        self.enter(name);
        Ok(())
    }

    fn enter(&self, name: &str) {
        self.buckets.write().unwrap_or_else(PoisonError::into_inner).insert(name.into());
    }

    fn expect(&self, bucket: &str) -> S3Result<()> {
        if self.has_bucket(bucket) { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
    }

    /// The bucket exists and the key can be a file of its own in it.
    fn check(&self, bucket: &str, key: &str) -> S3Result<()> {
        self.expect(bucket)?;
        if sidecar(bucket, key, ".metadata.json").len() > 255 || key.split('/').any(|part| part.len() > 255) {
            return Err(s3_error!(KeyTooLongError));
        }
        let name = key.strip_suffix('/').unwrap_or(key);
        if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(s3_error!(InvalidArgument, "Empty, '.' and '..' parts of a key are not supported here"));
        }
        Ok(())
    }

    /// The object is there.
    fn find(&self, bucket: &str, key: &str) -> S3Result<()> {
        self.expect(bucket)?;
        let known =
            self.check(bucket, key).is_ok() && (key.ends_with('/') || self.root.join(bucket).join(key).is_file());
        if known { Ok(()) } else { Err(s3_error!(NoSuchKey)) }
    }

    /// Removes what belongs to an object besides its bytes, and the directories it leaves empty.
    async fn forget(&self, bucket: &str, key: &str) {
        for suffix in [".metadata.json", ".internal.json", TAGS] {
            // Most objects lack one or the other.
            let _ = tokio::fs::remove_file(self.root.join(sidecar(bucket, key, suffix))).await;
        }
        let bucket = self.root.join(bucket);
        let mut directory = bucket.join(key);
        while directory.pop() && directory != bucket && directory.starts_with(&bucket) {
            if tokio::fs::remove_dir(&directory).await.is_err() {
                break;
            }
        }
    }

    fn tags_path(&self, bucket: &str, key: &str) -> PathBuf {
        self.root.join(sidecar(bucket, key, TAGS))
    }

    async fn write_tags(&self, bucket: &str, key: &str, tags: &[(String, String)]) -> S3Result<()> {
        let path = self.tags_path(bucket, key);
        if tags.is_empty() {
            let _ = tokio::fs::remove_file(path).await;
            return Ok(());
        }
        let text = serde_json::to_vec(tags).map_err(s3s::S3Error::internal_error)?;
        tokio::fs::write(path, text).await.map_err(s3s::S3Error::internal_error)
    }

    async fn read_tags(&self, bucket: &str, key: &str) -> Vec<(String, String)> {
        let text = tokio::fs::read(self.tags_path(bucket, key)).await.unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

const TAGS: &str = ".tags.json";

/// Where `s3s_fs` puts what belongs to an object.
fn sidecar(bucket: &str, key: &str, suffix: &str) -> String {
    format!(".bucket-{}.object-{}{suffix}", URL_SAFE_NO_PAD.encode(bucket), URL_SAFE_NO_PAD.encode(key))
}

/// At most ten, keys distinct: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
fn check_tags(tags: Vec<(String, String)>) -> S3Result<Vec<(String, String)>> {
    let distinct: BTreeSet<_> = tags.iter().map(|(key, _)| key).collect();
    let sized =
        tags.iter().all(|(key, value)| (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256);
    if tags.len() > 10 || distinct.len() < tags.len() || !sized {
        return Err(s3_error!(InvalidTag));
    }
    Ok(tags)
}

impl Store {
    pub(super) fn open(root: &Path) -> Result<Self, Error> {
        let files = FileSystem::new(root).map_err(|error| Error::S3(format!("{error:?}")))?;
        let mut buckets = BTreeSet::new();
        for entry in std::fs::read_dir(root)? {
            let entry = entry?;
            if let (true, Ok(name)) = (entry.file_type()?.is_dir(), entry.file_name().into_string()) {
                buckets.insert(name);
            }
        }
        let shared =
            Shared { root: root.canonicalize()?, buckets: RwLock::new(buckets), lifecycles: RwLock::default() };
        Ok(Self { files, shared: Arc::new(shared), conditional: tokio::sync::Mutex::default() })
    }

    pub(super) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }
}

/// Writes the trait's implementation: first what is passed on as it is, then what is done here. (A macro around the
/// whole, as `async_trait` cannot see through one inside.)
macro_rules! store {
    (passed on { $($name:ident($input:ty) -> $output:ty;)* } here { $($own:tt)* }) => {
        #[async_trait::async_trait]
        impl S3 for Store {
            $(async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                self.files.$name(request).await
            })*
            $($own)*
        }
    };
}

store! {
    passed on {
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput;
    head_bucket(HeadBucketInput) -> HeadBucketOutput;
    list_buckets(ListBucketsInput) -> ListBucketsOutput;
    list_objects(ListObjectsInput) -> ListObjectsOutput;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output;
    upload_part(UploadPartInput) -> UploadPartOutput;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput;
    list_parts(ListPartsInput) -> ListPartsOutput;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput;
    }
    here {
    async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
        let name = request.input.bucket.clone();
        if self.shared.has_bucket(&name) {
            return Err(s3_error!(BucketAlreadyOwnedByYou));
        }
        let answer = self.files.create_bucket(request).await?;
        self.shared.enter(&name);
        Ok(answer)
    }

    async fn delete_bucket(&self, request: S3Request<DeleteBucketInput>) -> S3Result<S3Response<DeleteBucketOutput>> {
        let name = request.input.bucket.clone();
        self.shared.expect(&name)?;
        let mut content = tokio::fs::read_dir(self.shared.root.join(&name)).await.map_err(s3s::S3Error::internal_error)?;
        if content.next_entry().await.map_err(s3s::S3Error::internal_error)?.is_some() {
            return Err(s3_error!(BucketNotEmpty));
        }
        let answer = self.files.delete_bucket(request).await?;
        self.shared.buckets.write().unwrap_or_else(PoisonError::into_inner).remove(&name);
        self.shared.lifecycles.write().unwrap_or_else(PoisonError::into_inner).remove(&name);
        Ok(answer)
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        self.shared.check(&bucket, &key)?;
        let tags = request.input.tagging.as_deref().unwrap_or_default();
        let tags = check_tags(url::form_urlencoded::parse(tags.as_bytes()).into_owned().collect())?;
        let conditional = request.input.if_none_match.is_some() || request.input.if_match.is_some();
        let _alone = if conditional { Some(self.conditional.lock().await) } else { None };
        let answer = self.files.put_object(request).await?;
        self.shared.write_tags(&bucket, &key, &tags).await?;
        Ok(answer)
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let (bucket, key) = (&request.input.bucket, &request.input.key);
        self.shared.check(bucket, key)?;
        // Until it is complete, the id of the upload (a UUID) is in the name, too.
        if sidecar(bucket, key, ".metadata.json").len() + ".upload-".len() + 36 > 255 {
            return Err(s3_error!(KeyTooLongError));
        }
        self.files.create_multipart_upload(request).await
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        if let CopySource::Bucket { bucket, key, .. } = &request.input.copy_source {
            self.shared.find(bucket, key)?;
        }
        self.shared.check(&request.input.bucket, &request.input.key)?;
        self.files.copy_object(request).await
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        self.shared.find(&request.input.bucket, &request.input.key)?;
        self.files.get_object(request).await
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        self.shared.find(&request.input.bucket, &request.input.key)?;
        self.files.head_object(request).await
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        self.shared.check(&bucket, &key)?;
        let answer = self.files.delete_object(request).await?;
        self.shared.forget(&bucket, &key).await;
        Ok(answer)
    }

    async fn delete_objects(&self, request: S3Request<DeleteObjectsInput>) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let bucket = request.input.bucket.clone();
        let keys: Vec<_> = request.input.delete.objects.iter().map(|object| object.key.clone()).collect();
        keys.iter().try_for_each(|key| self.shared.check(&bucket, key))?;
        let answer = self.files.delete_objects(request).await?;
        for key in keys {
            self.shared.forget(&bucket, &key).await;
        }
        Ok(answer)
    }

    async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let input = request.input;
        self.shared.find(&input.bucket, &input.key)?;
        let tags = input.tagging.tag_set.into_iter();
        let tags = tags.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect();
        self.shared.write_tags(&input.bucket, &input.key, &check_tags(tags)?).await?;
        Ok(S3Response::new(PutObjectTaggingOutput::default()))
    }

    async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        let input = request.input;
        self.shared.find(&input.bucket, &input.key)?;
        let tags = self.shared.read_tags(&input.bucket, &input.key).await.into_iter();
        let tag_set = tags.map(|(key, value)| Tag { key: Some(key), value: Some(value) }).collect();
        Ok(S3Response::new(GetObjectTaggingOutput { tag_set, version_id: None }))
    }

    async fn delete_object_tagging(
        &self,
        request: S3Request<DeleteObjectTaggingInput>,
    ) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
        let input = request.input;
        self.shared.find(&input.bucket, &input.key)?;
        self.shared.write_tags(&input.bucket, &input.key, &[]).await?;
        let answer = S3Response::new(DeleteObjectTaggingOutput::default());
        Ok(answer)
    }

    async fn put_bucket_lifecycle_configuration(
        &self,
        request: S3Request<PutBucketLifecycleConfigurationInput>,
    ) -> S3Result<S3Response<PutBucketLifecycleConfigurationOutput>> {
        let input = request.input;
        self.shared.expect(&input.bucket)?;
        let rules = input.lifecycle_configuration.ok_or_else(|| s3_error!(MalformedXML))?.rules;
        self.shared.lifecycles.write().unwrap_or_else(PoisonError::into_inner).insert(input.bucket, rules);
        Ok(S3Response::new(PutBucketLifecycleConfigurationOutput::default()))
    }

    async fn get_bucket_lifecycle_configuration(
        &self,
        request: S3Request<GetBucketLifecycleConfigurationInput>,
    ) -> S3Result<S3Response<GetBucketLifecycleConfigurationOutput>> {
        self.shared.expect(&request.input.bucket)?;
        let lifecycles = self.shared.lifecycles.read().unwrap_or_else(PoisonError::into_inner);
        let rules = lifecycles.get(&request.input.bucket).ok_or_else(|| s3_error!(NoSuchLifecycleConfiguration))?;
        let rules = Some(rules.clone());
        Ok(S3Response::new(GetBucketLifecycleConfigurationOutput { rules, ..Default::default() }))
    }

    async fn delete_bucket_lifecycle(
        &self,
        request: S3Request<DeleteBucketLifecycleInput>,
    ) -> S3Result<S3Response<DeleteBucketLifecycleOutput>> {
        self.shared.expect(&request.input.bucket)?;
        self.shared.lifecycles.write().unwrap_or_else(PoisonError::into_inner).remove(&request.input.bucket);
        Ok(S3Response::new(DeleteBucketLifecycleOutput::default()))
    }
}
}
