//! What may go wrong at a provider.

use serde::{Deserialize, Serialize};

/// What a simulated provider does to the next requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Faults {
    /// Share of requests answered 500, 0 to 1.
    pub error: f64,
    /// Share answered 429 with `Retry-After: 1`.
    pub rate_limit: f64,
    /// Share whose connection breaks before an answer.
    pub drop: f64,
    /// Share refused for good (400).
    pub refuse: f64,
    /// Added to every answer, in milliseconds.
    pub delay_ms: u64,
}

/// In a response's extensions: the connection is cut instead of this being sent. For the log of the wire.
#[derive(Clone, Copy, Debug)]
pub struct Cut;

/// An answer that never arrives: the connection breaks before it.
pub fn cut() -> axum::response::Response {
    let broken = futures::stream::iter([Err::<bytes::Bytes, _>(std::io::Error::other("cut"))]);
    let mut response = axum::response::Response::new(axum::body::Body::from_stream(broken));
    response.extensions_mut().insert(Cut);
    response
}
