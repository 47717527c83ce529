//! What every simulated network is made of, so that everything runs with no account anywhere.
//!
//! A room writes what differs from network to network, as a [`Network`]: its API ([`Network::call`]), what a person there
//! can do ([`Network::act`]), and its refusals ([`Network::fault`]). [`Simulated`] has the rest: the HTTP server at the
//! provider's paths, faults, cut connections, files with an expiry, webhooks with retries, and the stage. It is the
//! [`Simulator`] that the local environment mounts and the playground acts through.
//!
//! Time and randomness come from an [`Environment`]. On a fixed clock nothing waits: retries move the clock, and what was
//! to be posted later is posted by [`Simulated::flush`].
//!
//! With the feature `testing`, [`testing::Chat`] joins a room and its simulator in one process.

mod call;
mod environment;
mod faults;
mod files;
mod ids;
mod network;
mod post;
mod recent;
mod server;
mod simulated;
mod simulator;
mod stage;
mod state;
#[cfg(feature = "testing")]
pub mod testing;
mod transport;

pub use call::ProviderCall;
pub use contract::http::{Request, Response};
pub use environment::Environment;
pub use faults::{Cut, Faults, cut};
pub use files::{File, Files, decode};
pub use ids::Ids;
pub use network::{Fault, Network, Retries};
pub use post::Post;
pub use recent::Recent;
pub use simulated::{Simulated, StateGuard};
pub use simulator::{Action, Link, Simulator};
pub use stage::{Actor, Scene, Stage};
pub use state::State;

/// What a simulator's file begins with.
pub mod prelude {
    pub use contract::{Content, MediaKind, ReceiptStatus, descriptor::Descriptor};
    pub use serde_json::{Value, json};

    pub use crate::{
        Action, Actor, Fault, File, Ids, Link, Network, Post, ProviderCall, Recent, Request, Response, Retries,
        Simulated, State, decode,
    };
}
