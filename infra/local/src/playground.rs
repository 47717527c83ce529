//! The playground: a guest's telephone beside an agent's desk. Serves the page in `playground/` and lets it act through the
//! simulators; `playground/README.md` describes its API.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post, put},
};
use futures::{Stream, StreamExt, stream};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    TenantId,
    descriptor::Kind,
    simulator::{Action, Faults, Link, Simulator},
};
use tokio::sync::broadcast::error::RecvError;

use crate::{demo, simulators::Simulators, stack::Deployed};

/// The biggest request: a picture in base64.
const BODY_MAX: usize = 24 << 20;

/// The page's files: name, content type, text.
const FILES: &[(&str, &str, &str)] = &include!("playground_files.rs");

#[derive(Clone)]
struct Playground {
    deployed: Arc<Deployed>,
    simulators: Simulators,
    /// How many guests each channel has.
    guests: Arc<Mutex<BTreeMap<String, u32>>>,
}

/// The playground's routes.
pub fn router<S: Clone + Send + Sync + 'static>(deployed: Arc<Deployed>, simulators: Simulators) -> Router<S> {
    Router::new()
        .route("/playground", get(|| file("index.html")))
        .route("/playground/", get(|| file("index.html")))
        .route("/playground/{name}", get(|Path(name): Path<String>| async move { file(&name).await }))
        .route("/playground/api/state", get(state))
        .route("/playground/api/events", get(events))
        .route("/playground/api/act", post(act))
        .route("/playground/api/guests", post(new_guest))
        .route("/playground/api/faults/{connector}", put(set_faults))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(Playground { deployed, simulators, guests: Arc::default() })
}

async fn file(name: &str) -> Response {
    match FILES.iter().find(|(file, _, _)| *file == name) {
        Some((_, mime, text)) => (
            [
                (header::CONTENT_TYPE, *mime),
                (header::CACHE_CONTROL, "no-cache"),
                (
                    header::CONTENT_SECURITY_POLICY,
                    "default-src 'self'; img-src 'self' data: blob: http://127.0.0.1:* https:; \
                     media-src 'self' data: blob: http://127.0.0.1:* https:; connect-src 'self'",
                ),
            ],
            *text,
        )
            .into_response(),
        None => (StatusCode::NOT_FOUND, "There is no such file.").into_response(),
    }
}

/// A refusal, in words for the person at the page.
fn refusal(status: StatusCode, sentence: impl Into<String>) -> Response {
    (status, Json(json!({ "error": sentence.into() }))).into_response()
}

