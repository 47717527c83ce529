//! Stories that cross functions. Each has a platform of its own and plays both networks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod bad_input;
mod channels;
mod chat;
mod claim_check;
mod curls;
mod dead_letters;
mod files;
mod guard;
mod killed;
mod options;
mod order;
mod playground;
mod repetition;
mod secrets;
mod start;
mod tenants;
