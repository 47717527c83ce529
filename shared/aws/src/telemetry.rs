//! Logs: JSON lines by `tracing`. The level is set per function and per target by `UM_LOG`, in the syntax of
//! `tracing_subscriber::EnvFilter`: `info`, `warn,line=debug`, `engine=trace`. Bodies, names and phone numbers are
//! logged at `trace` only, secrets never.

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// The filter in `UM_LOG`, else Lambda's own level, else `info`. A filter that does not parse is `info`.
fn filter() -> EnvFilter {
    let text = std::env::var("UM_LOG").or_else(|_| std::env::var("AWS_LAMBDA_LOG_LEVEL"));
    EnvFilter::try_new(text.as_deref().unwrap_or("info")).unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Starts logging in JSON, as CloudWatch Logs reads it.
pub fn start() {
    let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    // A second call (tests) keeps the first subscriber.
    let _ = tracing_subscriber::registry().with(filter()).with(layer).try_init();
}

/// Starts logging for a person at a terminal.
pub fn start_for_terminal(default: &str) {
    let filter = std::env::var("UM_LOG").ok().and_then(|text| EnvFilter::try_new(text).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(default));
    let layer = fmt::layer().compact().with_writer(std::io::stderr);
    let _ = tracing_subscriber::registry().with(filter).with(layer).try_init();
}
