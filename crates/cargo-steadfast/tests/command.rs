//! The command as a whole: exit status, selection, allow comments, baselines, reports, and sources that nobody should have to read.

use serde_json::Value;
use std::{
    env, fs,
    path::PathBuf,
    process::{self, Command},
};

const DETACHED: &str = "pub fn start() {\n    tokio::spawn(work());\n}\n";

/// A directory of its own, gone at the end.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let tree = Self(env::temp_dir().join(format!("cargo-steadfast-{name}-{}", process::id())));
        let _ = fs::remove_dir_all(&tree.0);
        tree.add(
            "Cargo.toml",
            "[package]\nname = \"audited\"\n[dependencies]\nrt = { package = \"tokio\" }\n",
        );
        for (path, text) in files {
            tree.add(path, text);
        }
        tree
    }

    fn add(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a directory"))
            .expect("a directory is made");
        fs::write(path, text).expect("a file is written");
    }

    fn audit(&self, args: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-steadfast"));
        // As cargo calls it.
        command
            .args(["steadfast", "audit"])
            .args(args)
            .current_dir(&self.0);
        let output = command.output().expect("the audit runs");
        let text = String::from_utf8(output.stdout).expect("it prints text");
        (output.status.code().expect("it is not killed"), text)
    }

    fn json(&self, args: &[&str]) -> (i32, Value) {
        let (status, text) = self.audit(&[&["--json"], args].concat());
        (status, serde_json::from_str(&text).expect("it prints JSON"))
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn count(report: &Value, list: &str) -> usize {
    report[list].as_array().expect("a list").len()
}

/// The class of each hazard, each once, in order.
fn classes(report: &Value) -> Vec<&str> {
    let hazards = report["hazards"].as_array().expect("a list").iter();
    let mut classes: Vec<_> = hazards
        .filter_map(|hazard| hazard["class"].as_str())
        .collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

#[test]
fn the_exit_status_tells_nothing_hazards_and_misuse_apart() {
    let clean = Tree::new("clean", &[("src/lib.rs", "pub fn f() {}\n")]);
    assert_eq!(clean.audit(&[]).0, 0);
    let tree = Tree::new("status", &[("src/lib.rs", DETACHED)]);
    assert_eq!(tree.audit(&[]).0, 1);
    assert_eq!(tree.audit(&["--skip", "detached-spawn"]).0, 0);
    assert_eq!(tree.audit(&["--class", "poll-cancel"]).0, 0);
    assert_eq!(tree.audit(&["--min-severity", "error"]).0, 0);
    assert_eq!(tree.audit(&["--min-severity=warning"]).0, 1);
    for wrong in ["--class", "--class=nonsense", "--nonsense", "no/such/path"] {
        assert_eq!(tree.audit(&[wrong]).0, 2, "{wrong}");
    }
}

#[test]
fn a_source_that_cannot_be_read_is_named_and_the_others_are_audited() {
    let tree = Tree::new(
        "unreadable",
        &[("src/lib.rs", DETACHED), ("src/broken.rs", "fn f( {\n")],
    );
    tree.add("src/latin.rs", [b'/', b'/', 0xE9]);
    let (status, report) = tree.json(&[]);
    assert_eq!(status, 2);
    assert_eq!(count(&report, "hazards"), 1);
    let named: Vec<&str> = report["unreadable"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|u| u["file"].as_str())
        .collect();
    assert_eq!(named, ["src/broken.rs", "src/latin.rs"]);
}

#[test]
fn sources_of_any_shape_end_in_a_report() {
    let mut files = Vec::new();
    for (number, piece) in [
        "(",
        "[",
        "{",
        "!",
        "&",
        "-",
        "a.b()",
        "a+",
        "if a {} else ",
        "|x| ",
        "match a { _ => ",
        "r#\"",
        "'",
        "/*",
        "\u{1F980}",
        "async {",
    ]
    .iter()
    .enumerate()
    {
        for times in [1, 50, 2_300, 11_900, 60_000] {
            files.push((
                format!("src/m{number}_{times}.rs"),
                format!("fn f() {{ let a = {}", piece.repeat(times)),
            ));
            files.push((
                format!("src/n{number}_{times}.rs"),
                format!(
                    "fn f() {{ select! {{ a = {} => {{}} }} }}",
                    piece.repeat(times)
                ),
            ));
        }
    }
    let chain = format!("pub fn f() {{ a{}; }}", ".b()".repeat(1_000));
    files.push(("src/chain.rs".into(), chain));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let tree = Tree::new("shapes", &files);
    let (status, report) = tree.json(&[]);
    assert_eq!(status, 2);
    let read = report["files"].as_u64().expect("a number") as usize;
    assert_eq!(read + count(&report, "unreadable"), files.len());
}

#[test]
fn test_code_is_searched_on_request_and_one_severity_lower() {
    let inline = format!("#[cfg(test)]\nmod tests {{\n{DETACHED}}}\n#[cfg(test)]\nmod more;\n");
    let tree = Tree::new(
        "tests",
        &[
            ("src/lib.rs", &inline),
            ("src/more.rs", DETACHED),
            ("tests/it.rs", DETACHED),
            ("examples/e.rs", DETACHED),
        ],
    );
    assert_eq!(count(&tree.json(&[]).1, "hazards"), 0);
    let (_, report) = tree.json(&["--tests"]);
    let hazards = report["hazards"].as_array().expect("a list");
    assert_eq!(hazards.len(), 4);
    assert!(
        hazards
            .iter()
            .all(|hazard| hazard["severity"] == "note" && hazard["test"] == true)
    );
}

#[test]
fn names_are_found_through_manifests_and_other_crates() {
    let tree = Tree::new(
        "names",
        &[
            ("src/lib.rs", "pub use rt::spawn as go;\n"),
            ("inner/Cargo.toml", "[package]\nname = \"inner-crate\"\n"),
            (
                "inner/src/lib.rs",
                "use audited::go;\npub fn start() {\n    go(work());\n}\n",
            ),
        ],
    );
    let (_, report) = tree.json(&[]);
    assert_eq!(count(&report, "hazards"), 1);
    assert_eq!(report["hazards"][0]["file"], "inner/src/lib.rs");
    assert_eq!(report["hazards"][0]["span"]["line"], 3);
}

#[test]
fn tokio_is_known_under_the_name_of_a_crate_that_passes_it_on_whole() {
    let manifest = "[package]\nname = \"audited\"\n[dependencies]\ntokio = { package = \"steadfast-compat-tokio\", version = \"0.1\" }\n";
    let text = "use tokio::{sync::Mutex, time};\n\
        struct Server { task: tokio::task::JoinHandle<()> }\n\
        pub fn start() -> Server {\n    tokio::spawn(work());\n    Server { task: tokio::spawn(work()) }\n}\n\
        pub async fn hold(state: &Mutex<Conn>, io: &mut Io) {\n    let state = state.lock().await;\n    io.flush().await;\n    drop(state);\n}\n\
        pub async fn flushes(mut rx: Rx) {\n    loop {\n        tokio::select! {\n            Some(item) = rx.recv() => push(item),\n            () = time::sleep(PERIOD) => flush(),\n        }\n    }\n}\n";
    let expected = [
        "detached-spawn",
        "dropped-handle",
        "lock-across-await",
        "timer-reset-in-loop",
    ];
    let tree = Tree::new("whole", &[("Cargo.toml", manifest), ("src/lib.rs", text)]);
    assert_eq!(classes(&tree.json(&[]).1), expected);
    // The same, when the crate that passes it on is audited beside it.
    tree.add(
        "compat/Cargo.toml",
        "[package]\nname = \"steadfast-compat-tokio\"\n[dependencies]\ntokio = \"1\"\n",
    );
    tree.add(
        "compat/src/lib.rs",
        "pub use tokio::*;\npub mod task;\npub use self::task::spawn;\n",
    );
    tree.add(
        "compat/src/task.rs",
        "pub use ::tokio::task::*;\npub fn spawn<F: Future>(future: F) -> JoinHandle<F::Output> {\n    ::tokio::spawn(future)\n}\n",
    );
    assert_eq!(classes(&tree.json(&[]).1), expected);
}

#[test]
fn every_table_of_a_manifest_may_rename() {
    let renamed = "rt = { package = \"tokio\", version = \"1\" }\n";
    let call = "pub fn start() {\n    rt::spawn(work());\n}\n";
    for table in [
        "dependencies",
        "dev-dependencies",
        "build-dependencies",
        "target.'cfg(unix)'.dependencies",
        "target.'cfg(unix)'.dev-dependencies",
    ] {
        let manifest = format!("[package]\nname = \"audited\"\n[{table}]\n{renamed}");
        let tree = Tree::new("tables", &[("Cargo.toml", &manifest), ("src/lib.rs", call)]);
        assert_eq!(count(&tree.json(&[]).1, "hazards"), 1, "{table}");
    }
    let workspace =
        format!("[workspace]\nmembers = [\"inner\"]\n[workspace.dependencies]\n{renamed}");
    for inherits in [
        "rt.workspace = true",
        "rt = { workspace = true, features = [\"net\"] }",
    ] {
        let manifest = format!("[package]\nname = \"inner\"\n[dependencies]\n{inherits}\n");
        let tree = Tree::new(
            "inherited",
            &[
                ("Cargo.toml", &workspace),
                ("inner/Cargo.toml", &manifest),
                ("inner/src/lib.rs", call),
            ],
        );
        assert_eq!(count(&tree.json(&[]).1, "hazards"), 1, "{inherits}");
        assert_eq!(
            count(&tree.json(&["inner/src"]).1, "hazards"),
            1,
            "{inherits}"
        );
    }
}

#[test]
fn an_allow_comment_in_test_code_is_not_called_unused_until_test_code_is_searched() {
    let allowing = |class: &str| {
        DETACHED.replace(
            "    tokio",
            &format!("    // steadfast: allow({class}, reason = \"x\")\n    tokio"),
        )
    };
    let inline = format!(
        "#[cfg(test)]\nmod tests {{\n{}}}\n#[cfg(test)]\nmod more;\n",
        allowing("detached-spawn")
    );
    let tree = Tree::new(
        "allow-in-tests",
        &[
            ("src/lib.rs", &inline),
            ("src/more.rs", &allowing("detached-spawn")),
        ],
    );
    assert_eq!(tree.audit(&[]).0, 0);
    assert_eq!(tree.audit(&["--tests"]).0, 0);
    let single = format!(
        "{}#[test]\n{}",
        DETACHED.replace("    tokio::spawn(work());\n", ""),
        allowing("poll-cancel")
    );
    let tree = Tree::new("allow-in-a-test", &[("src/lib.rs", &single)]);
    assert_eq!(tree.audit(&[]).0, 0);
    let (_, report) = tree.json(&["--tests"]);
    assert_eq!(
        (count(&report, "hazards"), count(&report, "comments")),
        (1, 1)
    );
}

#[test]
fn modules_are_followed_to_where_their_attributes_say_they_are() {
    let tree = Tree::new(
        "paths",
        &[
            (
                "form/Cargo.toml",
                "[package]\nname = \"form\"\n[dependencies]\nrt = { package = \"tokio\" }\n",
            ),
            (
                "form/src/lib.rs",
                "#[path = \"../../raw/src/server.rs\"]\nmod server;\n#[cfg(test)]\n#[path = \"../../raw/src/fake.rs\"]\nmod fake;\nuse self::server::start;\npub fn run() {\n    start();\n}\n",
            ),
            ("raw/Cargo.toml", "[package]\nname = \"raw\"\n"),
            (
                "raw/src/server.rs",
                "#[path = \"deeper/down.rs\"]\nmod down;\npub fn start() -> tokio::task::JoinHandle<()> {\n    rt::spawn(serve())\n}\n",
            ),
            ("raw/src/deeper/down.rs", DETACHED),
            ("raw/src/fake.rs", DETACHED),
        ],
    );
    let (_, report) = tree.json(&["form"]);
    let hazards = report["hazards"].as_array().expect("a list").iter();
    let files: Vec<_> = hazards
        .filter_map(|hazard| hazard["file"].as_str())
        .collect();
    assert_eq!(files, ["form/src/lib.rs", "raw/src/deeper/down.rs"]);
    // What is audited in its own place is audited once.
    let (_, report) = tree.json(&["raw", "form"]);
    assert_eq!(
        (count(&report, "hazards"), &report["files"]),
        (2, &Value::from(4))
    );
}

#[test]
fn what_is_left_out_as_test_code_is_counted_and_is_audited_where_it_is_named() {
    let tree = Tree::new(
        "left-out",
        &[
            ("src/lib.rs", "pub fn f() {}\n"),
            ("examples/app/Cargo.toml", "[package]\nname = \"app\"\n"),
            ("examples/app/src/main.rs", DETACHED),
            ("tests/it.rs", DETACHED),
        ],
    );
    let (status, text) = tree.audit(&[]);
    assert_eq!(status, 0);
    assert!(
        text.contains(
            "2 files of tests, benches and examples are left out (`--tests` searches them)"
        ),
        "{text}"
    );
    assert_eq!(tree.json(&[]).1["left_out"], 2);
    let (status, report) = tree.json(&["--tests"]);
    assert_eq!((status, &report["left_out"]), (1, &Value::from(0)));
    // It is an application of its own, once it is what is asked about.
    for named in ["examples", "examples/app", "examples/app/src"] {
        let (status, report) = tree.json(&[named]);
        assert_eq!((status, count(&report, "hazards")), (1, 1), "{named}");
        assert_eq!(report["hazards"][0]["severity"], "warning", "{named}");
    }
}

#[test]
fn what_examples_import_from_their_library_does_not_hide_what_it_re_exports() {
    let client = "use crate::Engine;\npub fn start(engine: Engine) {\n    engine.run();\n}\n";
    let engine = "pub struct Engine;\nimpl Engine {\n    pub fn run(&self) -> tokio::task::JoinHandle<()> {\n        tokio::spawn(turn())\n    }\n}\n";
    let example = "use audited::Engine;\nfn main() {\n    audited::client::start(Engine);\n}\n";
    let tree = Tree::new(
        "re_exports",
        &[
            ("Cargo.toml", "[package]\nname = \"audited\"\n"),
            ("examples/run.rs", example),
            ("src/bin/run.rs", example),
            ("src/client.rs", client),
            ("src/engine.rs", engine),
            (
                "src/lib.rs",
                "pub mod client;\nmod engine;\npub use engine::Engine;\n",
            ),
        ],
    );
    let (_, report) = tree.json(&[]);
    assert_eq!(count(&report, "hazards"), 1);
    assert_eq!(report["hazards"][0]["file"], "src/client.rs");
    assert_eq!(report["hazards"][0]["class"], "dropped-handle");
}

#[test]
fn an_allow_comment_silences_with_a_reason_and_is_reported_without_one_or_without_use() {
    let with = |comment: &str| {
        format!("pub fn start() {{\n    // steadfast: {comment}\n    tokio::spawn(work());\n}}\n")
    };
    let cases = [
        (
            "allow(detached-spawn, reason = \"the process ends with it\")",
            0,
            0,
            "",
        ),
        ("allow(detached-spawn)", 1, 1, "needs a reason"),
        (
            "allow(detached-spawn, reason = \"\")",
            1,
            1,
            "needs a reason",
        ),
        (
            "allow(detached, reason = \"x\")",
            1,
            1,
            "no class `detached`",
        ),
        ("allow(poll-cancel, reason = \"x\")", 1, 1, "allows nothing"),
        ("disallow", 1, 1, "cannot be read"),
    ];
    for (comment, hazards, comments, says) in cases {
        let tree = Tree::new("allow", &[("src/lib.rs", &with(comment))]);
        let (status, report) = tree.json(&[]);
        assert_eq!(count(&report, "hazards"), hazards, "{comment}");
        assert_eq!(count(&report, "comments"), comments, "{comment}");
        assert_eq!(status, i32::from(hazards + comments > 0), "{comment}");
        let message = report["comments"][0]["message"]
            .as_str()
            .unwrap_or_default();
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn an_allow_comment_for_a_class_that_is_not_searched_is_left_alone() {
    let text = "// steadfast: allow(poll-cancel, reason = \"x\")\npub fn f() {}\n";
    let tree = Tree::new("left-alone", &[("src/lib.rs", text)]);
    assert_eq!(tree.audit(&[]).0, 1);
    assert_eq!(tree.audit(&["--skip", "poll-cancel"]).0, 0);
}

#[test]
fn a_baseline_knows_hazards_after_they_have_moved_and_reports_new_ones() {
    let tree = Tree::new("baseline", &[("src/lib.rs", DETACHED)]);
    assert_eq!(tree.audit(&["--write-baseline", "known.json"]).0, 0);
    let moved = format!("//! Docs.\n\npub fn other() {{}}\n\n{DETACHED}");
    tree.add("src/lib.rs", &moved);
    let (status, report) = tree.json(&["--baseline", "known.json"]);
    assert_eq!((status, &report["in_baseline"]), (0, &Value::from(1)));
    tree.add(
        "src/lib.rs",
        format!("{moved}pub fn again() {{\n    tokio::spawn(work());\n}}\n"),
    );
    let (status, report) = tree.json(&["--baseline", "known.json"]);
    assert_eq!((status, count(&report, "hazards")), (1, 1));
    assert_eq!(report["hazards"][0]["function"], "again");
    tree.add("known.json", "[]");
    assert_eq!(tree.audit(&["--baseline", "known.json"]).0, 2);
}

#[test]
fn the_text_shows_the_line_underlined_and_what_to_write() {
    let tree = Tree::new("text", &[("src/lib.rs", DETACHED)]);
    let (_, text) = tree.audit(&[]);
    for part in [
        "warning[detached-spawn]",
        "--> src/lib.rs:2:5",
        "2 |     tokio::spawn(work());",
        "    ^^^^^^^^^^^^^^^^^^^^",
        "= instead: ",
    ] {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

#[test]
fn sarif_has_a_rule_and_a_region_for_each_result() {
    let tree = Tree::new("sarif", &[("src/a b.rs", DETACHED)]);
    let (status, text) = tree.audit(&["--sarif"]);
    assert_eq!(status, 1);
    let log: Value = serde_json::from_str(&text).expect("it prints JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let result = &run["results"][0];
    assert_eq!(result["level"], "warning");
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/a%20b.rs");
    assert_eq!(
        (
            &place["region"]["startLine"],
            &place["region"]["startColumn"]
        ),
        (&Value::from(2), &Value::from(5))
    );
}

#[test]
fn every_class_is_listed_and_explained() {
    let tree = Tree::new("explain", &[]);
    let (_, list) = tree.audit(&["--list"]);
    let names: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(names.len(), 10);
    for name in names {
        let (status, text) = tree.audit(&["--explain", name]);
        assert_eq!(status, 0);
        assert!(text.starts_with(name) && text.contains("Instead"), "{text}");
    }
}
