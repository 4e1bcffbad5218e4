//! Allocations and bytes, where the program has an allocator that counts.

use super::{
    args::Args,
    json,
    race::{Race, Scale},
    rounds::Outcome,
};
use std::{process::Command, sync::OnceLock};

/// The allocator of the program.
#[derive(Clone, Copy, Debug)]
pub enum Allocator {
    /// The system's, as it is.
    Plain,
    /// One that counts.
    Counting(fn() -> Heap),
}

/// What the process has allocated so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heap {
    /// Blocks, those that are free again included.
    pub allocations: usize,
    /// Bytes that are not free again.
    pub live: isize,
}

static COUNTER: OnceLock<fn() -> Heap> = OnceLock::new();

pub(super) fn install(allocator: Allocator) {
    if let Allocator::Counting(counter) = allocator {
        _ = COUNTER.set(counter);
    }
}

pub(super) fn is_counted() -> bool {
    COUNTER.get().is_some()
}

fn heap() -> Heap {
    COUNTER.get().map(|counter| counter()).unwrap_or_default()
}

/// How many blocks `work` allocates.
pub(crate) async fn allocated(work: impl Future) -> f64 {
    let before = heap().allocations;
    work.await;
    (heap().allocations - before) as f64
}

/// Says, each time that it is asked, by how many bytes what is allocated has grown since this call.
pub(crate) fn grown() -> impl Fn() -> f64 {
    let before = heap().live;
    move || (heap().live - before) as f64
}

/// Runs `race` in the program that counts, which lies beside this one.
pub(super) fn ask_counter(args: &Args, race: &Race) -> Result<Outcome, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut counter = Command::new(this.with_file_name("count"));
    counter.args(["--filter", &race.title()]);
    if args.scale == Scale::Quick {
        counter.arg("--quick");
    }
    let output = counter
        .output()
        .map_err(|error| format!("the program `count` does not start: {error}"))?;
    let figures = json::figures(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| {
        format!(
            "{}: {}",
            race.title(),
            String::from_utf8_lossy(&output.stderr)
        )
    })?;
    Ok(Outcome {
        figures,
        ..Outcome::empty(race)
    })
}
