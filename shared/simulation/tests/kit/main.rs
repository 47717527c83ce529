//! The kit, tried with a plain network: Media4U's SMS as known from working clients, and nothing of any room's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod media4u;
mod server;
mod webhooks;
