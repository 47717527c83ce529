//! Telegram's room, tested: the two tables, the common suite, the limits, and a chat with the simulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod buttons;
mod errors;
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
mod words;
