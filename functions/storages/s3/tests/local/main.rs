//! The storage and the deployment's bucket through the AWS SDK, against the services of the local environment.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bucket;

use std::sync::Arc;

use aws::{
    Config, Context,
    storage::{Storage, StorageProvider},
};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use bytes::Bytes;
use contract::{Clock, Fetched};
use local_aws::{ACCESS_KEY, Aws, Options, SECRET_KEY};
use s3::S3;
use serde_json::{Value, json};

/// The deployment's own bucket.
const OWN: &str = "um-test-attachments";
/// A tenant's.
const TENANTS: &str = "acme-files";

/// A function's context, with the services behind it.
struct World {
    context: Arc<Context>,
}

impl World {
    async fn new(variables: &[(&str, &str)]) -> Self {
        let aws = Aws::open(Options::default()).await.unwrap();
        for bucket in [OWN, TENANTS] {
            aws.create_bucket(bucket).await.unwrap();
        }
        let endpoint = serve(aws.router()).await;
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"))
            .endpoint_url(endpoint)
            .load()
            .await;
        let fixed = [("UM_ATTACHMENTS_BUCKET", OWN)];
        let variables = fixed.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let context = Arc::new(Context::new(Config::from_variables(variables).unwrap(), sdk, Clock::System));
        Self { context }
    }

    /// The files in a bucket.
    async fn files(&self, bucket: &str) -> Vec<String> {
        let listed = self.context.s3.list_objects_v2().bucket(bucket).send().await.unwrap();
        listed.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
    }

    fn own(&self) -> Box<dyn Storage> {
        s3::deployment_bucket(&self.context).unwrap()
    }

    fn tenants(&self, change: Value) -> Box<dyn Storage> {
        S3.open(&self.context, &settings(change)).unwrap()
    }
}

/// Serves on a free port.
async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    endpoint
}

/// A tenant's settings of its storage, with these besides the usual.
fn settings(change: Value) -> Value {
    let mut settings = json!({
        "bucket": TENANTS, "region": "us-east-1", "accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY,
    });
    settings.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    settings
}

fn file(content: &'static str, mime: &str, name: &str) -> Fetched {
    Fetched { bytes: Bytes::from_static(content.as_bytes()), mime: Some(mime.to_owned()), name: Some(name.to_owned()) }
}
