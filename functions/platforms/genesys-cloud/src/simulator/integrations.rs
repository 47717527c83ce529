//! The administrator's part of the API: integrations, content profiles, messaging settings.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Inner,
    organization::Integration,
    routes::{Answer, Refusal, parse},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Paging {
    #[serde(default = "twenty_five")]
    page_size: usize,
    #[serde(default = "one")]
    page_number: usize,
}

fn twenty_five() -> usize {
    25
}

fn one() -> usize {
    1
}

fn page(all: Vec<Value>, paging: &Paging) -> Json<Value> {
    let size = paging.page_size.clamp(1, 100);
    let (total, count) = (all.len(), all.len().div_ceil(size));
    let entities: Vec<Value> = all.into_iter().skip((paging.page_number.max(1) - 1) * size).take(size).collect();
    Json(json!({
        "entities": entities, "pageSize": size, "pageNumber": paging.page_number, "pageCount": count, "total": total,
    }))
}

pub(super) async fn list(State(inner): State<Arc<Inner>>, Query(paging): Query<Paging>) -> Json<Value> {
    page(inner.organization().integrations.values().map(|found| found.fields.clone().into()).collect(), &paging)
}

pub(super) async fn create(State(inner): State<Arc<Inner>>, body: Bytes) -> Answer {
    let asked = parse(&body)?;
    for needed in ["name", "outboundNotificationWebhookUrl", "outboundNotificationWebhookSignatureSecretToken"] {
        if asked[needed].as_str().is_none_or(str::is_empty) {
            return Err(Refusal::bad(format!("The field {needed} is required.")));
        }
    }
    check(&asked)?;
    let id = Uuid::new_v4().to_string();
    let mut fields = asked.as_object().cloned().unwrap_or_default();
    let given = json!({
        "id": id, "status": "Active", "createStatus": "Initiated", "dateCreated": Timestamp::now().to_string(),
        "recipient": { "id": id, "selfUri": format!("/api/v2/routing/message/recipients/{id}") },
    });
    fields.extend(given.as_object().cloned().unwrap_or_default());
    inner.organization().integrations.insert(id, Integration { fields: fields.clone(), looks: 0 });
    Ok(Json(fields.into()))
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
pub(super) async fn show(State(inner): State<Arc<Inner>>, Path(id): Path<String>) -> Answer {
    let mut organization = inner.organization();
    let found = organization.integration(&id)?;
    found.looks += 1;
    if found.looks == 2 {
        found.fields.insert("createStatus".to_owned(), "Completed".into());
    }
    Ok(Json(found.fields.clone().into()))
}

pub(super) async fn change(State(inner): State<Arc<Inner>>, Path(id): Path<String>, body: Bytes) -> Answer {
    let asked = parse(&body)?;
    check(&asked)?;
    let mut organization = inner.organization();
    let found = organization.integration(&id)?;
    found.fields.extend(asked.as_object().cloned().unwrap_or_default());
    Ok(Json(found.fields.clone().into()))
}

pub(super) async fn delete(State(inner): State<Arc<Inner>>, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    inner.organization().delete_integration(&id).map(|()| StatusCode::NO_CONTENT)
}

pub(super) async fn list_contents(State(inner): State<Arc<Inner>>, Query(paging): Query<Paging>) -> Json<Value> {
    page(inner.organization().supported_contents.clone(), &paging)
}

pub(super) async fn create_content(State(inner): State<Arc<Inner>>, body: Bytes) -> Answer {
    let made = named(&parse(&body)?)?;
    inner.organization().supported_contents.push(made.clone());
    Ok(Json(made))
}

pub(super) async fn list_settings(State(inner): State<Arc<Inner>>, Query(paging): Query<Paging>) -> Json<Value> {
    page(inner.organization().messaging_settings.clone(), &paging)
}

pub(super) async fn create_setting(State(inner): State<Arc<Inner>>, body: Bytes) -> Answer {
    let made = named(&parse(&body)?)?;
    inner.organization().messaging_settings.push(made.clone());
    Ok(Json(made))
}

fn named(asked: &Value) -> Result<Value, Refusal> {
    if asked["name"].as_str().is_none_or(str::is_empty) {
        return Err(Refusal::bad("The field name is required."));
    }
    let mut fields: Map<String, Value> = asked.as_object().cloned().unwrap_or_default();
    fields.insert("id".to_owned(), Uuid::new_v4().to_string().into());
    Ok(fields.into())
}
