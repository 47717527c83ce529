//! The deployment's own bucket: the storage of tenants without one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws::{Context, parameters, storage::Storage};
use aws_config::SdkConfig;
use contract::{Clock, SendError, SendErrorKind};
use jiff::Timestamp;

use crate::{
    cloudfront::Signer,
    s3::{Bucket, Links, Owner},
};

/// How long a private key is believed, so that a new one comes into force without a deployment.
const KEY_KEPT: Duration = Duration::from_secs(600);

/// Opens the bucket. Its links are CloudFront's where the deployment has a key for them, else S3's.
pub fn open(context: &Context) -> Result<Box<dyn Storage>, SendError> {
    let config = &context.config;
    if config.attachments_bucket.is_empty() {
        return Err(SendError::new(SendErrorKind::Internal).coded("UM_ATTACHMENTS_BUCKET"));
    }
    let parts = (&config.attachments_domain, &config.attachments_key_pair_id, &config.attachments_private_key_secret);
    let links = match parts {
        (Some(domain), Some(id), Some(parameter)) => Links::Kept {
            domain: domain.clone(),
            key: Arc::new(KeptKey {
                aws: context.aws.clone(),
                key_pair_id: id.clone(),
                parameter: parameter.clone(),
                clock: context.clock.clone(),
            }),
        },
        _ => Links::Presigned,
    };
    Ok(Box::new(Bucket {
        client: context.s3.clone(),
        name: config.attachments_bucket.clone(),
        prefix: String::new(),
        links,
        owner: Owner::Deployment,
        clock: context.clock.clone(),
        http: context.http.clone(),
    }))
}

/// CloudFront's private key, kept in a parameter of Systems Manager.
pub(crate) struct KeptKey {
    aws: SdkConfig,
    key_pair_id: String,
    parameter: String,
    clock: Clock,
}

type Keys = HashMap<(String, String), (Arc<Signer>, Timestamp)>;

impl KeptKey {
    /// The signer with the key of at most ten minutes ago; with an older one while the parameter cannot be read.
    pub(crate) async fn signer(&self) -> Result<Arc<Signer>, SendError> {
        static KEYS: Mutex<Option<Keys>> = Mutex::new(None);
        let now = self.clock.now();
        let cached = || (self.parameter.clone(), self.key_pair_id.clone());
        let kept = {
            let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
            keys.get_or_insert_default().get(&cached()).cloned()
        };
        if let Some((signer, read)) = &kept
            && now.duration_since(*read).unsigned_abs() < KEY_KEPT
        {
            return Ok(signer.clone());
        }
        match self.read().await {
            Ok(signer) => {
                let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
                keys.get_or_insert_default().insert(cached(), (signer.clone(), now));
                Ok(signer)
            }
            Err(error) => {
                tracing::error!(%error, code = error.code, "the private key of attachments' links cannot be read");
                kept.map(|(signer, _)| signer).ok_or(error)
            }
        }
    }

    async fn read(&self) -> Result<Arc<Signer>, SendError> {
        let internal = |code: String| SendError::new(SendErrorKind::Internal).coded(code);
        let pem = parameters::read(&self.aws, &self.parameter).await;
        let pem = pem.map_err(|code| internal(code.unwrap_or_else(|| "ssm".to_owned())))?;
        let signer =
            Signer::new(&self.key_pair_id, pem.expose()).map_err(|fault| internal(fault.sentence().to_owned()))?;
        Ok(Arc::new(signer))
    }
}
