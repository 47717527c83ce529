//! Figures, each beside the floor or the target it is measured against, in the same run:
//!
//! ```sh
//! cargo build --release -p functions       # or: cargo lambda build, see infra/README.md
//! cargo run --release -p bench
//! ```
//!
//! Medians, because the machines it runs on are noisy. It never fails for being slow.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

mod api;
mod cold_start;
mod parsing;
mod sizes;

use std::time::Duration;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // They would drown the figures.
    aws::metrics::silence();
    parsing::run();
    api::run().await?;
    cold_start::run().await?;
    sizes::run()
}

/// The middle value.
fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples[samples.len() / 2]
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
