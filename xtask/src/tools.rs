//! What the checks need beside cargo: found where it is there, installed where it is not.

use crate::shell::{Cmd, Failure, cargo, program, target_dir};
use std::{env, ffi::OsString, path::Path};

/// Pinned, because another release may judge the same tree differently.
const CARGO_DENY: &str = "0.20.2";

/// Miri and the sanitizers exist on nightly alone. Which nightly it is, is printed: what a machine can install is not for
/// this program to choose.
const NIGHTLY: &str = "nightly";

/// The cargo of a nightly toolchain that has `components`, and the version of its compiler.
pub(crate) fn nightly(components: &[&str]) -> Result<(impl Fn() -> Cmd + Sync, String), Failure> {
    cargo_of(NIGHTLY)?;
    let list = "component list --installed --toolchain";
    let installed = program("rustup", list).args([NIGHTLY]).read()?;
    let is_missing = |one: &&&str| !installed.lines().any(|line| line.starts_with(**one));
    for component in components.iter().filter(is_missing) {
        program("rustup", "component add --toolchain")
            .args([NIGHTLY, component])
            .run()?;
    }
    let version = program("rustup", "run")
        .args([NIGHTLY, "rustc", "-V"])
        .read()?;
    let cargo = || program("rustup", "run").args([NIGHTLY, "cargo"]);
    Ok((cargo, version.trim().to_owned()))
}

/// The cargo of the toolchain `version`.
pub(crate) fn cargo_of(version: &str) -> Result<Cmd, Failure> {
    let installed = program("rustup", "toolchain list").read()?;
    let prefix = format!("{version}-");
    if !installed.lines().any(|line| line.starts_with(&prefix)) {
        program(
            "rustup",
            "toolchain install --profile minimal --no-self-update",
        )
        .args([version])
        .run()?;
    }
    // `cargo +version` works only where cargo is rustup's proxy; this works wherever rustup does.
    Ok(program("rustup", "run").args([version, "cargo"]))
}

/// Makes sure that the toolchain in use can build for `triple`.
pub(crate) fn target(triple: &str) -> Result<(), Failure> {
    let libraries = program("rustc", "--print target-libdir --target")
        .args([triple])
        .read()?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    program("rustup", "target add").args([triple]).run()
}

/// Makes sure that cargo has the subcommand that `component` brings.
pub(crate) fn component(component: &str, subcommand: &str) -> Result<(), Failure> {
    match cargo(subcommand).args(["--version"]).read() {
        Ok(_) => Ok(()),
        Err(_) => program("rustup", "component add").args([component]).run(),
    }
}

/// The path of a cargo-deny of the pinned version: the user's own, or one inside the target directory.
pub(crate) fn cargo_deny() -> Result<OsString, Failure> {
    let tools = target_dir().join("tools");
    let file = format!("cargo-deny{}", env::consts::EXE_SUFFIX);
    let ours = tools.join("bin").join(file).into_os_string();
    let mut candidates = ["cargo-deny".into(), ours.clone()].into_iter();
    if let Some(found) = candidates.find(is_pinned_deny) {
        return Ok(found);
    }
    // Unoptimised: it builds in a third of the time, and judges this graph in a second all the same.
    cargo("install --locked --debug cargo-deny")
        .args(["--version", CARGO_DENY, "--root", &tools.to_string_lossy()])
        .run()?;
    Ok(ours)
}

fn is_pinned_deny(candidate: &OsString) -> bool {
    let version = program(candidate, "--version").read();
    version.is_ok_and(|text| text.trim() == format!("cargo-deny {CARGO_DENY}"))
}
