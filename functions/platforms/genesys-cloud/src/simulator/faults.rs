//! The faults that the stage's switch puts in force.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use simulation::cut;

use super::{Inner, routes::Refusal};

/// Lets a request through, or does to it what its luck says.
pub(super) async fn interfere(State(inner): State<Arc<Inner>>, request: Request, next: Next) -> Response {
    let faults = inner.stage.faults();
    if faults.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(faults.delay_ms)).await;
    }
    if struck(faults.rate_limit) {
        let message = "Rate limit exceeded the maximum. Retry the request in [1] seconds".to_owned();
        let refusal = Refusal { status: StatusCode::TOO_MANY_REQUESTS, code: "too.many.requests", message };
        return ([(header::RETRY_AFTER, "1")], refusal).into_response();
    }
    if struck(faults.error) {
        let message = "The server encountered an unexpected condition.".to_owned();
        let refusal = Refusal { status: StatusCode::INTERNAL_SERVER_ERROR, code: "internal.server.error", message };
        return refusal.into_response();
    }
    if struck(faults.refuse) {
        return Refusal::bad("The message was refused.").into_response();
    }
    if struck(faults.drop) {
        // Half of them are lost on the way there, half on the way back: the message was taken, and we are not told.
        if struck(0.5) {
            next.run(request).await;
        }
        return cut();
    }
    next.run(request).await
}

fn struck(share: f64) -> bool {
    share > 0.0 && f64::from(getrandom::u32().unwrap_or(u32::MAX)) < share * f64::from(u32::MAX)
}
