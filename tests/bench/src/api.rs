//! The REST API on the local environment, over HTTP: reading a tenant, and sending a message as an IVR does, against the
//! floor of the same run: a route that touches nothing (`GET /api/v1/openapi-ui`, a page from memory), through the same
//! server, gateway and function glue.
//!
//! On AWS the network and DynamoDB come on top; here they are in one process. What the ratio says is our own part.

use std::time::{Duration, Instant};

use local::{Local, Options};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::millis;

/// Requests before anything is measured: caches fill, connections open.
const WARM_UP: usize = 30;
const ROUNDS: usize = 300;
const PASSWORD: &str = "correct horse battery staple";

pub async fn run() -> anyhow::Result<()> {
    let options = Options {
        demo: true,
        admin_password: Some(PASSWORD.to_owned()),
        // The pace of a tenant's IVR is not what is measured.
        variables: [("UM_MESSAGES_PER_SECOND".to_owned(), "100000".to_owned())].into(),
        ..Options::default()
    };
    let local = Local::start(options).await?;
    let api = Api { http: Client::builder().no_proxy().build()?, root: local.root(), token: String::new() };
    let login = json!({ "user": "admin", "password": PASSWORD });
    let answer: Value = serde_json::from_slice(&api.call(Method::POST, "/api/v1/auth/login", Some(&login)).await?)?;
    let api = Api { token: answer["token"].as_str().unwrap_or_default().to_owned(), ..api };
    // Of the demo, which asks IVRs for no credentials.
    let id = "demo-line";
    let path = format!("/api/v1/tenants/{id}");

    let (mut floors, mut reads, mut sends) = (Vec::new(), Vec::new(), Vec::new());
    // Interleaved, so that a noisy moment falls on all three.
    for round in 0..WARM_UP + ROUNDS {
        let floor = api.timed(Method::GET, "/api/v1/openapi-ui", None).await?;
        let read = api.timed(Method::GET, &path, None).await?;
        // A guest of its own each: what waits in one conversation's queue is not what is measured.
        let guest = format!("U{round:032x}");
        let message = json!({ "tenantId": id, "userId": guest, "message": "Your parcel has arrived." });
        let send = api.timed(Method::POST, "/api/v1/messages", Some(&message)).await?;
        if round >= WARM_UP {
            floors.push(floor);
            reads.push(read);
            sends.push(send);
        }
    }
    println!("\nREST API on the local environment, over HTTP ({ROUNDS} requests each, one at a time)");
    println!("                                            p50        p99     × floor (p50, p99)");
    let floor = quantiles(floors);
    for (label, quantiles) in [
        ("floor: GET /api/v1/openapi-ui", floor),
        ("GET /api/v1/tenants/{id}", quantiles(reads)),
        ("POST /api/v1/messages", quantiles(sends)),
    ] {
        println!(
            "  {label:36} {:7.2} ms {:7.2} ms   {:5.1} {:5.1}",
            millis(quantiles.0),
            millis(quantiles.1),
            ratio(quantiles.0, floor.0),
            ratio(quantiles.1, floor.1),
        );
    }
    Ok(())
}

struct Api {
    http: Client,
    root: String,
    token: String,
}

impl Api {
    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Vec<u8>> {
        let mut request = self.http.request(method, format!("{}{path}", self.root));
        if !self.token.is_empty() && !path.ends_with("/messages") {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await?;
        let status = response.status();
        let bytes = response.bytes().await?;
        anyhow::ensure!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&bytes));
        Ok(bytes.to_vec())
    }

    async fn timed(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Duration> {
        let started = Instant::now();
        self.call(method, path, body).await?;
        Ok(started.elapsed())
    }
}

/// The middle value, and the one that 99 of 100 do not exceed.
fn quantiles(mut samples: Vec<Duration>) -> (Duration, Duration) {
    samples.sort_unstable();
    let at = |share: f64| samples[((samples.len() as f64 * share).ceil() as usize).saturating_sub(1)];
    (at(0.5), at(0.99))
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
