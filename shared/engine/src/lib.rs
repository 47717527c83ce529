//! The engine: carries messages between channels and platforms, and alone decides what becomes of them.
//!
//! ```text
//! guest → webhook ─ verify, parse ─→ inbound queue ─→ deliver_inbound ─ claim, enrich, move files, render, send, settle
//! guest ← deliver_outbound ←─ outbound queue ←─ webhook ← agent
//! ```
//!
//! A delivery is **claimed** in the ledger before its first call and **settled** after its last. In between its calls are
//! counted, so that an attempt which dies is resumed after the calls that were taken. What remains is a function that dies
//! after a call was taken and before that was noted: then the call is made again, and the network's own idempotency key,
//! where it has one, makes it harmless.

mod attempt;
mod close;
mod files;
mod inbound;
mod keys;
mod leg;
mod outbound;
mod watch;
mod webhook;

use aws::{
    lambda::{Function, Purpose},
    storage::Storages,
};
use contract::{AnyChannel, Channel, CxPlatform};

pub use close::close;

/// Finds a channel by its connector id.
pub type FindChannel = fn(&str) -> Option<&'static dyn AnyChannel>;

/// The webhook of a channel: queues what guests do.
pub fn channel_webhook(name: &'static str, channel: impl Channel) -> Function {
    Function::http(name, webhook::ChannelWebhook::new(channel)).purpose(Purpose::Webhook)
}

/// The webhook of a CX platform: queues what agents do.
pub fn platform_webhook(name: &'static str, platform: impl CxPlatform) -> Function {
    Function::http(name, webhook::PlatformWebhook::new(platform)).purpose(Purpose::Webhook)
}

/// Delivers guests' messages to a CX platform. It can ask any channel for files and profiles.
pub fn deliver_inbound(
    name: &'static str,
    platform: impl CxPlatform,
    channels: FindChannel,
    storages: &'static dyn Storages,
) -> Function {
    Function::queue(name, leg::Carrier(inbound::DeliverInbound { platform, channels, storages }))
}

/// Delivers agents' messages to a channel.
pub fn deliver_outbound(name: &'static str, channel: impl Channel, storages: &'static dyn Storages) -> Function {
    Function::queue(name, leg::Carrier(outbound::DeliverOutbound { channel, storages }))
}

/// Watches what a CX platform does not tell: the ends of conversations, registrations under way.
pub fn platform_watch(name: &'static str, platform: impl CxPlatform, channels: FindChannel) -> Function {
    Function::schedule(name, watch::PlatformWatch { platform, channels })
}
