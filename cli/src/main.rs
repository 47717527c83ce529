//! `um`, the command line of Universal Messaging: for administrators' scripts, and for backups at night.
//!
//! Results go to standard output, everything else to standard error. The exit code says what went wrong ([`failure`]).
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod client;
mod commands;
mod configuration;
mod document;
mod failure;
mod log;
mod packed;
mod prompt;
mod session;
mod show;

use std::process::ExitCode;

use clap::Parser;

use crate::{arguments::Arguments, failure::Failure};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.general.json;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(arguments)),
        Err(error) => Err(Failure::failed(format!("cannot start: {error}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print(json);
            ExitCode::from(failure.code())
        }
    }
}
