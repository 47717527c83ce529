//! The services alone on one port of the loopback interface: `local-aws [--port PORT] [--data DIR]`.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::process::ExitCode;

use axum::serve::ListenerExt as _;
use local_aws::{Aws, Options};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "local-aws: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let (mut port, mut options) = (0, Options::default());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--port" => port = value()?.parse()?,
            "--data" => options.data = Some(value()?.into()),
            _ => return Err("usage: local-aws [--port PORT] [--data DIR]".into()),
        }
    }
    let aws = Aws::open(options).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    let sweeper = aws.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            let aws = sweeper.clone();
            let _ = tokio::task::spawn_blocking(move || aws.sweep_ttl()).await;
        }
    });
    // Small answers in two writes wait 40 ms for an acknowledgement otherwise.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, aws.router()).await?;
    Ok(())
}
