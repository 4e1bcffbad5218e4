//! `cargo xtask soak`: builds the program that runs random trees of everything at once, and hands over to it.

use crate::shell;
use std::process::ExitCode;

pub(crate) fn run(args: &[String]) -> ExitCode {
    match shell::build_binary("soak") {
        Ok(binary) => binary.args(args).exit_code(),
        Err(failure) => failure.report(),
    }
}
