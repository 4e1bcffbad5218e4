//! Measures time and instructions. `cargo xtask bench --help` says how to ask.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use steadfast_benches::{Allocator, run};

fn main() -> ExitCode {
    run(Allocator::Plain)
}
