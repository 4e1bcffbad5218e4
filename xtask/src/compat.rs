//! `cargo xtask compat`: the tests that tokio's own packages carry, as they are, on the package that takes tokio's name.
//!
//! They are copied from the packages that cargo has downloaded into packages that are generated under `target/`; nothing of
//! theirs is kept here. What is known to fail, and why, is listed below.

use crate::{
    report::{self, Section, Step},
    shell::{Failure, cargo, program, root, target_dir},
    tally::Tally,
};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The packages whose tests are run.
const PACKAGES: &[&str] = &["tokio", "tokio-util", "tokio-stream"];

/// The tests that start tasks or runtimes, by the beginnings of their files' names.
const ABOUT_TASKS: &[&str] = &[
    "abort_",
    "coop_",
    "join_",
    "macros_",
    "no_rt",
    "rt_",
    "spawn_",
    "stream_",
    "sync_cancellation_token",
    "task_",
    "time_pause",
    "time_timeout",
];

/// How long one file of tests may run.
const SECONDS: &str = "120";

/// The files that do not build, and why that is so.
const DO_NOT_BUILD: &[(&str, &str)] = &[(
    "join_set_stream",
    "tokio-stream takes a `JoinSet` of tokio's by value, and the one here is a type of its own",
)];

/// What the tests name. The features are those by which the tests ask what they may use; `homepage` is what one of them reads.
const MANIFEST: &str = r#"
version = "0.0.0"
edition = "2021"
homepage = "https://tokio.rs"

[features]
default = ["fs", "full", "io-util", "macros", "net", "process", "rt", "rt-multi-thread", "signal", "sync", "test-util", "time"]
fs = []
full = []
io-util = []
macros = []
net = []
process = []
rt = []
rt-multi-thread = []
signal = []
sync = []
test-util = []
time = []

[dependencies]
async-stream = "0.3"
futures = "0.3"
futures-concurrency = "7"
futures-core = "0.3"
futures-test = "0.3"
futures-util = "0.3"
libc = "0.2"
mockall = "0.13"
parking_lot = "0.12"
pin-project-lite = "0.2"
proptest = "1"
rand = "0.9"
socket2 = "0.6"
tempfile = "3"
tokio-stream = { version = "0.1", features = ["full"] }
tokio-test = "0.4"
tokio-util = { version = "0.7", features = ["full"] }
"#;

pub(crate) fn run(args: &[String]) -> ExitCode {
    if let Some(unknown) = args.first() {
        return Failure::new(format!("`compat` takes no argument, and got `{unknown}`")).report();
    }
    report::run(&[Step {
        name: "compat",
        title: "the tests of tokio's packages run on the package that takes its name",
        body: check,
    }])
}

fn check(section: &mut Section) {
    let built = generate().and_then(|workspace| build(&workspace));
    match built {
        Ok(built) => built.judge(section),
        Err(failure) => section.fail(failure),
    }
}

/// Writes the packages and returns the directory of their workspace.
fn generate() -> Result<PathBuf, Failure> {
    let workspace = target_dir().join("compat");
    let failed =
        |error: io::Error| Failure::new(format!("the packages cannot be written: {error}"));
    write_manifests(&workspace).map_err(failed)?;
    let metadata = cargo("metadata --format-version 1 --manifest-path")
        .args([manifest_of(&workspace)])
        .read()?;
    for package in PACKAGES {
        let tests = source_of(package, &metadata)?.join("tests");
        copy_tests(&tests, &workspace.join(package).join("tests")).map_err(failed)?;
    }
    Ok(workspace)
}

fn write_manifests(workspace: &Path) -> io::Result<()> {
    let stand_in = root().join("crates/steadfast-compat-tokio");
    for package in PACKAGES {
        let directory = workspace.join(package);
        // Files that an older version of the package had do not stay.
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(directory.join("src"))?;
        fs::write(directory.join("src/lib.rs"), "")?;
        let renamed = format!(
            "tokio = {{ package = \"steadfast-compat-tokio\", path = {:?}, features = [\"full\", \"test-util\"] }}\n",
            stand_in.display().to_string()
        );
        let manifest = format!("[package]\nname = \"compat-of-{package}\"{MANIFEST}{renamed}");
        fs::write(directory.join("Cargo.toml"), manifest)?;
    }
    // The versions that this workspace is built with.
    fs::copy(root().join("Cargo.lock"), workspace.join("Cargo.lock"))?;
    let members = format!("[workspace]\nresolver = \"3\"\nmembers = {PACKAGES:?}\n");
    fs::write(workspace.join("Cargo.toml"), members)
}

fn manifest_of(workspace: &Path) -> String {
    workspace.join("Cargo.toml").display().to_string()
}