impl Playground {
    fn channels(&self) -> impl Iterator<Item = &Arc<dyn Simulator>> {
        self.of_kind(Kind::Channel)
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Arc<dyn Simulator>> {
        self.simulators.iter().filter(move |simulator| {
            demo::connector(simulator.connector()).is_some_and(|connector| connector.descriptor().kind == kind)
        })
    }

    /// The guests of a channel: one at first.
    fn guests(&self, simulator: &dyn Simulator) -> Vec<Value> {
        let guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        let count = guests.get(simulator.connector()).copied().unwrap_or(1);
        (1..=count).map(|number| guest(simulator, number)).collect()
    }
}

fn guest(simulator: &dyn Simulator, number: u32) -> Value {
    json!({ "id": simulator.guest_id(number), "name": format!("Guest {number}") })
}

async fn state(State(playground): State<Playground>) -> Json<Value> {
    let channels: Vec<Value> = playground
        .channels()
        .filter_map(|simulator| {
            let descriptor = demo::connector(simulator.connector())?.descriptor();
            let tenant = demo::tenant_id(descriptor.id);
            Some(json!({
                "connector": descriptor.id,
                "name": descriptor.name,
                "tenantId": tenant,
                "tenantName": format!("Demo {}", descriptor.name),
                "capabilities": descriptor.capabilities,
                "webhookUrl": format!("{}{}/{tenant}", playground.deployed.root, descriptor.path),
                "guests": playground.guests(simulator.as_ref()),
            }))
        })
        .collect();
    let platform = playground.of_kind(Kind::CxPlatform).next().map(|simulator| {
        let name = demo::connector(simulator.connector()).map(|connector| connector.descriptor().name);
        json!({ "connector": simulator.connector(), "name": name })
    });
    let faults: BTreeMap<&str, Faults> =
        playground.simulators.iter().map(|simulator| (simulator.connector(), simulator.stage().faults())).collect();
    let mut scenes: Vec<_> = playground.simulators.iter().flat_map(|simulator| simulator.stage().past()).collect();
    scenes.sort_by_key(|scene| scene.at);
    Json(json!({ "channels": channels, "platform": platform, "faults": faults, "scenes": scenes }))
}

async fn events(State(playground): State<Playground>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let streams = playground.simulators.iter().map(|simulator| {
        let live = simulator.stage().watch();
        stream::unfold(live, |mut live| async move {
            loop {
                match live.recv().await {
                    Ok(scene) => {
                        let event = Event::default().json_data(&scene).unwrap_or_default();
                        return Some((Ok(event), live));
                    }
                    // Too slow to follow: the page fetches the whole state when it notices the gap.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
        })
        .boxed()
    });
    let all = stream::select_all(streams.collect::<Vec<_>>());
    Sse::new(all).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Act {
    side: Side,
    connector: String,
    tenant_id: TenantId,
    guest: String,
    action: Action,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Side {
    Channel,
    Platform,
}

async fn act(State(playground): State<Playground>, Json(act): Json<Act>) -> Response {
    let Some(context) = playground.deployed.context("api-tenants") else {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "There is no API.");
    };
    let tenant = match context.configuration.tenant(&act.tenant_id).await {
        Ok(Some(found)) => found.value,
        Ok(None) => return refusal(StatusCode::NOT_FOUND, "The demo tenant is gone; start the local environment again."),
        Err(error) => return refusal(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    };
    let (connector, settings) = match act.side {
        Side::Channel => (tenant.messaging.connector, tenant.messaging.settings),
        Side::Platform => (tenant.cx_platform.connector, tenant.cx_platform.settings),
    };
    if act.side == Side::Channel && act.connector != connector {
        return refusal(StatusCode::CONFLICT, format!("This tenant is on {connector}."));
    }
    let found = playground.simulators.find(&connector).zip(demo::connector(&connector));
    let Some((simulator, described)) = found else {
        return refusal(StatusCode::CONFLICT, format!("{connector} is not simulated here."));
    };
    let path = described.descriptor().path;
    let webhook_url = format!("{}{path}/{}", playground.deployed.root, act.tenant_id);
    match simulator.act(&Link { webhook_url, settings: settings.0 }, &act.guest, act.action).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(sentence) => refusal(StatusCode::CONFLICT, sentence),
    }
}

#[derive(Deserialize)]
struct NewGuest {
    connector: String,
}

async fn new_guest(State(playground): State<Playground>, Json(asked): Json<NewGuest>) -> Response {
    let Some(simulator) = playground.simulators.find(&asked.connector) else {
        return refusal(StatusCode::NOT_FOUND, format!("{} is not simulated here.", asked.connector));
    };
    let mut guests = playground.guests.lock().unwrap_or_else(PoisonError::into_inner);
    let count = guests.entry(asked.connector).or_insert(1);
    *count += 1;
    (StatusCode::CREATED, Json(guest(simulator.as_ref(), *count))).into_response()
}

async fn set_faults(
    State(playground): State<Playground>,
    Path(connector): Path<String>,
    Json(faults): Json<Faults>,
) -> Response {
    match playground.simulators.find(&connector) {
        Some(simulator) => {
            simulator.stage().set_faults(faults);
            StatusCode::NO_CONTENT.into_response()
        }
        None => refusal(StatusCode::NOT_FOUND, format!("{connector} is not simulated here.")),
    }
}
