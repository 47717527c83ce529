//! What becomes of the files of closed conversations.

use std::{sync::Arc, time::Duration};

use aws::{Config, Context, storage::schedule_purge, store::Upload, tenant};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use bytes::Bytes;
use contract::{Clock, ConversationId, Fetched, SendErrorKind, StorageId, TenantId};
use jiff::Timestamp;
use local_aws::{ACCESS_KEY, Aws, Options, SECRET_KEY};
use serde_json::{Value, json};

use crate::function;

const TENANT: &str = "acme";
const CONVERSATION: &str = "c0ffee";

/// The deployment's own bucket.
const OWN: &str = "um-test-attachments";
/// A tenant's.
const TENANTS: &str = "acme-files";

/// A function's context, with the services behind it.
struct World {
    context: Arc<Context>,
}

impl World {
    async fn new(variables: &[(&str, &str)], clock: Clock) -> Self {
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

/// A clock that is moved by hand, close enough to the machine's for what AWS signs.
async fn world() -> (World, Clock) {
    let clock = Clock::fixed(Timestamp::now());
    (World::new(&[("UM_PURGE_DELAY_SECONDS", "3600")], clock.clone()).await, clock)
}

async fn saved(world: &World, change: Value) -> tenant::Storage {
    let mut storage = record(change);
    storage.name = storage.id.to_string();
    let secrets = ["/settings/secretAccessKey".to_owned()];
    world.context.configuration.put(&storage, 0, &secrets, None).await.unwrap();
    storage
}

/// Notes a file, and puts it into its storage.
async fn upload(world: &World, storage: Option<&tenant::Storage>, key: &str) -> Upload {
    let upload = Upload {
        tenant: TenantId::from(TENANT),
        conversation: ConversationId::from(CONVERSATION),
        storage: storage.map(|storage| storage.id.clone()),
        key: key.to_owned(),
    };
    world.context.conversations.note_upload(&upload).await.unwrap();
    let place = registry::storages().open(&world.context, storage).await.unwrap();
    // A storage that does not work takes nothing.
    let _ = place.put(key, &file("a", "text/plain", "a.txt")).await;
    upload
}

async fn close(world: &World) -> usize {
    schedule_purge(&world.context, &TENANT.into(), &CONVERSATION.into()).await.unwrap()
}

async fn purge(world: &World) -> Value {
    function("attachments-purge").invoke(&world.context, json!({})).await.unwrap()["did"].take()
}

async fn noted(world: &World) -> usize {
    world.context.conversations.uploads(&TENANT.into(), &CONVERSATION.into()).await.unwrap().len()
}

fn did(deleted: u32, forgotten: u32, failed: u32) -> Value {
    json!({ "deleted": deleted, "forgotten": forgotten, "failed": failed, "cutOff": false })
}

#[tokio::test]
async fn files_vanish_after_close_and_delay() {
    let (world, clock) = world().await;
    let tenants = saved(&world, json!({})).await;
    upload(&world, None, "acme/own.txt").await;
    upload(&world, Some(&tenants), "acme/tenants.txt").await;
    assert_eq!(purge(&world).await, did(0, 0, 0), "while the conversation is open");

    assert_eq!(close(&world).await, 2);
    assert_eq!(purge(&world).await, did(0, 0, 0), "before the delays");
    clock.advance(Duration::from_secs(601));
    assert_eq!(purge(&world).await, did(1, 0, 0), "after the storage's own delay");
    assert!(world.files(TENANTS).await.is_empty());
    assert_eq!(world.files(OWN).await, ["acme/own.txt"]);
    clock.advance(Duration::from_secs(3000));
    assert_eq!(purge(&world).await, did(1, 0, 0), "after the deployment's delay");
    assert!(world.files(OWN).await.is_empty());
    assert_eq!(noted(&world).await, 0);
    assert_eq!(close(&world).await, 0);
}

#[tokio::test]
async fn many_files_are_purged_in_one_run() {
    let (world, clock) = world().await;
    for number in 0..130 {
        upload(&world, None, &format!("acme/{number}.txt")).await;
    }
    assert_eq!(close(&world).await, 130);
    clock.advance(Duration::from_secs(3601));
    assert_eq!(purge(&world).await, did(130, 0, 0));
    assert!(world.files(OWN).await.is_empty());
}

#[tokio::test]
async fn what_was_never_put_and_whose_storage_is_gone_is_forgotten() {
    let (world, clock) = world().await;
    let gone = Upload {
        tenant: TENANT.into(),
        conversation: CONVERSATION.into(),
        storage: Some(StorageId::generate()),
        key: "acme/gone.txt".to_owned(),
    };
    world.context.conversations.note_upload(&gone).await.unwrap();
    let never_put = Upload { storage: None, key: "acme/never.txt".to_owned(), ..gone };
    world.context.conversations.note_upload(&never_put).await.unwrap();
    assert_eq!(close(&world).await, 2);
    assert_eq!(purge(&world).await, did(0, 1, 0), "no storage, no delay");
    clock.advance(Duration::from_secs(3601));
    assert_eq!(purge(&world).await, did(1, 0, 0));
    assert_eq!(noted(&world).await, 0);
}

#[tokio::test]
async fn a_storage_that_does_not_work_holds_nothing_up() {
    let (world, clock) = world().await;
    let broken = saved(&world, json!({"secretAccessKey": "wrong"})).await;
    for number in 0..120 {
        upload(&world, Some(&broken), &format!("acme/broken-{number}.txt")).await;
    }
    close(&world).await;
    clock.advance(Duration::from_secs(599));
    upload(&world, None, "acme/own.txt").await;
    // Due last, behind more than a batch of files that cannot be deleted.
    let own = Upload {
        tenant: TENANT.into(),
        conversation: CONVERSATION.into(),
        storage: None,
        key: "acme/own.txt".to_owned(),
    };
    world.context.conversations.purge_upload_after(&own, Duration::from_secs(2)).await.unwrap();
    clock.advance(Duration::from_secs(3));
    assert_eq!(purge(&world).await, did(1, 0, 120));
    assert!(world.files(OWN).await.is_empty());
    assert_eq!(noted(&world).await, 120);

    clock.advance(Duration::from_secs(61));
    assert_eq!(purge(&world).await, did(0, 0, 0), "wrong credentials stay wrong for a while");
    clock.advance(Duration::from_secs(3600));
    assert_eq!(purge(&world).await, did(0, 0, 120));
}

#[tokio::test]
async fn a_file_that_is_forgotten_stays_forgotten() {
    let (world, clock) = world().await;
    let upload = upload(&world, None, "acme/own.txt").await;
    world.context.conversations.forget_upload(&upload).await.unwrap();
    world.context.conversations.purge_upload_after(&upload, Duration::ZERO).await.unwrap();
    clock.advance(Duration::from_secs(1));
    assert_eq!(purge(&world).await, did(0, 0, 0));
    assert_eq!(noted(&world).await, 0);
}

#[tokio::test]
async fn a_storage_of_an_unknown_kind() {
    let (world, _) = world().await;
    let mut unknown = record(json!({}));
    unknown.connector = "floppy".to_owned();
    let opened = registry::storages().open(&world.context, Some(&unknown)).await;
    assert_eq!(opened.err().unwrap().kind, SendErrorKind::TenantGone);
    let names: Vec<_> = registry::storages().providers().iter().map(|provider| provider.descriptor().id).collect();
    assert_eq!(names, ["s3"]);
}
