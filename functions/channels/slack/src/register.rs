//! How a customer's workspace gets the app: `/slack/register` asks for the customer identifier (the tenant's id) and leads to
//! Slack's consent page; Slack leads back to `/slack/oauth/callback` with a code, which buys the workspace's token.
//! <https://docs.slack.dev/authentication/installing-with-oauth>

use async_trait::async_trait;
use contract::{
    Deployment, Directory, Grant, Page, PageTenant, SendError, SendErrorKind, TenantId, WebhookRequest,
    WebhookResponse, parse_settings,
};
use http::{Method, StatusCode};
use url::Url;

use crate::{
    DESCRIPTOR, errors,
    install::{self, Installation},
    manifest::SCOPES,
    page,
    settings::Settings,
    state,
};

const AUTHORIZE: &str = "https://slack.com/oauth/v2/authorize";

/// Serves both addresses.
pub(crate) struct Register;

#[async_trait]
impl Page for Register {
    fn name(&self) -> &'static str {
        "slack-register"
    }

    fn deployment(&self, deployment: Deployment) -> Deployment {
        deployment
            .description("Installs a tenant's app in a workspace of Slack's.")
            .route("GET", "/slack/register")
            .route("GET", "/slack/oauth/callback")
            .grant(Grant::Tokens)
            .grant(Grant::OutgoingRequests)
    }

    async fn serve(&self, request: &WebhookRequest, directory: &dyn Directory) -> WebhookResponse {
        if request.method != Method::GET {
            return WebhookResponse::empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        match request.path.trim_end_matches('/').strip_prefix(DESCRIPTOR.path) {
            Some("/register") => begin(directory, request).await,
            Some("/oauth/callback") => complete(directory, request).await,
            _ => WebhookResponse::empty(StatusCode::NOT_FOUND),
        }
    }
}

/// Where Slack leads back to. The same for all tenants: the state says whose it is.
pub(crate) fn callback(root: &str) -> String {
    format!("{root}{}/oauth/callback", DESCRIPTOR.path)
}

async fn begin(directory: &dyn Directory, request: &WebhookRequest) -> WebhookResponse {
    let Some(customer) = query(request, "customer").filter(|customer| !customer.trim().is_empty()) else {
        return page::form(StatusCode::OK, "", None);
    };
    let unknown = || page::form(StatusCode::NOT_FOUND, &customer, Some("This customer identifier is not known."));
    let Some(tenant) = TenantId::parse(customer.trim()) else { return unknown() };
    let (_, settings) = match usable(directory, &tenant).await {
        Ok(Some(found)) => found,
        Ok(None) => return unknown(),
        Err(response) => return response,
    };
    let callback = callback(&directory.root_url(&request.headers));
    let state = state::issue(&tenant, &settings.client_secret, directory.now());
    let parameters = [
        ("client_id", settings.client_id.as_str()),
        ("scope", &SCOPES.join(",")),
        ("user_scope", ""),
        ("redirect_uri", &callback),
        ("state", &state),
    ];
    match Url::parse_with_params(AUTHORIZE, parameters) {
        Ok(url) => page::redirect(directory.browser_url(url).as_str()),
        Err(_) => WebhookResponse::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn complete(directory: &dyn Directory, request: &WebhookRequest) -> WebhookResponse {
    let stale = || {
        page::message(
            StatusCode::BAD_REQUEST,
            "Please begin again",
            "This installation was not begun here, or too long ago. Nothing was installed.",
        )
    };
    let state = query(request, "state").unwrap_or_default();
    let Some(tenant) = state::tenant(&state) else { return stale() };
    let (known, settings) = match usable(directory, &tenant).await {
        Ok(Some(found)) => found,
        Ok(None) => return stale(),
        Err(response) => return response,
    };
    if !state::check(&state, &settings.client_secret, directory.now()) {
        return stale();
    }
    let Some(code) = query(request, "code").filter(|code| !code.is_empty()) else {
        let words = match query(request, "error").as_deref() {
            Some("access_denied") => "The installation was cancelled in Slack. Nothing was installed.",
            _ => "Slack did not agree to the installation. Nothing was installed.",
        };
        return page::message(StatusCode::BAD_REQUEST, "Not installed", words);
    };
    let callback = callback(&directory.root_url(&request.headers));
    match installed(directory, &tenant, &settings, &code, &callback).await {
        Ok(workspace) => {
            tracing::info!(tenant = %tenant, "the app was installed in a workspace");
            let words = format!(
                "{workspace} is now connected with {}. Find the app in Slack under Apps, and write to it.",
                known.name
            );
            page::message(StatusCode::OK, "Installed", &words)
        }
        Err(error) => {
            tracing::warn!(tenant = %tenant, kind = ?error.kind, code = error.code, "an installation failed");
            let (status, words) = match error.kind {
                SendErrorKind::InvalidMessage => {
                    (StatusCode::BAD_REQUEST, "Slack no longer accepts this installation.")
                }
                SendErrorKind::Unauthorized => (
                    StatusCode::BAD_GATEWAY,
                    "Slack refused the credentials of the app. Please tell the administrator.",
                ),
                SendErrorKind::Internal => (StatusCode::SERVICE_UNAVAILABLE, "The installation could not be kept."),
                _ => (StatusCode::BAD_GATEWAY, "Slack could not be reached."),
            };
            page::message(status, "Not installed", &format!("{words} Please try again."))
        }
    }
}

/// Buys the token and keeps it; where it is good.
async fn installed(
    directory: &dyn Directory,
    tenant: &TenantId,
    settings: &Settings,
    code: &str,
    callback: &str,
) -> Result<String, SendError> {
    let response =
        install::access(directory.transport(), settings, &[("code", code), ("redirect_uri", callback)]).await?;
    if let Some(error) = errors::of(&response, directory.now()) {
        return Err(error);
    }
    let installation = Installation::of_answer(&response, directory.now())?;
    let id = installation.id().ok_or_else(|| SendError::new(SendErrorKind::Garbled).coded("oauth.v2.access"))?;
    // Not through the cache: what is not kept is not installed.
    let expires = install::forever(directory.now());
    directory.keep_token(tenant, &install::name(id), &installation.to_secret(), expires).await?;
    Ok(installation.display_name().to_owned())
}

/// A tenant that takes installations, and its settings.
async fn usable(directory: &dyn Directory, id: &TenantId) -> Result<Option<(PageTenant, Settings)>, WebhookResponse> {
    let known = directory.tenant_with_secrets(id).await.map_err(|error| {
        tracing::error!(tenant = %id, code = error.code, "the tenant cannot be read");
        page::message(StatusCode::SERVICE_UNAVAILABLE, "Not available", "Please try again in a few minutes.")
    })?;
    Ok(known.filter(|known| known.enabled).and_then(|known| {
        let settings = parse_settings(&known.settings).ok()?;
        Some((known, settings))
    }))
}

fn query(request: &WebhookRequest, name: &str) -> Option<String> {
    let mut fields = url::form_urlencoded::parse(request.query.as_bytes());
    fields.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}
