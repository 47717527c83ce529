//! Storages and the purge through the AWS SDK, against the services of the local environment.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bucket;
mod purge;

use std::sync::Arc;

use aws::{Config, Context, storage::Storage, tenant};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use bytes::Bytes;
use contract::{Clock, Fetched, StorageId};
use jiff::Timestamp;
use local_aws::{ACCESS_KEY, Aws, Options, SECRET_KEY};
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
        Self::at(variables, Clock::System).await
    }

    async fn at(variables: &[(&str, &str)], clock: Clock) -> Self {
        let aws = Aws::open(Options::default()).await.unwrap();
        for bucket in [OWN, TENANTS] {
            aws.create_bucket(bucket).await.unwrap();
        }
        let key = |names: [&str; 2]| json!([{"AttributeName": names[0], "KeyType": "HASH"}, {"AttributeName": names[1], "KeyType": "RANGE"}]);
        for (table, index, by) in
            [("configuration", "byKind", ["kind", "name"]), ("conversations", "byDue", ["dueShard", "dueAt"])]
        {
            let attributes: Vec<Value> = ["pk", "sk", by[0], by[1]]
                .iter()
                .map(|name| json!({"AttributeName": name, "AttributeType": "S"}))
                .collect();
            let request = json!({
                "TableName": table, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": attributes,
                "KeySchema": key(["pk", "sk"]),
                "GlobalSecondaryIndexes": [
                    {"IndexName": index, "KeySchema": key(by), "Projection": {"ProjectionType": "ALL"}}
                ],
            });
            aws.create_table(request).await.unwrap();
        }
        let kms_key = aws.create_kms_key("um").unwrap();
        let endpoint = serve(aws.router()).await;
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"))
            .endpoint_url(endpoint)
            .load()
            .await;
        let fixed = [
            ("UM_CONFIGURATION_TABLE", "configuration"),
            ("UM_CONVERSATIONS_TABLE", "conversations"),
            ("UM_ATTACHMENTS_BUCKET", OWN),
            ("UM_KMS_KEY_ID", &kms_key),
        ];
        let variables = fixed.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let context = Arc::new(Context::new(Config::from_variables(variables).unwrap(), sdk, clock));
        Self { context }
    }

    /// The files in a bucket.
    async fn files(&self, bucket: &str) -> Vec<String> {
        let listed = self.context.s3.list_objects_v2().bucket(bucket).send().await.unwrap();
        listed.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
    }

    async fn own(&self) -> Box<dyn Storage> {
        attachments::storages().open(&self.context, None).await.unwrap()
    }

    async fn tenants(&self, change: Value) -> Box<dyn Storage> {
        attachments::storages().open(&self.context, Some(&record(change))).await.unwrap()
    }
}

/// Serves on a free port.
async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    endpoint
}

/// A tenant's storage with these settings besides the usual.
fn record(change: Value) -> tenant::Storage {
    let mut settings = json!({
        "bucket": TENANTS, "region": "us-east-1", "accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY,
    });
    settings.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    tenant::Storage {
        id: StorageId::generate(),
        name: "Acme's bucket".to_owned(),
        connector: "s3".to_owned(),
        purge_delay: 600,
        settings: tenant::Settings(settings),
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn file(content: &'static str, mime: &str, name: &str) -> Fetched {
    Fetched { bytes: Bytes::from_static(content.as_bytes()), mime: Some(mime.to_owned()), name: Some(name.to_owned()) }
}
