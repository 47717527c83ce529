//! `um messages send`: as an IVR does, with the tenant's API authentication.

use std::env;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    arguments::{General, Send},
    client::{Call, Client},
    failure::Failure,
    prompt, show,
};

pub async fn send(client: &mut Client, general: &General, what: &Send) -> Result<(), Failure> {
    let mut messages: Vec<Value> = what.text.iter().map(|text| text.as_str().into()).collect();
    for message in &what.message {
        let message =
            serde_json::from_str(message).map_err(|error| Failure::usage(format!("--message is not JSON: {error}")))?;
        messages.push(message);
    }
    let mut body = json!({ "userId": what.to, "messages": messages });
    if let Some(name) = &what.tenant {
        body["tenant"] = name.as_str().into();
    }
    if let Some(id) = &what.tenant_id {
        body["tenantId"] = id.as_str().into();
    }
    let mut call = Call::post("/api/v1/messages", &body);
    if let Some(key) = &what.idempotency_key {
        call = call.header("idempotency-key", key);
    }
    let answer = match &what.tenant_user {
        None => client.call_as(call, None).await?,
        Some(user) => {
            let password = match env::var("UM_TENANT_PASSWORD").ok().filter(|value| !value.is_empty()) {
                Some(password) => Zeroizing::new(password),
                None => prompt::ask(&format!("password of the tenant's {user}"), "set UM_TENANT_PASSWORD")?,
            };
            client.call_as(call, Some((user, &password))).await?
        }
    };
    if general.json {
        return show::json(&answer.body);
    }
    for delivery in answer.body["deliveries"].as_array().into_iter().flatten() {
        show::line(&format!("{} {}", show::text(&delivery["id"]), show::text(&delivery["state"])))?;
    }
    Ok(())
}
