//! Teams, tested: verification, the two tables, the common suite, files, the limits, and a chat with the simulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod cards;
mod changes;
mod errors;
mod files;
mod fixture;
mod inbound;
mod io;
mod limits;
mod native;
mod options;
mod outbound;
mod simulator;
mod suite;
mod typed;
mod verify;
