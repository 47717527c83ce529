//! The channels: a new one is one line here, and one in this crate's `Cargo.toml`.
//!
//! Apart from the list of all connectors because a platform's deliver function fetches files and profiles from whatever
//! channel a message came from: platforms depend on this list, and it must not depend on them.

use shared::{AnyChannel, AnyConnector, lambda::Function};

/// A channel's room, seen from outside.
pub struct Room {
    /// The channel.
    pub channel: &'static dyn AnyChannel,
    /// Its Lambda functions.
    pub functions: fn() -> Vec<Function>,
    /// Its network, played by us.
    #[cfg(feature = "simulator")]
    pub simulator: fn() -> std::sync::Arc<dyn simulation::Simulator>,
}

macro_rules! rooms {
    ($($room:ident::$channel:ident),* $(,)?) => {
        static ROOMS: &[Room] = &[$(Room {
            channel: &$room::$channel,
            functions: $room::functions,
            #[cfg(feature = "simulator")]
            simulator: || std::sync::Arc::new($room::simulator()),
        }),*];
    };
}

rooms! {
    line::Line,
    telegram::Telegram,
    viber::Viber,
    slack::Slack,
    teams::Teams,
    apple_messages::AppleMessages,
}

/// All channels' rooms.
pub fn rooms() -> &'static [Room] {
    ROOMS
}

/// All channels.
pub fn all() -> impl Iterator<Item = &'static dyn AnyChannel> {
    ROOMS.iter().map(|room| room.channel)
}

/// A channel by its connector id.
pub fn find(id: &str) -> Option<&'static dyn AnyChannel> {
    all().find(|channel| AnyConnector::descriptor(*channel).id == id)
}
