//! The command line.

use super::race::{Race, Scale};
use std::path::PathBuf;

pub(crate) const HELP: &str = "\
What structure costs: steadfast beside the bare runtimes and its peers.

Usage: cargo xtask bench [ARGS]

  --quick         what fits into two minutes
  --filter F      only races whose title has F in it; the title is `workload: setting`. May be repeated: all must be in it
  --json FILE     all figures, round by round
  --report        write benches/REPORT.md and the plots beside it
  --no-valgrind   count no instructions
";

#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) help: bool,
    pub(crate) scale: Scale,
    pub(crate) filters: Vec<String>,
    pub(crate) json: Option<PathBuf>,
    /// The folder of the report.
    pub(crate) report: Option<PathBuf>,
    pub(crate) valgrind: bool,
    pub(crate) repeat: Option<Repeat>,
}

/// `--repeat N TITLE CONTESTANT`: under valgrind, this one alone, so many times.
#[derive(Debug)]
pub(crate) struct Repeat {
    pub(crate) times: usize,
    pub(crate) race: String,
    pub(crate) contestant: String,
}

impl Args {
    pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut args = args;
        let mut parsed = Self {
            help: false,
            scale: Scale::Full,
            filters: Vec::new(),
            json: None,
            report: None,
            valgrind: true,
            repeat: None,
        };
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("`{arg}` needs a value"));
            match arg.as_str() {
                "--help" | "-h" => parsed.help = true,
                "--quick" => parsed.scale = Scale::Quick,
                "--filter" => parsed.filters.push(value()?),
                "--json" => parsed.json = Some(value()?.into()),
                "--report" => parsed.report = Some(env!("CARGO_MANIFEST_DIR").into()),
                "--no-valgrind" => parsed.valgrind = false,
                "--repeat" => {
                    let times = value()?
                        .parse()
                        .map_err(|error| format!("--repeat: {error}"))?;
                    parsed.repeat = Some(Repeat {
                        times,
                        race: value()?,
                        contestant: value()?,
                    });
                }
                _ => return Err(format!("`{arg}` is not known")),
            }
        }
        Ok(parsed)
    }

    /// What makes a report like this one.
    pub(crate) fn shown(&self) -> String {
        let mut shown = String::from("--report");
        if !self.scale.is_full() {
            shown.push_str(" --quick");
        }
        for filter in &self.filters {
            shown.push_str(&format!(" --filter '{filter}'"));
        }
        shown
    }

    pub(crate) fn wants(&self, race: &Race) -> bool {
        let title = race.title();
        self.filters.iter().all(|filter| title.contains(filter))
    }
}
