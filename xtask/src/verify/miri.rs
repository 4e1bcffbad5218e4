//! Miri: an interpreter that knows what undefined behaviour is.

use super::{
    Depth,
    jobs::{self, Job, Must},
};
use crate::{
    report::Section,
    shell::{Cmd, Failure},
    tools,
};

pub(super) const COVERS: &str = "\
The unit tests of steadfast-core; the tests of borrowing scopes, which the unsafe code is for, with threads and in the simulator;
those of lent data, of `map_concurrent` and `join_all`, and of local nurseries, in the simulator and on a bare executor; and a sample
of the conformance suite, on the two runtimes of `miri-suite`. Strict provenance, tree borrows, randomised layout; leaks are errors,
save where a test leaks on purpose. The clock is Miri's own, which counts steps.
Full: the tests with 16 seeds, the sample with 8. Quick: with one.
Planted and found: a use after free and a data race where a child is counted out.
Not covered: the backends, whose runtimes wait in system calls that Miri does not know; the suite's tests of its own child
processes, which Miri cannot start.";

pub(super) const SUITE_COVERS: &str = "\
Every case of the conformance suite, on the simulator, which polls in an order of chance, and on the suite's reference runtime of two
threads, whose code is plain threads and locks and on which tasks race. As in `miri` otherwise. Cases that repeat themselves or
make crowds do a fiftieth of it. A case that wants a process of its own has a run of its own.
Full: on both. Quick: on the simulator.
Not covered: what `miri` does not cover, and more than one order for each case.";

const FLAGS: &str = "-Zmiri-strict-provenance -Zmiri-tree-borrows -Zrandomize-layout";

/// What the suite runs on: no system call but those of threads and locks. One task at a time, in an order of chance; and tasks that
/// race.
const RUNTIMES: [&str; 2] = ["sim-random", THREADED];

/// Where a data race can be met.
const THREADED: &str = "reference";

/// A run of the interpreter costs seconds before its first step; a run of many cases cannot be shared among processors.
const CASES_PER_RUN: usize = 16;

/// One of each kind: exits, handles, handshakes, requests, grace, shields, panics, clean-ups, adoption, borrowing, and guests.
const SAMPLE: &[&str] = &[
    "system/exit-comes-after-captures,system/handle-gives-the-value,system/start-cancelled-yet-ready",
    "system/cancel-reaches-every-descendant,system/grace-runs-clean-ups,system/shield-in-region-finishes-first",
    "system/panic-goes-on-after-everybody,system/cleanup-that-borrows,system/drop-holds-the-enclosing-nursery",
    "system/guest-is-gone-with-its-captures,system/guest-that-its-executor-drops,system/guest-that-blocks",
];

/// The tests beside the suite: package, target, a name that all chosen tests have in common or lack, and further flags.
const TESTS: &[(&str, &str, &str, &str)] = &[
    ("steadfast-core", "--lib", "", ""),
    ("steadfast-core", "--test merge_all", "", ""),
    ("steadfast-core", "--test generators", "", ""),
    ("steadfast", "--test scope", "--skip forgotten", ""),
    // What is forgotten is never freed.
    ("steadfast", "--test scope", "forgotten", LEAKS),
    (
        "steadfast",
        "--test block_scope",
        "--skip forgotten --skip on_each_runtime",
        "",
    ),
    ("steadfast", "--test block_scope", "forgotten", LEAKS),
    ("steadfast-sim", "--test block_scope", "", ""),
    // On the simulator, under Miri.
    ("steadfast", "--test lend", "", ""),
    // What a crowd counts with lives for ever.
    ("steadfast", "--test map", "", LEAKS),
    ("steadfast", "--test local", "bare_executor", ""),
];

const LEAKS: &str = "-Zmiri-ignore-leaks";

/// Cases that leak on purpose: a guard; and a payload that a destructor of a payload has thrown.
const LEAKING: &[&str] = &[
    "system/cleanup-of-a-leaked-guard",
    "system/panic-with-evil-payload",
];

/// The planted faults: the name of each, a case that runs into it, and what Miri says.
const PLANTED: &[(&str, &str, &[&str])] = &[
    (
        "LooksAfterRelease",
        "system/drop-holds-the-enclosing-nursery",
        &["Undefined Behavior", "use-after-free"],
    ),
    (
        "CountsPlainly",
        "system/exit-comes-after-captures",
        &["Undefined Behavior", "Data race detected"],
    ),
];

/// A case that Miri cannot run, and why.
const CANNOT: &[(&str, &str)] = &[];

pub(super) fn run(section: &mut Section, depth: Depth) {
    if let Err(failure) = try_run(section, depth) {
        section.fail(failure);
    }
}

fn try_run(section: &mut Section, depth: Depth) -> Result<(), Failure> {
    let (cargo, version) = tools::nightly(&["miri", "rust-src"])?;
    section.uses(&version);
    cargo().args(["miri", "setup"]).run()?;
    let miri = Miri { cargo: &cargo };
    miri.cases_of("kit/*")?;
    let mut jobs = miri.planted();
    let (of_tests, of_sample) = match depth {
        Depth::Quick => (1, 1),
        Depth::Full => (16, 8),
    };
    jobs.extend(TESTS.iter().map(|tests| miri.tests(*tests, of_tests)));
    for runtime in RUNTIMES {
        jobs.extend(SAMPLE.iter().map(|ids| miri.cases(runtime, ids, of_sample)));
    }
    jobs::run(section, jobs);
    Ok(())
}

