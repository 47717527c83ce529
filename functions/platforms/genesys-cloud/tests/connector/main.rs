//! Genesys Cloud CX as a connector: what it makes of webhooks and of guests' messages, how it registers, and the simulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod credentials;
mod delivery;
mod fixture;
mod provisioning;
mod settings;
mod simulator;
mod suite;
mod webhook;
