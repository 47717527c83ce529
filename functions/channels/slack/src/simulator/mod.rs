//! Slack, played by us: its Web API at its real paths and with its real refusals, its files and its consent page, and the
//! people of one workspace. So everything runs with no Slack workspace.
//!
//! [`api`] answers what we call, [`files`] keeps what is uploaded, [`rules`] refuses what Slack would refuse, [`screen`] turns
//! blocks into what a guest sees, [`guest`] makes events of what people do and installs the app through our own pages.

mod api;
mod files;
mod guest;
mod memory;
mod post;
pub mod rules;
mod screen;

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, Method, StatusCode};
use sha2::Sha256;
use simulation::prelude::*;

use crate::verify::{SIGNATURE, TIMESTAMP};
use memory::Memory;

/// A Slack of our own, with one workspace, one app at first, and any number of people.
pub type SlackSimulator = Simulated<SlackNetwork>;

type State = simulation::State<Memory>;

/// The workspace.
pub const WORKSPACE: &str = "T0DEMO00001";
/// Its name.
pub const WORKSPACE_NAME: &str = "Demo workspace";
/// The app's user in it.
pub const BOT: &str = "U0DEMOBOT01";
/// The channel that everybody is in.
pub const CHANNEL: &str = "C0GENERAL01";
/// A token that is always good. It opens nothing but the simulator.
pub const TOKEN: &str = "xoxb-demo";

const APP: &str = "A0DEMO00001";
const CLIENT: &str = "1000000000001.2000000000002";
const CLIENT_SECRET: &str = "5eed5eed5eed5eed5eed5eed5eed5eed";
const SIGNING_SECRET: &str = "5169165169165169165169165169dead";

/// What is Slack's own.
#[derive(Default)]
pub struct SlackNetwork;

impl Network for SlackNetwork {
    const CONNECTOR: &'static Descriptor = &crate::DESCRIPTOR;
    const LARGEST: usize = 60 << 20;
    /// Slack gives up on a request after three seconds. Its waits before the three retries are none, a minute and five.
    const RETRIES: Retries = Retries {
        timeout: Duration::from_secs(3),
        waits: &[Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)],
    };

    type Memory = Memory;

    fn demo_settings(&self) -> Value {
        json!({ "appId": APP, "clientId": CLIENT, "clientSecret": CLIENT_SECRET, "signingSecret": SIGNING_SECRET })
    }

    fn guest_id(&self, number: u32) -> String {
        format!("{WORKSPACE}:U0GUEST{number:04}")
    }

    fn begin(&self, state: &mut State) {
        state.memory.learn(CLIENT, CLIENT_SECRET, APP);
        state.memory.tokens.insert(TOKEN.to_owned());
    }

    fn fault(&self, fault: Fault) -> Response {
        match fault {
            Fault::Error => Response::new(500).json(&json!({ "ok": false, "error": "internal_error" })),
            Fault::RateLimit => {
                let refusal = api::refusal("ratelimited").header("retry-after", "1");
                Response { status: StatusCode::TOO_MANY_REQUESTS, ..refusal }
            }
            Fault::Refuse => api::refusal("invalid_arguments"),
            Fault::TooLarge => Response::new(413),
        }
    }

    /// The consent page is a person's.
    fn spared(&self, call: &ProviderCall) -> bool {
        call.path() == api::CONSENT
    }

    fn call(&self, state: &mut State, call: &ProviderCall) -> Response {
        api::call(state, call)
    }

    fn act(&self, state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
        guest::act(state, link, guest, action)
    }

    fn request(&self, state: &mut State, post: &Post, link: &Link, attempt: usize) -> Request {
        let mut request = post.request(link);
        if request.method == Method::GET {
            // A page that calls Slack itself.
            return request.timeout(Self::RETRIES.timeout * 3);
        }
        let secret = link.settings["signingSecret"].as_str().unwrap_or_default();
        let at = state.now().as_second().to_string();
        // HMAC takes a key of any length.
        let signature = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mac| {
            let mac = mac.chain_update(format!("v0:{at}:")).chain_update(&request.body);
            format!("v0={}", hex::encode(mac.finalize().into_bytes()))
        });
        if attempt > 0 {
            request = request
                .header(HeaderName::from_static("x-slack-retry-num"), &attempt.to_string())
                .header(HeaderName::from_static("x-slack-retry-reason"), "http_error");
        }
        request
            .header(HeaderName::from_static(TIMESTAMP), &at)
            .header(HeaderName::from_static(SIGNATURE), &signature.unwrap_or_default())
    }

    /// The registration page leads on.
    fn takes(&self, post: &Post, status: StatusCode) -> bool {
        status.is_success() || post.purpose == guest::REGISTER && status.is_redirection()
    }

    fn answered(&self, state: &mut State, link: &Link, post: &Post, answer: &Response) -> Result<Vec<Post>, String> {
        match post.purpose {
            guest::REGISTER => guest::consent(state, answer).map(|post| vec![post]),
            guest::CALLBACK => {
                state.memory.installed.insert(link.webhook_url.clone());
                Ok(Vec::new())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn failure(&self, post: &Post, reason: String) -> String {
        match post.purpose {
            guest::REGISTER => reason.replacen("webhook", "registration page", 1),
            guest::CALLBACK => reason.replacen("webhook", "installation page", 1),
            _ => reason,
        }
    }
}
