//! `cargo xtask ci`: every check of the project, cheap ones first. `.ci/run` and the workflow run this and nothing else.

use crate::{
    bench, features, misuse,
    report::{self, Section, Step},
    shell::{Cmd, build_binary, cargo, program, target_dir},
    test, tidy, tools, verify,
};
use std::process::ExitCode;

/// `rust-version` in the root manifest, as a toolchain: the first release of that version, not its last.
const MSRV: &str = concat!(env!("CARGO_PKG_RUST_VERSION"), ".0");

/// No operating system, no `std`.
const BARE_METAL: &str = "thumbv7em-none-eabi";

/// `std` without threads.
const WASM: &str = "wasm32-unknown-unknown";

const BEFORE: &[Step] = &[
    Step {
        name: "format",
        title: "rustfmt has nothing to change",
        body: format,
    },
    Step {
        name: "tidy",
        title: "the house rules that a program can check",
        body: tidy::check,
    },
    Step {
        name: "audit",
        title: "no work of ours is stopped, starved or detached by accident",
        body: audit,
    },
    Step {
        name: "clippy",
        title: "no warning in any target",
        body: clippy,
    },
];

const AFTER: &[Step] = &[
    Step {
        name: "docs",
        title: "the documentation builds without a warning",
        body: docs,
    },
    Step {
        name: "features",
        title: "each backend alone, all, none; each rung of the core",
        body: features::combinations,
    },
    Step {
        name: "abort",
        title: "the laws hold where a panic ends the process, save those about panics",
        body: without_unwinding,
    },
    Step {
        name: "paths",
        title: "the hottest paths take no more instructions than recorded",
        body: bench::paths,
    },
    Step {
        name: "msrv",
        title: "the oldest supported toolchain builds everything",
        body: msrv,
    },
    Step {
        name: "bare-metal",
        title: "the core builds without an operating system",
        body: bare_metal,
    },
    Step {
        name: "wasm",
        title: "the core builds for WebAssembly",
        body: wasm,
    },
    Step {
        name: "deny",
        title: "bans, licences, sources and advisories of the dependencies",
        body: deny,
    },
];

pub(crate) fn run(args: &[String]) -> ExitCode {
    let verify = verify::steps();
    let steps = [BEFORE, test::STEPS, AFTER, &verify].concat();
    match report::select(&steps, &[("test", test::STEPS)], args) {
        Ok(steps) => report::run(&steps),
        Err(what) => misuse(&what),
    }
}

fn format(section: &mut Section) {
    let ready = tools::component("rustfmt", "fmt");
    section.run_if(ready, || cargo("fmt --all -- --check"));
}

/// The project's own `cargo steadfast audit`, on the project.
fn audit(section: &mut Section) {
    match build_binary("cargo-steadfast") {
        Ok(binary) => section.run(binary.args(["audit"])),
        Err(failure) => section.fail(failure),
    }
}

fn clippy(section: &mut Section) {
    let ready = tools::component("clippy", "clippy");
    section.run_if(ready, || {
        cargo("clippy --workspace --all-targets --all-features -- -D warnings")
    });
}

fn docs(section: &mut Section) {
    let build = cargo("doc --no-deps --workspace --all-features");
    section.run(build.env("RUSTDOCFLAGS", "-D warnings"));
}

fn msrv(section: &mut Section) {
    let target = target_dir().join("msrv").to_string_lossy().into_owned();
    match tools::cargo_of(MSRV) {
        Ok(cargo) => section.run(cargo.args([
            "check",
            "--workspace",
            "--all-features",
            "--locked",
            "--target-dir",
            &target,
        ])),
        Err(failure) => section.fail(failure),
    }
}

/// The reference runtime alone: what could differ without unwinding is the core, and it is the same on every runtime.
fn without_unwinding(section: &mut Section) {
    let target = target_dir().join("abort").to_string_lossy().into_owned();
    let suite = cargo("run --package steadfast-conformance --example reference --target-dir");
    section.run_conformance(suite.args([&target, "--config", r#"profile.dev.panic="abort""#]));
}

fn bare_metal(section: &mut Section) {
    for features in ["", "alloc"] {
        let flags = format!("--no-default-features --features={features}");
        section.run_if(tools::target(BARE_METAL), || build_core(BARE_METAL, &flags));
        // What it promises to do there is run here, on an executor that has no heap either.
        let test = "test --quiet --package steadfast-core --no-default-features --test without_allocator --features";
        section.run(cargo(test).args([features]));
    }
}

fn wasm(section: &mut Section) {
    section.run_if(tools::target(WASM), || build_core(WASM, "--all-features"));
}

fn build_core(target: &str, flags: &str) -> Cmd {
    cargo("build --package steadfast-core --target")
        .args([target])
        .args(flags.split_whitespace())
}

fn deny(section: &mut Section) {
    let deny = match tools::cargo_deny() {
        Ok(path) => move |args: &str| program(&path, args),
        Err(failure) => return section.fail(failure),
    };
    section.run(deny("check --hide-inclusion-graph bans licenses sources"));
    // The database lives on a host of its own, which a machine that reaches the registry need not reach.
    match deny("fetch db").read() {
        Ok(_) => section.run(deny("--offline check advisories")),
        Err(failure) => section.note(format!("advisories skipped, no database: {failure}")),
    }
}
