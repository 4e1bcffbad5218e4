//! `cargo steadfast audit` reads a crate or workspace and reports where its async code stops, starves or detaches work.
//!
//! It works on parsed source: nothing is built, expanded or run. README.md has the usage, the classes and the limits.
#![forbid(unsafe_code)]

mod allow;
mod audit;
mod baseline;
mod bindings;
mod cancel_safe;
mod classes;
mod cli;
mod comments;
mod control;
mod facts;
mod fields;
mod follow;
mod index;
mod infer;
mod ir;
mod known;
mod lower;
mod nesting;
mod paths;
mod report;
mod resolve;
mod spawns;
mod taken;
mod tracked;
mod waits;
mod walk;
mod workspace;

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    ExitCode::from(cli::run(env::args_os().skip(1)))
}
