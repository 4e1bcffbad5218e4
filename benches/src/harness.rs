//! Contestants take turns, round by round, in one process; what is compared is what ran in the same round.

mod args;
mod goal;
mod heap;
mod instructions;
mod json;
mod machine;
mod plot;
mod race;
mod report;
mod rounds;

pub use self::heap::{Allocator, Heap};
pub(crate) use self::{
    goal::Goal,
    heap::{allocated, grown},
    race::{Contestant, Metric, Race, Scale},
};

use self::args::Args;
use crate::workloads;
use std::process::ExitCode;

/// Runs what the command line asks for.
pub fn run(allocator: Allocator) -> ExitCode {
    heap::install(allocator);
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(what) => {
            eprintln!("error: {what}\n\n{}", args::HELP);
            return ExitCode::from(2);
        }
    };
    if args.help {
        print!("{}", args::HELP);
        return ExitCode::SUCCESS;
    }
    if let Some(repeat) = &args.repeat {
        return instructions::repeat(repeat, args.scale);
    }
    match measure(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &Args) -> Result<(), String> {
    let races = workloads::races(args.scale);
    let chosen = races.into_iter().filter(|race| args.wants(race));
    if heap::is_counted() {
        let outcomes: Vec<_> = chosen
            .filter(|race| race.metric.needs_counts())
            .map(|race| rounds::run(&race, args.scale))
            .collect();
        println!("{}", json::write(&outcomes));
        return Ok(());
    }
    let started = machine::now();
    let mut outcomes = Vec::new();
    for race in chosen {
        let outcome = match race.metric {
            metric if metric.needs_counts() => heap::ask_counter(args, &race)?,
            Metric::Instructions => match instructions::race(args, &race)? {
                Some(outcome) => outcome,
                None => continue,
            },
            _ => rounds::run(&race, args.scale),
        };
        let outcome = match race.instructions {
            true => instructions::beside(args, &race, outcome)?,
            false => outcome,
        };
        print!("{}", report::text(&outcome));
        outcomes.push(outcome);
    }
    report::summary(&outcomes);
    if let Some(path) = &args.json {
        std::fs::write(path, json::write(&outcomes))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if let Some(directory) = &args.report {
        report::write(directory, args, &started, &outcomes)?;
    }
    Ok(())
}
