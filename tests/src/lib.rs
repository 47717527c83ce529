//! What the tests that cross functions stand on: the platform in this process ([`Platform`]) or in one of its own
//! ([`Process`]), a LINE and a Genesys Cloud whose every answer a test decides ([`line::Line`], [`genesys::Genesys`]), and
//! waiting without sleeping ([`until`]).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
pub mod curl;
pub mod files;
pub mod genesys;
pub mod line;
pub mod logs;
mod platform;
mod playground;
mod process;
pub mod provider;
mod random;
mod wait;

pub use api::{ADMIN_PASSWORD, Api, Tenant, tenant_document};
pub use platform::{Delivery, INBOUND, INBOUND_DEAD_LETTERS, OUTBOUND, OUTBOUND_DEAD_LETTERS, Platform};
pub use playground::{Chat, Playground};
pub use process::Process;
pub use provider::{Behaviour, Provider, Received};
pub use random::Random;
pub use wait::{until, until_async};
