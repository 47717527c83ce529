//! The services as the functions see them: through the AWS SDK and HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod killed;
mod sdk;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use local_aws::{ACCESS_KEY, Aws, Options, SECRET_KEY};

/// What a function's configuration would be with `AWS_ENDPOINT_URL` set.
async fn config(endpoint: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"))
        .endpoint_url(endpoint)
        .load()
        .await
}

/// Services in memory on a port of their own.
async fn serve() -> (Aws, SdkConfig) {
    let aws = Aws::open(Options::default()).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = aws.router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (aws, config(&endpoint).await)
}
