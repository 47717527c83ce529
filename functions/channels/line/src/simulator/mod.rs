//! LINE, played by us: its Messaging API at its real paths and with its real refusals, and guests with telephones. So
//! everything runs with no LINE account.
//!
//! [`api`] answers what we call, [`rules`] refuses what LINE would refuse, [`screen`] turns message objects into what a
//! guest sees, [`guest`] makes webhook events of what a guest does.

mod api;
mod guest;
mod memory;
pub mod rules;
mod screen;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderName;
use sha2::{Digest, Sha256};
use simulation::prelude::*;

use crate::verify::SIGNATURE;
use memory::Memory;

/// A LINE of our own, with one demo account and any number of guests.
pub type LineSimulator = Simulated<LineNetwork>;

type State = simulation::State<Memory>;

/// The channel ID of the demo account.
const CHANNEL_ID: &str = "2000000001";
/// Its channel secret: no secret at all, it opens nothing but the simulator.
const CHANNEL_SECRET: &str = "5eed5eed5eed5eed5eed5eed5eed5eed";
/// Its basic ID.
const BASIC_ID: &str = "@demo";
/// The telephone number of the first guest.
const NUMBER: &str = "+819012345678";

/// What is LINE's own.
#[derive(Default)]
pub struct LineNetwork;

/// Posts the event that a notification message arrived, as LINE does within a day.
pub async fn arrived(line: &LineSimulator, link: &Link, tag: &str) -> Result<(), String> {
    let post = guest::arrived(&mut line.state(), link, tag);
    line.post(link, vec![post]).await
}

impl Network for LineNetwork {
    const CONNECTOR: &'static Descriptor = &crate::DESCRIPTOR;
    const LARGEST: usize = 2_000_000;
    /// LINE gives up on a webhook after two seconds; with "Webhook redelivery" on, it tries again.
    const RETRIES: Retries = Retries { timeout: Duration::from_secs(2), ..Retries::USUAL };

    type Memory = Memory;

    fn demo_settings(&self) -> Value {
        json!({
            "channelId": CHANNEL_ID,
            "channelSecret": CHANNEL_SECRET,
            "channelAccessToken": null,
            "botBasicId": BASIC_ID,
        })
    }

    fn guest_id(&self, number: u32) -> String {
        memory::line_id('U', &format!("guest {number}"))
    }

    fn begin(&self, state: &mut State) {
        state.memory.learn(CHANNEL_ID, CHANNEL_SECRET, None, BASIC_ID);
        let hash = hex::encode(Sha256::digest(NUMBER.as_bytes()));
        state.memory.numbers.insert(hash, self.guest_id(1));
    }

    fn fault(&self, fault: Fault) -> Response {
        match fault {
            Fault::Error => api::refusal(500, "Internal server error"),
            Fault::RateLimit => {
                api::refusal(429, "The API rate limit has been exceeded. Try again later.").header("retry-after", "1")
            }
            Fault::Refuse => {
                let refused = rules::Fault { message: "Refused".to_owned(), property: "messages[0]".to_owned() };
                api::refused(&[refused])
            }
            Fault::TooLarge => api::refusal(413, "The request body exceeds the limit"),
        }
    }

    fn call(&self, state: &mut State, call: &ProviderCall) -> Response {
        api::call(state, call).unwrap_or_else(|refusal| refusal)
    }

    fn act(&self, state: &mut State, link: &Link, guest: &str, action: Action) -> Result<Vec<Post>, String> {
        guest::act(state, link, guest, action)
    }

    /// The event, with whether it was posted before.
    fn request(&self, _: &mut State, post: &Post, link: &Link, attempt: usize) -> Request {
        let text = |name: &str| link.settings[name].as_str().unwrap_or_default();
        let mut event = post.json.clone();
        event["deliveryContext"] = json!({ "isRedelivery": attempt > 0 });
        let destination = memory::line_id('U', text("channelId"));
        let request = post.request(link).body(json!({ "destination": destination, "events": [event] }).to_string());
        // HMAC takes a key of any length.
        let signature = Hmac::<Sha256>::new_from_slice(text("channelSecret").as_bytes())
            .map(|mac| STANDARD.encode(mac.chain_update(&request.body).finalize().into_bytes()))
            .unwrap_or_default();
        request
            .header(http::header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(http::header::USER_AGENT, "LineBotWebhook/2.0")
            .header(HeaderName::from_static(SIGNATURE), &signature)
    }
}