/// Where cargo keeps the package of that name.
fn source_of(package: &str, metadata: &str) -> Result<PathBuf, Failure> {
    let manifests = metadata.split(r#""manifest_path":""#).skip(1);
    let directories = manifests.filter_map(|rest| Path::new(rest.split('"').next()?).parent());
    let mut named = directories.filter(|directory| {
        let name = directory.file_name().and_then(|name| name.to_str());
        let version = name.and_then(|name| name.strip_prefix(package)?.strip_prefix('-'));
        version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
    });
    let found = named.next().map(Path::to_path_buf);
    found.ok_or_else(|| Failure::new(format!("cargo knows no downloaded package `{package}`")))
}

fn copy_tests(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy().into_owned();
        if path.is_dir() {
            copy_all(&path, &to.join(name))?;
        } else if ABOUT_TASKS.iter().any(|about| name.starts_with(about)) {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// What several tests share.
fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// What cargo made of the tests: by the name of a file, its program, or the first error in it.
struct Built {
    workspace: PathBuf,
    programs: BTreeMap<String, String>,
    errors: BTreeMap<String, String>,
}

fn build(workspace: &Path) -> Result<Built, Failure> {
    let (said, _) =
        cargo("build --workspace --tests --keep-going --message-format json --manifest-path")
            .args([manifest_of(workspace)])
            .capture();
    let mut built = Built {
        workspace: workspace.to_owned(),
        programs: BTreeMap::new(),
        errors: BTreeMap::new(),
    };
    let ours = said.lines().filter(|line| line.contains("compat-of-"));
    for line in ours.filter(|line| line.contains(r#""kind":["test"]"#)) {
        let Some(name) = text_after(r#""crate_types":["bin"],"name":""#, line) else {
            continue;
        };
        if let Some(executable) = text_after(r#""executable":""#, line) {
            built.programs.insert(name, executable);
        } else if line.contains(r#""level":"error""#) {
            let error = text_after(r#""rendered":""#, line).unwrap_or_default();
            let first = error.split("\\n").next().unwrap_or_default().to_owned();
            built.errors.entry(name).or_insert(first);
        }
    }
    match built.programs.is_empty() {
        true => Err(Failure::new(format!(
            "nothing was built: {}",
            said.lines().last().unwrap_or_default()
        ))),
        false => Ok(built),
    }
}

/// The JSON text that follows `label`, as far as its first quote.
fn text_after(label: &str, line: &str) -> Option<String> {
    let (_, rest) = line.split_once(label)?;
    Some(rest.split('"').next()?.to_owned())
}

impl Built {
    fn judge(self, section: &mut Section) {
        for (name, error) in &self.errors {
            match DO_NOT_BUILD.iter().find(|(known, _)| known == name) {
                Some((_, why)) => section.note(format!("`{name}` does not build: {why}")),
                None => section.fail(format!("`{name}` does not build: {error}")),
            }
        }
        let mut sum = Tally::default();
        for (name, executable) in &self.programs {
            let (said, end) = self.run(executable);
            let tally = said.lines().find_map(Tally::from_libtest);
            sum += tally.unwrap_or_default();
            if let Err(failure) = end {
                let failed = said.lines().filter(|line| line.ends_with("... FAILED"));
                let failed: Vec<_> = failed.collect();
                let why = match (failed.is_empty(), tally) {
                    (false, _) => failed.join(", "),
                    (true, None) => format!("it did not end within {SECONDS} s: {failure}"),
                    (true, Some(_)) => failure.to_string(),
                };
                section.fail(format!("`{name}`: {why}"));
            }
        }
        let files = self.programs.len();
        section.note(format!("{files} files of tests ran"));
        section.count(sum, Ok(()));
    }

    /// Runs one file's tests from the directory of a package, as cargo would, within the limit.
    fn run(&self, executable: &str) -> (String, Result<(), Failure>) {
        let directory = self.workspace.join(PACKAGES[0]);
        program("timeout", SECONDS)
            .args([executable])
            .within(&directory)
            .capture()
    }
}

#[cfg(test)]
mod tests {
    use super::{source_of, text_after};
    use std::path::Path;

    #[test]
    fn a_package_is_told_from_those_whose_names_begin_alike() {
        let metadata = r#"{"packages":[{"manifest_path":"/r/tokio-util-0.7.1/Cargo.toml"},
            {"manifest_path":"/r/tokio-1.54.1/Cargo.toml"}]}"#;
        let found = source_of("tokio", metadata).ok();
        assert_eq!(found.as_deref(), Some(Path::new("/r/tokio-1.54.1")));
        assert!(source_of("tokio-stream", metadata).is_err());
    }

    #[test]
    fn the_text_ends_at_its_quote() {
        let line = r#"{"name":"rt_basic","executable":"/t/rt_basic-1"}"#;
        let text = text_after(r#""executable":""#, line);
        assert_eq!(text.as_deref(), Some("/t/rt_basic-1"));
        assert_eq!(text_after(r#""kind":""#, line), None);
    }
}
