//! What is kept of an installation: the bot token and what Slack told with it, per workspace (or organisation), sealed like
//! every token of the tenant's. Bot tokens do not expire unless token rotation is on; then they are renewed here.
//! <https://docs.slack.dev/authentication/installing-with-oauth>, <https://docs.slack.dev/authentication/using-token-rotation>

use std::time::Duration;

use async_trait::async_trait;
use contract::{
    Inbound, Io, Secret, SendError, SendErrorKind, TenantId, TokenCache, Unsubscription,
    http::{Request, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{errors, settings::Settings};

/// Exchanges a code or a refresh token. <https://docs.slack.dev/reference/methods/oauth.v2.access>
pub(crate) const ACCESS: &str = "https://slack.com/api/oauth.v2.access";
const REVOKE: &str = "https://slack.com/api/auth.revoke";
/// What the names of all installations' tokens begin with.
pub(crate) const PREFIX: &str = "slack/";
/// How long before its end a token that rotates is renewed.
const EARLY: Duration = Duration::from_secs(300);

/// An installation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Installation {
    pub(crate) access_token: Secret,
    #[serde(default)]
    pub(crate) refresh_token: Option<Secret>,
    /// When the access token expires, in seconds since the epoch; never when none.
    #[serde(default)]
    pub(crate) expires_at: Option<i64>,
    /// When the app was installed, in seconds since the epoch: a removal before that is not this one's.
    #[serde(default)]
    pub(crate) installed_at: i64,
    #[serde(default)]
    pub(crate) team_id: Option<String>,
    #[serde(default)]
    pub(crate) team_name: Option<String>,
    #[serde(default)]
    pub(crate) enterprise_id: Option<String>,
    #[serde(default)]
    pub(crate) enterprise_name: Option<String>,
    #[serde(default)]
    pub(crate) org_wide: bool,
}

/// What `oauth.v2.access` gives.
#[derive(Deserialize)]
struct Access {
    access_token: Secret,
    refresh_token: Option<Secret>,
    expires_in: Option<i64>,
    team: Option<Named>,
    enterprise: Option<Named>,
    #[serde(default)]
    is_enterprise_install: bool,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    name: Option<String>,
}

impl Installation {
    /// From what is kept; a bare token will do.
    pub(crate) fn read(kept: &Secret) -> Self {
        serde_json::from_str(kept.expose()).unwrap_or_else(|_| Self {
            access_token: kept.clone(),
            refresh_token: None,
            expires_at: None,
            installed_at: 0,
            team_id: None,
            team_name: None,
            enterprise_id: None,
            enterprise_name: None,
            org_wide: false,
        })
    }

    /// From Slack's answer to a code.
    pub(crate) fn of_answer(response: &Response, now: Timestamp) -> Result<Self, SendError> {
        let access: Access = response.parse()?;
        let (team, enterprise) = (access.team, access.enterprise);
        Ok(Self {
            access_token: access.access_token,
            refresh_token: access.refresh_token,
            expires_at: access.expires_in.map(|seconds| now.as_second().saturating_add(seconds)),
            installed_at: now.as_second(),
            team_id: team.as_ref().map(|team| team.id.clone()),
            team_name: team.and_then(|team| team.name),
            enterprise_id: enterprise.as_ref().map(|enterprise| enterprise.id.clone()),
            enterprise_name: enterprise.and_then(|enterprise| enterprise.name),
            org_wide: access.is_enterprise_install,
        })
    }

    /// As it is kept.
    pub(crate) fn to_secret(&self) -> Secret {
        let json = json!({
            "accessToken": self.access_token.expose(),
            "refreshToken": self.refresh_token.as_ref().map(Secret::expose),
            "expiresAt": self.expires_at,
            "installedAt": self.installed_at,
            "teamId": self.team_id,
            "teamName": self.team_name,
            "enterpriseId": self.enterprise_id,
            "enterpriseName": self.enterprise_name,
            "orgWide": self.org_wide,
        });
        Secret::new(json.to_string())
    }

    /// The id of the workspace or the organisation. `None` when Slack told neither.
    pub(crate) fn id(&self) -> Option<&str> {
        if self.org_wide { self.enterprise_id.as_deref() } else { self.team_id.as_deref() }
    }

    /// The name of the workspace or the organisation, for people.
    pub(crate) fn display_name(&self) -> &str {
        let (own, other) =
            if self.org_wide { (&self.enterprise_name, &self.enterprise_id) } else { (&self.team_name, &self.team_id) };
        own.as_deref().or(other.as_deref()).unwrap_or("a workspace")
    }
}

/// Under which name an installation is kept.
pub(crate) fn name(install: &str) -> String {
    format!("{PREFIX}{install}")
}

/// For as long as the store can: an installation ends when Slack says so.
pub(crate) fn forever(now: Timestamp) -> Timestamp {
    now.checked_add(Duration::from_secs(50 * 365 * 86_400)).unwrap_or(Timestamp::MAX)
}

/// The installation of a workspace; [`SendErrorKind::Unauthorized`] when there is none.
pub(crate) async fn find(io: &Io<'_, Settings>, install: &str) -> Result<(Secret, Installation), SendError> {
    match io.tokens.get(io.tenant, &name(install)).await {
        Some(kept) => Ok((kept.clone(), Installation::read(&kept))),
        None => Err(SendError::new(SendErrorKind::Unauthorized).coded("not_installed").saying(errors::REINSTALL)),
    }
}

/// Sends a request with a workspace's token. One that is refused is read or fetched anew, once: the app may have been
/// installed again since, or the token has expired.
pub(crate) async fn authorized(io: &Io<'_, Settings>, install: &str, request: Request) -> Result<Response, SendError> {
    let (kept, mut found) = find(io, install).await?;
    let soon = (io.now() + EARLY).as_second();
    if found.expires_at.is_some_and(|at| at <= soon) && found.refresh_token.is_some() {
        found = refresh(io, install, &kept, found).await?;
    }
    let response = io.http.send(request.clone().bearer(found.access_token.expose())).await?;
    if !errors::is_of_token(&response) {
        return Ok(response);
    }
    let newer = match io.tokens.renewed(io.tenant, &name(install), &kept).await {
        Some(newer) => Installation::read(&newer),
        None if errors::word(&response).as_deref() == Some("token_expired") && found.refresh_token.is_some() => {
            refresh(io, install, &kept, found).await?
        }
        None => return Ok(response),
    };
    io.http.send(request.bearer(newer.access_token.expose())).await
}

/// Renews a token that rotates. When another function was faster, its token is taken.
async fn refresh(
    io: &Io<'_, Settings>,
    install: &str,
    kept: &Secret,
    old: Installation,
) -> Result<Installation, SendError> {
    let Some(token) = &old.refresh_token else { return Ok(old) };
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.expose())];
    let response = access(io.http, io.settings, &form).await?;
    if let Some(error) = errors::of(&response, io.now()) {
        return match io.tokens.renewed(io.tenant, &name(install), kept).await {
            Some(newer) => Ok(Installation::read(&newer)),
            None => Err(error),
        };
    }
    let new = Installation::of_answer(&response, io.now())?;
    let new = Installation {
        installed_at: old.installed_at,
        team_id: old.team_id,
        team_name: new.team_name.or(old.team_name),
        enterprise_id: old.enterprise_id,
        enterprise_name: new.enterprise_name.or(old.enterprise_name),
        org_wide: old.org_wide,
        ..new
    };
    io.tokens.put(io.tenant, &name(install), &new.to_secret(), forever(io.now())).await;
    Ok(new)
}

