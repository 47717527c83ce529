//! The API end to end: Lambda events in, Lambda's answers out, on emulated AWS services and simulated networks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod auth;
mod compatibility;
mod health;
mod idempotency;
mod openapi;
mod registrations;
mod requests;
mod secrets;
mod settings;
mod storages;
mod tenants;
mod users;
mod world;
