//! `soak [--minutes N] [--seed S] [--rounds N] [--runtime R] [--crowd N] [--show]`: seeded random trees of nurseries, scopes, shields, deadlines,
//! clean-ups, panics, drops and tasks of the host, on each runtime in turn, until the time is up or a promise is broken. Each tree
//! runs once to its end, and once on a runtime that is taken down meanwhile.
//!
//! The same seed makes the same tree; on the simulator, also the same run. After each round the promises are looked at: everybody
//! has gone before those around them returned, each clean-up has run once, no panic and no error is lost, and the live tree is
//! empty. Where the runtime goes down, what is lost must be told. A round that does not end is told with the live tree. With the name of a fault in `STEADFAST_FAULT`, the core is broken
//! in that way first. With `--crowd`, one nursery serves so many short children first, and its memory must stay flat.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use steadfast_core::faults::{Fault, plant};

mod book;
mod crowd;
mod handle;
mod perform;
mod plan;
mod round;
mod runtimes;

use crate::round::Failure;
use crate::runtimes::{Job, RUNTIMES};

const USAGE: &str = "usage: soak [--minutes N] [--seed S] [--rounds N] [--runtime R] [--crowd N] [--show]; for one minute if nothing is said";

struct Options {
    minutes: f64,
    seed: u64,
    rounds: u64,
    crowd: usize,
    runtime: Option<String>,
    show: bool,
}

fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(what) => {
            eprintln!("error: {what}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if let Err(what) = plant_fault() {
        eprintln!("error: {what}");
        return ExitCode::from(2);
    }
    round::keep_quiet();
    options.run()
}

/// Breaks the core as the environment asks.
fn plant_fault() -> Result<(), String> {
    let Ok(name) = std::env::var("STEADFAST_FAULT") else {
        return Ok(());
    };
    let known = Fault::ALL.iter().chain(Fault::RACES);
    match known.copied().find(|fault| format!("{fault:?}") == name) {
        Some(fault) => plant(Some(fault)),
        None => return Err(format!("`STEADFAST_FAULT` is {name:?}, which is no fault")),
    }
    Ok(())
}

impl Options {
    fn read(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            minutes: 1.0,
            seed: clock(),
            rounds: u64::MAX,
            crowd: 0,
            runtime: None,
            show: false,
        };
        while let Some(arg) = args.next() {
            if arg == "--show" {
                options.show = true;
                continue;
            }
            let value = args.next().ok_or(format!("`{arg}` needs a value"))?;
            let number = || {
                value
                    .parse::<u64>()
                    .map_err(|error| format!("`{arg} {value}`: {error}"))
            };
            match arg.as_str() {
                "--minutes" => {
                    let minutes = value
                        .parse()
                        .map_err(|error| format!("`{arg} {value}`: {error}"));
                    options.minutes = minutes?;
                }
                "--seed" => options.seed = number()?,
                "--rounds" => options.rounds = u64::max(1, number()?),
                "--crowd" => options.crowd = usize::try_from(number()?).unwrap_or(usize::MAX),
                "--runtime" => {
                    let known = RUNTIMES.iter().any(|(name, _)| *name == value);
                    let names: Vec<_> = RUNTIMES.iter().map(|(name, _)| *name).collect();
                    known
                        .then_some(())
                        .ok_or(format!("no runtime {value}; there are {names:?}"))?;
                    options.runtime = Some(value);
                }
                _ => return Err(format!("`{arg}` is unknown")),
            }
        }
        Ok(options)
    }

    fn run(&self) -> ExitCode {
        if self.show {
            println!("{:#?}", plan::grow(self.seed));
        }
        match self.work() {
            Ok(rounds) => {
                let last = self.seed.wrapping_add(rounds - 1);
                println!(
                    "{rounds} rounds on each runtime, seeds {} to {last}: every promise was kept",
                    self.seed
                );
                ExitCode::SUCCESS
            }
            Err((name, failure)) => {
                println!("{name}: {failure}");
                println!(
                    "again with: cargo xtask soak --seed {} --rounds 1 --runtime {name}",
                    failure.seed
                );
                ExitCode::FAILURE
            }
        }
    }

    /// Works until the time is up. Returns how many rounds there were on each runtime.
    fn work(&self) -> Result<u64, (&'static str, Failure)> {
        let end = Instant::now() + Duration::from_secs_f64(self.minutes * 60.0);
        if self.crowd > 0 {
            self.each(|| Job::Crowd(self.crowd))?;
        }
        let mut done = 0;
        while done < self.rounds && (done == 0 || Instant::now() < end) {
            // Several on one runtime, which so carries what the round before has left.
            let many = u64::min(20, self.rounds - done);
            let first = self.seed.wrapping_add(done);
            let seeds = || first..first.saturating_add(many);
            self.each(|| Job::Rounds(seeds()))?;
            self.each(|| Job::Falls(seeds()))?;
            done += many;
        }
        Ok(done)
    }

    fn each(&self, job: impl Fn() -> Job) -> Result<(), (&'static str, Failure)> {
        for (name, run) in RUNTIMES {
            if self.runtime.as_ref().is_none_or(|wanted| wanted == name) {
                run(job()).map_err(|failure| (*name, failure))?;
            }
        }
        Ok(())
    }
}

fn clock() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}
