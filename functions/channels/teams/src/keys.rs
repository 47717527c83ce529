//! The keys that the Bot Framework signs with:
//! <https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#connector-to-bot>.

use std::time::Duration;

use contract::{
    PublishedKeys, SendError, SendErrorKind,
    http::{Request, Transport},
};
use serde_json::{Value, json};
use url::Url;

/// Names the address of the keys. That of the public cloud; the clouds for governments have others.
const CONFIGURATION: &str = "https://login.botframework.com/v1/.well-known/openidconfiguration";
/// The only host whose keys are believed.
const HOST: &str = "login.botframework.com";
/// A guest's message waits for it, the first of a day or of a cold function.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Fetches the keys. Of each only what verification reads is kept.
pub(crate) async fn fetch(http: &dyn Transport) -> Result<PublishedKeys, SendError> {
    let configuration = get(http, CONFIGURATION).await?;
    let address = configuration["jwks_uri"].as_str().unwrap_or_default();
    let ours = Url::parse(address).is_ok_and(|url| url.scheme() == "https" && url.host_str() == Some(HOST));
    if !ours && !http.stands_in() {
        return Err(SendError::new(SendErrorKind::Garbled).coded("jwks_uri"));
    }
    let set = get(http, address).await?;
    let keys: Vec<Value> = set["keys"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|key| ["kid", "n", "e"].iter().all(|name| key[name].is_string()))
        .map(|key| json!({ "kid": key["kid"], "n": key["n"], "e": key["e"], "endorsements": key["endorsements"] }))
        .collect();
    if keys.is_empty() {
        return Err(SendError::new(SendErrorKind::Garbled).coded("no keys"));
    }
    Ok(PublishedKeys(json!({ "keys": keys })))
}

async fn get(http: &dyn Transport, url: &str) -> Result<Value, SendError> {
    let response = http.send(Request::get(url).timeout(TIMEOUT)).await?;
    match response.error(jiff::Timestamp::UNIX_EPOCH) {
        Some(error) => Err(error),
        None => response.parse(),
    }
}

/// The key of this id.
pub(crate) fn find<'a>(keys: &'a PublishedKeys, id: &str) -> Option<&'a Value> {
    keys.0["keys"].as_array()?.iter().find(|key| key["kid"] == id)
}
