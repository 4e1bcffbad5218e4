use super::*;

fn tree(files: &[(&str, &str)]) -> Vec<Text> {
    let text = |&(path, text): &(&str, &str)| Text {
        path: path.into(),
        text: text.into(),
    };
    files.iter().map(text).collect()
}

#[test]
fn a_file_one_line_over_the_budget_is_named() {
    let fits = "\n".repeat(FILE_LINES);
    let long = "\n".repeat(FILE_LINES + 1);
    let tree = tree(&[("a.rs", &fits), ("b.rs", &long), ("c.md", &long)]);
    assert_eq!(
        files_are_short(&tree),
        ["b.rs has 901 lines, of at most 900"]
    );
}

#[test]
fn work_left_for_later_is_named_by_line() {
    let code = format!("fn f() {{\n    {})\n}}\n", FOR_LATER[0]);
    let tree = tree(&[("a.rs", &code), ("b.md", &code)]);
    assert_eq!(nothing_is_left_for_later(&tree).len(), 1);
    assert!(nothing_is_left_for_later(&tree)[0].starts_with("a.rs:2 "));
}

#[test]
fn a_backend_is_measured_over_all_its_sources() {
    let half = "fn f() {}\n// why\n\n".repeat(BACKEND_LINES / 2);
    let one = "crates/steadfast-smol/src/lib.rs";
    let two = "crates/steadfast-smol/src/owned.rs";
    assert_eq!(
        backends_are_small(&tree(&[(one, &half)])).len(),
        0,
        "docs and blank lines do not count"
    );
    assert_eq!(
        backends_are_small(&tree(&[(one, &half), (two, &half)])).len(),
        1
    );
}

#[test]
fn every_crate_root_but_the_cores_forbids_unsafe_code() {
    let tree = tree(&[
        ("crates/steadfast-core/src/lib.rs", ""),
        ("crates/steadfast/src/lib.rs", "#![forbid(unsafe_code)]"),
        ("crates/steadfast/src/manual.rs", ""),
        ("xtask/src/main.rs", ""),
        ("tests/src/bin/conformance.rs", ""),
    ]);
    let found = unsafe_code_lives_in_the_core(&tree);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("xtask/src/main.rs"));
    assert!(found[1].starts_with("tests/src/bin/conformance.rs"));
}

#[test]
fn a_readme_without_the_command_is_named() {
    let found = commands_are_the_documented_ones(&tree(&[
        ("README.md", "cargo xtask demo, cargo xtask verify"),
        (
            ".github/CONTRIBUTING.md",
            "cargo xtask test, cargo xtask ci, cargo xtask verify",
        ),
        (".ci/run", "exec cargo xtask ci"),
        (".github/workflows/ci.yml", "run: .ci/run"),
    ]));
    assert_eq!(found, ["README.md does not name `cargo xtask test`"]);
}

#[test]
fn the_changelog_must_name_the_version_in_a_heading() {
    let manifest = ("Cargo.toml", "[workspace.package]\nversion = \"0.2.0\"\n");
    let complaints = |log| changelog_names_the_version(&tree(&[manifest, (CHANGELOG, log)])).len();
    assert_eq!(complaints("## [0.2.0]"), 0);
    assert_eq!(complaints("## 0.2.0 - unreleased"), 0);
    assert_eq!(complaints("## 0.1.0\n\n0.2.0 comes next"), 1);
    assert_eq!(complaints("## 0.2.01"), 1);
}

#[test]
fn a_path_of_one_machine_is_named_and_a_relative_one_is_not() {
    let absolute = format!("see {}me/notes", MACHINES[0]);
    let relative = format!("see docs{}notes", MACHINES[0]);
    assert_eq!(
        no_path_of_one_machine(&tree(&[("a.md", &absolute)])).len(),
        1
    );
    assert_eq!(
        no_path_of_one_machine(&tree(&[("a.md", &relative)])).len(),
        0
    );
}
