//! Public pages as functions: a page's narrow port over the stores.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{Context, client::ConnectorTransport, guard, lambda::HttpHandler, store::StoreError, tenant::Tenant};
use contract::{
    Directory, Page, PageTenant, Registration, Secret, SendError, SendErrorKind, TenantId, WebhookRequest,
    WebhookResponse, http::Transport,
};
use http::HeaderMap;
use jiff::Timestamp;
use url::Url;

/// Serves one page of a connector.
pub(super) struct PageHandler {
    pub connector: &'static str,
    pub page: &'static dyn Page,
}

#[async_trait]
impl HttpHandler for PageHandler {
    async fn handle(&self, context: &Arc<Context>, request: WebhookRequest) -> WebhookResponse {
        let http = context.http.for_connector(self.connector);
        self.page.serve(&request, &ConnectorDirectory { context, connector: self.connector, http }).await
    }
}

struct ConnectorDirectory<'a> {
    context: &'a Context,
    connector: &'static str,
    http: ConnectorTransport,
}

impl ConnectorDirectory<'_> {
    fn shown(&self, tenant: &Tenant, version: u64) -> Option<PageTenant> {
        let Tenant { name, enabled, messaging, .. } = tenant;
        (messaging.connector == self.connector).then(|| PageTenant {
            name: name.clone(),
            enabled: *enabled,
            version,
            settings: messaging.settings.0.clone(),
        })
    }
}

#[async_trait]
impl Directory for ConnectorDirectory<'_> {
    fn root_url(&self, headers: &HeaderMap) -> String {
        self.context.root(headers)
    }

    fn now(&self) -> Timestamp {
        self.context.now()
    }

    fn transport(&self) -> &dyn Transport {
        &self.http
    }

    fn browser_url(&self, mut url: Url) -> Url {
        if let Some(endpoint) = self.context.config.endpoint(self.connector) {
            guard::replace_origin(&mut url, endpoint);
        }
        url
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<PageTenant>, SendError> {
        let found = self.context.configuration.get_closed::<Tenant>(id.as_str()).await?;
        Ok(found.and_then(|found| self.shown(&found.value, found.version)))
    }

    async fn tenant_with_secrets(&self, id: &TenantId) -> Result<Option<PageTenant>, SendError> {
        // Kept for a while, as for webhooks: somebody's guesses must not cost a read each.
        let found = self.context.tenant(id).await?;
        // Puts the deployment's proxy in force, for the calls to the network.
        self.context.settings().await?;
        Ok(found.and_then(|found| self.shown(&found.tenant, found.version)))
    }

    async fn keep_token(
        &self,
        tenant: &TenantId,
        name: &str,
        token: &Secret,
        expires: Timestamp,
    ) -> Result<(), SendError> {
        Ok(self.context.configuration.put_token(tenant, name, token, expires).await?)
    }

    async fn registration(&self, account: &str) -> Result<Option<(Registration, u64)>, SendError> {
        let id = Registration::id_of(self.connector, account);
        let found = self.context.configuration.get_closed::<Registration>(&id).await?;
        Ok(found.map(|found| (found.value, found.version)))
    }

    async fn keep_registration(&self, registration: &Registration, version: u64) -> Result<bool, SendError> {
        if registration.connector != self.connector {
            return Err(SendError::new(SendErrorKind::Internal).coded("otherConnector"));
        }
        match self.context.configuration.put(registration, version, &[], None).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict | StoreError::NameTaken) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
