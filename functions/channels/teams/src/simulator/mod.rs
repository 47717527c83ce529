//! Teams, played by us: Microsoft's tokens and keys, the connector service at its real paths and with its real refusals,
//! OneDrive as far as files change hands, and people who chat. So everything runs with no Microsoft account.
//!
//! [`api`] answers what we call, [`rules`] refuses what Teams would refuse, [`screen`] turns activities into what a guest
//! sees, [`guest`] makes activities of what people do, and [`authority`] signs the tokens they come under.

mod api;
pub mod authority;
mod guest;
mod memory;
pub mod rules;
mod screen;

use std::time::Duration;

use simulation::prelude::*;

use authority::Authority;
use memory::Memory;

/// A Teams of our own, with one demo bot and any number of people.
pub type TeamsSimulator = Simulated<TeamsNetwork>;

type State = simulation::State<Memory>;

/// The demo bot.
const BOT_ID: &str = "00000000-0000-4000-8000-00000000b071";
/// Its client secret: no secret at all, it opens nothing but the simulator.
const CLIENT_SECRET: &str = "5eed~5eed5eed5eed5eed5eed5eed5eed5eed5eed";
/// The Entra tenant where it was made.
const TENANT_ID: &str = "00000000-0000-4000-8000-00000000e47a";
/// Its name.
const BOT_NAME: &str = "Demo";

/// What is Teams's own.
#[derive(Default)]
pub struct TeamsNetwork {
    authority: Authority,
}

impl TeamsNetwork {
    /// Who signs its events.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }
}

impl Network for TeamsNetwork {
    const CONNECTOR: &'static Descriptor = &crate::DESCRIPTOR;
    /// The largest file that is taken.
    const LARGEST: usize = 60 << 20;
    /// The connector service gives up after 15 s. That an event is sent again is not promised, but happens.
    const RETRIES: Retries =
        Retries { timeout: Duration::from_secs(15), waits: &[Duration::from_millis(200), Duration::from_millis(400)] };

    type Memory = Memory;

    fn demo_settings(&self) -> Value {
        json!({
            "botId": BOT_ID,
            "clientSecret": CLIENT_SECRET,
            "appTenantId": TENANT_ID,
            "appType": "SingleTenant",
            "botName": BOT_NAME,
            "accentColor": "#5B5FC7",
        })
    }

    fn guest_id(&self, number: u32) -> String {
        memory::person(&format!("guest {number}"))
    }

    fn begin(&self, state: &mut State) {
        state.memory.learn(BOT_ID, CLIENT_SECRET);
    }

    fn fault(&self, fault: Fault) -> Response {
        match fault {
            Fault::Error => api::refusal(500, "ServiceError", "Unknown"),
            Fault::RateLimit => api::refusal(429, "Throttled", "Too many requests").header("retry-after", "1"),
            Fault::Refuse => api::refusal(400, "BadArgument", "Refused"),
            Fault::TooLarge => api::refusal(413, "MessageSizeTooBig", "Message size too large"),
        }
    }

    fn call(&self, state: &mut State, call: &ProviderCall) -> Response {
        api::call(state, &self.authority, call)
    }

    fn act(&self, state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
        guest::act(state, link, guest, action)
    }

    fn request(&self, state: &mut State, post: &Post, link: &Link, _: usize) -> Request {
        let bot = link.settings["botId"].as_str().unwrap_or_default();
        let token = self.authority.token(bot, &guest::service(link), state.now());
        let request = post.request(link).bearer(&token);
        request.header(http::header::CONTENT_TYPE, "application/json; charset=utf-8")
    }
}
