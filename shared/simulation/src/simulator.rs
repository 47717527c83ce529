//! A simulated system as the local environment and the playground have it: an HTTP server, mounted on a port of its own
//! which `UM_ENDPOINT_…` then names, people who act, and a stage where appears what they see.

use async_trait::async_trait;
use contract::Content;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Stage;

/// Where and how a simulated network reaches one tenant.
#[derive(Clone, Debug)]
pub struct Link {
    /// The tenant's webhook, absolute.
    pub webhook_url: String,
    /// The tenant's settings for this connector, secrets and all: the simulator signs with them.
    pub settings: Value,
}

/// What the person at a simulator does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Action {
    /// Writes a text.
    Text {
        /// The text.
        text: String,
    },
    /// Sends a file.
    File {
        /// Its name.
        name: String,
        /// Its MIME type.
        mime: String,
        /// Its bytes, base64.
        base64: String,
    },
    /// Sends a sticker (guests).
    Sticker {
        /// The set.
        package_id: String,
        /// The sticker.
        sticker_id: String,
    },
    /// Sends a place.
    Location {
        /// Its name.
        title: String,
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
    },
    /// Taps an option, a button, a date (guests).
    Tap {
        /// The stage's id of the message it belongs to.
        message: String,
        /// What stands on it.
        text: String,
        /// What it carries.
        payload: String,
    },
    /// Sends options, a card, a carousel, a date picker (agents).
    Rich {
        /// What to send.
        content: Content,
    },
    /// Types.
    Typing,
    /// Takes the last message back (guests, where the network can).
    Unsend,
    /// Starts following, or unblocks (guests).
    Follow,
    /// Blocks (guests).
    Block,
    /// Reads what is on the screen (where the network tells).
    Read,
    /// Ends the conversation (agents).
    Disconnect,
}

/// A simulated outside system.
#[async_trait]
pub trait Simulator: Send + Sync {
    /// The connector it is the other side of.
    fn connector(&self) -> &'static str;
    /// What it shows.
    fn stage(&self) -> &Stage;
    /// The provider's API, at the provider's paths.
    fn router(&self) -> axum::Router;
    /// Told the origin it is reached at (`http://127.0.0.1:9101`), for the links it hands out.
    fn mounted(&self, origin: &str);
    /// The id of the nth simulated guest, as the network forms ids. Always the same for the same number.
    fn guest_id(&self, number: u32) -> String {
        format!("guest-{number}")
    }
    /// Settings for a demo tenant that work against this simulator, secrets and all.
    fn demo_settings(&self) -> Value;
    /// Environment variables that functions need to get on with this simulator: the deployment's own credentials with the
    /// network, where it has such.
    fn variables(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// Does something as a person of this chat (`guest`: the guest's id). The error is for the person to read.
    async fn act(&self, link: &Link, guest: &str, action: Action) -> Result<(), String>;
}
