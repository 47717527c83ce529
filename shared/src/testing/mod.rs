//! For tests of connectors: a scripted transport, the two tables, the common suite. Behind the feature `testing`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod script;
mod suite;
mod tables;

pub use script::{Answer, Script};
pub use suite::{ChannelFixture, channel_suite};
pub use tables::{InboundRow, OutboundRow, inbound_table, outbound_table};
