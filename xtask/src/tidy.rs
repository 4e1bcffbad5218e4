//! The house rules that a program can check. Each rule is a function from the tree's texts to complaints.

use crate::{report::Section, shell::root};
use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

pub(crate) fn check(section: &mut Section) {
    let tree = match read_tree(root()) {
        Ok(tree) => tree,
        Err(error) => return section.fail(format!("the tree cannot be read: {error}")),
    };
    for rule in RULES {
        for complaint in rule(&tree) {
            section.fail(complaint);
        }
    }
}

type Rule = fn(&[Text]) -> Vec<String>;

const RULES: &[Rule] = &[
    files_are_short,
    nothing_is_left_for_later,
    backends_are_small,
    unsafe_code_lives_in_the_core,
    commands_are_the_documented_ones,
    changelog_names_the_version,
    no_path_of_one_machine,
];

/// No Rust file is longer; a longer one hides a second concept.
const FILE_LINES: usize = 900;

/// The code of a backend, docs and blank lines aside; what does not fit is policy, and belongs in the core. Bridges to code that has
/// not been ported are no part of running tasks.
const BACKEND_LINES: usize = 250;

const BACKENDS: &[&str] = &["steadfast-tokio", "steadfast-smol", "steadfast-async-std"];

/// The one crate that may hold unsafe code.
const UNSAFE: &str = "crates/steadfast-core/";

/// Spelled in two halves, so that this file keeps its own rules.
const FOR_LATER: &[&str] = &[
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[", "ignore"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
];
const MACHINES: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("C:", "\\"),
];

/// A command, and the files that must name it.
const COMMANDS: &[(&str, &[&str])] = &[
    ("cargo xtask demo", &["README.md"]),
    // `ci` runs the steps of this very command.
    (
        "cargo xtask test",
        &["README.md", ".github/CONTRIBUTING.md"],
    ),
    (
        "cargo xtask verify",
        &["README.md", ".github/CONTRIBUTING.md"],
    ),
    ("cargo xtask ci", &[".ci/run", ".github/CONTRIBUTING.md"]),
    (".ci/run", &[".github/workflows/ci.yml"]),
];

const CHANGELOG: &str = "crates/steadfast/CHANGELOG.md";

/// A file of the tree: its path from the root, with forward slashes, and what it says.
#[derive(Debug)]
struct Text {
    path: String,
    text: String,
}

fn files_are_short(tree: &[Text]) -> Vec<String> {
    let long = rust(tree).filter(|file| file.lines() > FILE_LINES);
    long.map(|file| {
        format!(
            "{} has {} lines, of at most {FILE_LINES}",
            file.path,
            file.lines()
        )
    })
    .collect()
}

fn nothing_is_left_for_later(tree: &[Text]) -> Vec<String> {
    let files = rust(tree);
    files
        .flat_map(|file| file.complain_of(FOR_LATER, |_| true))
        .collect()
}

fn backends_are_small(tree: &[Text]) -> Vec<String> {
    let budget = |backend: &&str| {
        let sources = format!("crates/{backend}/src/");
        let bridges = format!("{sources}bridge");
        let own = rust(tree).filter(|file| file.path.starts_with(&sources));
        let own = own.filter(|file| !file.path.starts_with(&bridges));
        let lines: usize = own.map(Text::code_lines).sum();
        (lines >= BACKEND_LINES).then(|| {
            format!("{sources} has {lines} lines of code, and must stay under {BACKEND_LINES}")
        })
    };
    BACKENDS.iter().filter_map(budget).collect()
}

fn unsafe_code_lives_in_the_core(tree: &[Text]) -> Vec<String> {
    let roots = rust(tree).filter(|file| file.is_crate_root() && !file.path.starts_with(UNSAFE));
    let lenient = roots.filter(|file| !file.text.contains("#![forbid(unsafe_code)]"));
    lenient
        .map(|file| format!("{} lacks `#![forbid(unsafe_code)]`", file.path))
        .collect()
}

