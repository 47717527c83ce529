//! The provider's API as an HTTP server: faults first, then the answer.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response as HttpResponse,
};
use bytes::Bytes;
use contract::http::Response;

use crate::{Fault, Network, ProviderCall, Simulated, Simulator, cut};

/// What becomes of a request by the faults in force.
enum Luck {
    Answered,
    Refused(Fault),
    /// The connection breaks before the provider has heard of it.
    CutBefore,
    /// The connection breaks when the provider has done what it was asked.
    CutAfter,
}

pub(crate) fn router<N: Network>(simulated: Simulated<N>) -> Router {
    Router::new().fallback(serve::<N>).with_state(simulated)
}

async fn serve<N: Network>(State(simulated): State<Simulated<N>>, request: Request) -> HttpResponse {
    let (parts, body) = request.into_parts();
    let mut call = ProviderCall {
        method: parts.method,
        path: parts.uri.path().trim_matches('/').to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: Bytes::new(),
        handshake: None,
    };
    if let Some(file) = call.path.strip_prefix(N::FILES).and_then(|rest| rest.strip_prefix('/')) {
        let state = simulated.state();
        return answer(state.files.response(file, state.now()));
    }
    let luck = if simulated.spared(&call) { Luck::Answered } else { draw(&simulated).await };
    match luck {
        Luck::Refused(fault) => return answer(simulated.fault(fault)),
        Luck::CutBefore => return cut(),
        Luck::Answered | Luck::CutAfter => {}
    }
    let response = match to_bytes(body, N::LARGEST).await {
        Ok(body) => {
            call.body = body;
            simulated.answer(call).await
        }
        Err(_) => simulated.fault(Fault::TooLarge),
    };
    if matches!(luck, Luck::CutAfter) { cut() } else { answer(response) }
}

async fn draw<N: Network>(simulated: &Simulated<N>) -> Luck {
    let faults = simulated.stage().faults();
    if faults.delay_ms > 0 {
        simulated.environment().wait(Duration::from_millis(faults.delay_ms)).await;
    }
    let mut dice = simulated.state().ids.share();
    let mut falls = |share: f64| {
        dice -= share;
        dice < 0.0
    };
    if falls(faults.error) {
        Luck::Refused(Fault::Error)
    } else if falls(faults.rate_limit) {
        Luck::Refused(Fault::RateLimit)
    } else if falls(faults.refuse) {
        Luck::Refused(Fault::Refuse)
    } else if falls(faults.drop / 2.0) {
        Luck::CutBefore
    } else if falls(faults.drop / 2.0) {
        Luck::CutAfter
    } else {
        Luck::Answered
    }
}

fn answer(response: Response) -> HttpResponse {
    let mut answer = HttpResponse::new(Body::from(response.body));
    *answer.status_mut() = response.status;
    *answer.headers_mut() = response.headers;
    answer
}
