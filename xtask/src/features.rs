//! Every feature set that a user can meet: features add names, so each of them must build without a warning.

use crate::{report::Section, shell::cargo};

/// The facade: each backend alone, all of them, none.
const FACADE: &[&str] = &[
    "",
    "tokio",
    "tokio-util",
    "smol",
    "async-std",
    "sim",
    "io",
    "io,tokio",
    "tokio,smol,async-std",
];

/// The core's ladder; each rung needs the one before.
const CORE: &[&str] = &["", "alloc", "std", "std,tracing"];

/// Readers, writers and channels of nobody in particular, and those of tokio.
const IO: &[&str] = &["", "tokio"];

/// The listeners of each runtime, and of none.
const HYPER: &[&str] = &["", "tokio", "smol", "async-std", "futures"];

/// What is replaced of tokio depends on few of tokio's features.
const COMPAT: &[&str] = &["", "net", "process", "macros,sync", "full,test-util"];

pub(crate) fn combinations(section: &mut Section) {
    let packages = [
        ("steadfast", FACADE),
        ("steadfast-core", CORE),
        ("steadfast-io", IO),
        ("steadfast-hyper", HYPER),
        ("steadfast-compat-tokio", COMPAT),
    ];
    for (package, sets) in packages {
        for set in sets {
            let features = format!("--features={set}");
            let command = cargo("clippy --quiet --no-default-features --package");
            section.run(command.args([package, &features, "--", "-D", "warnings"]));
        }
    }
}