pub(super) fn run_suite(section: &mut Section, depth: Depth) {
    if let Err(failure) = try_run_suite(section, depth) {
        section.fail(failure);
    }
}

fn try_run_suite(section: &mut Section, depth: Depth) -> Result<(), Failure> {
    let (cargo, version) = tools::nightly(&["miri", "rust-src"])?;
    section.uses(&version);
    cargo().args(["miri", "setup"]).run()?;
    let miri = Miri { cargo: &cargo };
    let all = shares(&miri.cases_of("*")?);
    let runtimes = match depth {
        Depth::Quick => &RUNTIMES[..1],
        Depth::Full => &RUNTIMES[..],
    };
    let mut jobs = Vec::new();
    for runtime in runtimes {
        jobs.extend(all.iter().map(|ids| miri.cases(runtime, ids, 1)));
    }
    for (case, why) in CANNOT {
        section.note(format!("{case} left out: {why}"));
    }
    jobs::run(section, jobs);
    Ok(())
}

struct Miri<'a> {
    cargo: &'a (dyn Fn() -> Cmd + Sync),
}

impl Miri<'_> {
    /// The cases with such names, one in a line. Builds, so that runs beside each other find everything there.
    fn cases_of(&self, names: &str) -> Result<String, Failure> {
        self.conformance("", &["--list", "--case", names]).read()
    }

    fn conformance(&self, flags: &str, args: &[&str]) -> Cmd {
        let run = "miri run --quiet --package steadfast-certified --bin conformance --all-features --target-dir";
        let command = (self.cargo)().args(run.split(' ')).args([&target(), "--"]);
        let flags = format!("{FLAGS} {flags}");
        command.args(args).env("MIRIFLAGS", flags.trim_end())
    }

    fn tests(&self, tests: (&str, &str, &str, &str), seeds: u32) -> Job {
        let (package, target_of, filter, flags) = tests;
        let test = "miri test --quiet --all-features --target-dir";
        let command = (self.cargo)().args(test.split(' ')).args([&target()]);
        let command = command
            .args(["--package", package])
            .args(target_of.split(' '));
        let flags = format!("{FLAGS} {flags} {}", many(seeds));
        Job {
            name: format!("{seeds} seeds of {package} {target_of} {filter}"),
            command: command
                .args(["--"])
                .args(filter.split_whitespace())
                .env("MIRIFLAGS", flags.trim_end()),
            must: Must::Pass,
        }
    }

    fn cases(&self, runtime: &str, globs: &str, seeds: u32) -> Job {
        let args = ["--runtime", runtime, "--case", globs];
        let leaks = if LEAKING.contains(&globs) { LEAKS } else { "" };
        Job {
            name: format!("{seeds} seeds of {globs} on {runtime}"),
            command: self.conformance(&format!("{leaks} {}", many(seeds)), &args),
            must: Must::Pass,
        }
    }

    fn planted(&self) -> Vec<Job> {
        let job = |(fault, case, words): &(&str, &str, &'static [&str])| Job {
            name: format!("{fault}, planted"),
            // The environment of the build would win over the one of the run.
            command: self.conformance(
                &format!("-Zmiri-env-set=STEADFAST_FAULT={fault}"),
                &["--runtime", THREADED, "--case", case],
            ),
            must: Must::Find(words),
        };
        PLANTED.iter().map(job).collect()
    }
}

/// The cases of a list, by the run: those that are isolated or leak alone, the others together.
fn shares(list: &str) -> Vec<String> {
    let cannot = |id: &&str| CANNOT.iter().any(|(case, _)| case == id);
    let (alone, together): (Vec<&str>, Vec<&str>) = list
        .lines()
        .partition(|line| line.ends_with(" isolated") || LEAKING.contains(line));
    let ids = alone.iter().filter_map(|line| line.split(' ').next());
    let alone = ids.filter(|id| !cannot(id)).map(str::to_owned);
    let together: Vec<&str> = together.into_iter().filter(|id| !cannot(id)).collect();
    let together = together.chunks(CASES_PER_RUN).map(|ids| ids.join(","));
    together.chain(alone).collect()
}

fn many(seeds: u32) -> String {
    match seeds {
        1 => String::new(),
        _ => format!("-Zmiri-many-seeds=0..{seeds}"),
    }
}

fn target() -> String {
    super::target("miri")
}

#[cfg(test)]
mod tests {
    use super::{CASES_PER_RUN, shares};

    #[test]
    fn each_case_is_in_one_share_and_isolated_ones_are_alone() {
        let list: String = (0..=CASES_PER_RUN)
            .map(|n| format!("kit/a-{n}\n"))
            .collect();
        let shares = shares(&format!("kit/first isolated\n{list}"));
        assert_eq!(shares.len(), 3);
        assert_eq!(shares[0].split(',').count(), CASES_PER_RUN);
        assert_eq!(shares[1..], ["kit/a-16", "kit/first"]);
    }
}
