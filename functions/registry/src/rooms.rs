//! The rooms. A new one is one line here, and one in this crate's `Cargo.toml`; its functions are named after its id.

#[cfg(feature = "simulator")]
use std::sync::Arc;
use std::sync::LazyLock;

use aws::{lambda::Function, storage::StorageProvider};
use contract::{AnyChannel, AnyConnector};
#[cfg(feature = "simulator")]
use simulation::Simulator;

use crate::{find_channel, storages};

/// A channel and its functions: `{id}-webhook`, `{id}-deliver`, and one for each of its pages.
pub(crate) struct ChannelRoom {
    pub(crate) id: &'static str,
    pub(crate) channel: &'static dyn AnyChannel,
    pub(crate) webhook: fn() -> Function,
    pub(crate) deliver: fn() -> Function,
    /// The network, played by us.
    #[cfg(feature = "simulator")]
    pub(crate) simulator: fn() -> Arc<dyn Simulator>,
}

/// A contact-centre platform and its functions: `{id}-webhook`, `{id}-deliver`, `{id}-watch`.
pub(crate) struct PlatformRoom {
    pub(crate) platform: fn() -> &'static dyn AnyConnector,
    pub(crate) webhook: fn() -> Function,
    pub(crate) deliver: fn() -> Function,
    pub(crate) watch: fn() -> Function,
    /// The platform, played by us.
    #[cfg(feature = "simulator")]
    pub(crate) simulator: fn() -> Arc<dyn Simulator>,
}

macro_rules! channels {
    ($($id:literal => $room:ident::$channel:ident),* $(,)?) => {
        pub(crate) static CHANNELS: &[ChannelRoom] = &[$(ChannelRoom {
            id: $id,
            channel: &$room::$channel,
            webhook: || engine::channel_webhook(concat!($id, "-webhook"), $room::$channel),
            deliver: || engine::deliver_outbound(concat!($id, "-deliver"), $room::$channel, storages()),
            #[cfg(feature = "simulator")]
            simulator: || Arc::new($room::simulator()),
        }),*];
    };
}

macro_rules! platforms {
    ($($id:literal => $room:ident::$platform:ident, $simulator:ident),* $(,)?) => {
        pub(crate) static PLATFORMS: &[PlatformRoom] = &[$(PlatformRoom {
            platform: || {
                static PLATFORM: LazyLock<$room::$platform> = LazyLock::new(Default::default);
                &*PLATFORM
            },
            webhook: || engine::platform_webhook(concat!($id, "-webhook"), $room::$platform::default()),
            deliver: || {
                let name = concat!($id, "-deliver");
                engine::deliver_inbound(name, $room::$platform::default(), find_channel, storages())
            },
            watch: || engine::platform_watch(concat!($id, "-watch"), $room::$platform::default(), find_channel),
            #[cfg(feature = "simulator")]
            simulator: || Arc::new($room::$simulator::default()),
        }),*];
    };
}

channels! {
    "line" => line::Line,
    "telegram" => telegram::Telegram,
    "viber" => viber::Viber,
    "slack" => slack::Slack,
    "teams" => teams::Teams,
    "apple-messages" => apple_messages::AppleMessages,
}

platforms! {
    "genesys-cloud" => genesys_cloud::GenesysCloud, GenesysCloudSimulator,
}

/// The providers of storages.
pub(crate) static STORAGES: [&dyn StorageProvider; 1] = [&s3::S3];
