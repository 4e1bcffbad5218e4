//! Instructions for one unit of work, counted by valgrind: the same on every run, whatever else the machine does.
//!
//! A contestant does its work once in one process, and three times in another. Half of the difference is what once more takes,
//! without the start of the program and of the runtime.

use super::{
    args::{Args, Repeat},
    race::{Race, Scale},
    rounds::{Figure, Outcome},
};
use crate::workloads;
use std::process::{Command, ExitCode};

const ONCE: usize = 1;
const MORE: usize = 3;

/// A race for instructions alone; nothing, if they cannot be counted here.
pub(super) fn race(args: &Args, race: &Race) -> Result<Option<Outcome>, String> {
    let counts = count(args, race)?;
    let figure = |(name, instructions): (&'static str, f64)| Figure {
        name: name.into(),
        rounds: vec![instructions],
        instructions: Some(instructions),
    };
    Ok((!counts.is_empty()).then(|| Outcome {
        figures: counts.into_iter().map(figure).collect(),
        ..Outcome::empty(race)
    }))
}

/// Adds the instructions to what a race for time has shown.
pub(super) fn beside(args: &Args, race: &Race, outcome: Outcome) -> Result<Outcome, String> {
    let counts = count(args, race)?;
    let figures = outcome.figures.into_iter().map(|figure| {
        let count = counts.iter().find(|(name, _)| *name == figure.name);
        Figure {
            instructions: count.map(|(_, count)| *count),
            ..figure
        }
    });
    Ok(Outcome {
        figures: figures.collect(),
        ..outcome
    })
}

/// What each contestant takes. Empty without valgrind.
fn count(args: &Args, race: &Race) -> Result<Vec<(&'static str, f64)>, String> {
    if !args.valgrind || Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(Vec::new());
    }
    let contestants: Vec<_> = (race.contestants)()
        .iter()
        .map(|one| (one.name, one.operations.unwrap_or(race.operations)))
        .collect();
    let each = contestants.into_iter().map(|(name, operations)| {
        let once = total(args, race, name, ONCE)?;
        let more = total(args, race, name, MORE)?;
        let operations = (operations * (MORE - ONCE)) as f64;
        Ok((name, (more - once) / operations))
    });
    each.collect()
}

fn total(args: &Args, race: &Race, contestant: &str, times: usize) -> Result<f64, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(this);
    if args.scale == Scale::Quick {
        valgrind.arg("--quick");
    }
    valgrind.args(["--repeat", &times.to_string(), &race.title(), contestant]);
    let output = valgrind.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stderr);
    collected(&text).ok_or_else(|| format!("valgrind on {}, {contestant}: {text}", race.title()))
}

/// From `==123== Collected : 4567`.
fn collected(text: &str) -> Option<f64> {
    let (_, rest) = text.rsplit_once("Collected : ")?;
    rest.split_whitespace().next()?.parse().ok()
}

/// The other end of [`total`].
pub(super) fn repeat(repeat: &Repeat, scale: Scale) -> ExitCode {
    let mut races = workloads::races(scale).into_iter();
    let race = races.find(|race| race.title() == repeat.race);
    let contestants = race.map(|race| (race.contestants)()).unwrap_or_default();
    let mut contestants = contestants.into_iter();
    let Some(mut contestant) = contestants.find(|one| one.name == repeat.contestant) else {
        eprintln!("error: there is no such race or contestant");
        return ExitCode::from(2);
    };
    for _ in 0..repeat.times {
        (contestant.run)();
    }
    ExitCode::SUCCESS
}
