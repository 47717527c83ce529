//! The other side, played by us: a network with its guests, a platform with its agents, at their real wire format, so that
//! everything runs with no account anywhere. Behind the feature `simulator`.
//!
//! A simulator is an HTTP server (its [`Simulator::router`] is mounted on a port of its own, which `UM_ENDPOINT_…` then
//! names) and a hand that acts ([`Simulator::act`]). What its people would see appears on its [`Stage`].

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use contract::{Content, ReceiptStatus};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::broadcast;

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

/// Who put something on the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Actor {
    /// The person at this simulator.
    Here,
    /// The other side, through Universal Messaging.
    There,
    /// The simulated system itself.
    System,
}

/// Something that appears, or changes, on a simulator's screen.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scene {
    /// The simulator: its connector's id.
    pub connector: String,
    /// The chat: the guest's id.
    pub guest: String,
    /// The message's id on this side; a scene with the same id replaces the earlier one.
    pub id: String,
    /// Who.
    pub actor: Actor,
    /// What.
    pub content: Content,
    /// When.
    pub at: Timestamp,
    /// How far it got, as this side was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ReceiptStatus>,
    /// The reason, when it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Shown beside it: participant data at the agent's, `reply` or `push` at the guest's.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}

/// What a simulated provider does to the next requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Faults {
    /// Share of requests answered 500, 0 to 1.
    pub error: f64,
    /// Share answered 429 with `Retry-After: 1`.
    pub rate_limit: f64,
    /// Share whose connection breaks before an answer.
    pub drop: f64,
    /// Share refused for good (400).
    pub refuse: f64,
    /// Added to every answer, in milliseconds.
    pub delay_ms: u64,
}

/// In a response's extensions: the connection is cut instead of this being sent. For the log of the wire.
#[derive(Clone, Copy, Debug)]
pub struct Cut;

/// An answer that never arrives: the connection breaks before it.
pub fn cut() -> axum::response::Response {
    let broken = futures::stream::iter([Err::<bytes::Bytes, _>(std::io::Error::other("cut"))]);
    let mut response = axum::response::Response::new(axum::body::Body::from_stream(broken));
    response.extensions_mut().insert(Cut);
    response
}

/// What a simulator shows: the last scenes, and those to come.
#[derive(Clone)]
pub struct Stage {
    past: Arc<Mutex<VecDeque<Scene>>>,
    live: broadcast::Sender<Scene>,
    faults: Arc<Mutex<Faults>>,
}

impl Default for Stage {
    fn default() -> Self {
        Self { past: Arc::default(), live: broadcast::channel(1024).0, faults: Arc::default() }
    }
}

impl Stage {
    /// How many scenes are kept for who joins later.
    const KEPT: usize = 500;

    /// Puts a scene on.
    pub fn show(&self, scene: Scene) {
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        if scene.content.is_message() {
            match past.iter_mut().find(|old| old.id == scene.id && old.connector == scene.connector) {
                Some(old) => *old = scene.clone(),
                None => past.push_back(scene.clone()),
            }
            if past.len() > Self::KEPT {
                past.pop_front();
            }
        }
        drop(past);
        // Nobody watching is no error.
        let _ = self.live.send(scene);
    }

    /// Changes what became of a message; nothing happens if it was never shown.
    pub fn mark(&self, id: &str, status: ReceiptStatus, reason: Option<String>) {
        let found = {
            let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
            past.iter_mut().find(|scene| scene.id == id).map(|scene| {
                scene.status = Some(status);
                scene.reason = reason;
                scene.clone()
            })
        };
        if let Some(scene) = found {
            let _ = self.live.send(scene);
        }
    }

    /// The scenes so far, oldest first.
    pub fn past(&self) -> Vec<Scene> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The scenes from now on.
    pub fn watch(&self) -> broadcast::Receiver<Scene> {
        self.live.subscribe()
    }

    /// The faults in force.
    pub fn faults(&self) -> Faults {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts faults in force, or takes them away with `Faults::default()`.
    pub fn set_faults(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }
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
