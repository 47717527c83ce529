//! Access tokens: client credentials, kept until they expire. New ones are rate limited too.
//! Source: <https://developer.genesys.cloud/authorization/platform-auth/use-client-credentials>.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{
    Io, Secret, SendError, SendErrorKind,
    http::{Request, Response},
};
use http::header::AUTHORIZATION;
use jiff::SignedDuration;
use serde::Deserialize;

use crate::Settings;

/// What the login answers.
#[derive(Deserialize)]
struct Grant {
    access_token: Secret,
    /// Seconds. An organization sets 300 to 172,800; 86,400 unless it does.
    #[serde(default)]
    expires_in: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error: Option<String>,
}

/// The name under which the account's token is kept.
fn name(settings: &Settings) -> String {
    format!("genesys-cloud/{}/{}", settings.region, settings.client_id)
}

/// A token that is good for half a minute at least, as far as we know.
pub(crate) async fn access_token(io: &Io<'_, Settings>) -> Result<Secret, SendError> {
    match io.tokens.get(io.tenant, &name(io.settings)).await {
        Some(token) => Ok(token),
        None => fetch(io).await,
    }
}

/// A new token in place of one that was refused.
pub(crate) async fn renewed(io: &Io<'_, Settings>) -> Result<Secret, SendError> {
    io.tokens.forget(io.tenant, &name(io.settings)).await;
    fetch(io).await
}

async fn fetch(io: &Io<'_, Settings>) -> Result<Secret, SendError> {
    let Settings { region, client_id, client_secret, .. } = io.settings;
    let basic = STANDARD.encode(format!("{client_id}:{}", client_secret.expose()));
    let request = Request::post_form(region.token_url(), &[("grant_type", "client_credentials")])
        .header(AUTHORIZATION, &format!("Basic {basic}"));
    let response = io.http.send(request).await?;
    if let Some(error) = refusal(&response, io) {
        return Err(error);
    }
    let grant: Grant = response.parse()?;
    if grant.access_token.is_empty() {
        return Err(SendError::new(SendErrorKind::Garbled).coded("access_token"));
    }
    let life = SignedDuration::from_secs(grant.expires_in.unwrap_or(300).clamp(0, 172_800));
    io.tokens.put(io.tenant, &name(io.settings), &grant.access_token, io.now() + life).await;
    Ok(grant.access_token)
}

/// The login's errors: `{"error":"invalid_client","description":"…"}` with 400 or 401.
fn refusal(response: &Response, io: &Io<'_, Settings>) -> Option<SendError> {
    let error = response.error(io.now())?;
    let status = response.status.as_u16();
    let word = serde_json::from_slice::<Refusal>(&response.body).unwrap_or_default().error;
    let code = word.map_or_else(|| status.to_string(), |word| format!("{status} {word}"));
    if error.retryable() {
        return Some(error.coded(code).saying("The login of Genesys Cloud is not available at the moment."));
    }
    Some(SendError::new(SendErrorKind::Unauthorized).coded(code).saying(format!(
        "Genesys Cloud ({}) refused the OAuth client of this tenant. Please check its region, Client ID and Client Secret.",
        io.settings.region
    )))
}
