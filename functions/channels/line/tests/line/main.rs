//! LINE's room, tested: the two tables, the common suite, the limits, and a chat with the simulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cards;
mod errors;
mod fixture;
mod groups;
mod inbound;
mod io;
mod limits;
mod notification;
mod outbound;
mod questions;
mod signals;
mod simulator;
mod suite;
mod words;
