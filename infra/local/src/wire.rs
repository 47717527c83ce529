//! What goes over the wire between us and the simulated networks, for the playground's log: method, path, status. No body.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::{Router, extract::Request, middleware::Next, response::Response};
use serde::Serialize;
use tokio::sync::broadcast;

/// How many exchanges are kept for who joins later.
const KEPT: usize = 200;

/// Whose call it was.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// The network called a webhook of ours.
    In,
    /// We called the network.
    Out,
}

/// One request and the status of its answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    at: jiff::Timestamp,
    connector: String,
    direction: Direction,
    method: String,
    path: String,
    /// None when the connection was cut.
    status: Option<u16>,
    ms: u64,
}

/// The exchanges so far, and those to come.
#[derive(Clone)]
pub struct Wire {
    past: Arc<Mutex<VecDeque<Exchange>>>,
    live: broadcast::Sender<Exchange>,
}

impl Default for Wire {
    fn default() -> Self {
        Self { past: Arc::default(), live: broadcast::channel(1024).0 }
    }
}

impl Wire {
    /// Notes an exchange that began at `started` and ended now.
    pub fn note(
        &self,
        connector: &str,
        direction: Direction,
        method: &http::Method,
        path: &str,
        status: Option<u16>,
        started: Instant,
    ) {
        let exchange = Exchange {
            at: jiff::Timestamp::now(),
            connector: connector.to_owned(),
            direction,
            method: method.to_string(),
            path: path.to_owned(),
            status,
            ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.push_back(exchange.clone());
        if past.len() > KEPT {
            past.pop_front();
        }
        drop(past);
        // Nobody watching is no error.
        let _ = self.live.send(exchange);
    }

    /// The exchanges so far, oldest first.
    pub fn past(&self) -> Vec<Exchange> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The exchanges from now on.
    pub fn watch(&self) -> broadcast::Receiver<Exchange> {
        self.live.subscribe()
    }

    /// Notes every call a simulated network answers.
    pub fn around(&self, connector: &'static str, router: Router) -> Router {
        let wire = self.clone();
        router.layer(axum::middleware::from_fn(move |request: Request, next: Next| {
            let wire = wire.clone();
            async move {
                let (started, method, path) =
                    (Instant::now(), request.method().clone(), request.uri().path().to_owned());
                let response: Response = next.run(request).await;
                // A simulator cuts a connection by a body that breaks off.
                let cut = response.extensions().get::<simulation::Cut>().is_some();
                let status = (!cut).then(|| response.status().as_u16());
                wire.note(connector, Direction::Out, &method, &path, status, started);
                response
            }
        }))
    }
}
