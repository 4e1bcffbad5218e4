//! Shows, on tokio, smol and async-std, how async control flow fails with the raw runtime and holds with steadfast.
//!
//! Every cell of the table is counted, and the task tree below it is taken, in the run that prints them. The exit code is 0
//! if each steadfast cell is clean, 1 if one is not, and 2 if the command line was not understood.
#![forbid(unsafe_code)]

mod args;
mod cell;
mod live;
mod runtime;
mod scenario;
mod scenarios;
mod table;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use args::{Args, Command};
use runtime::Runtime;
use table::{Row, Table};

fn main() -> ExitCode {
    match args::parse(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            print!("{}", args::help());
            ExitCode::SUCCESS
        }
        Ok(Command::Run(args)) => run(&args),
        Ok(Command::Service(runtime, side)) => scenarios::shutdown::run_service(runtime, side),
        Err(problem) => {
            eprintln!("demo: {problem}\n\n{}", args::help());
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> ExitCode {
    let table = Table::new(rows(args), wants_colour());
    print!("{table}");
    let tree_is_there = show_tree(args.runtimes().next().unwrap_or(Runtime::Tokio));
    let verdict = table.verdict();
    print!("\n{verdict}");
    if tree_is_there {
        ExitCode::from(verdict.exit_code())
    } else {
        ExitCode::FAILURE
    }
}

fn rows(args: &Args) -> Vec<Row> {
    let mut rows = Vec::new();
    for scenario in args.scenarios() {
        for runtime in args.runtimes() {
            rows.push(Row {
                scenario,
                runtime,
                raw: cell::run(scenario.raw, runtime),
                steadfast: cell::run(scenario.steadfast, runtime),
            });
        }
    }
    rows
}

/// Returns whether there was a tree to show.
fn show_tree(runtime: Runtime) -> bool {
    let name = runtime.name();
    println!("\nThe live task tree, `steadfast::tree()`, of a small server running on {name}:\n");
    let tree = cell::watch(move || live::tree(runtime));
    match &tree {
        Ok(tree) => print!("{tree}"),
        Err(why) => println!("not observed: {why}"),
    }
    tree.is_ok()
}

/// Colour is for terminals, and not for those who said no: <https://no-color.org>.
fn wants_colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !refused
}
