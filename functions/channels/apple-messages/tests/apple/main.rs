//! The room of Apple Messages for Business, tested: the two tables, the common suite, files, limits, and a chat with the
//! simulator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cards;
mod errors;
mod files;
mod fixture;
mod forms;
mod inbound;
mod limits;
mod native;
mod options;
mod outbound;
mod simulator;
mod suite;
mod words;
