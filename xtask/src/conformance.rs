//! `cargo xtask conformance`: builds the suite's binary and hands over to it.

use crate::{
    report::Section,
    shell::{self, Cmd},
};
use std::process::ExitCode;

const BINARY: &str = "conformance";

/// The smallest of its package's tests.
const BESIDE: &[&str] = &["conformance-local"];

pub(crate) fn run(args: &[String]) -> ExitCode {
    match shell::build_binary_beside(BINARY, BESIDE) {
        Ok(binary) => binary.args(args).exit_code(),
        Err(failure) => failure.report(),
    }
}

/// The same run as a section of `cargo xtask test`: every case on every runtime.
pub(crate) fn section(section: &mut Section) {
    section_of(section, |binary| binary);
}

/// The run that `with` makes of the binary, as a section.
pub(crate) fn section_of(section: &mut Section, with: impl FnOnce(Cmd) -> Cmd) {
    match shell::build_binary_beside(BINARY, BESIDE) {
        Ok(binary) => section.run_conformance(with(binary)),
        Err(failure) => section.fail(failure),
    }
}
