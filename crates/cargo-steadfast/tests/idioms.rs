//! The manual says beside each idiom of tokio whether the audit finds it, and under which class. It does, and in `before` alone. And it says
//! what the audit finds in each form of the server that it ports.

use serde_json::Value;
use std::{env, fs, path::Path, process, process::Command};

/// The heading of each idiom, and what is found in its program.
const IDIOMS: &[(&str, &[&str])] = &[
    ("Spawn and forget", &["detached-spawn"]),
    ("Spawn and join", &["dropped-handle"]),
    ("`JoinSet`", &[]),
    ("`select!` in a loop", &["select-loop-cancel"]),
    ("`select!` with shutdown", &[]),
    ("`timeout`", &[]),
    ("`abort`", &[]),
    ("`CancellationToken`", &[]),
    ("`TaskTracker`", &[]),
    ("Graceful shutdown", &[]),
    ("Background ticker", &["detached-spawn"]),
    ("Actor with a channel", &["detached-spawn"]),
    ("Connection per task", &["detached-spawn"]),
    ("Spawn in `Drop`", &["spawn-in-drop"]),
    ("`buffer_unordered`", &["buffered-starvation"]),
];

#[test]
fn idioms_are_found_as_the_manual_says() {
    let chapter = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../steadfast/src/manual/tokio_idioms.rs"
    );
    let chapter = fs::read_to_string(chapter).expect("the chapter is in the repository");
    let programs = programs(&chapter);
    let headings: Vec<_> = programs
        .iter()
        .map(|(heading, _)| heading.as_str())
        .collect();
    let expected: Vec<_> = IDIOMS.iter().map(|(heading, _)| *heading).collect();
    assert_eq!(headings, expected);
    for ((heading, program), (_, classes)) in programs.iter().zip(IDIOMS) {
        let found = audit(program);
        let names: Vec<_> = found.iter().map(|(class, _)| class.as_str()).collect();
        assert_eq!(names, *classes, "{heading}");
        let after = program
            .lines()
            .position(|line| line.contains("After") || line.contains("fn after"));
        let after = after.expect("each has both") as u64;
        assert!(
            found.iter().all(|(_, line)| *line <= after),
            "{heading}: {found:?}"
        );
    }
}

#[test]
fn the_forms_of_the_ported_server_are_named_as_the_manual_says() {
    let forms: [(&str, &[&str]); 5] = [
        (
            "raw",
            &["detached-spawn", "detached-spawn", "spawn-in-drop"],
        ),
        (
            "step1-requests",
            &["detached-spawn", "detached-spawn", "spawn-in-drop"],
        ),
        ("step2-sessions", &["detached-spawn", "detached-spawn"]),
        ("step3-server", &[]),
        ("ported", &[]),
    ];
    let forms_are_in = concat!(env!("CARGO_MANIFEST_DIR"), "/../steadfast/examples/kv");
    for (form, classes) in forms {
        let found = audit_at(&Path::new(forms_are_in).join(form));
        let names: Vec<_> = found.iter().map(|(class, _)| class.as_str()).collect();
        assert_eq!(names, classes, "{form}");
    }
}

/// The chapter's programs, under their headings, with the lines that are hidden, save `main`.
fn programs(chapter: &str) -> Vec<(String, String)> {
    let (mut programs, mut heading, mut inside) = (Vec::new(), String::new(), false);
    for line in chapter.lines() {
        let line = line.strip_prefix("//!").unwrap_or(line);
        let line = line.strip_prefix(' ').unwrap_or(line);
        match (inside, line) {
            (false, "```") => programs.push((heading.clone(), String::new())),
            (false, _) => {
                if let Some(title) = line.strip_prefix("# ") {
                    heading = title.to_owned();
                }
                continue;
            }
            (true, "```") => {}
            (true, _) => {
                let line = line.strip_prefix("# ").unwrap_or(line);
                if let Some((_, program)) = programs.last_mut() {
                    program.push_str(line);
                    program.push('\n');
                }
                continue;
            }
        }
        inside = !inside;
    }
    for (_, program) in &mut programs {
        if let Some(main) = program.find("#[steadfast::main") {
            program.truncate(main);
        }
    }
    programs
}

/// Class and line of what is found in `program`.
fn audit(program: &str) -> Vec<(String, u64)> {
    let file = env::temp_dir().join(format!("cargo-steadfast-idiom-{}.rs", process::id()));
    fs::write(&file, program).expect("the program is written");
    let found = audit_at(&file);
    fs::remove_file(&file).expect("the program is there");
    found
}

fn audit_at(path: &Path) -> Vec<(String, u64)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-steadfast"));
    command.args(["steadfast", "audit", "--json"]).arg(path);
    let output = command.output().expect("the audit runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    let hazards = report["hazards"].as_array().expect("a list").iter();
    hazards
        .map(|hazard| {
            let class = hazard["class"].as_str().expect("a name").to_owned();
            (class, hazard["span"]["line"].as_u64().expect("a line"))
        })
        .collect()
}
