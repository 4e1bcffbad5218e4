//! The address and the thread sanitizer, over the suite on real runtimes, with a standard library that is instrumented too.

use super::{
    Depth,
    jobs::{self, Job, Must},
};
use crate::{
    report::Section,
    shell::{Cmd, Failure, program},
    tools,
};

pub(super) const ASAN_COVERS: &str = "\
Every case of the conformance suite on tokio (four workers, one worker, current thread) and on smol (four threads, one thread),
with core, backends, runtimes and the standard library instrumented. Leaks are not looked for: cases leak on purpose. Quick: the
runtimes of four threads.
Planted and found: a use after free where a child lets go of its nursery.
Not covered: async-std; the drivers of the executors of which a process has only one.";

pub(super) const TSAN_COVERS: &str = "\
Every case of the conformance suite on tokio (four workers, one worker, current thread) and on smol (four threads, one thread),
with core, backends, runtimes and the standard library instrumented. Nothing is suppressed. Quick: the runtimes of four threads.
Planted and found: a data race where children are counted out.
Not covered: async-std; races that need an order of events which did not happen in this run.";

/// One of the two tools.
#[derive(Clone, Copy)]
pub(super) struct Sanitizer {
    /// The part that it is, which names its files too.
    part: &'static str,
    /// What rustc calls it.
    name: &'static str,
    /// The environment variable with its options, and the options.
    options: (&'static str, &'static str),
    /// The planted fault, cases that run into it, and what the tool says.
    planted: (&'static str, &'static str, &'static [&'static str]),
}

pub(super) const ADDRESS: Sanitizer = Sanitizer {
    part: "asan",
    name: "address",
    options: ("ASAN_OPTIONS", "detect_leaks=0"),
    planted: (
        "LooksAfterRelease",
        // Two hundred children, each of which may be the last to hold its nursery.
        "system/exit-comes-after-captures",
        &["AddressSanitizer: heap-use-after-free"],
    ),
};

pub(super) const THREAD: Sanitizer = Sanitizer {
    part: "tsan",
    name: "thread",
    options: ("TSAN_OPTIONS", "halt_on_error=1 second_deadlock_stack=1"),
    planted: (
        "CountsPlainly",
        "system/stress-*",
        &["ThreadSanitizer: data race", "subtract_plainly"],
    ),
};

/// The runtimes, the ones with four threads first.
const RUNTIMES: &[&str] = &[
    "tokio-multi-thread-4",
    "smol-4",
    "tokio-multi-thread-1",
    "tokio-current-thread",
    "smol-1",
];

/// Other targets have no instrumented standard library.
const TARGET: &str = "x86_64-unknown-linux-gnu";

pub(super) fn run(section: &mut Section, sanitizer: Sanitizer, depth: Depth) {
    if let Err(failure) = try_run(section, sanitizer, depth) {
        section.fail(failure);
    }
}

fn try_run(section: &mut Section, sanitizer: Sanitizer, depth: Depth) -> Result<(), Failure> {
    let (cargo, version) = tools::nightly(&["rust-src"])?;
    section.uses(&version);
    sanitizer.build(cargo()).run()?;
    let runtimes = match depth {
        Depth::Quick => &RUNTIMES[..2],
        Depth::Full => RUNTIMES,
    };
    let mut all = vec![sanitizer.planted()];
    all.extend(runtimes.iter().map(|runtime| sanitizer.suite(runtime)));
    jobs::run(section, all);
    Ok(())
}

impl Sanitizer {
    fn target(self) -> String {
        super::target(self.part)
    }

    fn build(self, cargo: Cmd) -> Cmd {
        let build =
            "build --package steadfast-certified --bin conformance --all-features -Zbuild-std";
        cargo
            .args(build.split(' '))
            .args(["--target", TARGET, "--target-dir", &self.target()])
            .env(
                "RUSTFLAGS",
                &format!("-Zsanitizer={} --cfg steadfast_sanitized", self.name),
            )
    }

    fn binary(self) -> Cmd {
        let (variable, options) = self.options;
        // Cases panic on purpose, and to print where, a process reads gigabytes of debug information: most of the time of a run.
        program(format!("{}/{TARGET}/debug/conformance", self.target()), "")
            .env(variable, options)
            .env("RUST_BACKTRACE", "0")
    }

    fn suite(self, runtime: &str) -> Job {
        let args = ["--runtime", runtime, "--limit", LIMIT];
        Job {
            name: format!("the suite on {runtime}"),
            command: self.binary().args(args),
            must: Must::Pass,
        }
    }

    fn planted(self) -> Job {
        let (fault, cases, words) = self.planted;
        let args = ["--runtime", RUNTIMES[0], "--case", cases];
        Job {
            name: format!("{fault}, planted"),
            command: self.binary().args(args).env("STEADFAST_FAULT", fault),
            must: Must::Find(words),
        }
    }
}

/// Instrumented code is ten times slower; a case that hangs shows all the same.
const LIMIT: &str = "300";
