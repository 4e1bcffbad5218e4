//! `cargo xtask laws`: builds the program that knows what became of each law, and hands over to it.

use crate::shell;
use std::process::ExitCode;

pub(crate) fn run(args: &[String]) -> ExitCode {
    match shell::build_binary("laws") {
        Ok(binary) => binary.args(args).exit_code(),
        Err(failure) => failure.report(),
    }
}
