//! A look at the account, changing nothing.

use contract::{Io, SelfTest, SendError, http::Request};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{errors, settings::Settings, token};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bot {
    basic_id: String,
    premium_id: Option<String>,
    display_name: String,
    #[serde(default)]
    chat_mode: String,
}

#[derive(Deserialize)]
struct Quota {
    #[serde(rename = "type")]
    kind: String,
    value: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consumption {
    total_usage: u64,
}

#[derive(Deserialize)]
struct Endpoint {
    active: bool,
}

/// "@acme (Acme), 412 of 1000 messages used".
pub(crate) async fn run(io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
    let bot: Bot = get(io, "info").await?;
    let quota: Quota = get(io, "message/quota").await?;
    let used: Consumption = get(io, "message/quota/consumption").await?;
    let limit = quota.value.filter(|_| quota.kind == "limited");
    let used_of = match limit {
        Some(limit) => format!("{} of {limit} messages used", used.total_usage),
        None => format!("{} messages used, no limit", used.total_usage),
    };
    let mut warnings = Vec::new();
    let given = &io.settings.bot_basic_id;
    if *given != bot.basic_id && Some(given) != bot.premium_id.as_ref() {
        warnings.push(format!("The bot basic ID is {given}, but the channel belongs to {}.", bot.basic_id));
    }
    if bot.chat_mode == "chat" {
        warnings.push(
            "Chat is switched on in LINE Official Account Manager (Settings → Response settings): staff may answer \
             there, past the contact centre."
                .to_owned(),
        );
    }
    if limit.is_some_and(|limit| used.total_usage >= limit) {
        warnings.push("This month's messages are used up: only replies within a minute still arrive.".to_owned());
    }
    // LINE answers 404 while no address is set.
    match get::<Endpoint>(io, "channel/webhook/endpoint").await {
        Ok(endpoint) if endpoint.active => {}
        Ok(_) => warnings.push("\"Use webhook\" is off: no message of a guest arrives.".to_owned()),
        Err(error) if error.code.as_deref() == Some("404") => {
            warnings.push("No webhook URL is set at LINE yet: no message of a guest arrives.".to_owned());
        }
        // Not worth failing for: the credentials are good.
        Err(_) => {}
    }
    warnings.push(
        "Please see to it that \"Webhook redelivery\" is on at LINE: it cannot be looked up, and without it a message \
         is lost when the webhook cannot be reached."
            .to_owned(),
    );
    Ok(SelfTest { found: format!("{} ({}), {used_of}", bot.basic_id, bot.display_name), warnings })
}

async fn get<T: DeserializeOwned>(io: &Io<'_, Settings>, path: &str) -> Result<T, SendError> {
    let response = token::authorized(io, &Request::get(format!("https://api.line.me/v2/bot/{path}"))).await?;
    match errors::error_of(&response, io.now()) {
        Some(error) => Err(error),
        None => response.parse(),
    }
}
