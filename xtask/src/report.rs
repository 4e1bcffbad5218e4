//! A run in sections: every section runs, whatever became of those before it, and the summary says how each ended.

use crate::{
    shell::{Cmd, Failure},
    tally::Tally,
};
use std::{
    fmt::{self, Write},
    process::ExitCode,
    time::{Duration, Instant},
};

/// One named part of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// What `--only` calls it.
    pub(crate) name: &'static str,
    /// What it shows when it passes.
    pub(crate) title: &'static str,
    pub(crate) body: fn(&mut Section),
}

/// What one step found.
#[derive(Debug, Default)]
pub(crate) struct Section {
    failures: Vec<String>,
    notes: Vec<String>,
    /// `None` in a section that has no tests to count.
    tests: Option<Tally>,
    /// The tool that judged, where another version may judge otherwise.
    tool: String,
    time: Duration,
}

impl Section {
    pub(crate) fn fail(&mut self, why: impl fmt::Display) {
        eprintln!("error: {why}");
        self.failures.push(why.to_string());
    }

    /// Adds a remark to the summary.
    pub(crate) fn note(&mut self, what: impl fmt::Display) {
        eprintln!("note: {what}");
        self.notes.push(what.to_string());
    }

    /// Says which version of its tool the section uses.
    pub(crate) fn uses(&mut self, tool: &str) {
        eprintln!("with {tool}");
        tool.clone_into(&mut self.tool);
    }

    pub(crate) fn tool(&self) -> &str {
        &self.tool
    }

    pub(crate) fn time(&self) -> Duration {
        self.time
    }

    pub(crate) fn run(&mut self, command: Cmd) {
        if let Err(failure) = command.run() {
            self.fail(failure);
        }
    }

    /// Runs the command that `command` makes, if what it needs is there.
    pub(crate) fn run_if(&mut self, ready: Result<(), Failure>, command: impl FnOnce() -> Cmd) {
        match ready {
            Ok(()) => self.run(command()),
            Err(failure) => self.fail(failure),
        }
    }

    /// Runs a `cargo test`, which closes each of its programs with a line of libtest.
    pub(crate) fn run_tests(&mut self, command: Cmd) {
        let mut tests = Tally::default();
        let end = command.run_seeing(|line| {
            tests += Tally::from_libtest(line).unwrap_or_default();
        });
        self.count(tests, end);
    }

    /// Runs the conformance binary, whose last closing line is the sum over all runtimes.
    pub(crate) fn run_conformance(&mut self, command: Cmd) {
        let mut tests = Tally::default();
        let end = command.run_seeing(|line| {
            tests = Tally::from_closing_line(line).unwrap_or(tests);
        });
        self.count(tests, end);
    }

    /// Adds the tests of a command, and how it ended.
    pub(crate) fn count(&mut self, tests: Tally, end: Result<(), Failure>) {
        *self.tests.get_or_insert_default() += tests;
        match end {
            Err(failure) => self.fail(failure),
            Ok(()) if tests.failed > 0 => {
                self.fail("tests failed, yet the command reported success")
            }
            Ok(()) if tests.total() == 0 => self.fail("no test ran"),
            Ok(()) => {}
        }
    }

    pub(crate) fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// The tests of this section. A failure that is no failing test (the build, a lint) counts as one, so that the closing line
    /// never says `0 failed` where the run failed.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = self.tests.unwrap_or_default();
        if !self.passed() {
            tally.failed = tally.failed.max(1);
        }
        tally
    }
}

/// Runs `steps` in order and prints the summary, which ends with the closing line.
pub(crate) fn run(steps: &[Step]) -> ExitCode {
    close(&run_all(steps))
}

/// Runs `steps` in order.
pub(crate) fn run_all(steps: &[Step]) -> Vec<(&Step, Section)> {
    steps.iter().map(|step| (step, run_one(step))).collect()
}

/// Prints the summary, which ends with the closing line.
pub(crate) fn close(sections: &[(&Step, Section)]) -> ExitCode {
    print!("{}", summary(sections));
    if sections.iter().all(|(_, section)| section.passed()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn run_one(step: &Step) -> Section {
    eprintln!("\n== {}: {}", step.name, step.title);
    let started = Instant::now();
    let mut section = Section::default();
    (step.body)(&mut section);
    section.time = started.elapsed();
    section
}

fn summary(sections: &[(&Step, Section)]) -> String {
    let mut text = String::new();
    let _ = write_summary(&mut text, sections);
    text
}

fn write_summary(out: &mut String, sections: &[(&Step, Section)]) -> fmt::Result {
    writeln!(
        out,
        "\n{:<12} {:<6} {:>7}  tests",
        "section", "result", "time"
    )?;
    for (step, section) in sections {
        write_row(out, step, section)?;
    }
    let failed = sections
        .iter()
        .filter(|(_, section)| !section.passed())
        .count();
    let time: Duration = sections.iter().map(|(_, section)| section.time).sum();
    writeln!(
        out,
        "{} sections in {:.0}s, {failed} failed\n",
        sections.len(),
        time.as_secs_f64()
    )?;
    let tally: Tally = sections.iter().map(|(_, section)| section.tally()).sum();
    writeln!(out, "{tally}")
}

fn write_row(out: &mut String, step: &Step, section: &Section) -> fmt::Result {
    let result = if section.passed() { "ok" } else { "FAILED" };
    let seconds = section.time.as_secs_f64();
    // The words here differ from the closing line's, which must be the only one of its shape.
    let tests = section.tests.map_or_else(String::new, |tests| {
        format!(
            "{:>5} ok {:>4} bad {:>4} skipped",
            tests.passed, tests.failed, tests.skipped
        )
    });
    let row = format!("{:<12} {result:<6} {seconds:>6.1}s  {tests}", step.name);
    writeln!(out, "{}", row.trim_end())?;
    for failure in &section.failures {
        writeln!(out, "    failed: {failure}")?;
    }
    for note in &section.notes {
        writeln!(out, "    note: {note}")?;
    }
    Ok(())
}

/// Reads `[--only NAME]...` and returns the steps that it leaves.
///
/// # Errors
///
/// An argument that is not `--only`, or a name that is not in `steps`. `groups` are names that stand for several steps.
pub(crate) fn select(
    steps: &[Step],
    groups: &[(&str, &[Step])],
    args: &[String],
) -> Result<Vec<Step>, String> {
    let mut wanted: Vec<&str> = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let name = match arg.as_str() {
            "--only" => args.next().ok_or("`--only` needs a name")?,
            other => return Err(format!("unknown argument `{other}`")),
        };
        match groups.iter().find(|(group, _)| group == name) {
            Some((_, members)) => wanted.extend(members.iter().map(|step| step.name)),
            None if steps.iter().any(|step| step.name == name) => wanted.push(name),
            None => return Err(format!("there is no section `{name}`")),
        }
    }
    let all = wanted.is_empty();
    let kept = steps
        .iter()
        .filter(|step| all || wanted.contains(&step.name));
    Ok(kept.copied().collect())
}

#[cfg(test)]
mod tests;
