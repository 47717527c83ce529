//! Public pages of a channel: what customers and networks open in a browser, such as the page that installs an app.
//!
//! A page is anybody's to ask for. So it is handed a narrow port to what is kept ([`Directory`]) instead of the stores:
//! tenants of its own connector, one token or one registration written at a time.

use std::fmt;

use async_trait::async_trait;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use crate::{Deployment, Registration, Secret, SendError, TenantId, WebhookRequest, WebhookResponse, http::Transport};

/// A public page, or several that one function serves.
#[async_trait]
pub trait Page: Send + Sync + 'static {
    /// The name of its function, of its folder in `events/` and in the template: `slack-register`.
    fn name(&self) -> &'static str;

    /// How its function is deployed: its routes, and what it may do.
    fn deployment(&self, deployment: Deployment) -> Deployment;

    /// Answers a request. Method and path are the page's to check.
    async fn serve(&self, request: &WebhookRequest, directory: &dyn Directory) -> WebhookResponse;
}

/// What the pages of one connector may know and change. Errors are of the store:
/// [`crate::SendErrorKind::Internal`], worth trying again later.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The deployment's address as browsers and networks reach it, without a slash at its end: the configured one, else
    /// the one that the request with these headers came to; empty when that is no host's name.
    fn root_url(&self, headers: &HeaderMap) -> String;

    /// Now.
    fn now(&self) -> Timestamp;

    /// The way to the connector's network. Uses the deployment's proxy once [`Directory::tenant_with_secrets`] was called.
    fn transport(&self) -> &dyn Transport;

    /// Where a browser is sent instead of to the network's `url`: the same, unless something stands in for the network
    /// (`UM_ENDPOINT_…`); then there.
    fn browser_url(&self, url: Url) -> Url;

    /// A tenant whose channel is this connector, without its secrets: their settings are empty texts.
    async fn tenant(&self, id: &TenantId) -> Result<Option<PageTenant>, SendError>;

    /// As [`Directory::tenant`], with its secrets, for a page that speaks with the network in the tenant's name.
    async fn tenant_with_secrets(&self, id: &TenantId) -> Result<Option<PageTenant>, SendError>;

    /// Keeps a tenant's token for [`crate::TokenCache`] to find. Unlike [`crate::TokenCache::put`] it fails when the token
    /// is not kept.
    async fn keep_token(
        &self,
        tenant: &TenantId,
        name: &str,
        token: &Secret,
        expires: Timestamp,
    ) -> Result<(), SendError>;

    /// How the registration of an account stands ([`Registration::account`]), and its version.
    async fn registration(&self, account: &str) -> Result<Option<(Registration, u64)>, SendError>;

    /// Keeps a registration in place of that `version`, 0 where there is none yet. False when another was kept meanwhile.
    /// One of another connector is refused.
    async fn keep_registration(&self, registration: &Registration, version: u64) -> Result<bool, SendError>;
}

/// A tenant, as far as a public page may know it.
pub struct PageTenant {
    /// Its name.
    pub name: String,
    /// Whether it takes events and sends messages.
    pub enabled: bool,
    /// Counts its savings, from 1.
    pub version: u64,
    /// Its settings of the connector; [`crate::parse_settings`] types them.
    pub settings: Value,
}

/// Does not print settings: they may hold secrets.
impl fmt::Debug for PageTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, enabled, version, settings: _ } = self;
        f.debug_struct("PageTenant")
            .field("name", name)
            .field("enabled", enabled)
            .field("version", version)
            .finish_non_exhaustive()
    }
}
