//! The suite as a program, on the simulator: `simulator [ORDER] [CASES] [LIMIT]`, where `ORDER` is the name of a subject, such as
//! `sim-lifo`, or `all`, `CASES` is a glob, and `LIMIT`
//! is how many seconds a run may take. `STEADFAST_SEED` is the seed.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use steadfast_conformance::interrupted::{Cancelled, Dropped};
use steadfast_conformance::simulated::{Fifo, LastWokenFirst, Lifo, Random, RandomOn4, Simulated};
use steadfast_conformance::{Plan, Report, Subject, run};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let order = arguments.next().unwrap_or("all".to_owned());
    let plan = Plan::new()
        .cases(arguments.next().as_deref().unwrap_or("*"))
        .limit(limit())
        .child_processes(|subject, case| {
            let limit = limit().as_secs().to_string();
            vec![subject.to_owned(), case.to_owned(), limit]
        });
    let reports: Vec<Report> = [
        one::<Simulated<Fifo>>,
        one::<Simulated<Lifo>>,
        one::<Simulated<LastWokenFirst>>,
        one::<Simulated<Random>>,
        one::<Simulated<RandomOn4>>,
        one::<Dropped<Simulated<Random>>>,
        one::<Cancelled<Simulated<Random>>>,
    ]
    .iter()
    .filter_map(|run| run(&order, &plan))
    .collect();
    if !reports.is_empty() && reports.iter().all(|one| one.conforms() && one.passed() > 0) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn limit() -> Duration {
    let seconds = std::env::args().nth(3).and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(30))
}

fn one<S: Subject>(order: &str, plan: &Plan) -> Option<Report> {
    if order != "all" && order != S::NAME {
        return None;
    }
    let report = run::<S>(plan);
    print!("{report}");
    let (passed, failed, skipped) = (report.passed(), report.failed(), report.skipped());
    println!(
        "{}: {passed} passed, {failed} failed, {skipped} skipped",
        S::NAME
    );
    Some(report)
}
