//! The access token: the tenant's own long-lived one, or a stateless one, good for 15 minutes and issued without limit.
//! <https://developers.line.biz/en/docs/basics/channel-access-token/#stateless-channel-access-token>

use std::time::Duration;

use contract::{
    Io, Secret, SendError, SendErrorKind,
    http::{Request, Response},
};
use serde::Deserialize;

use crate::settings::Settings;

const ISSUE: &str = "https://api.line.me/oauth2/v3/token";

#[derive(Deserialize)]
struct Issued {
    access_token: Secret,
    expires_in: u32,
}

/// Sends a request with the tenant's token; a stateless one that was refused is renewed once.
pub(crate) async fn authorized(io: &Io<'_, Settings>, request: &Request) -> Result<Response, SendError> {
    let own = io.settings.channel_access_token.as_ref().filter(|token| !token.is_empty());
    if let Some(token) = own {
        return io.http.send(request.clone().bearer(token.expose())).await;
    }
    let name = format!("line/{}", io.settings.channel_id);
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

async fn issue(io: &Io<'_, Settings>, name: &str) -> Result<Secret, SendError> {
    let Settings { channel_id, channel_secret, .. } = io.settings;
    let request = Request::post_form(
        ISSUE,
        &[("grant_type", "client_credentials"), ("client_id", channel_id), ("client_secret", channel_secret.expose())],
    );
    let response = io.http.send(request).await?;
    if let 400 | 401 | 403 = response.status.as_u16() {
        return Err(SendError::new(SendErrorKind::Unauthorized).coded(response.status.as_u16().to_string()).saying(
            "LINE refused the channel ID or the channel secret of this tenant. Please tell the administrator.",
        ));
    }
    if let Some(error) = response.error(io.now()) {
        return Err(error);
    }
    let issued: Issued = response.parse()?;
    let expires = io.now() + Duration::from_secs(issued.expires_in.into());
    io.tokens.put(io.tenant, name, &issued.access_token, expires).await;
    Ok(issued.access_token)
}
