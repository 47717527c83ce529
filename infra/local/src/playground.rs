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
    extract::{DefaultBodyLimit, Path, Request, State},
    middleware::Next,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post, put},
};
use futures::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{TenantId, descriptor::Kind};
use simulation::{Action, Faults, Link, Simulator};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::{demo, simulators::Simulators, stack::Deployed};

/// The biggest request: a file of 20 MB in base64.
const BODY_MAX: usize = 28 << 20;

/// The page's files: name, content type, text.
const FILES: &[(&str, &str, &str)] = &include!("playground_files.in");

/// Nothing but the page's own scripts; pictures and films from wherever a message says.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' blob: http: https:; media-src 'self' blob: http: https:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

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
        .layer(axum::middleware::from_fn(own_page_only))
        .with_state(Playground { deployed, simulators, guests: Arc::default() })
}

/// Refuses what another web page (by `Origin`) or another name for this machine (by `Host`) asks: neither may play the
/// agent.
async fn own_page_only(request: Request, next: Next) -> Response {
    if is_foreign(request.headers()) {
        return refusal(StatusCode::FORBIDDEN, "Only the playground's own page may do this.");
    }
    next.run(request).await
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let other_page = text(header::ORIGIN).is_some_and(|origin| origin.strip_prefix("http://") != Some(host));
    other_page || !matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

async fn file(name: &str) -> Response {
    match FILES.iter().find(|(file, _, _)| *file == name) {
        Some((_, mime, text)) => (
            [
                (header::CONTENT_TYPE, *mime),
                (header::CACHE_CONTROL, "no-cache"),
                (header::CONTENT_SECURITY_POLICY, POLICY),
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
            let connector = demo::connector(simulator.connector())?;
            let descriptor = connector.descriptor();
            let tenant = demo::tenant_id(descriptor.id);
            Some(json!({
                "connector": descriptor.id,
                "name": descriptor.name,
                "tenantId": tenant,
                "tenantName": format!("Demo {}", descriptor.name),
                "capabilities": descriptor.capabilities,
                "webhookUrl": format!("{}{}", playground.deployed.root, connector.webhook_path(&tenant)),
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
    let wire = playground.simulators.wire.past();
    Json(json!({ "channels": channels, "platform": platform, "faults": faults, "scenes": scenes, "wire": wire }))
}

async fn events(State(playground): State<Playground>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let scenes = playground.simulators.iter().map(|simulator| follow(simulator.stage().watch(), None));
    let streams: Vec<_> = scenes.chain([follow(playground.simulators.wire.watch(), Some("wire"))]).collect();
    // A watcher that lagged is disconnected: the page comes back and fetches the state.
    let all = stream::select_all(streams).take_while(|event| std::future::ready(event.is_some()));
    let all = all.filter_map(std::future::ready).map(Ok);
    Sse::new(all).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// What a channel tells, as events; `None` when some of it was missed.
fn follow<T: Serialize + Clone + Send + 'static>(
    live: broadcast::Receiver<T>,
    name: Option<&'static str>,
) -> BoxStream<'static, Option<Event>> {
    stream::unfold(live, move |mut live| async move {
        match live.recv().await {
            Ok(item) => {
                let event = name.map_or_else(Event::default, |name| Event::default().event(name));
                Some((Some(event.json_data(&item).unwrap_or_default()), live))
            }
            Err(RecvError::Lagged(_)) => Some((None, live)),
            Err(RecvError::Closed) => None,
        }
    })
    .boxed()
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
        Ok(None) => {
            return refusal(StatusCode::NOT_FOUND, "The demo tenant is gone; start the local environment again.");
        }
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
    let webhook_url = format!("{}{}", playground.deployed.root, described.webhook_path(&act.tenant_id));
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
