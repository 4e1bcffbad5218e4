//! `cargo xtask bench`: builds what measures, and hands over to it. `cargo xtask ci --only paths`: what a machine can judge of it.

use crate::{
    report::Section,
    shell::{Cmd, Failure, cargo, program, target_dir},
};
use std::{env, process::ExitCode};

/// Optimised as a careful user's program is; see the root manifest.
const PROFILE: &str = "measured";

pub(crate) fn run(args: &[String]) -> ExitCode {
    match built() {
        Ok(bench) => bench.args(args).exit_code(),
        Err(failure) => failure.report(),
    }
}

/// It is not among the default members, and shares nothing with what others build.
fn built() -> Result<Cmd, Failure> {
    cargo("build --package steadfast-benches --bins --profile")
        .args([PROFILE])
        .run()?;
    let file = format!("bench{}", env::consts::EXE_SUFFIX);
    Ok(program(target_dir().join(PROFILE).join(file), ""))
}

/// Instructions of the hottest paths, against their bounds. Timings are never judged.
pub(crate) fn paths(section: &mut Section) {
    if program("valgrind", "--version").read().is_err() {
        return section.note(
            "instructions not counted, valgrind is not on PATH: install the package `valgrind` of the system",
        );
    }
    let paths = cargo("run --quiet --package steadfast-paths --profile");
    section.run(paths.args([PROFILE]));
}
