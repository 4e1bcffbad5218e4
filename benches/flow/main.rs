//! What an item of a generator costs, and an event of a loop, against what people use today.
//!
//! `cargo bench -p steadfast-benches --bench flow`. The contestants take turns, round by round, in one process; printed are medians
//! for each item, and the ratio to the first contestant. Nothing waits for anything, so this is the cost of the machinery alone.
//! Where `valgrind` is installed, the instructions for each item are counted as well: these do not depend on who else uses the
//! machine.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::pin;
use std::process::Command;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

mod generators;
mod loops;
mod sources;

const ROUNDS: usize = 15;
const ITEMS: u64 = 400_000;
/// Instructions are counted for this many items and for twice as many; the difference leaves out what happens once.
const COUNTED: u64 = 10_000;

/// Runs a number of items or events.
type Run = fn(u64);
/// What is compared, and with which contestants.
type Group = (&'static str, &'static [(&'static str, Run)]);

fn main() {
    let groups = [
        generators::ITEM,
        loops::ONE,
        loops::TWO,
        loops::FOUR,
        sources::AMONG_16,
        sources::AMONG_256,
    ];
    // Cargo itself passes `--bench`.
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    if let Some(name) = words.next() {
        let items = words.next().and_then(|items| items.parse().ok());
        return run_alone(&groups, &name, items.unwrap_or(ITEMS));
    }
    println!("{ITEMS} items, medians of {ROUNDS} rounds\n");
    for (group, contestants) in groups {
        println!("{group:<34}    time     ratio   instructions");
        let times = times(contestants);
        for (&(name, _), time) in contestants.iter().zip(&times) {
            let each = time.as_nanos() as f64 / ITEMS as f64;
            let ratio = time.as_secs_f64() / times[0].as_secs_f64();
            let counted = instructions(&format!("{group}/{name}"));
            let counted = counted.map_or(String::from("-"), |count| count.to_string());
            println!("  {name:<30} {each:>6.1} ns  {ratio:>6.2}  {counted:>8}");
        }
    }
}

/// Runs one contestant, for whoever counts what it does.
fn run_alone(groups: &[Group], path: &str, items: u64) {
    for (group, contestants) in groups {
        for (name, run) in *contestants {
            if path == format!("{group}/{name}") {
                return run(items);
            }
        }
    }
    panic!("there is no contestant `{path}`");
}

/// How long each of them takes, in the middle.
fn times(contestants: &[(&str, Run)]) -> Vec<Duration> {
    let mut times = vec![Vec::new(); contestants.len()];
    for _ in 0..ROUNDS {
        for ((_, run), times) in contestants.iter().zip(&mut times) {
            let start = Instant::now();
            run(ITEMS);
            times.push(start.elapsed());
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    times.into_iter().map(median).collect()
}

/// Instructions for each item, if there is somebody to count them.
fn instructions(path: &str) -> Option<u64> {
    let more = collected(path, 2 * COUNTED)?;
    Some((more - collected(path, COUNTED)?) / COUNTED)
}

fn collected(path: &str, items: u64) -> Option<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(std::env::current_exe().ok()?);
    let said = valgrind.arg(path).arg(items.to_string()).output().ok()?;
    let said = String::from_utf8(said.stderr).ok()?;
    let (_, count) = said.split_once("Collected : ")?;
    count.split_whitespace().next()?.parse().ok()
}

/// Polls `work` until it is ready.
fn drive(work: impl Future<Output = ()>) {
    let mut work = pin!(work);
    let cx = &mut Context::from_waker(Waker::noop());
    while work.as_mut().poll(cx).is_pending() {}
}