/// Calls `oauth.v2.access` in the app's name.
pub(crate) async fn access(
    http: &dyn contract::http::Transport,
    settings: &Settings,
    form: &[(&str, &str)],
) -> Result<Response, SendError> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let pair = format!("{}:{}", settings.client_id, settings.client_secret.expose());
    let request = Request::post_form(ACCESS, form)
        .header(http::header::AUTHORIZATION, &format!("Basic {}", STANDARD.encode(pair)));
    http.send(request).await
}

/// Takes the app's tokens back everywhere: the tenant is deleted. What Slack refuses is as good as gone.
pub(crate) async fn revoke_all(io: &Io<'_, Settings>) -> Result<(), SendError> {
    for name in io.tokens.names(io.tenant, PREFIX).await {
        if let Some(kept) = io.tokens.get(io.tenant, &name).await {
            let found = Installation::read(&kept);
            let form = [("test", "false")];
            io.http.send(Request::post_form(REVOKE, &form).bearer(found.access_token.expose())).await?;
        }
        io.tokens.forget(io.tenant, &name).await;
    }
    Ok(())
}

/// The app was removed from a workspace, or its token was revoked.
pub(crate) struct Removal;

#[async_trait]
impl Unsubscription for Removal {
    /// The token is of no use any more; unless the app was installed again since, and Slack tells late.
    async fn unsubscribed(&self, tenant: &TenantId, event: &Inbound, tokens: &dyn TokenCache) {
        let install = event.guest.id.as_str();
        let name = name(install);
        let Some(kept) = tokens.get(tenant, &name).await else { return };
        let newer = tokens.renewed(tenant, &name, &kept).await.unwrap_or(kept);
        if Installation::read(&newer).installed_at <= event.at.as_second() {
            tokens.forget(tenant, &name).await;
            tracing::warn!(%tenant, install, "the app was removed from a workspace");
        }
    }
}

/// A call that reads: its arguments in the query.
pub(crate) async fn read(
    io: &Io<'_, Settings>,
    install: &str,
    method: &str,
    arguments: &[(&str, &str)],
) -> Result<Value, SendError> {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(arguments).finish();
    let request = Request::get(format!("https://slack.com/api/{method}?{query}"));
    answer(io, authorized(io, install, request).await?)
}

/// A call that does: its arguments as a form.
pub(crate) async fn call(
    io: &Io<'_, Settings>,
    install: &str,
    method: &str,
    arguments: &[(&str, &str)],
) -> Result<Value, SendError> {
    let request = Request::post_form(format!("https://slack.com/api/{method}"), arguments);
    answer(io, authorized(io, install, request).await?)
}

fn answer(io: &Io<'_, Settings>, response: Response) -> Result<Value, SendError> {
    match errors::of(&response, io.now()) {
        Some(error) => Err(error),
        None => response.parse(),
    }
}
