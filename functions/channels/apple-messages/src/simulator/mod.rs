//! Apple's gateway, played by us: its API at its real paths and with its real refusals, its attachment server, and guests
//! with telephones. So everything runs without being registered with Apple.
//!
//! [`api`] answers what we call, [`rules`] refuses what Apple would refuse, [`screen`] turns messages into what a guest
//! sees, [`guest`] makes messages of what a guest does.

mod api;
mod guest;
mod memory;
pub mod rules;
mod screen;

use std::time::Duration;

use http::StatusCode;
use sha2::{Digest, Sha256};
use simulation::prelude::*;

use memory::Memory;

/// A gateway of our own, with any number of guests.
pub type AppleMessagesSimulator = Simulated<AppleMessagesNetwork>;

type State = simulation::State<Memory>;

/// The id of the demo deployment as a messaging service provider.
pub const MSP_ID: &str = "de300000-0000-4000-8000-000000000001";
/// Its API secret: no secret at all, it opens nothing but the simulator.
pub const MSP_SECRET: &str = "c2ltdWxhdG9yLXNpbXVsYXRvci1zaW11bGF0b3IhISE=";
/// The demo business.
const BUSINESS_ID: &str = "de300000-0000-4000-8000-00000000b001";

/// What is Apple's own.
#[derive(Default)]
pub struct AppleMessagesNetwork;

impl Network for AppleMessagesNetwork {
    const CONNECTOR: &'static Descriptor = &crate::DESCRIPTOR;
    const LARGEST: usize = api::LARGEST;
    /// What is not taken at once is not delivered.
    const RETRIES: Retries = Retries { timeout: Duration::from_secs(5), waits: &[] };

    type Memory = Memory;

    fn demo_settings(&self) -> Value {
        json!({ "businessId": BUSINESS_ID })
    }

    fn guest_id(&self, number: u32) -> String {
        let digest = hex::encode(&Sha256::digest(format!("guest {number}"))[..16]);
        format!("urn:mbid:AQAAY{digest}=")
    }

    fn variables(&self) -> Vec<(String, String)> {
        [("UM_AMB_MSP_ID", MSP_ID), ("UM_AMB_MSP_SECRET", MSP_SECRET)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    fn fault(&self, fault: Fault) -> Response {
        match fault {
            Fault::RateLimit => Response::new(429).header("retry-after", "1"),
            fault => Response::new(fault.status()),
        }
    }

    fn call(&self, state: &mut State, call: &ProviderCall) -> Response {
        api::call(state, call)
    }

    fn act(&self, state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
        guest::act(state, link, guest, action)
    }

    fn request(&self, state: &mut State, post: &Post, link: &Link, _: usize) -> Request {
        guest::request(state, post, link)
    }

    /// Nothing but 200 will do.
    fn takes(&self, _: &Post, status: StatusCode) -> bool {
        status == StatusCode::OK
    }

    fn failure(&self, _: &Post, reason: String) -> String {
        format!("Not Delivered: {}", reason.replacen("The", "the", 1))
    }
}
