//! S3, path style: [`s3s`] for the protocol and the signatures, [`s3s_fs`] for the files, [`store`] for what that lacks.

mod store;

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};
use s3s::auth::{S3Auth, SecretKey};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};

use crate::Error;
use store::{Shared, Store};

/// The access key S3 accepts; the other services take any.
pub const ACCESS_KEY: &str = "test";
/// Its secret.
pub const SECRET_KEY: &str = "testtest";
/// A second pair, for those who would rather not have one called `test` in their configuration.
const PAIRS: [(&str, &str); 2] = [(ACCESS_KEY, SECRET_KEY), ("local", "local-secret")];

/// Buckets below one directory.
#[derive(Clone)]
pub(crate) struct S3 {
    service: S3Service,
    shared: Arc<Shared>,
}

impl S3 {
    /// Opens the directory, which must exist.
    pub(crate) fn open(root: &Path) -> Result<Self, Error> {
        let store = Store::open(root)?;
        let shared = store.shared();
        let mut builder = S3ServiceBuilder::new(store);
        builder.set_auth(Keys);
        Ok(Self { service: builder.build(), shared })
    }

    /// Creates a bucket; one that exists is fine.
    pub(crate) async fn create_bucket(&self, name: &str) -> Result<(), Error> {
        self.shared.create_bucket(name).await
    }

    /// Whether there is a bucket of that name.
    pub(crate) fn has_bucket(&self, name: &str) -> bool {
        self.shared.has_bucket(name)
    }

    /// Answers one request.
    pub(crate) async fn handle(&self, request: Request<Body>) -> Response {
        let request = request.map(s3s::Body::http_body_unsync);
        match self.service.call(request).await {
            Ok(response) => response.map(Body::new),
            Err(error) => {
                tracing::error!(?error, "S3 request could not be answered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

struct Keys;

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        match PAIRS.iter().find(|(key, _)| *key == access_key) {
            Some((_, secret)) => Ok(SecretKey::from(*secret)),
            None => Err(s3_error!(InvalidAccessKeyId)),
        }
    }
}
