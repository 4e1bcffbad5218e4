//! `conformance [--runtime R] [--case GLOBS] [--limit SECONDS] [--json] [--interrupted]`: the suite on each
//! runtime, as one report.
//! With `--interrupted`, the system cases are broken off after each of their polls; a subject whose name says so needs no flag.
//! `STEADFAST_SEEDS` is how many seeds each case gets on the simulator then, and `STEADFAST_SEED` the one seed.
//!
//! `conformance --list [--case GLOBS]`: the ids of the cases, each with `isolated` behind it if it wants a process of its own.
//!
//! Ends with a line `N passed, N failed, N skipped`, on standard error with `--json` so that standard output is one JSON
//! document. The exit code is 1 if a runtime does not conform or if nothing was chosen, and 2 if the arguments are wrong.
//!
//! With the name of a fault in `STEADFAST_FAULT`, the core is broken in that way first: so the kill matrix of nurseries is
//! made (`tests/conformance/nurseries.rs`).
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use steadfast_certified::subjects::{self, Row};
use steadfast_conformance::{Plan, Report, all_cases};
use steadfast_core::faults::{Fault, plant};
use steadfast_tokio::Tokio;

fn main() -> ExitCode {
    match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) if arguments.list => list(&arguments),
        Ok(arguments) => {
            plant_fault();
            report(&arguments)
        }
        Err(text) => {
            eprintln!("{text}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// The child processes of isolated cases inherit the variable, and so the fault.
fn plant_fault() {
    let Ok(name) = std::env::var("STEADFAST_FAULT") else {
        return;
    };
    let named = |fault: &&Fault| format!("{fault:?}") == name;
    let fault = Fault::ALL
        .iter()
        .chain(Fault::UNSOUND)
        .find(named)
        .expect("`STEADFAST_FAULT` names no fault");
    plant(Some(*fault));
}

#[derive(Default)]
struct Arguments {
    runtime: Option<String>,
    case: Option<String>,
    limit: Option<u64>,
    json: bool,
    list: bool,
    interrupted: bool,
}

impl Arguments {
    fn parse(mut given: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self::default();
        while let Some(argument) = given.next() {
            let mut value = || given.next().ok_or(format!("`{argument}` needs a value"));
            match argument.as_str() {
                "--runtime" => parsed.runtime = Some(value()?),
                "--case" => parsed.case = Some(value()?),
                "--limit" => {
                    let seconds = value()?;
                    let parse = seconds
                        .parse()
                        .map_err(|_| format!("`{seconds}` is no number of seconds"));
                    parsed.limit = Some(parse?);
                }
                "--json" => parsed.json = true,
                "--list" => parsed.list = true,
                "--interrupted" => parsed.interrupted = true,
                _ => return Err(format!("what is `{argument}`?")),
            }
        }
        match &parsed.runtime {
            Some(name) if parsed.rows().is_empty() => Err(format!("there is no runtime `{name}`")),
            _ => Ok(parsed),
        }
    }

    /// The subjects that are asked for.
    fn rows(&self) -> Vec<&'static Row> {
        let (all, interrupted) = (subjects::ALL, subjects::INTERRUPTED);
        match &self.runtime {
            Some(name) => all
                .iter()
                .chain(interrupted)
                .filter(|(one, _)| one == name)
                .collect(),
            None if self.interrupted => interrupted.iter().collect(),
            None => all.iter().collect(),
        }
    }

    fn plan(&self) -> Plan {
        let plan = Plan::new()
            .cases(self.case.as_deref().unwrap_or("*"))
            .child_processes(|runtime, case| {
                ["--runtime", runtime, "--case", case]
                    .map(str::to_owned)
                    .to_vec()
            });
        match self.limit {
            Some(seconds) => plan.limit(Duration::from_secs(seconds)),
            None => plan,
        }
    }
}

/// The cases are the same on every runtime.
fn list(arguments: &Arguments) -> ExitCode {
    let plan = arguments.plan();
    for case in all_cases::<Tokio>() {
        if plan.wants(case.info.id) {
            let apart = if case.info.isolated { " isolated" } else { "" };
            println!("{}{apart}", case.info.id);
        }
    }
    ExitCode::SUCCESS
}

fn report(arguments: &Arguments) -> ExitCode {
    let plan = arguments.plan();
    let mut reports = Vec::new();
    for (_, run) in arguments.rows() {
        let report = run(&plan);
        if !arguments.json {
            println!("{report}");
        }
        reports.push(report);
    }
    if arguments.json {
        let runtimes: Vec<String> = reports.iter().map(Report::to_json).collect();
        println!("{{\"runtimes\":[{}]}}", runtimes.join(","));
    }
    close(&reports, arguments.json)
}

fn close(reports: &[Report], json: bool) -> ExitCode {
    let sum = |count: fn(&Report) -> usize| reports.iter().map(count).sum::<usize>();
    let (passed, failed, skipped) = (
        sum(Report::passed),
        sum(Report::failed),
        sum(Report::skipped),
    );
    let line = format!("{passed} passed, {failed} failed, {skipped} skipped");
    if json {
        eprintln!("{line}");
    } else {
        println!("{line}");
    }
    let nothing = passed + failed + skipped == 0;
    if nothing || !reports.iter().all(Report::conforms) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

const USAGE: &str = "usage: conformance [--runtime R] [--case GLOB,...] [--limit SECONDS] [--json] [--list]
runtimes: tokio-multi-thread-1 tokio-multi-thread-4 tokio-current-thread smol-1 smol-4 smol-global async-std";
