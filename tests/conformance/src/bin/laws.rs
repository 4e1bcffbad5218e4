//! `laws [--write]`: what became of each law, as a table; with `--write`, into `LAWS.md` of the suite instead.
//!
//! The exit code is 1 if a law has no answer or contradictory ones, or names a test that does not exist, and 2 if the arguments
//! are wrong.
#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use steadfast_conformance::all_cases;
use steadfast_conformance::laws::Table;
use steadfast_conformance::reference::PoolHandle;

/// The root of the repository, seen from this package.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const PRINT: &str = "crates/steadfast-conformance/LAWS.md";

fn main() -> ExitCode {
    let root = Path::new(ROOT);
    let table = Table::new(all_cases::<PoolHandle>().iter().map(|case| case.info));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => print!("{table}"),
        ["--write"] => match fs::write(root.join(PRINT), table.to_markdown()) {
            Ok(()) => println!("wrote {PRINT}"),
            Err(error) => {
                eprintln!("{PRINT}: {error}");
                return ExitCode::FAILURE;
            }
        },
        _ => {
            eprintln!("usage: laws [--write]");
            return ExitCode::from(2);
        }
    }
    let complaints = table.complaints(root);
    for complaint in &complaints {
        eprintln!("error: {complaint}");
    }
    if complaints.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
