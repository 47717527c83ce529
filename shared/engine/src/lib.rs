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
mod page;
mod watch;
mod webhook;

use aws::{lambda::Function, storage::Storages};
use contract::{AnyChannel, Channel, CxPlatform, Deployment, Page, Purpose};

pub use close::close;

/// Finds a channel by its connector id.
pub type FindChannel = fn(&str) -> Option<&'static dyn AnyChannel>;

/// The webhook of a channel: queues what guests do.
pub fn channel_webhook(name: &'static str, channel: impl Channel) -> Function {
    let deployment = channel.deployment(Deployment::of(Purpose::Webhook));
    Function::http(name, webhook::ChannelWebhook::new(channel)).deployed(deployment)
}

/// The webhook of a CX platform: queues what agents do.
pub fn platform_webhook(name: &'static str, platform: impl CxPlatform) -> Function {
    let deployment = platform.deployment(Deployment::of(Purpose::Webhook));
    Function::http(name, webhook::PlatformWebhook::new(platform)).deployed(deployment)
}

/// Delivers guests' messages to a CX platform. It can ask any channel for files and profiles.
pub fn deliver_inbound(
    name: &'static str,
    platform: impl CxPlatform,
    channels: FindChannel,
    storages: &'static dyn Storages,
) -> Function {
    let deployment = platform.deployment(Deployment::of(Purpose::Deliver));
    Function::queue(name, leg::Carrier(inbound::DeliverInbound { platform, channels, storages })).deployed(deployment)
}

/// Delivers agents' messages to a channel.
pub fn deliver_outbound(name: &'static str, channel: impl Channel, storages: &'static dyn Storages) -> Function {
    let deployment = channel.deployment(Deployment::of(Purpose::Deliver));
    Function::queue(name, leg::Carrier(outbound::DeliverOutbound { channel, storages })).deployed(deployment)
}

/// Serves a public page of a connector, under the page's own name.
pub fn page_function(connector: &'static str, page: &'static dyn Page) -> Function {
    let deployment = page.deployment(Deployment::of(Purpose::Page));
    Function::http(page.name(), page::PageHandler { connector, page }).deployed(deployment)
}

/// Watches what a CX platform does not tell: the ends of conversations, registrations under way.
pub fn platform_watch(name: &'static str, platform: impl CxPlatform, channels: FindChannel) -> Function {
    let deployment = platform.deployment(Deployment::of(Purpose::Watch));
    Function::schedule(name, watch::PlatformWatch { platform, channels }).deployed(deployment)
}
