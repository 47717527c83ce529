//! The API end to end: Lambda events in, Lambda's answers out, on emulated AWS services and simulated networks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod audit;
mod auth;
mod backup;
mod compatibility;
mod conversations;
mod dead_letters;
mod deliveries;
mod first_administrator;
mod health;
mod idempotency;
mod ivr;
mod line_side;
mod openapi;
mod phone;
mod refusals;
mod registrations;
mod requests;
mod secrets;
mod settings;
mod storages;
mod tenants;
mod users;
mod walk;
mod world;
