//! Runs cases, and decides in which process.

use std::env;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::interrupted::{can_be_broken_off, is_whole};
use crate::probe::seeds_of_environment;
use crate::report::{Finding, Outcome, Report};
use crate::suite::{Case, Level, all_cases};
use crate::{Capability, Subject, watchdog};

/// Which cases run, how long one may take, and how to start one in a process of its own.
#[derive(Clone, Debug)]
pub struct Plan {
    cases: Vec<Glob>,
    limit: Duration,
    child_arguments: Option<fn(subject: &str, case: &str) -> Vec<String>>,
}

impl Plan {
    /// Every case, in this process, 30 seconds each.
    #[must_use]
    pub fn new() -> Self {
        Self {
            cases: Glob::list("*"),
            limit: LIMIT,
            child_arguments: None,
        }
    }

    /// Only the cases whose id matches one of `globs`, which commas separate. `*` stands for any text and `?` for any
    /// character.
    #[must_use]
    pub fn cases(mut self, globs: &str) -> Self {
        self.cases = Glob::list(globs);
        self
    }

    /// Whether the case with this id is among them.
    #[must_use]
    pub fn wants(&self, id: &str) -> bool {
        self.cases.iter().any(|glob| glob.matches(id))
    }

    /// How long a case may take before it counts as hung.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs isolated cases in child processes: this executable with the arguments that `arguments` gives for a subject and a
    /// case, which must lead it to [`run`] that case on that subject again. Without this they run here.
    #[must_use]
    pub fn child_processes(
        mut self,
        arguments: fn(subject: &str, case: &str) -> Vec<String>,
    ) -> Self {
        self.child_arguments = Some(arguments);
        self
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs the cases of `plan` on `S`, one after the other.
#[must_use]
pub fn run<S: Subject>(plan: &Plan) -> Report {
    run_of::<S>(all_cases(), plan)
}

/// Runs those of `cases` that `plan` wants. A caller that needs few of them keeps the others from being compiled for its runtime.
pub(crate) fn run_of<S: Subject>(cases: Vec<Case<S::Runtime>>, plan: &Plan) -> Report {
    let chosen: Vec<_> = cases
        .into_iter()
        .filter(|case| S::BREAK.is_none() || can_be_broken_off(case.info.id))
        .filter(|case| plan.wants(case.info.id))
        .collect();
    let find = |case: &Case<S::Runtime>| {
        let child = plan
            .child_arguments
            .map(|arguments| arguments(S::NAME, case.info.id));
        Finding {
            info: case.info,
            outcome: outcome::<S>(case, plan.limit, child),
        }
    };
    // What is broken off for many seeds has a process of its own, and a clock of its own: the others do not disturb it.
    let crowd = match S::BREAK.is_some() && S::seed(0) && plan.child_arguments.is_some() {
        true => thread::available_parallelism().map_or(1, usize::from),
        false => 1,
    };
    Report::new(S::NAME, side_by_side(crowd, &chosen, find))
}

/// What `find` says of each of `cases`, in their order; it is called on so many threads.
fn side_by_side<C: Sync>(
    threads: usize,
    cases: &[C],
    find: impl Fn(&C) -> Finding + Sync,
) -> Vec<Finding> {
    if threads == 1 {
        return cases.iter().map(find).collect();
    }
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((number, case)) = take(&next, cases) {
            let finding = find(case);
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.push((number, finding));
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn take<'a, C>(next: &AtomicUsize, cases: &'a [C]) -> Option<(usize, &'a C)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    cases.get(number).map(|case| (number, case))
}

/// Runs one case as the body of a `#[test]`; `path` is the test's path with its crate.
///
/// # Panics
///
/// If the case failed and was not a *should*.
pub fn check<S: Subject>(id: &str, path: &str) {
    let case = all_cases::<S::Runtime>()
        .into_iter()
        .find(|case| case.info.id == id);
    let case = case.expect("the table has every case that has a test");
    let path = path.split_once("::").map_or(path, |(_crate, rest)| rest);
    let child = ["--exact", path, "--nocapture"].map(str::to_owned).to_vec();
    match outcome::<S>(&case, LIMIT, Some(child)) {
        Outcome::Passed => {}
        Outcome::Skipped(missing) => eprintln!("{id} on {}: skipped, it needs {missing}", S::NAME),
        Outcome::Failed(text) if case.info.level == Level::Should => {
            eprintln!("{id} on {}: {text} (should)", S::NAME)
        }
        Outcome::Failed(text) => panic!("{id} on {}: {text}", S::NAME),
    }
}

fn outcome<S: Subject>(
    case: &Case<S::Runtime>,
    limit: Duration,
    child: Option<Vec<String>>,
) -> Outcome {
    let profile = S::profile();
    if let Some(missing) = case.info.missing(&profile) {
        return Outcome::Skipped(missing);
    }
    if S::BREAK.is_some() && is_whole(case.info.id) {
        return Outcome::Skipped(Capability::Completion);
    }
    // Miri starts no processes; whoever runs it gives each of these cases a run of its own.
    // A case that is broken off uses what there is one of in a process.
    let apart = (case.info.isolated || profile.is_global() || S::BREAK.is_some()) && !cfg!(miri);
    let here = |limit| match S::BREAK {
        Some(way) => watchdog::run_broken::<S>(case, way, limit),
        None => watchdog::run::<S>(case, limit),
    };
    let result = if let Ok(given) = env::var(CHILD) {
        end_child(here(limit_of_child(&given, limit)))
    } else if let (true, Some(arguments)) = (apart, child) {
        // A case that is broken off is run many times, each of which has that limit.
        let runs = match S::BREAK {
            Some(_) => BROKEN.saturating_mul(seeds_of_environment().unwrap_or(1)),
            None => 1,
        };
        run_child(&arguments, limit, runs)
    } else {
        here(limit)
    };
    match result {
        Ok(()) => Outcome::Passed,
        Err(text) => Outcome::Failed(text),
    }
}

/// The child's whole purpose was this case: its end is the answer.
fn end_child(result: Result<(), String>) -> ! {
    let code = match result {
        Ok(()) => PASSED,
        Err(text) => {
            eprintln!("{MARK}{text}");
            FAILED
        }
    };
    std::process::exit(code)
}

/// Its own arguments need not say how long the case may take: whoever started it does.
fn limit_of_child(given: &str, own: Duration) -> Duration {
    given.parse().map_or(own, Duration::from_millis)
}

/// A child that makes so many `runs` of the case, each of which may take as long as `limit`.
fn run_child(arguments: &[String], limit: Duration, runs: u64) -> Result<(), String> {
    let broken = |error: std::io::Error| format!("no child process for the case: {error}");
    let mut command = Command::new(env::current_exe().map_err(broken)?);
    command
        .args(arguments)
        .env(CHILD, limit.as_millis().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(broken)?;
    // The child has a watchdog too, which knows more; this one is for a child that cannot even run it.
    let text = read_to_end(&mut child, limit_of_runs(limit, runs));
    if text.is_none() {
        child.kill().map_err(broken)?;
    }
    let status = child.wait().map_err(broken)?;
    match text {
        None => Err("hung: its process had to be ended".to_owned()),
        Some(text) => read_status(status, &text),
    }
}

fn limit_of_runs(limit: Duration, runs: u64) -> Duration {
    let runs = u32::try_from(runs).unwrap_or(u32::MAX);
    limit.saturating_mul(runs).saturating_add(CHILD_GRACE)
}

fn read_to_end(child: &mut Child, limit: Duration) -> Option<String> {
    let mut stderr = child.stderr.take()?;
    let (done, read) = channel();
    thread::spawn(move || {
        let bytes = last_bytes(&mut stderr);
        let _ = done.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    read.recv_timeout(limit).ok()
}

/// The end of what `stream` says, which is where a child says why it failed.
fn last_bytes(stream: &mut impl Read) -> Vec<u8> {
    let (mut bytes, mut piece) = (Vec::new(), vec![0; KEPT]);
    loop {
        match stream.read(&mut piece) {
            Ok(read @ 1..) => bytes.extend_from_slice(&piece[..read]),
            // What could be read before an error still tells more than nothing.
            Ok(0) | Err(_) => return bytes,
        }
        bytes.drain(..bytes.len().saturating_sub(KEPT));
    }
}

fn read_status(status: ExitStatus, text: &str) -> Result<(), String> {
    match status.code() {
        Some(PASSED) => Ok(()),
        Some(FAILED) => Err(text.rsplit(MARK).next().unwrap_or(text).trim().to_owned()),
        _ => Err(format!("its process ended with {status}: {}", text.trim())),
    }
}

/// A pattern, divided before its first wildcard: most have none, and every case is held against every pattern, also by
/// interpreters, to which a comparison of bytes is one step.
#[derive(Clone, Debug)]
struct Glob {
    plain: String,
    rest: String,
}

impl Glob {
    fn list(globs: &str) -> Vec<Self> {
        globs
            .split(',')
            .map(|glob| Self::new(glob.trim()))
            .collect()
    }

    fn new(glob: &str) -> Self {
        let (plain, rest) = glob.split_at(glob.find(['*', '?']).unwrap_or(glob.len()));
        Self {
            plain: plain.to_owned(),
            rest: rest.to_owned(),
        }
    }

    fn matches(&self, text: &str) -> bool {
        let tail = text.strip_prefix(&*self.plain);
        tail.is_some_and(|tail| matches(&self.rest, tail))
    }
}

/// Whether `text` matches `glob`.
pub(crate) fn matches(glob: &str, text: &str) -> bool {
    let mut rest = glob.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let tails = text.char_indices().map(|(at, _)| &text[at..]).chain([""]);
            tails.into_iter().any(|tail| matches(rest.as_str(), tail))
        }
        Some(first) => {
            let mut text = text.chars();
            text.next().is_some_and(|one| first == '?' || first == one)
                && matches(rest.as_str(), text.as_str())
        }
    }
}

/// Miri's clock counts steps, which says little about a hang; it jumps to this limit when every thread is blocked.
const LIMIT: Duration = Duration::from_secs(if cfg!(miri) { 1_000_000 } else { 30 });
/// More than a case has places where it is broken off.
const BROKEN: u64 = 100;
/// Bytes of what a child says. Under load, a case may report what would not fit into memory.
const KEPT: usize = 1 << 16;
const CHILD_GRACE: Duration = Duration::from_secs(10);
/// Set in a child process, to the limit in milliseconds.
const CHILD: &str = "STEADFAST_CONFORMANCE_CHILD";
/// How a child that has run its case ends. Unusual on purpose: one that never reached the case must not pass for one that passed.
const PASSED: i32 = 42;
const FAILED: i32 = 43;
const MARK: &str = "steadfast-conformance: failed: ";

#[cfg(test)]
mod tests;
