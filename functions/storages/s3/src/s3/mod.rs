//! Amazon S3 as a storage: a tenant's own bucket, with keys of its own, and CloudFront in front of it if there is one.

mod bucket;
mod proxy;
mod refusal;
mod settings;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws::{
    Context,
    storage::{Storage, StorageProvider},
};
use aws_credential_types::Credentials;
use aws_sdk_s3::{Client, config::Region};
use contract::{
    InvalidSettings, SendError, SendErrorKind,
    descriptor::{AttachmentPolicy, Capabilities, Confidence, Descriptor, Kind, TextLimit, TextUnit},
    parse_settings,
};
use schemars::Schema;
use serde_json::Value;
use sha2::{Digest, Sha256};

use self::settings::Settings;
pub(crate) use self::{
    bucket::{Bucket, Links},
    refusal::Owner,
};

/// Most buckets whose connections are kept by one function.
const KEPT: usize = 100;

static DESCRIPTOR: Descriptor = Descriptor {
    id: "s3",
    name: "Amazon S3",
    kind: Kind::Storage,
    path: "",
    confidence: Confidence::Documented,
    capabilities: Capabilities::TEXT_ONLY,
    text_limit: TextLimit { max: 0, unit: TextUnit::Bytes },
    attachments: AttachmentPolicy::PassThrough,
    redelivery_hours: 0,
    account_settings: &[],
};

/// The provider.
pub struct S3;

impl StorageProvider for S3 {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn settings_schema(&self) -> Schema {
        schemars::schema_for!(Settings)
    }

    fn check(&self, settings: &Value) -> Vec<InvalidSettings> {
        match parse_settings::<Settings>(settings) {
            Err(fault) => vec![fault],
            Ok(settings) => settings
                .faults()
                .into_iter()
                .map(|(pointer, message)| InvalidSettings { pointer: pointer.to_owned(), message })
                .collect(),
        }
    }

    fn open(&self, context: &Context, settings: &Value) -> Result<Box<dyn Storage>, SendError> {
        let invalid = |why: String| {
            SendError::new(SendErrorKind::TenantGone)
                .coded("settings")
                .saying(format!("The settings of the storage are not valid: {why}."))
        };
        let parsed: Settings = parse_settings(settings).map_err(|fault| invalid(fault.to_string()))?;
        let endpoint = context.config.endpoint(DESCRIPTOR.id).map(|url| url.as_str()).or(context.aws.endpoint_url());
        let proxy = context.http.proxy();
        let connection = kept(settings, [endpoint, proxy.as_deref()], || {
            if let Some((pointer, message)) = parsed.faults().into_iter().next() {
                return Err(invalid(format!("{pointer}: {message}")));
            }
            let links = parsed.links().map_err(|fault| invalid(fault.sentence().to_owned()))?;
            Ok(Connection { client: client(context, &parsed, endpoint, proxy.as_deref())?, links })
        })?;
        Ok(Box::new(Bucket {
            client: connection.client,
            links: connection.links,
            prefix: parsed.key_prefix(),
            name: parsed.bucket,
            owner: Owner::Tenant,
            clock: context.clock.clone(),
            http: context.http.clone(),
        }))
    }
}

/// What is costly to make: connections, a parsed private key.
#[derive(Clone)]
struct Connection {
    client: Client,
    links: Links,
}

/// The connection for these settings, made at their first use.
fn kept(
    settings: &Value,
    way: [Option<&str>; 2],
    make: impl FnOnce() -> Result<Connection, SendError>,
) -> Result<Connection, SendError> {
    static CONNECTIONS: Mutex<Option<HashMap<[u8; 32], Connection>>> = Mutex::new(None);
    // The hash keeps the secrets out of the map.
    let key: [u8; 32] =
        Sha256::new().chain_update(settings.to_string()).chain_update(format!("{way:?}")).finalize().into();
    let mut connections = CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner);
    let connections = connections.get_or_insert_default();
    if let Some(connection) = connections.get(&key) {
        return Ok(connection.clone());
    }
    let connection = make()?;
    if connections.len() >= KEPT {
        connections.clear();
    }
    connections.insert(key, connection.clone());
    Ok(connection)
}

fn client(
    context: &Context,
    settings: &Settings,
    endpoint: Option<&str>,
    proxy: Option<&str>,
) -> Result<Client, SendError> {
    let credentials = Credentials::new(
        settings.access_key_id.clone(),
        settings.secret_access_key.expose(),
        None,
        None,
        "storage settings",
    );
    let mut config = aws_sdk_s3::config::Builder::from(&context.aws)
        .region(Region::new(settings.region.clone()))
        .credentials_provider(credentials)
        // The deployment's identities are kept in the cache of its own configuration.
        .identity_cache(aws_sdk_s3::config::IdentityCache::lazy().build());
    if let Some(endpoint) = endpoint {
        config = config.endpoint_url(endpoint).force_path_style(true);
    }
    if let Some(proxy) = proxy {
        config = config.http_client(proxy::through(proxy)?);
    }
    Ok(Client::from_conf(config.build()))
}

/// A key of CloudFront that is given with the settings.
pub(crate) type GivenKey = Arc<crate::cloudfront::Signer>;
