//! The administrator's part of the API: integrations, content profiles, messaging settings.

use serde_json::Map;
use simulation::prelude::*;

use super::{
    State,
    organization::Integration,
    routes::{Answer, Refusal, parse},
};

/// A page of a list: 25 to a page, as a rule.
pub(super) fn page(all: Vec<Value>, call: &ProviderCall) -> Value {
    let asked = |name: &str, usual: usize| call.query(name).parse().unwrap_or(usual);
    let (size, number) = (asked("pageSize", 25).clamp(1, 100), asked("pageNumber", 1));
    let (total, count) = (all.len(), all.len().div_ceil(size));
    let entities: Vec<Value> = all.into_iter().skip((number.max(1) - 1) * size).take(size).collect();
    json!({ "entities": entities, "pageSize": size, "pageNumber": number, "pageCount": count, "total": total })
}

pub(super) fn list(state: &State, call: &ProviderCall) -> Value {
    page(state.memory.integrations.values().map(|found| found.fields.clone().into()).collect(), call)
}

pub(super) fn create(state: &mut State, call: &ProviderCall) -> Answer {
    let asked = parse(call)?;
    for needed in ["name", "outboundNotificationWebhookUrl", "outboundNotificationWebhookSignatureSecretToken"] {
        if asked[needed].as_str().is_none_or(str::is_empty) {
            return Err(Refusal::bad(format!("The field {needed} is required.")));
        }
    }
    check(&asked)?;
    let id = state.ids.text();
    let mut fields = asked.as_object().cloned().unwrap_or_default();
    let given = json!({
        "id": id, "status": "Active", "createStatus": "Initiated", "dateCreated": state.now().to_string(),
        "recipient": { "id": id, "selfUri": format!("/api/v2/routing/message/recipients/{id}") },
    });
    fields.extend(given.as_object().cloned().unwrap_or_default());
    state.memory.integrations.insert(id, Integration { fields: fields.clone(), looks: 0 });
    Ok(fields.into())
}

fn check(asked: &Value) -> Result<(), Refusal> {
    if let Some(token) = asked["outboundNotificationWebhookSignatureSecretToken"].as_str()
        && token.chars().count() <= 15
    {
        return Err(Refusal::bad("The outbound notification webhook signature secret token is too short."));
    }
    // The real one takes https on port 443 only.
    if let Some(url) = asked["outboundNotificationWebhookUrl"].as_str()
        && url::Url::parse(url).is_err()
    {
        return Err(Refusal::bad("The outbound notification webhook URL is not valid."));
    }
    Ok(())
}

/// Creation is done when it was asked about twice.
pub(super) fn show(state: &mut State, id: &str) -> Answer {
    let found = state.memory.integration(id)?;
    found.looks += 1;
    if found.looks == 2 {
        found.fields.insert("createStatus".to_owned(), "Completed".into());
    }
    Ok(found.fields.clone().into())
}

pub(super) fn change(state: &mut State, id: &str, call: &ProviderCall) -> Answer {
    let asked = parse(call)?;
    check(&asked)?;
    let found = state.memory.integration(id)?;
    found.fields.extend(asked.as_object().cloned().unwrap_or_default());
    Ok(found.fields.clone().into())
}

/// What is made of a name: a content profile, a messaging setting.
pub(super) fn named(state: &mut State, call: &ProviderCall) -> Answer {
    let asked = parse(call)?;
    if asked["name"].as_str().is_none_or(str::is_empty) {
        return Err(Refusal::bad("The field name is required."));
    }
    let mut fields: Map<String, Value> = asked.as_object().cloned().unwrap_or_default();
    fields.insert("id".to_owned(), state.ids.text().into());
    Ok(fields.into())
}
