//! Viber, played by us: its REST API at its real paths and with its real refusals, and guests with telephones. So everything
//! runs with no Viber account.
//!
//! [`api`] answers what we call, [`rules`] refuses what Viber would refuse, [`screen`] turns messages into what a guest
//! sees, [`guest`] makes callbacks of what a guest does.

mod api;
mod guest;
mod memory;
pub mod rules;
mod screen;

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, StatusCode};
use sha2::Sha256;
use simulation::prelude::*;

use crate::verify::SIGNATURE;
use memory::Memory;

/// A Viber of our own, with one demo bot and any number of guests.
pub type ViberSimulator = Simulated<ViberNetwork>;

type State = simulation::State<Memory>;

/// The demo bot's token: no secret at all, it opens nothing but the simulator.
const TOKEN: &str = "5eed5eed5eed5eed-5eed5eed5eed5eed-5eed5eed5eed5eed";

/// What is Viber's own.
#[derive(Default)]
pub struct ViberNetwork;

impl Network for ViberNetwork {
    const CONNECTOR: &'static Descriptor = &crate::DESCRIPTOR;
    const LARGEST: usize = 1_000_000;
    const FILES: &'static str = "media";

    type Memory = Memory;

    fn demo_settings(&self) -> Value {
        json!({
            "authToken": TOKEN,
            "botName": "Demo",
            "botAvatar": null,
            "welcomeMessage": "Welcome! Write to us here.",
        })
    }

    fn guest_id(&self, number: u32) -> String {
        memory::viber_id(&format!("guest {number}"))
    }

    fn fault(&self, fault: Fault) -> Response {
        match fault {
            Fault::Error => Response::new(500),
            Fault::RateLimit => {
                let refusal = api::refusal(12, "tooManyRequests").header("retry-after", "1");
                Response { status: StatusCode::TOO_MANY_REQUESTS, ..refusal }
            }
            Fault::Refuse => api::refusal(3, "badData"),
            Fault::TooLarge => api::refusal(3, "request size exceeded"),
        }
    }

    fn handshake(&self, state: &mut State, call: &ProviderCall) -> Option<Post> {
        api::handshake(state, call)
    }

    fn call(&self, state: &mut State, call: &ProviderCall) -> Response {
        api::call(state, call)
    }

    fn act(&self, state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
        guest::act(state, link, guest, action)
    }

    fn request(&self, _: &mut State, post: &Post, link: &Link, _: usize) -> Request {
        let request = post.request(link);
        let token = link.settings["authToken"].as_str().unwrap_or_default();
        // HMAC takes a key of any length.
        let signature = Hmac::<Sha256>::new_from_slice(token.as_bytes())
            .map(|mac| hex::encode(mac.chain_update(&request.body).finalize().into_bytes()))
            .unwrap_or_default();
        request.header(HeaderName::from_static(SIGNATURE), &signature)
    }

    /// Nothing but 200 will do.
    fn takes(&self, _: &Post, status: StatusCode) -> bool {
        status == StatusCode::OK
    }

    fn answered(&self, state: &mut State, _: &Link, post: &Post, answer: &Response) -> Result<Vec<Post>, String> {
        if post.purpose == guest::STARTED {
            guest::welcome(state, post, answer);
        }
        Ok(Vec::new())
    }
}
