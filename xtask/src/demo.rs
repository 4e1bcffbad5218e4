//! `cargo xtask demo`: builds the demonstration and hands over to it.

use crate::shell;
use std::process::ExitCode;

pub(crate) fn run(args: &[String]) -> ExitCode {
    match shell::build_binary("demo") {
        Ok(binary) => binary.args(args).exit_code(),
        Err(failure) => failure.report(),
    }
}