fn commands_are_the_documented_ones(tree: &[Text]) -> Vec<String> {
    let each = COMMANDS
        .iter()
        .flat_map(|(command, paths)| paths.iter().map(move |path| (command, path)));
    let silent = each.filter(|(command, path)| !text_of(tree, path).contains(**command));
    silent
        .map(|(command, path)| format!("{path} does not name `{command}`"))
        .collect()
}

fn changelog_names_the_version(tree: &[Text]) -> Vec<String> {
    let manifest = text_of(tree, "Cargo.toml");
    let package = manifest
        .split_once("[workspace.package]")
        .map_or("", |(_, rest)| rest);
    let version = package
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .unwrap_or("without a version");
    let mut headings = text_of(tree, CHANGELOG)
        .lines()
        .filter(|line| line.starts_with("## "));
    let named = headings.any(|line| {
        line.split_whitespace()
            .any(|word| word.trim_matches(['[', ']']) == version)
    });
    let complaint = format!("{CHANGELOG} has no heading for the workspace's version, {version}");
    if named { Vec::new() } else { vec![complaint] }
}

fn no_path_of_one_machine(tree: &[Text]) -> Vec<String> {
    // Inside of a longer path (`docs/work/`) these names are nobody's machine.
    let starts_here = |before: &str| {
        !before.ends_with(|c: char| {
            c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '~' | '*' | ')' | '}')
        })
    };
    tree.iter()
        .flat_map(|file| file.complain_of(MACHINES, starts_here))
        .collect()
}

fn rust(tree: &[Text]) -> impl Iterator<Item = &Text> {
    tree.iter().filter(|file| file.path.ends_with(".rs"))
}

fn text_of<'t>(tree: &'t [Text], path: &str) -> &'t str {
    let file = tree.iter().find(|file| file.path == path);
    file.map_or("", |file| &file.text)
}

impl Text {
    fn lines(&self) -> usize {
        self.text.lines().count()
    }

    fn code_lines(&self) -> usize {
        let lines = self.text.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty() && !line.starts_with("//"))
            .count()
    }

    fn is_crate_root(&self) -> bool {
        ["src/lib.rs", "src/main.rs"]
            .iter()
            .any(|root| self.path.ends_with(root))
            || self.path.contains("/src/bin/")
    }

    /// One complaint per line that holds one of `words`, where `counts` agrees with what stands before it.
    fn complain_of(&self, words: &[&str], counts: impl Fn(&str) -> bool) -> Vec<String> {
        let mut complaints = Vec::new();
        for (number, line) in (1..).zip(self.text.lines()) {
            let found = |word: &&&str| {
                line.match_indices(**word)
                    .any(|(at, _)| counts(&line[..at]))
            };
            if let Some(word) = words.iter().find(found) {
                complaints.push(format!("{}:{number} has `{word}`", self.path));
            }
        }
        complaints
    }
}

/// Every text of the repository, without what git and cargo keep for themselves.
fn read_tree(root: &Path) -> io::Result<Vec<Text>> {
    let mut tree = Vec::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if is_foreign(&path) {
                continue;
            }
            if path.is_dir() {
                directories.push(path);
            } else {
                tree.extend(read_text(root, &path)?);
            }
        }
    }
    tree.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(tree)
}

/// Git's own folder, which is a file in a linked work tree; or a target directory, which cargo marks as a cache whatever its name.
fn is_foreign(path: &Path) -> bool {
    path.file_name() == Some(OsStr::new(".git")) || path.join("CACHEDIR.TAG").exists()
}

fn read_text(root: &Path, path: &Path) -> io::Result<Option<Text>> {
    let relative: PathBuf = path.strip_prefix(root).unwrap_or(path).into();
    let path_shown = relative.to_string_lossy().replace('\\', "/");
    let text = String::from_utf8(fs::read(path)?).ok();
    Ok(text.map(|text| Text {
        path: path_shown,
        text,
    }))
}

#[cfg(test)]
mod tests;
