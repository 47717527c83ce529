//! The one port: AWS, the Invoke API, the template's routes, the playground.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    Router,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use http::{Request, StatusCode};
use local_aws::Aws;
use tokio::{net::TcpListener, task::JoinSet};
use tower::ServiceExt;

use crate::{
    gateway::{self, Lookup},
    lambda_api, playground,
    simulators::Simulators,
    stack::Deployed,
    wire::{Direction, Wire},
};

/// What is served.
#[derive(Clone)]
pub struct App {
    aws: Aws,
    deployed: Arc<Deployed>,
    wire: Wire,
}

impl App {
    /// Everything on one router.
    pub fn router(aws: Aws, deployed: Arc<Deployed>, simulators: Simulators, demo: bool) -> Router {
        let wire = simulators.wire.clone();
        let playground = if demo { playground::router(deployed.clone(), simulators) } else { Router::new() };
        playground.fallback(dispatch).with_state(Self { aws, deployed, wire })
    }
}

/// Serves until the tasks are dropped, on IPv6's loopback as well where there is one: `cargo lambda invoke` goes there.
pub async fn start(tasks: &mut JoinSet<()>, listener: TcpListener, app: Router) -> std::io::Result<()> {
    let port = listener.local_addr()?.port();
    if let Ok(listener) = TcpListener::bind(("::1", port)).await {
        serve(tasks, listener, app.clone());
    }
    serve(tasks, listener, app);
    Ok(())
}

fn serve(tasks: &mut JoinSet<()>, listener: TcpListener, app: Router) {
    // Without TCP_NODELAY a small answer may wait 40 ms for the client's acknowledgement.
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tasks.spawn(async move {
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!(%error, "the server stopped");
        }
    });
}

async fn dispatch(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    if let Some(function) = lambda_api::function_of(path) {
        let Ok(body) = axum::body::to_bytes(body, gateway::BODY_MAX).await else {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        };
        return lambda_api::invoke(&app.deployed, function, &body).await;
    }
    if let Lookup::Found(matched) = gateway::lookup(&app.deployed, &parts.method, path) {
        let Ok(body) = axum::body::to_bytes(body, 2 * gateway::BODY_MAX).await else {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        };
        let started = Instant::now();
        let response = gateway::call(&matched, &parts, &body).await;
        if let Some(connector) = matched.function.described.name.strip_suffix("-webhook") {
            let status = Some(response.status().as_u16());
            app.wire.note(connector, Direction::In, &parts.method, path, status, started);
        }
        return response;
    }
    if app.aws.claims(&parts) {
        let request = Request::from_parts(parts, body);
        return match app.aws.router().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
    }
    if path == "/" {
        return axum::response::Redirect::temporary("/playground").into_response();
    }
    gateway::not_found()
}
