//! The AWS services the functions use, in one process: DynamoDB, SQS, S3 and KMS.
//!
//! [`Aws::router`] speaks their real protocols on one address, so that the functions run against it through the AWS
//! SDK and nothing but `AWS_ENDPOINT_URL`; tests and event-source pollers call [`Aws::sqs`] and [`Aws::dynamodb`]
//! directly. State lives in a directory, or in memory when there is none.

mod dynamodb;
mod kms;
mod s3;
pub mod sqs;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use dynoxide::{Database, DynoxideError};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use thiserror::Error;

pub use kms::KmsError;
pub use s3::{ACCESS_KEY, SECRET_KEY};
pub use sqs::{Sqs, SqsError};

/// What may go wrong outside of the protocols.
#[derive(Debug, Error)]
pub enum Error {
    /// A file or directory.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The journal of the queues.
    #[error("queues: {0}")]
    Journal(#[from] rusqlite::Error),
    /// DynamoDB refused.
    #[error("DynamoDB: {0}")]
    Dynamodb(#[from] DynoxideError),
    /// KMS refused.
    #[error("KMS: {0}")]
    Kms(#[from] KmsError),
    /// The directory of the buckets.
    #[error("S3: {0}")]
    S3(String),
    /// A name S3 would not take.
    #[error("{0} is not a bucket name")]
    BucketName(String),
}

/// Where and as whom.
#[derive(Debug, Clone)]
pub struct Options {
    /// The directory of everything that shall survive; `None` for memory (and a temporary directory for S3).
    pub data: Option<PathBuf>,
    /// The region in ARNs.
    pub region: String,
    /// The account in ARNs and queue URLs, twelve digits.
    pub account: String,
    /// What queue URLs start with (`http://127.0.0.1:9000`); if `None`, the `Host` of the request.
    pub endpoint: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { data: None, region: "us-east-1".into(), account: "000000000000".into(), endpoint: None }
    }
}

/// The services. Cheap to clone; the last clone closes them.
#[derive(Clone)]
pub struct Aws {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    database: Database,
    sqs: Sqs,
    s3: s3::S3,
    kms: kms::Kms,
    /// Removed with the last clone.
    _scratch: Option<tempfile::TempDir>,
}

/// DynamoDB's limit is the highest of the JSON services: 16 MB.
const MAX_BODY: usize = 16 * 1024 * 1024;

impl Aws {
    /// Opens the services and whatever state the directory holds.
    ///
    /// # Errors
    /// The directory cannot be created, read or written.
    pub async fn open(options: Options) -> Result<Self, Error> {
        let work = tokio::task::spawn_blocking(move || Self::open_now(options));
        work.await.map_err(std::io::Error::other)?
    }

    fn open_now(options: Options) -> Result<Self, Error> {
        let (region, account) = (&options.region, &options.account);
        let (database, sqs, kms, s3, scratch) = match &options.data {
            Some(data) => {
                let buckets = data.join("s3");
                std::fs::create_dir_all(&buckets)?;
                let tables = data.join("dynamodb.sqlite");
                let tables = tables.to_str().ok_or_else(|| std::io::Error::other("the path is not UTF-8"))?;
                (
                    Database::new(tables)?,
                    Sqs::open(Some(&data.join("sqs.sqlite")), region, account)?,
                    kms::Kms::open(Some(&data.join("kms.json")), region, account)?,
                    s3::S3::open(&buckets)?,
                    None,
                )
            }
            None => {
                let scratch = tempfile::Builder::new().prefix("local-s3-").tempdir()?;
                (
                    Database::memory()?,
                    Sqs::open(None, region, account)?,
                    kms::Kms::open(None, region, account)?,
                    s3::S3::open(scratch.path())?,
                    Some(scratch),
                )
            }
        };
        Ok(Self { inner: Arc::new(Inner { options, database, sqs, s3, kms, _scratch: scratch }) })
    }

    /// All services as one router. The action in `X-Amz-Target` tells which one is meant; what has none is S3's.
    pub fn router(&self) -> Router {
        Router::new().fallback(dispatch).with_state(self.clone())
    }

    /// Whether a request is meant for AWS and not for routes of the application: it names an AWS action, is signed,
    /// or its path starts with a bucket that exists.
    pub fn claims(&self, parts: &http::request::Parts) -> bool {
        if parts.headers.contains_key("x-amz-target") {
            return true;
        }
        let signed = parts.headers.get(header::AUTHORIZATION);
        if signed.is_some_and(|value| value.as_bytes().starts_with(b"AWS4-HMAC-SHA256")) {
            return true;
        }
        let query = parts.uri.query().unwrap_or_default();
        let names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
        if names.into_iter().any(|name| matches!(name, "X-Amz-Algorithm" | "X-Amz-Signature")) {
            return true;
        }
        let bucket = parts.uri.path().trim_start_matches('/').split('/').next().unwrap_or_default();
        self.inner.s3.has_bucket(bucket)
    }

    /// The queues.
    pub fn sqs(&self) -> &Sqs {
        &self.inner.sqs
    }

    /// The tables.
    pub fn dynamodb(&self) -> &Database {
        &self.inner.database
    }

    /// Carries out one DynamoDB action with the JSON of the wire, e.g. `("DescribeTable", {"TableName": "t"})`.
    ///
    /// # Errors
    /// What DynamoDB refuses.
    pub async fn call_dynamodb(&self, action: &str, request: Value) -> Result<Value, Error> {
        let (database, action) = (self.inner.database.clone(), action.to_owned());
        let work = move || dynamodb::run(&database, &action, request.to_string().as_bytes());
        let answer = tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)??;
        Ok(serde_json::from_str(&answer).map_err(std::io::Error::from)?)
    }

    /// Creates a table from a `CreateTable` request; one of that name that exists is left as it is.
    ///
    /// # Errors
    /// What DynamoDB refuses.
    pub async fn create_table(&self, request: Value) -> Result<(), Error> {
        match self.call_dynamodb("CreateTable", request).await {
            Ok(_) | Err(Error::Dynamodb(DynoxideError::ResourceInUseException(_))) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Turns time to live on for a table; fine if it is.
    ///
    /// # Errors
    /// No such table; another attribute is in use.
    pub async fn enable_ttl(&self, table: &str, attribute: &str) -> Result<(), Error> {
        let is = self.call_dynamodb("DescribeTimeToLive", json!({ "TableName": table })).await?;
        let is = &is["TimeToLiveDescription"];
        if is["TimeToLiveStatus"] == "ENABLED" && is["AttributeName"] == attribute {
            return Ok(());
        }
        let specification = json!({ "Enabled": true, "AttributeName": attribute });
        let request = json!({ "TableName": table, "TimeToLiveSpecification": specification });
        self.call_dynamodb("UpdateTimeToLive", request).await.map(|_| ())
    }

    /// Deletes items whose time to live is over, and returns how many. Takes as long as the tables are large, so a
    /// timer should call it from a thread that may block.
    ///
    /// # Errors
    /// The tables cannot be read or written.
    pub fn sweep_ttl(&self) -> Result<usize, Error> {
        Ok(self.inner.database.sweep_ttl()?)
    }

    /// Creates a bucket; fine if it exists.
    ///
    /// # Errors
    /// Not a bucket's name; the directory cannot be created.
    pub async fn create_bucket(&self, name: &str) -> Result<(), Error> {
        self.inner.s3.create_bucket(name).await
    }

    /// The id of the key behind an alias (with or without `alias/`), which is created if there is none.
    ///
    /// # Errors
    /// The keys cannot be written.
    pub fn create_kms_key(&self, alias: &str) -> Result<String, Error> {
        Ok(self.inner.kms.ensure(alias)?.to_string())
    }
}

async fn dispatch(State(aws): State<Aws>, request: Request) -> Response {
    let target = wire::target(request.headers()).map(|(service, action)| (service.to_owned(), action.to_owned()));
    let Some((service, action)) = target else { return aws.inner.s3.handle(request).await };
    let base = aws.queue_base(&request);
    let Ok(body) = axum::body::to_bytes(request.into_body(), MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match service.as_str() {
        "DynamoDB_20120810" | "DynamoDBStreams_20120810" => {
            dynamodb::handle(&aws.inner.database, aws.inner.options.data.is_some(), &action, body).await
        }
        "AmazonSQS" => answer_sqs(&aws, &base, &action, body).await,
        "TrentService" => answer_kms(&aws, &action, &body),
        _ => {
            let error = json!({ "__type": "UnknownOperationException", "message": format!("{service} is not here") });
            wire::json(StatusCode::BAD_REQUEST, "1.0", error.to_string())
        }
    }
}

async fn answer_sqs(aws: &Aws, base: &str, action: &str, body: Bytes) -> Response {
    match sqs::handle(&aws.inner.sqs, base, action, &body).await {
        Ok(answer) => wire::json(StatusCode::OK, "1.0", answer.to_string()),
        Err(error) => {
            let (status, fault) = if error.sender_fault() {
                (StatusCode::BAD_REQUEST, "Sender")
            } else {
                (StatusCode::INTERNAL_SERVER_ERROR, "Receiver")
            };
            let shape = format!("com.amazonaws.sqs#{}", error.shape());
            let body = json!({ "__type": shape, "message": error.to_string() });
            let mut response = wire::json(status, "1.0", body.to_string());
            if let Ok(code) = HeaderValue::from_str(&format!("{};{fault}", error.code())) {
                response.headers_mut().insert("x-amzn-query-error", code);
            }
            response
        }
    }
}

fn answer_kms(aws: &Aws, action: &str, body: &[u8]) -> Response {
    match aws.inner.kms.handle(action, body) {
        Ok(answer) => wire::json(StatusCode::OK, "1.1", answer.to_string()),
        Err(error) => {
            let status = match error {
                KmsError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::BAD_REQUEST,
            };
            let body = json!({ "__type": error.shape(), "message": error.to_string() });
            wire::json(status, "1.1", body.to_string())
        }
    }
}

impl Aws {
    /// What queue URLs start with in answers to this request.
    fn queue_base(&self, request: &Request) -> String {
        let options = &self.inner.options;
        let endpoint = options.endpoint.clone().unwrap_or_else(|| {
            let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
            let host = host.or_else(|| request.uri().authority().map(http::uri::Authority::as_str));
            format!("http://{}", host.unwrap_or("localhost"))
        });
        format!("{}/{}", endpoint.trim_end_matches('/'), options.account)
    }
}
