//! The channels: a new one is one line here, and one in this crate's `Cargo.toml`.
//!
//! Apart from the list of all connectors because a platform's deliver function fetches files and profiles from whatever
//! channel a message came from: platforms depend on this list, and it must not depend on them.

use shared::{AnyChannel, AnyConnector};

static CHANNELS: &[&dyn AnyChannel] = &[&line::Line];

/// All channels, by id.
pub fn all() -> &'static [&'static dyn AnyChannel] {
    CHANNELS
}

/// A channel by its connector id.
pub fn find(id: &str) -> Option<&'static dyn AnyChannel> {
    CHANNELS.iter().copied().find(|channel| AnyConnector::descriptor(*channel).id == id)
}
