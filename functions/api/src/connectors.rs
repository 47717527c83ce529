//! `/api/v1/connectors`: the outside systems there are. The website makes its forms of the schemas.

use std::sync::Arc;

use aws::Context;
use axum::{Json, extract::State};
use contract::descriptor::Descriptor;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::Caller,
    describe::{self, Routes},
    extract::Id,
    problem::Problem,
};

/// An outside system that Universal Messaging speaks to.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Connector")]
pub struct ConnectorOut {
    /// Its id in tenants and storages.
    id: &'static str,
    /// What it is: `channel`, `cxPlatform`, `storage` or `notifier`.
    #[schemars(with = "String", extend("enum" = ["channel", "cxPlatform", "storage", "notifier"]))]
    kind: Value,
    /// Its name, also the participant data `media`.
    name: &'static str,
    /// What the path of its webhooks begins with; empty for what has none.
    path: &'static str,
    /// How well its protocol is known: `documented`, `partly` or `assumed`.
    #[schemars(with = "String", extend("enum" = ["documented", "partly", "assumed"]))]
    confidence: Value,
    /// What it can show and do: `native`, `degraded`, `no`, or whether.
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    capabilities: Value,
    /// What it limits.
    limits: Limits,
    /// The JSON Schema of its settings. `writeOnly` marks what is secret.
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    settings_schema: Value,
}

/// What a connector limits.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Limits {
    /// The longest text of one message.
    text: TextLimit,
    /// Hours within which the network may send the same event again.
    redelivery_hours: u32,
}

/// The longest text of one message.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TextLimit {
    /// How many.
    max: usize,
    /// Of what: `utf16` code units, `characters` or `bytes`.
    #[schemars(with = "String", extend("enum" = ["utf16", "characters", "bytes"]))]
    unit: Value,
}

crate::describe::documented!(ConnectorOut);

impl ConnectorOut {
    fn new(descriptor: &Descriptor, schema: Schema) -> Self {
        Self {
            id: descriptor.id,
            kind: json(&descriptor.kind),
            name: descriptor.name,
            path: descriptor.path,
            confidence: json(&descriptor.confidence),
            capabilities: json(&descriptor.capabilities),
            limits: Limits {
                text: TextLimit { max: descriptor.text_limit.max, unit: json(&descriptor.text_limit.unit) },
                redelivery_hours: descriptor.redelivery_hours,
            },
            settings_schema: schema.to_value(),
        }
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn all() -> Vec<ConnectorOut> {
    let connectors = registry::all().into_iter();
    let connectors = connectors.map(|connector| ConnectorOut::new(connector.descriptor(), connector.settings_schema()));
    let storages = registry::storages().providers().iter();
    connectors
        .chain(storages.map(|storage| ConnectorOut::new(storage.descriptor(), storage.settings_schema())))
        .collect()
}

/// List connectors
#[utoipa::path(
    get, path = "/api/v1/connectors", tag = "connectors", operation_id = "listConnectors",
    responses((status = 200, description = "The connectors.", body = Vec<ConnectorOut>), describe::ReadProblems),
)]
async fn list(State(_): State<Arc<Context>>, _: Caller) -> Json<Vec<ConnectorOut>> {
    Json(all())
}

/// Read a connector
#[utoipa::path(
    get, path = "/api/v1/connectors/{id}", tag = "connectors", operation_id = "getConnector",
    params(("id" = String, Path, description = "The connector's id: `line`.")),
    responses((status = 200, description = "The connector.", body = ConnectorOut), describe::ReadOneProblems),
)]
async fn read(State(_): State<Arc<Context>>, _: Caller, Id(id): Id<String>) -> Result<Json<ConnectorOut>, Problem> {
    let found = all().into_iter().find(|connector| connector.id == id);
    found.map(Json).ok_or_else(|| Problem::not_found("connector"))
}

pub fn router() -> Routes {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}
