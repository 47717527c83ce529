//! The Telegram channel: the two tables, the common suite, the limits, and a chat with the simulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod buttons;
mod dates;
mod errors;
mod files;
mod fixture;
mod groups;
mod inbound;
mod io;
mod limits;
mod native;
mod outbound;
mod samples;
mod simulator;
mod suite;
mod taps;
mod typed;
