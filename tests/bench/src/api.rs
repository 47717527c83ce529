//! What a caller of the REST API waits for, on the local environment: through HTTP, the emulated services and all.

use std::time::{Duration, Instant};

use http::{StatusCode, header};
use local::{Local, Options};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::millis;

const REQUESTS: usize = 300;
const PASSWORD: &str = "correct horse battery staple";

/// Prints p50 and p99 of reading a tenant, and of sending a message as an IVR does.
pub async fn run() -> anyhow::Result<()> {
    shared::metrics::silence();
    // The demo tenant asks for no credentials; as many messages as it likes.
    let variables = [("UM_MESSAGES_PER_SECOND".to_owned(), "1000000".to_owned())].into();
    let options = Options { demo: true, admin_password: Some(PASSWORD.to_owned()), variables, ..Options::default() };
    let local = Local::start(options).await?;
    let (root, http) = (local.root(), Client::builder().no_proxy().build()?);
    let post = |path: &str, body: Value| {
        let request = http.post(format!("{root}/api/v1/{path}")).header(header::CONTENT_TYPE, "application/json");
        request.body(body.to_string())
    };
    let login = post("auth/login", json!({ "user": "admin", "password": PASSWORD })).send().await?;
    let login: Value = serde_json::from_slice(&login.bytes().await?)?;
    let token = login["token"].as_str().unwrap_or_default().to_owned();
    println!("\nREST API on the local environment, {REQUESTS} requests one after another:");
    let read = || http.get(format!("{root}/api/v1/tenants/demo-line")).bearer_auth(&token);
    measure("GET /api/v1/tenants/{id}", StatusCode::OK, read).await?;
    let message = json!({ "tenantId": "demo-line", "userId": "U6dd1cb490bde04e71b76925b10c26ae2", "message": "Hello" });
    measure("POST /api/v1/messages", StatusCode::ACCEPTED, || post("messages", message.clone())).await
}

async fn measure(what: &str, expected: StatusCode, request: impl Fn() -> RequestBuilder) -> anyhow::Result<()> {
    let mut took = Vec::with_capacity(REQUESTS);
    for round in 0..REQUESTS + 20 {
        let began = Instant::now();
        let answer = request().send().await?;
        let status = answer.status();
        answer.bytes().await?;
        anyhow::ensure!(status == expected, "{what}: {status}");
        // The first ones warm up.
        if round >= 20 {
            took.push(began.elapsed());
        }
    }
    took.sort_unstable();
    let at = |percent: usize| -> Duration { took[(took.len() - 1) * percent / 100] };
    println!("  {what:<26} p50 {:>6.2} ms   p99 {:>6.2} ms", millis(at(50)), millis(at(99)));
    Ok(())
}
