//! Where and when it was measured.

use std::{fs, process::Command, thread};

/// The moment at which the measuring began.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) date: String,
    pub(crate) load: String,
}

pub(crate) fn now() -> Moment {
    Moment {
        date: said_by("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
        load: fs::read_to_string("/proc/loadavg").map_or_else(
            |_| "unknown".into(),
            |text| {
                let words: Vec<_> = text.split(' ').take(3).collect();
                words.join(" ")
            },
        ),
    }
}

/// How many threads it runs at once, and what they are.
pub(crate) fn shape() -> String {
    let threads = thread::available_parallelism().map_or(0, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    format!(
        "{threads} hardware threads, {model}, {} {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

pub(crate) fn compiler() -> String {
    said_by("rustc", &["--version"])
}

pub(crate) fn commit() -> String {
    let at = env!("CARGO_MANIFEST_DIR");
    let changed = said_by(
        "git",
        &[
            "-C",
            at,
            "status",
            "--porcelain",
            "--",
            "..",
            ":!REPORT.md",
            ":!plots",
        ],
    );
    let commit = said_by("git", &["-C", at, "rev-parse", "--short", "HEAD"]);
    match changed.as_str() {
        "" => commit,
        _ => format!("{commit}, with changes"),
    }
}

/// The versions of those that are compared, from the lock file.
pub(crate) fn versions() -> Vec<(String, String)> {
    const LOCK: &str = include_str!("../../../Cargo.lock");
    const MANIFEST: &str = include_str!("../../Cargo.toml");
    let packages = LOCK.split("[[package]]").filter_map(|package| {
        let field = |name: &str| {
            let mut lines = package.lines();
            lines.find_map(|line| {
                line.strip_prefix(name)?
                    .strip_prefix(" = \"")?
                    .strip_suffix('"')
            })
        };
        Some((field("name")?.to_owned(), field("version")?.to_owned()))
    });
    let is_ours = |name: &str| {
        let mut lines = MANIFEST.lines();
        lines.any(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([' ', '.']))
        })
    };
    packages.filter(|(name, _)| is_ours(name)).collect()
}

fn said_by(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    output.map_or_else(
        |_| "unknown".into(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
