//! Each snippet under `corpus/<class>` has the hazards that its `//~ class` markers name, at those lines, and no others.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Snippets of a class, at least, with and without a hazard.
const EACH: usize = 10;

type Places = BTreeSet<(String, u64, String)>;

#[test]
fn hazards_are_found_where_they_are_marked_and_nowhere_else() {
    let files = snippets();
    let expected: Places = files.iter().flat_map(|file| markers(file)).collect();
    let found = audit(&files);
    let missed = expected
        .difference(&found)
        .map(|place| format!("missed: {}", said(place)));
    let wrong = found
        .difference(&expected)
        .map(|place| format!("not a hazard: {}", said(place)));
    let complaints: Vec<String> = missed.chain(wrong).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn each_class_has_enough_of_both() {
    let mut counts = BTreeMap::new();
    for file in snippets() {
        let mut names = file
            .components()
            .rev()
            .skip(1)
            .map(|c| c.as_os_str().to_string_lossy().into_owned());
        let kind = names.next().unwrap_or_default();
        let class = names.next().unwrap_or_default();
        let marked = markers(&file).iter().any(|(_, _, marked)| *marked == class);
        assert_eq!(
            marked,
            kind == "hazard",
            "{} is in the wrong place",
            file.display()
        );
        *counts.entry((class, kind)).or_insert(0) += 1;
    }
    let classes: BTreeSet<String> = counts.keys().map(|(class, _)| class.clone()).collect();
    assert_eq!(classes, listed(), "every class has a directory of its own");
    for ((class, kind), count) in counts {
        assert!(
            count >= EACH,
            "{class}/{kind} has {count} snippets, of at least {EACH}"
        );
    }
}

fn said((file, line, class): &(String, u64, String)) -> String {
    format!("{file}:{line} {class}")
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn snippets() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![corpus()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).expect("the corpus is readable") {
            let path = entry.expect("the corpus is readable").path();
            if path.is_dir() {
                directories.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The lines that are marked; a line may be marked with several classes.
fn markers(file: &Path) -> Vec<(String, u64, String)> {
    let text = fs::read_to_string(file).expect("a snippet is readable");
    let name = name(&file.to_string_lossy());
    let marked = (1..)
        .zip(text.lines())
        .filter_map(|(number, line)| Some((number, line.split_once("//~ ")?.1)));
    marked
        .flat_map(|(number, classes)| {
            let name = &name;
            classes
                .split_whitespace()
                .map(move |class| (name.clone(), number, class.to_owned()))
        })
        .collect()
}

fn name(path: &str) -> String {
    let path = path.replace('\\', "/");
    path.split_once("tests/corpus/")
        .map_or(path.clone(), |(_, name)| name.to_owned())
}

fn run(args: &[&str], files: &[PathBuf]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-steadfast"));
    let output = command
        .arg("audit")
        .args(args)
        .args(files)
        .output()
        .expect("the audit runs");
    String::from_utf8(output.stdout).expect("it prints text")
}

fn listed() -> BTreeSet<String> {
    let list = run(&["--list"], &[]);
    list.lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

fn audit(files: &[PathBuf]) -> Places {
    let report: Value = serde_json::from_str(&run(&["--json"], files)).expect("it prints JSON");
    assert_eq!(
        report["unreadable"].as_array().map(Vec::len),
        Some(0),
        "{}",
        report["unreadable"]
    );
    let hazards = report["hazards"].as_array().expect("a list of hazards");
    let place = |hazard: &Value| {
        Some((
            name(hazard["file"].as_str()?),
            hazard["span"]["line"].as_u64()?,
            hazard["class"].as_str()?.to_owned(),
        ))
    };
    hazards
        .iter()
        .map(|hazard| place(hazard).expect("a hazard has a place"))
        .collect()
}
