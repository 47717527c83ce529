//! A Genesys Cloud organization, played by us: its login, the Open Messaging part of its API with the API's own validation,
//! and its agents. Everything is kept in memory.
//!
//! What it does not have: users, queues, flows, permissions, and the limit of 300 requests a minute. An agent may write to a
//! guest who never wrote: the real one needs an agentless message for that.

mod agent;
mod inbound;
mod integrations;
mod organization;
mod routes;
mod structured;
mod webhooks;

use std::time::Duration;

use http::{HeaderName, StatusCode};
use simulation::prelude::*;

use self::organization::Organization;
use crate::{DESCRIPTOR, signature};

/// A simulated organization.
pub type GenesysCloudSimulator = Simulated<GenesysCloudNetwork>;

type State = simulation::State<Organization>;

/// The OAuth client of the demo tenant.
const DEMO_CLIENT: (&str, &str) = ("7d1b8a52-0f7a-4f0e-9d5c-5c8a0d3f9b11", "demo-client-secret");

/// The integration of the demo tenant. It exists from the start, so that the demo works without being registered.
const DEMO_INTEGRATION: &str = "34071108-1569-4cb0-9137-a326b8a9e815";

/// What is Genesys Cloud's own.
#[derive(Default)]
pub struct GenesysCloudNetwork;

impl Network for GenesysCloudNetwork {
    const CONNECTOR: &'static Descriptor = &DESCRIPTOR;
    /// Genesys Cloud tries again five times, 5 s apart.
    const RETRIES: Retries = Retries { timeout: Duration::from_secs(10), waits: &[Duration::from_secs(5); 5] };

    type Memory = Organization;

    fn demo_settings(&self) -> Value {
        json!({
            "region": "mypurecloud.jp",
            "clientId": DEMO_CLIENT.0,
            "clientSecret": DEMO_CLIENT.1,
            "integrationName": "Universal Messaging Demo",
            "integrationId": DEMO_INTEGRATION,
            "integrationManaged": true,
            "webhookToken": "demo-webhook-signature-token",
        })
    }

    fn begin(&self, state: &mut State) {
        state.memory.clients.insert(DEMO_CLIENT.0.to_owned(), DEMO_CLIENT.1.to_owned());
    }

    fn fault(&self, fault: Fault) -> Response {
        routes::fault(fault)
    }

    /// Faults are the API's.
    fn spared(&self, call: &ProviderCall) -> bool {
        call.path() == routes::LOGIN || call.path().starts_with(routes::DOWNLOADS)
    }

    fn call(&self, state: &mut State, call: &ProviderCall) -> Response {
        routes::call(state, call)
    }

    fn act(&self, state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
        agent::act(state, link, guest, action).map(|post| vec![post])
    }

    fn request(&self, _: &mut State, post: &Post, link: &Link, _: usize) -> Request {
        let request = post.request(link);
        let token = link.settings["webhookToken"].as_str().unwrap_or_default();
        let signature = signature::sign(token, &request.body);
        request.header(HeaderName::from_static(signature::HEADER), &signature)
    }

    /// After a timeout, a 429 or a 5xx.
    fn insists(&self, _: &Post, status: Option<StatusCode>) -> bool {
        status.is_none_or(|status| status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error())
    }
}
