//! The template's contract: what must hold between `infra/template.yaml`, the binaries, the sample events and the
//! variables the code reads, and what no linter of CloudFormation looks at.
//!
//! Every module has a `faults` function that lists what is wrong, a test that it lists nothing of the real thing, and
//! a test that it notices each way the thing can be broken.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod alarms;
mod environment;
mod expression;
mod limits;
mod logs;
mod permissions;
mod queues;
mod routes;
mod stacks;
mod state;
mod subject;
mod tree;
