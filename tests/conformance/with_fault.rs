//! A run of the `conformance` binary, whose core may be broken.

use std::process::Command;

use steadfast_core::faults::Fault;

/// The command that runs one case on one subject, with `fault` planted in the whole process.
pub(crate) fn command(subject: &str, case: &str, fault: Option<Fault>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conformance"));
    command.args(["--runtime", subject, "--case", case]);
    if let Some(fault) = fault {
        // What hangs under a fault costs this much; the sound core gets all the time it needs.
        command
            .args(["--limit", "2"])
            .env("STEADFAST_FAULT", format!("{fault:?}"));
    }
    command
}
