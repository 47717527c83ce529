//! The way to a tenant's bucket through the deployment's outbound proxy, which the SDK does not take by itself.

use aws_sdk_s3::config::SharedHttpClient;
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use contract::{SendError, SendErrorKind};

/// The SDK's HTTP client, through this proxy: `http://user:password@proxy.example:3128`.
pub(super) fn through(proxy: &str) -> Result<SharedHttpClient, SendError> {
    let proxy = ProxyConfig::all(proxy).map_err(|_| {
        SendError::new(SendErrorKind::Internal)
            .coded("proxy")
            .saying("The outbound proxy in the settings is not a URL.".to_owned())
    })?;
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build()
    }))
}
