//! The project's commands. `cargo xtask --help` lists them.
#![forbid(unsafe_code)]

mod bench;
mod ci;
mod compat;
mod conformance;
mod demo;
mod features;
mod laws;
mod report;
mod shell;
mod soak;
mod tally;
mod test;
mod tidy;
mod tools;
mod verify;

use std::{env, process::ExitCode};

const HELP: &str = "\
The commands of steadfast.

Usage: cargo xtask <COMMAND> [ARGS]

Commands:
  demo [ARGS]           run the demonstration: each failure with the raw runtime, then with steadfast
  test [--only NAME]    everything that must hold before a change lands, with a closing summary
  conformance [ARGS]    the laws, on each runtime
                          --runtime R   this runtime alone
                          --case GLOB   these cases alone
                          --json        print the report as JSON
  laws [--write]        what became of each of the 309 laws; with --write, into crates/steadfast-conformance/LAWS.md
  verify [PART]...      model checking, an interpreter and sanitizers; every part if none is named
                          --quick       what `ci` runs of it
                          --record      write the results into crates/steadfast-conformance/VERIFICATION.md
                        parts: loom  signature  miri  asan  tsan
  soak [ARGS]           random trees of everything at once, until a promise breaks or the time is up
                          --minutes N   for so long; one minute if nothing is said
                          --seed S      from this seed; the same seed makes the same tree
                          --rounds N    so many trees
                          --runtime R   on this runtime alone
                          --crowd N     first, one nursery with so many short children
                          --show        print the first tree
  bench [ARGS]          what structure costs, beside the bare runtimes and the peers
                          --quick       what fits into two minutes
                          --filter F    only races whose title has F in it
                          --json FILE   all figures, round by round
                          --report      write benches/REPORT.md, and the plots
  compat                the tests of tokio's packages, as they are, on `steadfast-compat-tokio`
  ci [--only NAME]      what .ci/run runs: `test` and every other check

`--only` may be repeated. Names that `test` knows, and `ci` too:
  unit  doc  conformance  readme  rejected      (`ci --only test` runs all five)
Names that only `ci` knows:
  format  tidy  audit  clippy  docs  features  abort  paths  msrv  bare-metal  wasm  deny  loom  signature
";

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let command = args.next();
    let rest: Vec<String> = args.collect();
    match command.as_deref() {
        Some("demo") => demo::run(&rest),
        Some("test") => test::run(&rest),
        Some("conformance") => conformance::run(&rest),
        Some("laws") => laws::run(&rest),
        Some("verify") => verify::run(&rest),
        Some("soak") => soak::run(&rest),
        Some("compat") => compat::run(&rest),
        Some("bench") => bench::run(&rest),
        Some("ci") => ci::run(&rest),
        Some("help" | "--help" | "-h") => help(),
        Some(unknown) => misuse(&format!("there is no command `{unknown}`")),
        None => misuse("a command is needed"),
    }
}

fn help() -> ExitCode {
    print!("{HELP}");
    ExitCode::SUCCESS
}

fn misuse(what: &str) -> ExitCode {
    eprintln!("error: {what}\n\n{HELP}");
    ExitCode::from(2)
}
