//! `cargo xtask verify`: model checking, an interpreter and sanitizers, each a part with a name.
//!
//! Each part says what it covers, and shows that its tool sees: it runs a core in which a fault of the tool's kind is planted,
//! and fails if the tool does not say so.

mod faults;
mod jobs;
mod loom;
mod miri;
mod record;
mod sanitizers;
mod signature;

use crate::{
    misuse,
    report::{self, Section, Step},
    shell::{Failure, target_dir},
};
use std::process::ExitCode;

/// One tool, and what it is run on.
struct Part {
    name: &'static str,
    title: &'static str,
    covers: &'static str,
    quick: fn(&mut Section),
    full: fn(&mut Section),
}

/// How much of a part runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// What fits into every run of `cargo xtask ci`.
    Quick,
    Full,
}

const PARTS: &[Part] = &[
    Part {
        name: "loom",
        title: "the races of the core, in every interleaving",
        covers: loom::COVERS,
        quick: loom::run,
        full: loom::run,
    },
    Part {
        name: "signature",
        title: "every system case keeps the promises wherever it is broken off",
        covers: signature::COVERS,
        quick: |section| signature::run(section, Depth::Quick),
        full: |section| signature::run(section, Depth::Full),
    },
    Part {
        name: "miri",
        title: "no undefined behaviour in the core, interpreted",
        covers: miri::COVERS,
        quick: |section| miri::run(section, Depth::Quick),
        full: |section| miri::run(section, Depth::Full),
    },
    Part {
        name: "miri-suite",
        title: "no undefined behaviour in any case of the suite, interpreted",
        covers: miri::SUITE_COVERS,
        quick: |section| miri::run_suite(section, Depth::Quick),
        full: |section| miri::run_suite(section, Depth::Full),
    },
    Part {
        name: "asan",
        title: "no wrong access to memory, on tokio and smol",
        covers: sanitizers::ASAN_COVERS,
        quick: |section| sanitizers::run(section, sanitizers::ADDRESS, Depth::Quick),
        full: |section| sanitizers::run(section, sanitizers::ADDRESS, Depth::Full),
    },
    Part {
        name: "tsan",
        title: "no data race, on tokio and smol",
        covers: sanitizers::TSAN_COVERS,
        quick: |section| sanitizers::run(section, sanitizers::THREAD, Depth::Quick),
        full: |section| sanitizers::run(section, sanitizers::THREAD, Depth::Full),
    },
];

/// The parts that `cargo xtask ci` runs, quick.
const IN_CI: &[&str] = &["loom", "signature"];

pub(crate) fn run(args: &[String]) -> ExitCode {
    match Arguments::parse(args) {
        Ok(arguments) => arguments.run(),
        Err(what) => misuse(&what),
    }
}

/// The quick forms, as sections of `cargo xtask ci`.
pub(crate) fn steps() -> Vec<Step> {
    let parts = PARTS.iter().filter(|part| IN_CI.contains(&part.name));
    parts.map(|part| part.step(Depth::Quick)).collect()
}

impl Part {
    fn step(&self, depth: Depth) -> Step {
        Step {
            name: self.name,
            title: self.title,
            body: match depth {
                Depth::Quick => self.quick,
                Depth::Full => self.full,
            },
        }
    }
}

/// What the command line asks for.
struct Arguments {
    parts: Vec<&'static Part>,
    depth: Depth,
    record: bool,
}

impl Arguments {
    fn parse(args: &[String]) -> Result<Self, String> {
        let (mut names, mut depth, mut record) = (Vec::new(), Depth::Full, false);
        for arg in args {
            match arg.as_str() {
                "--quick" => depth = Depth::Quick,
                "--record" => record = true,
                name if PARTS.iter().any(|part| part.name == name) => names.push(name),
                other => return Err(format!("`verify` has no part or option `{other}`")),
            }
        }
        let wanted = |part: &&Part| names.is_empty() || names.contains(&part.name);
        Ok(Self {
            parts: PARTS.iter().filter(wanted).collect(),
            depth,
            record,
        })
    }

    fn run(&self) -> ExitCode {
        self.try_run().unwrap_or_else(Failure::report)
    }

    fn try_run(&self) -> Result<ExitCode, Failure> {
        for part in &self.parts {
            println!("{}: {}\n{}\n", part.name, part.title, part.covers);
        }
        let commit = self.record.then(record::commit).transpose()?;
        let steps: Vec<Step> = self
            .parts
            .iter()
            .map(|part| part.step(self.depth))
            .collect();
        let sections = report::run_all(&steps);
        if let Some(commit) = commit {
            record::write(&sections, self.depth, &commit)?;
        }
        Ok(report::close(&sections))
    }
}

/// A target directory of its own for what is built in another way than all the rest.
fn target(kind: &str) -> String {
    target_dir().join(kind).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Depth, IN_CI, PARTS, steps};

    fn parse(args: &[&str]) -> Result<Arguments, String> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        Arguments::parse(&args)
    }

    #[test]
    fn no_name_means_every_part() {
        let all = parse(&["--quick"]).unwrap();
        assert_eq!((all.parts.len(), all.depth), (PARTS.len(), Depth::Quick));
        assert_eq!(parse(&["miri"]).unwrap().parts.len(), 1);
    }

    #[test]
    fn an_unknown_part_is_refused() {
        assert!(parse(&["miry"]).is_err());
    }

    #[test]
    fn every_part_that_runs_in_ci_exists() {
        assert_eq!(steps().len(), IN_CI.len());
    }
}
