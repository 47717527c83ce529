//! The local environment as a process that tests may kill: `local-under-test DIR`, the rest from `UM_…`. It logs as the
//! deployed functions do.
#![allow(clippy::print_stdout)]

use local::{Local, Options};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    tracing_subscriber::registry().with(EnvFilter::new(tests::logs::DEFAULT)).with(layer).try_init()?;
    let options = Options {
        data: std::env::args().nth(1).map(Into::into),
        admin_password: Some(tests::ADMIN_PASSWORD.to_owned()),
        variables: std::env::vars().filter(|(name, _)| name.starts_with("UM_")).collect(),
        ..Options::default()
    };
    let local = Local::start(options).await?;
    println!("ready at {}", local.root());
    std::future::pending().await
}
