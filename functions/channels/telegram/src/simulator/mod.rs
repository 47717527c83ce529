//! Telegram, played by us: its Bot API at its real paths and with its real refusals, and guests with telephones. So
//! everything runs with no Telegram account.
//!
//! [`api`] answers what we call, [`rules`] refuses what Telegram would refuse, [`screen`] turns messages into what a guest
//! sees, [`guest`] makes updates of what a guest does.

mod api;
mod form;
mod guest;
mod memory;
pub mod rules;
mod screen;

use simulation::prelude::*;

use memory::Memory;

/// A Telegram of our own, with one demo bot and any number of guests.
pub type TelegramSimulator = Simulated<TelegramNetwork>;

type State = simulation::State<Memory>;

/// The demo bot's API token: no secret at all, it opens nothing but the simulator.
const API_TOKEN: &str = "7000000000:demo-token-that-opens-nothing";
/// The first guest's user id is one more than this.
const GUESTS: u32 = 2_000_000_000;

/// What is Telegram's own.
#[derive(Default)]
pub struct TelegramNetwork;

impl Network for TelegramNetwork {
    const CONNECTOR: &'static Descriptor = &crate::DESCRIPTOR;
    /// An upload is at most 50 MB.
    const LARGEST: usize = 52 << 20;

    type Memory = Memory;

    fn demo_settings(&self) -> Value {
        json!({ "apiToken": API_TOKEN })
    }

    fn guest_id(&self, number: u32) -> String {
        GUESTS.saturating_add(number).to_string()
    }

    fn begin(&self, state: &mut State) {
        state.memory.learn(API_TOKEN, Some("demo_bot"));
    }

    fn fault(&self, fault: Fault) -> Response {
        match fault {
            Fault::Error => api::refusal(500, "Internal Server Error"),
            Fault::RateLimit => api::refusal_with(429, "Too Many Requests: retry after 1", json!({ "retry_after": 1 })),
            Fault::Refuse => api::refusal(400, "Bad Request: refused"),
            Fault::TooLarge => api::refusal(413, "Request Entity Too Large"),
        }
    }

    fn call(&self, state: &mut State, call: &ProviderCall) -> Response {
        api::call(state, call)
    }

    fn act(&self, state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
        guest::act(state, link, guest, action)
    }

    /// The answer to an update may be a call. What it came to is lost, as with the real one.
    fn answered(&self, state: &mut State, link: &Link, _: &Post, answer: &Response) -> Result<Vec<Post>, String> {
        let token = link.settings["apiToken"].as_str().unwrap_or_default();
        if let Ok(Value::Object(mut call)) = serde_json::from_slice(&answer.body)
            && let Some(Value::String(method)) = call.remove("method")
        {
            api::method(state, token, &method, call.into());
        }
        Ok(Vec::new())
    }
}
