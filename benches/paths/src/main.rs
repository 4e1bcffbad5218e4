//! Instructions of the hottest paths of the core, against recorded bounds.
//!
//! `cargo xtask ci --only paths` runs it. Valgrind counts, on one thread, so that a count is the same on every run, whatever else
//! the machine does. Where a task is involved, the same is counted for a bare task of the same executor and taken off: what is
//! left is what the nursery adds.
//!
//! `cargo run --profile measured -p steadfast-paths -- --record` writes what it counts into `bounds.txt`, where a change that is
//! meant to cost or to save something has to show it.
#![forbid(unsafe_code)]

mod line;
mod paths;

use paths::{PATHS, Path};
use std::{env, fs, process::Command, process::ExitCode};

/// A count may exceed its bound by so many percent: compilers and C libraries differ a little.
const MARGIN: u64 = 10;
const BOUNDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bounds.txt");

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args.as_slice() {
        [] => compare(),
        ["--record"] => record(),
        ["--run", what] => run(what),
        _ => Err("usage: steadfast-paths [--record]".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("error: {what}");
            ExitCode::FAILURE
        }
    }
}

/// Counts each path, and fails if one has grown beyond its bound.
fn compare() -> Result<(), String> {
    let bounds = fs::read_to_string(BOUNDS).map_err(|error| format!("{BOUNDS}: {error}"))?;
    let mut grown = Vec::new();
    println!("instructions, recorded and now; {MARGIN} % more are let pass");
    for path in PATHS {
        let bound = bound(&bounds, path.name)
            .ok_or_else(|| format!("bounds.txt has no `{}`", path.name))?;
        let now = count(path)?;
        println!("  {:<12} {bound:>6} {now:>6}  {}", path.name, path.what);
        if now * 100 > bound * (100 + MARGIN) {
            grown.push(format!(
                "`{}` takes {now} instructions, and {bound} are recorded",
                path.name
            ));
        }
    }
    match grown.as_slice() {
        [] => Ok(()),
        _ => Err(format!(
            "{}\nFind out what made it slower. If the price is meant to be paid, record it with `--record`, and say why in the commit.",
            grown.join("\n")
        )),
    }
}

fn record() -> Result<(), String> {
    let lines: Result<Vec<String>, String> = PATHS
        .iter()
        .map(|path| Ok(format!("{} {}\n", path.name, count(path)?)))
        .collect();
    fs::write(BOUNDS, lines?.concat()).map_err(|error| format!("{BOUNDS}: {error}"))
}

fn bound(bounds: &str, name: &str) -> Option<u64> {
    let mut lines = bounds.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

/// What one unit of the path takes, beyond what a bare one takes.
fn count(path: &Path) -> Result<u64, String> {
    let ours = collected(path.ours)?;
    let bare = path.bare.map_or(Ok(0), collected)?;
    Ok(ours.saturating_sub(bare) / path.units)
}

/// Counts what runs inside of `paths::counted`, in a process of its own.
fn collected(program: &str) -> Result<u64, String> {
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--toggle-collect=*paths::paths::counted*",
        ])
        .arg(this)
        .args(["--run", program])
        .output()
        .map_err(|error| format!("valgrind does not start: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    // `==123== Collected : 4567`
    let count = text
        .rsplit_once("Collected : ")
        .and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
    count
        .filter(|count| *count > 0 && output.status.success())
        .ok_or_else(|| format!("valgrind on `{program}`: {text}"))
}

fn run(what: &str) -> Result<(), String> {
    let program = paths::program(what).ok_or_else(|| format!("there is no `{what}`"))?;
    program();
    Ok(())
}
