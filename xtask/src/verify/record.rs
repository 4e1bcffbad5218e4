//! The last result of each part, written down with the commit that it is about, so that no figure is typed by hand.

use super::{Depth, PARTS, faults::CAUGHT};
use crate::{
    report::{Section, Step},
    shell::{Failure, program, root},
};
use std::fs;

/// Where the results are.
pub(super) const FILE: &str = "crates/steadfast-conformance/VERIFICATION.md";

const HEAD: &str = "\
# The last results of `cargo xtask verify`

Written by `cargo xtask verify --record`; a part that was not in a run keeps the row of the run before. What a quick run leaves
out of a full one is said with each part.

| Part | Run | Passed | Failed | Skipped | Minutes | Date | Commit | With |
|---|---|---|---|---|---|---|---|---|
";

/// In the row of a part that has none.
const UNRECORDED: &str = "not yet recorded";

/// Puts `sections` of `commit` into the file, and keeps the rows of the parts that are not among them.
pub(super) fn write(
    sections: &[(&Step, Section)],
    depth: Depth,
    commit: &str,
) -> Result<(), Failure> {
    let path = root().join(FILE);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let date = today()?;
    let rows: Vec<(&str, String)> = sections
        .iter()
        .map(|(step, section)| (step.name, row((step.name, depth), section, &date, commit)))
        .collect();
    let unwritten = |error| Failure::new(format!("{FILE} cannot be written: {error}"));
    fs::write(path, page(&before, &rows)).map_err(unwritten)
}

fn row((name, depth): (&str, Depth), section: &Section, date: &str, commit: &str) -> String {
    let tally = section.tally();
    let run = match depth {
        Depth::Quick => "quick",
        Depth::Full => "full",
    };
    let minutes = section.time().as_secs_f64() / 60.0;
    format!(
        "| `{name}` | {run} | {} | {} | {} | {minutes:.1} | {date} | {commit} | {} |",
        tally.passed,
        tally.failed,
        tally.skipped,
        section.tool()
    )
}

/// The whole file: a row for each part, and what those cover that have ever been recorded.
fn page(before: &str, rows: &[(&str, String)]) -> String {
    let (mut table, mut texts) = (String::new(), String::new());
    for part in PARTS {
        let start = format!("| `{}` |", part.name);
        let of_part = |line: &&str| line.starts_with(&start) && !line.contains(UNRECORDED);
        let kept = before.lines().find(of_part);
        let fresh = rows.iter().find(|(name, _)| *name == part.name);
        if let Some(row) = fresh.map(|(_, row)| row.as_str()).or(kept) {
            table += &format!("{row}\n");
            texts += &format!("\n## `{}`: {}\n\n{}\n", part.name, part.title, part.covers);
        } else {
            table += &format!("| `{}` | {UNRECORDED} | | | | | | | |\n", part.name);
        }
    }
    format!("{HEAD}{table}{texts}{CAUGHT}")
}

fn today() -> Result<String, Failure> {
    Ok(program("date", "-u +%F").read()?.trim().to_owned())
}

/// The last commit that changed what is verified, and whether the tree differs from it. To be asked before a run, which takes
/// long enough for the next commit.
pub(super) fn commit() -> Result<String, Failure> {
    let last = of_verified("log -1 --abbrev=10 --format=%h")?;
    let changed = !of_verified("status --porcelain")?.is_empty();
    let note = if changed { " and changes" } else { "" };
    Ok(format!("{last}{note}"))
}

/// What git says of the files that are compiled for a run.
fn of_verified(command: &str) -> Result<String, Failure> {
    let files = ["--", "crates", "tests", "Cargo.toml", "Cargo.lock"];
    let but = format!(":!{FILE}");
    let said = program("git", command).args(files).args([&but]).read()?;
    Ok(said.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn a_part_that_did_not_run_keeps_its_row() {
        let old = page("", &[("miri", "| `miri` | 1 |".to_owned())]);
        let new = page(&old, &[("tsan", "| `tsan` | 2 |".to_owned())]);
        assert!(new.contains("| `miri` | 1 |\n"), "{new}");
        assert!(new.contains("| `tsan` | 2 |\n") && new.contains("| `asan` | not yet recorded |"));
        assert!(new.contains("## `miri`: ") && !new.contains("## `asan`"));
        let newer = page(&new, &[("miri", "| `miri` | 3 |".to_owned())]);
        assert!(newer.contains("| `miri` | 3 |\n") && !newer.contains("| 1 |"));
        assert!(newer.contains("| `tsan` | 2 |\n"), "{newer}");
    }
}
