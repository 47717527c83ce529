//! Teams's room, tested: the door, the two tables, the common suite, files, the limits, and a chat with the simulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod cards;
mod errors;
mod files;
mod fixture;
mod inbound;
mod io;
mod limits;
mod outbound;
mod simulator;
mod suite;
mod verify;
mod words;
