//! Reads the deployment's template, so that there is one description of functions, routes, queues, tables and buckets:
//! the one that is deployed. The local environment starts what this crate finds, and the contract test checks it.
//!
//! [`Template::deployed`] reads the root and its nested templates, YAML with short tags (`!Ref`, `!Sub` …), into a document;
//! [`Template::stack`] evaluates it for given parameters, as CloudFormation would, into one [`Stack`] of typed resources. What depends on
//! AWS itself (an account, a queue's URL, the API's address) is answered by a [`Context`].
//!
//! ```no_run
//! # fn main() -> Result<(), infra_template::TemplateError> {
//! let template = infra_template::Template::deployed()?;
//! let stack = template.stack(&infra_template::Context::local("http://127.0.0.1:9000"))?;
//! for function in &stack.functions {
//!     for route in &function.routes {
//!         let _ = (&route.method, &route.path, &function.name, &function.environment);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Only what the template uses of SAM and CloudFormation is understood; anything else is an error that names the
//! resource, never a guess.
//!
//! [`generate`] writes what is generated of it.

mod alarm;
mod context;
mod document;
mod error;
mod evaluate;
mod function;
pub mod generate;
mod resource;
mod stack;
#[cfg(test)]
mod tests;
mod wiring;
mod yaml;

pub use alarm::Alarm;
pub use context::Context;
pub use document::{Resource, Template};
pub use error::{Problem, TemplateError};
pub use function::{Function, QueueSource, Route, Schedule, rate};
pub use resource::{Bucket, Key, Nested, Queue, Table};
pub use stack::Stack;

/// `infra/template.yaml` as it was when this crate was compiled.
pub const TEMPLATE: &str = include_str!("../../template.yaml");

/// The nested templates beside it, by their path from it.
pub const NESTED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/nested.rs"));
