//! What functions work with on AWS: stores, queues, secrets, metrics, the way out, and the entry points of Lambda.

pub mod client;
pub mod config;
mod context;
pub mod guard;
pub mod lambda;
pub mod metrics;
pub mod parameters;
pub mod queue;
pub mod recorder;
mod registration;
mod root;
pub mod storage;
pub mod store;
pub mod telemetry;
pub mod tenant;
pub mod vault;

pub use config::Config;
pub use context::{ACCOUNT_TAKEN, Context, KnownTenant};
