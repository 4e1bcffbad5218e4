//! The kill matrix of the cases that are broken off: what is broken in the core shows in the run in which it must.
//!
//! A case that runs to its end has assertions of its own; these are about what holds wherever it was broken off. So each row names
//! the run: how the case was broken off, after which poll, and what was seen then. A run is one of the `conformance` binary.

mod with_fault;

use std::thread;

use steadfast_core::faults::Fault;

/// A fault, a subject, a case that fails on it, and what it must say.
type Row = (Fault, &'static str, &'static str, &'static str);

const DROPPED: &str = "sim-random-dropped";
const CANCELLED: &str = "sim-random-cancelled";

const MATRIX: &[Row] = &[
    (
        Fault::ForgetsAdoption,
        DROPPED,
        "system/grace-drops-child-that-ignores-request",
        "dropped after 1 polls, seed 0: left in the tree when the root returned",
    ),
    (
        Fault::ForgetsAdoption,
        CANCELLED,
        "system/exit-is-woken-exactly-once",
        "asked to end after 2 polls, seed 0: left in the tree when the root returned",
    ),
    (
        Fault::CountsTooEarly,
        DROPPED,
        "system/cleanup-after-an-abort",
        "dropped after 1 polls, seed 0: 1 guarded resources were left when the root returned",
    ),
    (
        Fault::CountsTooEarly,
        CANCELLED,
        "system/shield-in-a-clean-up-is-its-own",
        "asked to end after 0 polls, seed 0: 1 pieces of work or clean-ups were lost",
    ),
    (
        Fault::ForgetsCleanUp,
        DROPPED,
        "system/grace-runs-clean-ups",
        "dropped after 1 polls, seed 0: 1 pieces of work or clean-ups were lost",
    ),
    (
        Fault::ForgetsCleanUp,
        CANCELLED,
        "system/grace-runs-clean-ups",
        "asked to end after 0 polls, seed 0: 1 pieces of work or clean-ups were lost",
    ),
    (
        Fault::ForgetsCleanUp,
        CANCELLED,
        "scope/cleanup-after-an-error",
        "asked to end after 0 polls, seed 0: the resource `db` was dropped without its clean-up",
    ),
    (
        Fault::CleansUpTwice,
        DROPPED,
        "scope/cleanup-after-an-abort",
        "dropped after 1 polls, seed 0: the resource `db` was cleaned up twice",
    ),
    (
        Fault::CleansUpTwice,
        CANCELLED,
        "scope/cleanup-after-giving-way",
        "asked to end after 0 polls, seed 0: the resource `two` was cleaned up twice",
    ),
    (
        Fault::LeavesQuietly,
        DROPPED,
        "system/nursery-moved-wakes-new-task",
        "dropped after 1 polls, seed 0: a plain task did not end",
    ),
    (
        Fault::LeavesQuietly,
        CANCELLED,
        "system/nursery-moved-wakes-new-task",
        "hung, asked to end after 1 polls, seed 0",
    ),
    (
        Fault::CleansUpTwice,
        DROPPED,
        "system/cleanup-after-an-abort",
        "dropped after 1 polls, seed 0: the resource `db` was cleaned up twice",
    ),
    (
        Fault::CleansUpTwice,
        CANCELLED,
        "system/cleanup-after-an-abort",
        "asked to end after 0 polls, seed 0: the resource `db` was cleaned up twice",
    ),
];

#[test]
fn what_is_broken_shows_in_the_run_that_it_is_listed_with() {
    let wrong: Vec<String> = thread::scope(|scope| {
        let running: Vec<_> = MATRIX
            .iter()
            .map(|row| scope.spawn(move || survival(row)))
            .collect();
        running
            .into_iter()
            .filter_map(|thread| thread.join().expect("a run does not panic"))
            .collect()
    });
    assert!(wrong.is_empty(), "not caught:\n{}", wrong.join("\n"));
}

/// What there is to complain about, if the case of `row` fails without its fault, or does not say with it what it must.
fn survival(row: &Row) -> Option<String> {
    let (fault, subject, case, words) = row;
    let sound = run(subject, case, None);
    if !sound.ends_with("1 passed, 0 failed, 0 skipped\n") {
        return Some(format!(
            "{case} on {subject} fails without a fault: {sound}"
        ));
    }
    let broken = run(subject, case, Some(*fault));
    (!broken.contains(words)).then(|| format!("{fault:?} by {case} on {subject}: {broken}"))
}

fn run(subject: &str, case: &str, fault: Option<Fault>) -> String {
    let output = with_fault::command(subject, case, fault)
        .env("STEADFAST_SEEDS", "1")
        .output()
        .expect("the binary was built with the tests");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
