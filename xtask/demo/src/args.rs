//! The command line.

use std::fmt::Write as _;

use crate::runtime::Runtime;
use crate::scenario::{Scenario, Side};
use crate::scenarios;

/// What the program was asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Print the help text.
    Help,
    /// Run the scenarios and print the table.
    Run(Args),
    /// Be the process that the shutdown scenario watches from outside.
    Service(Runtime, Side),
}

/// Which cells to run. `None` is all of them.
#[derive(Debug, Default)]
pub(crate) struct Args {
    runtime: Option<Runtime>,
    scenario: Option<&'static Scenario>,
}

impl Args {
    pub(crate) fn runtimes(&self) -> impl Iterator<Item = Runtime> + use<> {
        let only = self.runtime;
        Runtime::ALL
            .into_iter()
            .filter(move |runtime| only.is_none_or(|only| only == *runtime))
    }

    pub(crate) fn scenarios(&self) -> impl Iterator<Item = &'static Scenario> + use<> {
        let only = self.scenario;
        scenarios::ALL
            .iter()
            .copied()
            .filter(move |scenario| only.is_none_or(|only| only.name == scenario.name))
    }
}

pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut args = Args::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-h" | "--help" => return Ok(Command::Help),
            "--runtime" => args.runtime = Some(runtime(words.next())?),
            "--scenario" => args.scenario = Some(scenario(words.next())?),
            SERVICE => {
                return Ok(Command::Service(
                    runtime(words.next())?,
                    side(words.next())?,
                ));
            }
            other => return Err(format!("`{other}` is not an option")),
        }
    }
    Ok(Command::Run(args))
}

pub(crate) fn help() -> String {
    let mut text = String::from(
        "Shows what goes wrong with the raw runtime, and what happens with steadfast.\n\n\
         Usage: demo [--runtime RUNTIME] [--scenario SCENARIO]\n\n\
         Runtimes:\n",
    );
    for runtime in Runtime::ALL {
        let _ = writeln!(text, "  {}", runtime.name());
    }
    text.push_str("\nScenarios:\n");
    for scenario in scenarios::ALL {
        let _ = writeln!(text, "  {:<10} {}", scenario.name, scenario.title);
    }
    text.push_str("\nThe exit code is 0 if every steadfast cell is clean, and 1 if one is not. Colour is left out if NO_COLOR is set.\n");
    text
}

fn runtime(word: Option<String>) -> Result<Runtime, String> {
    let word = word.ok_or("`--runtime` needs the name of a runtime")?;
    Runtime::ALL
        .into_iter()
        .find(|runtime| runtime.name() == word)
        .ok_or_else(|| format!("`{word}` is not a runtime of this program"))
}

fn scenario(word: Option<String>) -> Result<&'static Scenario, String> {
    let word = word.ok_or("`--scenario` needs the name of a scenario")?;
    scenarios::ALL
        .iter()
        .copied()
        .find(|scenario| scenario.name == word)
        .ok_or_else(|| format!("`{word}` is not a scenario of this program"))
}

fn side(word: Option<String>) -> Result<Side, String> {
    let word = word.unwrap_or_default();
    [Side::Raw, Side::Steadfast]
        .into_iter()
        .find(|side| side.name() == word)
        .ok_or_else(|| format!("`{word}` is neither `raw` nor `steadfast`"))
}

/// The first word of the command line with which the shutdown scenario starts this program again.
pub(crate) const SERVICE: &str = "--service";
