//! Slack's room, tested: the two tables, the common suite, the limits, and a chat with the simulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod errors;
mod fixture;
mod inbound;
mod interactions;
mod io;
mod limits;
mod native;
mod outbound;
mod questions;
mod samples;
mod simulator;
mod suite;
mod uploads;
mod words;
