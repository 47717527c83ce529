//! The built `um` against the local environment: as it is used, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod backups;
mod codes;
mod place;
mod sessions;
mod tenants;
