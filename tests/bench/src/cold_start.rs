//! The shipped `line-webhook` against a Runtime API played here: spawn until it asks for work, the first event, warm ones.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    path::PathBuf,
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::State,
    response::IntoResponse,
    routing::{get, post},
};
use bytes::Bytes;
use local::{Local, Options};
use tokio::{
    net::TcpListener,
    process::Command,
    sync::{Mutex, mpsc},
};

use crate::{median, millis};

const SPAWNS: usize = 20;
const WARM: usize = 20;

/// What happens at the Runtime API, in order.
enum Moment {
    Asked(Instant),
    Answered(Instant, Bytes),
}

struct Api {
    moments: mpsc::UnboundedSender<Moment>,
    events: Mutex<mpsc::UnboundedReceiver<String>>,
}

pub async fn run() -> anyhow::Result<()> {
    let Some(binary) = binary() else {
        println!("\ncold start: no webhook binary; build it with `cargo build --release -p functions`");
        return Ok(());
    };
    let local = Local::start(Options { demo: true, ..Options::default() }).await?;
    let event = include_str!("../../../events/line-webhook/text.json");
    let (moments, mut seen) = mpsc::unbounded_channel();
    let (events, queue) = mpsc::unbounded_channel();
    let api = Arc::new(Api { moments, events: Mutex::new(queue) });
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(answered))
        .with_state(api);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });

    let variables = &local.deployed().function("line-webhook").expect("the template has it").described.environment;
    let (mut ready, mut first, mut warm, mut memory) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..SPAWNS {
        let started = Instant::now();
        let mut child = Command::new(&binary)
            .env_clear()
            .envs(variables)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("_HANDLER", "line-webhook")
            .env("AWS_LAMBDA_FUNCTION_NAME", "line-webhook")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "bench")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "testtest")
            .env("AWS_ENDPOINT_URL", local.root())
            // One bundle, as on Amazon Linux; Debian keeps a file per certificate, which takes two milliseconds more.
            .env("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
            .env("UM_LOG", "off")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let asked = wait_asked(&mut seen).await?;
        ready.push(asked - started);
        for round in 0..=WARM {
            let sent = Instant::now();
            events.send(event.to_owned())?;
            let (at, body) = wait_answered(&mut seen).await?;
            anyhow::ensure!(
                body.starts_with(b"{") && String::from_utf8_lossy(&body).contains("200"),
                "not answered 200: {body:?}"
            );
            wait_asked(&mut seen).await?;
            if round == 0 { first.push(at - sent) } else { warm.push(at - sent) }
        }
        memory.extend(child.id().and_then(peak_memory));
        child.kill().await?;
    }
    let ready = median(ready);
    memory.sort_unstable();
    println!("\nline-webhook, {SPAWNS} spawns against a Runtime API on loopback (medians)");
    println!("  {}", binary.display());
    println!(
        "  spawn → asks for work            {:8.2} ms   (target ≤ 5; {:.0} × faster than 90 ms of Node 20)",
        millis(ready),
        90.0 / millis(ready)
    );
    println!("  first event (reads the tenant)   {:8.2} ms", millis(median(first)));
    println!("  warm event (one SendMessageBatch){:8.2} ms", millis(median(warm)));
    if let Some(kib) = memory.get(memory.len() / 2) {
        println!(
            "  peak memory                      {:8.1} MiB  (1/{:.1} of 58 MiB of Node 20)",
            *kib as f64 / 1024.0,
            58.0 * 1024.0 / *kib as f64
        );
    }
    Ok(())
}

/// The smallest build there is of it.
fn binary() -> Option<PathBuf> {
    let target = PathBuf::from(std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned()));
    ["lambda/webhook/bootstrap", "ship/webhook", "release/webhook"]
        .iter()
        .map(|path| target.join(path))
        .find(|path| path.exists() && runs_here(path))
}

/// An ELF for this machine's processor, not for arm64 on an x86-64 machine.
fn runs_here(path: &std::path::Path) -> bool {
    let machine = std::fs::read(path).ok().and_then(|bytes| bytes.get(18).copied());
    machine == Some(if cfg!(target_arch = "aarch64") { 183 } else { 62 })
}

async fn next(State(api): State<Arc<Api>>) -> impl IntoResponse {
    let _ = api.moments.send(Moment::Asked(Instant::now()));
    let event = api.events.lock().await.recv().await.unwrap_or_default();
    let deadline = jiff::Timestamp::now().as_millisecond() + 10_000;
    (
        [
            ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
            ("lambda-runtime-deadline-ms", deadline.to_string()),
            (
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:us-east-1:000000000000:function:line-webhook".to_owned(),
            ),
            (
                "lambda-runtime-trace-id",
                "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0".to_owned(),
            ),
            ("content-type", "application/json".to_owned()),
        ],
        event,
    )
}

async fn answered(State(api): State<Arc<Api>>, body: Bytes) -> http::StatusCode {
    let _ = api.moments.send(Moment::Answered(Instant::now(), body));
    http::StatusCode::ACCEPTED
}

async fn wait(seen: &mut mpsc::UnboundedReceiver<Moment>) -> anyhow::Result<Moment> {
    let moment = tokio::time::timeout(Duration::from_secs(10), seen.recv()).await;
    moment?.ok_or_else(|| anyhow::anyhow!("the Runtime API is gone"))
}

async fn wait_asked(seen: &mut mpsc::UnboundedReceiver<Moment>) -> anyhow::Result<Instant> {
    match wait(seen).await? {
        Moment::Asked(at) => Ok(at),
        Moment::Answered(_, body) => anyhow::bail!("answered out of turn: {body:?}"),
    }
}

async fn wait_answered(seen: &mut mpsc::UnboundedReceiver<Moment>) -> anyhow::Result<(Instant, Bytes)> {
    match wait(seen).await? {
        Moment::Answered(at, body) => Ok((at, body)),
        Moment::Asked(_) => anyhow::bail!("asked for work without answering"),
    }
}

/// `VmHWM` of a process, in KiB.
fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
