//! Commands that run beside each other, as many as there are processors, and what is to be read from their output.

use crate::{
    report::Section,
    shell::{Cmd, Failure},
    tally::Tally,
};
use std::{sync::Mutex, thread, time::Instant};

/// A command, and what must come of it.
pub(super) struct Job {
    pub(super) name: String,
    pub(super) command: Cmd,
    pub(super) must: Must,
}

/// What must come of a command.
#[derive(Clone, Copy)]
pub(super) enum Must {
    /// It says how many tests passed, and none fails.
    Pass,
    /// It fails, and says all of these words: the tool has found what was planted.
    Find(&'static [&'static str]),
}

/// Runs `jobs`, and counts what they say in `section`. The output of one that ends otherwise than it must is printed.
pub(super) fn run(section: &mut Section, jobs: Vec<Job>) {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let queue = Mutex::new(jobs.into_iter());
    let section = Mutex::new(section);
    thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                // Not in the head of a loop, which would hold the lock through the body.
                let next = || lock(&queue).next();
                while let Some(job) = next() {
                    run_one(&section, job);
                }
            });
        }
    });
}

fn run_one(section: &Mutex<&mut Section>, job: Job) {
    let Job {
        name,
        command,
        must,
    } = job;
    let started = Instant::now();
    let (said, end) = command.capture();
    let seconds = started.elapsed().as_secs_f64();
    let (tests, end) = match must {
        Must::Pass => (tests_in(&said), end),
        Must::Find(words) => findings_in(&said, words, end),
    };
    let went_well = end.is_ok() && tests.failed == 0 && tests.total() > 0;
    let mut section = lock(section);
    if went_well {
        eprintln!("  ok in {seconds:.0}s: {name}: {tests}");
    } else {
        eprintln!("{}\n  after {seconds:.0}s: {name}", last_lines(&said));
    }
    section.count(tests, end.map_err(|failure| failure.of(&name)));
}

/// The tests that a run of libtest, or of the conformance binary, says that it counted.
fn tests_in(said: &str) -> Tally {
    let libtest = said.lines().filter_map(Tally::from_libtest);
    let closing = said
        .lines()
        .filter_map(Tally::from_closing_line)
        .next_back();
    libtest.chain(closing).sum()
}

/// A planted fault counts as one test.
fn findings_in(
    said: &str,
    words: &[&str],
    end: Result<(), Failure>,
) -> (Tally, Result<(), Failure>) {
    let missing = words.iter().find(|word| !said.contains(**word));
    let complaint = match (missing, end) {
        (None, Err(_)) => {
            let found = Tally {
                passed: 1,
                ..Tally::default()
            };
            return (found, Ok(()));
        }
        (None, Ok(())) => "the tool reports the planted fault, yet ends well".to_owned(),
        (Some(word), _) => format!("the planted fault was not caught: nobody said `{word}`"),
    };
    (Tally::default(), Err(Failure::new(complaint)))
}

fn last_lines(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Enough for the report of a tool, whose stacks are long.
const TAIL: usize = 150;

#[cfg(test)]
mod tests {
    use super::{findings_in, tests_in};
    use crate::shell::Failure;

    const RACE: &[&str] = &["data race"];

    #[test]
    fn a_fault_is_found_by_words_and_by_failure() {
        let failed = || Err(Failure::new("exit code 66".to_owned()));
        let (found, end) = findings_in("WARNING: data race", RACE, failed());
        assert!(end.is_ok() && found.passed == 1);
        assert!(findings_in("hung", RACE, failed()).1.is_err());
        assert!(findings_in("WARNING: data race", RACE, Ok(())).1.is_err());
        assert!(findings_in("all is well", RACE, Ok(())).1.is_err());
    }

    #[test]
    fn libtest_and_the_suite_are_both_counted() {
        let suite = "smol: 3\n2 passed, 0 failed, 0 skipped\n5 passed, 0 failed, 1 skipped\n";
        assert_eq!(tests_in(suite).to_string(), "5 passed, 0 failed, 1 skipped");
        let libtest = "test result: ok. 10 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(
            tests_in(libtest).to_string(),
            "10 passed, 0 failed, 0 skipped"
        );
        assert_eq!(tests_in("no test").total(), 0);
    }
}
