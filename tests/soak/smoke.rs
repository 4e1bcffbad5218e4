//! The soak in small: it finds nothing where there is nothing, and each fault that is planted.

use std::process::{Command, Output};

use steadfast_core::faults::Fault;

fn soak(fault: Option<Fault>, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_soak"));
    command.args(args).env("RUST_BACKTRACE", "0");
    match fault {
        Some(fault) => command.env("STEADFAST_FAULT", format!("{fault:?}")),
        None => command.env_remove("STEADFAST_FAULT"),
    };
    command.output().expect("the soak can be run")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn one_round_on_each_runtime_keeps_every_promise() {
    let output = soak(None, &["--seed", "1", "--rounds", "1", "--crowd", "10000"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).starts_with("1 rounds on each runtime, seeds 1 to 1"));
}

/// On the simulator, where a seed makes the same run again.
#[test]
fn each_planted_fault_is_found_and_told_with_its_seed() {
    for fault in Fault::ALL {
        let output = soak(
            Some(*fault),
            &["--seed", "1", "--rounds", "500", "--runtime", "sim"],
        );
        assert!(!output.status.success(), "{fault:?} is not found");
        let said = said(&output);
        assert!(
            said.contains("again with: cargo xtask soak --seed "),
            "{fault:?}: {said}"
        );
    }
}

#[test]
fn what_the_soak_does_not_know_is_refused() {
    for args in [
        &["--runtime", "nowhere"][..],
        &["--minuets", "1"],
        &["--seed", "x"],
        &["--seed"],
    ] {
        assert_eq!(soak(None, args).status.code(), Some(2), "{args:?}");
    }
}
