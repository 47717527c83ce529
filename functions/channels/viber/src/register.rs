//! The bot's account with Viber: what it is, and where its callbacks go.

use std::time::Duration;

use contract::{Io, Place, ProvisionStatus, Provisioned, SelfTest, SendError, http::Request};
use serde::Deserialize;
use serde_json::{Map, json};

use crate::{api, settings::Settings};

/// What we want to hear of; `message` and `unsubscribed` come in any case.
const EVENTS: [&str; 6] = ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"];
/// Viber calls the webhook before it answers, and a function that sleeps must wake up first.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    name: String,
    #[serde(default)]
    uri: String,
    #[serde(default)]
    webhook: Option<String>,
    #[serde(default)]
    event_types: Vec<String>,
    #[serde(default)]
    subscribers_count: u64,
}

async fn look(io: &Io<'_, Settings>) -> Result<Account, SendError> {
    api::call(io, api::GET_ACCOUNT_INFO, &json!({})).await?.parse()
}

/// "acme (Acme), 412 subscribers".
pub(crate) async fn self_test(io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
    let account = look(io).await?;
    let mut warnings = Vec::new();
    match account.webhook.as_deref().filter(|url| !url.is_empty()) {
        None => warnings.push("No webhook is set at Viber yet: saving the tenant sets it.".to_owned()),
        Some(url) if !is_ours(url, io) => warnings.push(format!(
            "The bot's callbacks go to {url} now. A bot has one webhook: saving the tenant moves them here."
        )),
        Some(_) => {
            let missing: Vec<&str> = EVENTS
                .into_iter()
                .filter(|event| !account.event_types.is_empty() && !account.event_types.iter().any(|set| set == event))
                .collect();
            if !missing.is_empty() {
                warnings.push(format!("Viber does not report {}: saving the tenant mends it.", missing.join(", ")));
            }
        }
    }
    let uri = if account.uri.is_empty() { "a bot" } else { &account.uri };
    Ok(SelfTest { found: format!("{uri} ({}), {} subscribers", account.name, account.subscribers_count), warnings })
}

/// Tells Viber where callbacks go. Viber tries the address at once: the tenant must be stored before.
pub(crate) async fn provision(io: &Io<'_, Settings>, place: &Place) -> Result<Provisioned, SendError> {
    let body = json!({ "url": place.webhook_url, "event_types": EVENTS, "send_name": true, "send_photo": true });
    api::send(io, Request::post_json(api::SET_WEBHOOK, &body).timeout(PATIENCE)).await?;
    let mut settings = Map::new();
    // The webhook is set, whether or not Viber tells what the bot is called.
    if let Ok(account) = look(io).await
        && !account.uri.is_empty()
    {
        settings.insert("botUri".to_owned(), account.uri.into());
    }
    Ok(Provisioned { settings, status: ProvisionStatus::Ready })
}

/// Removes the webhook, unless somebody else has moved it elsewhere meanwhile.
pub(crate) async fn deprovision(io: &Io<'_, Settings>) -> Result<(), SendError> {
    let ours = look(io).await?.webhook.is_some_and(|url| is_ours(&url, io));
    if ours {
        api::call(io, api::SET_WEBHOOK, &json!({ "url": "" })).await?;
    }
    Ok(())
}

/// Whether an address is this tenant's webhook.
fn is_ours(url: &str, io: &Io<'_, Settings>) -> bool {
    url.ends_with(&format!("{}/{}", crate::DESCRIPTOR.path, io.tenant))
}
