//! `cargo xtask test`: everything that must hold before a change lands.
//!
//! Every command selects the whole workspace with all features, so that nothing is built twice.

use crate::{
    conformance, misuse,
    report::{self, Section, Step},
    shell::{Cmd, Failure, cargo},
};
use std::{collections::BTreeSet, process::ExitCode};

pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "unit",
        title: "unit and integration tests",
        body: unit_and_integration,
    },
    Step {
        name: "doc",
        title: "the examples in the documentation compile and run",
        body: documentation,
    },
    Step {
        name: "conformance",
        title: "the laws hold on each runtime",
        body: conformance::section,
    },
    Step {
        name: "readme",
        title: "the examples in the README compile and run",
        body: readme,
    },
    Step {
        name: "rejected",
        title: "programs that must not compile do not, their twins do",
        body: rejected,
    },
];

pub(crate) fn run(args: &[String]) -> ExitCode {
    match report::select(STEPS, &[], args) {
        Ok(steps) => report::run(&steps),
        Err(what) => misuse(&what),
    }
}

/// Test targets that another section covers: `rejected` has its own, `conformance` runs the cases of most others, and `signature`
/// those that are broken off.
const APART: &[&str] = &[
    "rejected",
    "conformance-tokio",
    "conformance-smol",
    "conformance-async-std",
    "conformance-simulator",
    "conformance-interrupted",
];

/// How the names of the test targets begin that run the suite, all of which one package has.
const SUITE: &str = "conformance-";
const SUITE_PACKAGE: &str = "steadfast-certified";

/// The README's examples are doc tests of the tests' package; rustdoc names a doc test by its file.
const README: &str = "tests/src/";

fn unit_and_integration(section: &mut Section) {
    let targets = match integration_targets() {
        Ok(targets) => targets,
        Err(failure) => return section.fail(failure),
    };
    let ours = targets
        .iter()
        .filter(|name| !APART.contains(&name.as_str()));
    let (suite, others): (Vec<_>, Vec<_>) = ours.partition(|name| name.starts_with(SUITE));
    // Asked for libraries and binaries, cargo would build those of the suite once more, as tests that they do not have.
    let elsewhere = format!("--exclude {SUITE_PACKAGE} --lib --bins");
    for (rest, names) in [(elsewhere.as_str(), others), ("", suite)] {
        let flags = names.into_iter().flat_map(|name| ["--test", name]);
        section.run_tests(cargo_test(rest).args(flags));
    }
}

fn documentation(section: &mut Section) {
    section.run_tests(cargo_test("--doc -- --skip").args([README]));
}

fn readme(section: &mut Section) {
    section.run_tests(cargo_test("--doc --").args([README]));
}

fn rejected(section: &mut Section) {
    section.run_tests(cargo_test("--test rejected"));
}

fn cargo_test(rest: &str) -> Cmd {
    cargo("test --workspace --all-features --no-fail-fast").args(rest.split_whitespace())
}

/// The names of the workspace's `[[test]]` targets. Cargo can select them by name, not leave one out.
fn integration_targets() -> Result<BTreeSet<String>, Failure> {
    let metadata = cargo("metadata --no-deps --format-version 1").read()?;
    Ok(targets_in(&metadata))
}

/// A name that several packages use is there once: cargo selects it in all of them.
fn targets_in(metadata: &str) -> BTreeSet<String> {
    let after_kind = metadata.split(r#""kind":["test"]"#).skip(1);
    let names = after_kind.filter_map(|target| {
        let (_, name) = target.split_once(r#""name":""#)?;
        Some(name.split_once('"')?.0.to_owned())
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::targets_in;

    #[test]
    fn each_name_of_a_test_target_is_found_once() {
        let metadata = r#"{"packages":[{"name":"p","targets":[
            {"kind":["lib"],"crate_types":["lib"],"name":"p","test":true},
            {"kind":["test"],"crate_types":["bin"],"name":"drops","test":true},
            {"kind":["bench"],"crate_types":["bin"],"name":"spawn","test":false},
            {"kind":["test"],"crate_types":["bin"],"name":"panics","test":true},
            {"kind":["test"],"crate_types":["bin"],"name":"drops","test":true}]}]}"#;
        let names: Vec<String> = targets_in(metadata).into_iter().collect();
        assert_eq!(names, ["drops", "panics"]);
    }
}
