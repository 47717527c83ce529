//! Functions whole: rooms paired with the engine, on the services of the local environment, with simulators in the networks'
//! place.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod apple_messages;
mod purge;
mod slack;
mod teams;

/// A function by its name.
fn function(name: &str) -> aws::lambda::Function {
    registry::function(name).unwrap_or_else(|| panic!("there is no function {name}"))
}
