//! The suite as a program, on its own reference runtime: `reference [CASES]`, where `CASES` is a glob.
//!
//! An author of a backend puts another [`Subject`](steadfast_conformance::Subject) in the place of
//! [`Reference`], and has a program that certifies it. It runs in builds without unwinding, too: a case that needs a panic to be
//! caught is skipped there, and one that fails takes the program down.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use steadfast_conformance::reference::Reference;
use steadfast_conformance::{Plan, run};

fn main() -> ExitCode {
    let cases = std::env::args().nth(1);
    let plan = Plan::new()
        .cases(cases.as_deref().unwrap_or("*"))
        .child_processes(|_, case| vec![case.to_owned()]);
    let report = run::<Reference>(&plan);
    print!("{report}");
    println!(
        "{} passed, {} failed, {} skipped",
        report.passed(),
        report.failed(),
        report.skipped()
    );
    if report.conforms() && report.passed() > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
