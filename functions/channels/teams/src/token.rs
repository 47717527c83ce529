//! The bot's access token, good for an hour:
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#bot-to-connector>.

use std::time::Duration;

use contract::{
    Io, Secret, SendError, SendErrorKind,
    http::{Request, Response},
};
use serde::Deserialize;
use url::Url;

use crate::{
    address::encode,
    settings::{AppType, Settings},
};

const SCOPE: &str = "https://api.botframework.com/.default";
/// How long before its end a token is not used any more, in seconds.
const MARGIN_S: u32 = 300;

#[derive(Deserialize)]
struct Issued {
    access_token: Secret,
    expires_in: u32,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: String,
}

/// Sends a request with the bot's token; one that was refused is renewed once.
pub(crate) async fn authorized(io: &Io<'_, Settings>, request: &Request) -> Result<Response, SendError> {
    vet(io, &request.url)?;
    let name = format!("teams/{}/{}", authority(io.settings), io.settings.bot_id);
    let token = match io.tokens.get(io.tenant, &name).await {
        Some(token) => token,
        None => issue(io, &name).await?,
    };
    let response = io.http.send(request.clone().bearer(token.expose())).await?;
    if response.status != http::StatusCode::UNAUTHORIZED {
        return Ok(response);
    }
    io.tokens.forget(io.tenant, &name).await;
    let token = issue(io, &name).await?;
    io.http.send(request.clone().bearer(token.expose())).await
}

/// Refuses to show our token to a stranger: conversations name their service themselves.
fn vet(io: &Io<'_, Settings>, url: &str) -> Result<(), SendError> {
    if io.http.stands_in() || is_service(url) {
        return Ok(());
    }
    Err(SendError::new(SendErrorKind::Forbidden)
        .coded("serviceUrl")
        .saying("This conversation's service is not one of Microsoft's. Please tell the administrator."))
}

fn is_service(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        let host = url.host_str().unwrap_or_default();
        url.scheme() == "https"
            && url.port().is_none()
            && (host == "smba.trafficmanager.net" || host == "botframework.com" || host.ends_with(".botframework.com"))
    })
}

/// Has Microsoft issue a token, though one may be kept: tries the credentials.
pub(crate) async fn renew(io: &Io<'_, Settings>) -> Result<Secret, SendError> {
    issue(io, &format!("teams/{}/{}", authority(io.settings), io.settings.bot_id)).await
}

/// A bot of one tenant asks that tenant's authority; the others' identity lives with the Bot Framework.
fn authority(settings: &Settings) -> &str {
    match (settings.app_type, settings.app_tenant_id.as_deref()) {
        (AppType::SingleTenant, Some(tenant)) => tenant,
        _ => "botframework.com",
    }
}

async fn issue(io: &Io<'_, Settings>, name: &str) -> Result<Secret, SendError> {
    let Settings { bot_id, client_secret, .. } = io.settings;
    let authority = encode(authority(io.settings));
    let request = Request::post_form(
        format!("https://login.microsoftonline.com/{authority}/oauth2/v2.0/token"),
        &[
            ("grant_type", "client_credentials"),
            ("client_id", bot_id),
            ("client_secret", client_secret.expose()),
            ("scope", SCOPE),
        ],
    );
    let response = io.http.send(request).await?;
    if let 400 | 401 | 403 = response.status.as_u16() {
        let refused: Refused = serde_json::from_slice(&response.body).unwrap_or_default();
        let code = Some(refused.error).filter(|code| !code.is_empty());
        return Err(SendError::new(SendErrorKind::Unauthorized)
            .coded(code.unwrap_or_else(|| response.status.as_u16().to_string()))
            .saying(
                "Microsoft refused the bot ID, the client secret or the app tenant ID of this tenant (a secret \
                 expires). Please tell the administrator.",
            ));
    }
    if let Some(error) = response.error(io.now()) {
        return Err(error);
    }
    let issued: Issued = response.parse()?;
    let lives = issued.expires_in.saturating_sub(MARGIN_S).max(issued.expires_in / 2);
    io.tokens.put(io.tenant, name, &issued.access_token, io.now() + Duration::from_secs(lives.into())).await;
    Ok(issued.access_token)
}
