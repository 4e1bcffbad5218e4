//! The command line.

use crate::{
    allow, audit,
    baseline::Baseline,
    classes::{Class, Severity},
    report::{self, Report},
};
use std::{
    ffi::OsString,
    fs,
    io::{self, Write},
    path::PathBuf,
};

const HELP: &str = "\
Finds where async code stops, starves or detaches work. Nothing is built or run.

Usage: cargo steadfast audit [OPTIONS] [PATH]...

PATH is a directory, or one file, which then is a crate of its own. Default: the current directory.

Options:
  --tests              search test code too (`#[cfg(test)]`, tests, benches, examples), one severity lower
  --class CLASS        search for this class alone; may be repeated
  --skip CLASS         leave this class out; may be repeated
  --min-severity S     report `note`, `warning` or `error` and above; default: note
  --json, --sarif      print JSON, or SARIF 2.1.0
  --baseline FILE      leave out what FILE knows
  --write-baseline FILE  write what is found into FILE, and succeed
  --list               list the classes
  --explain CLASS      why it is a hazard, and what to write instead
  --help, --version

Exit status: 0 nothing found, 1 hazards or wrong allow comments, 2 misuse or a source that could not be read.
";

const NOTHING: u8 = 0;
const HAZARDS: u8 = 1;
const MISUSE: u8 = 2;

#[derive(Debug, Default)]
struct Options {
    paths: Vec<PathBuf>,
    tests: bool,
    only: Vec<Class>,
    skip: Vec<Class>,
    min_severity: Option<Severity>,
    format: Format,
    baseline: Option<PathBuf>,
    write_baseline: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    #[default]
    Text,
    Json,
    Sarif,
}

/// What the command line asks for.
#[derive(Debug)]
enum Command {
    Audit(Box<Options>),
    Print(String),
}

/// Runs, prints, and returns the exit status.
pub(crate) fn run(args: impl Iterator<Item = OsString>) -> u8 {
    match parse(args) {
        Ok(Command::Audit(options)) => run_audit(&options),
        Ok(Command::Print(text)) => {
            print(&text);
            NOTHING
        }
        Err(why) => misuse(&format!(
            "{why}; `cargo steadfast audit --help` shows the usage"
        )),
    }
}

fn misuse(why: &str) -> u8 {
    eprintln!("error: {why}");
    MISUSE
}

/// A reader that went away has seen enough.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

fn parse(args: impl Iterator<Item = OsString>) -> Result<Command, String> {
    // Cargo passes the name of the subcommand on.
    let mut args = args.peekable();
    args.next_if(|first| first == "steadfast");
    match args.next() {
        Some(first) if first == "audit" => {}
        Some(first) if first == "--help" || first == "-h" || first == "help" => {
            return Ok(Command::Print(HELP.into()));
        }
        Some(first) if first == "--version" || first == "-V" => {
            return Ok(Command::Print(version()));
        }
        Some(first) => return Err(format!("there is no command `{}`", first.to_string_lossy())),
        None => return Err("a command is needed".into()),
    }
    let mut options = Options::default();
    let mut only_paths = false;
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy().into_owned();
        if only_paths || !text.starts_with('-') || text == "-" {
            options.paths.push(PathBuf::from(arg));
            continue;
        }
        let (flag, attached) = match text.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(OsString::from(value))),
            None => (text, None),
        };
        let mut value = || {
            attached
                .clone()
                .or_else(|| args.next())
                .ok_or(format!("`{flag}` needs a value"))
        };
        match flag.as_str() {
            "--" => only_paths = true,
            "--tests" => options.tests = true,
            "--json" => options.format = Format::Json,
            "--sarif" => options.format = Format::Sarif,
            "--class" => options.only.push(class(&value()?)?),
            "--skip" => options.skip.push(class(&value()?)?),
            "--min-severity" => options.min_severity = Some(severity(&value()?)?),
            "--baseline" => options.baseline = Some(value()?.into()),
            "--write-baseline" => options.write_baseline = Some(value()?.into()),
            "--list" => return Ok(Command::Print(list())),
            "--explain" => return Ok(Command::Print(explain(class(&value()?)?))),
            "--help" | "-h" => return Ok(Command::Print(HELP.into())),
            "--version" | "-V" => return Ok(Command::Print(version())),
            _ => return Err(format!("there is no option `{flag}`")),
        }
    }
    if options.paths.is_empty() {
        options.paths.push(PathBuf::from("."));
    }
    Ok(Command::Audit(Box::new(options)))
}

fn class(name: &OsString) -> Result<Class, String> {
    let name = name.to_string_lossy();
    Class::parse(&name).ok_or_else(|| format!("there is no class `{name}`; `--list` lists them"))
}

fn severity(name: &OsString) -> Result<Severity, String> {
    let name = name.to_string_lossy();
    Severity::parse(&name)
        .ok_or_else(|| format!("there is no severity `{name}`: note, warning or error"))
}

fn version() -> String {
    format!("cargo-steadfast {}\n", env!("CARGO_PKG_VERSION"))
}

fn list() -> String {
    let line = |class: Class| {
        format!(
            "{:26} {:8} {}\n",
            class.name(),
            class.severity().name(),
            class.summary()
        )
    };
    Class::ALL.into_iter().map(line).collect()
}

fn explain(class: Class) -> String {
    format!(
        "{class} ({}): {}\n\n{}\n",
        class.severity().name(),
        class.summary(),
        class.explanation()
    )
}

fn run_audit(options: &Options) -> u8 {
    if let Some(missing) = options.paths.iter().find(|path| !path.exists()) {
        return misuse(&format!(
            "there is no file or directory `{}`",
            missing.display()
        ));
    }
    let baseline = match options.baseline.as_ref().map(read_baseline).transpose() {
        Ok(baseline) => baseline,
        Err(why) => return misuse(&why),
    };
    let audit::Audit {
        files,
        mut findings,
        unreadable,
    } = audit::run(&options.paths, options.tests);
    let selected = |class: Class| {
        (options.only.is_empty() || options.only.contains(&class)) && !options.skip.contains(&class)
    };
    let in_force = options.min_severity.unwrap_or(Severity::Note);
    findings.retain(|finding| selected(finding.class) && finding.severity >= in_force);
    let searched = |class: Class, text: &audit::Text, line: u32| {
        selected(class) && class.severity() >= in_force && (options.tests || !text.is_test_at(line))
    };
    let complaints = allow::apply(&files, &mut findings, &searched);
    if let Some(path) = &options.write_baseline {
        let text = Baseline::of(&files, &findings).to_text();
        if let Err(error) = fs::write(path, text) {
            return misuse(&format!("`{}` cannot be written: {error}", path.display()));
        }
        println!(
            "{} hazards are written to `{}`",
            findings.len(),
            path.display()
        );
        return if unreadable.is_empty() {
            NOTHING
        } else {
            MISUSE
        };
    }
    let known = baseline.map_or(0, |baseline| baseline.filter(&files, &mut findings));
    let report = Report {
        files: &files,
        findings: &findings,
        complaints: &complaints,
        unreadable: &unreadable,
        known,
        left_out: files
            .iter()
            .filter(|text| text.is_test && !options.tests)
            .count(),
    };
    show(&report, options.format);
    if !unreadable.is_empty() {
        MISUSE
    } else if !findings.is_empty() || !complaints.is_empty() {
        HAZARDS
    } else {
        NOTHING
    }
}

fn read_baseline(path: &PathBuf) -> Result<Baseline, String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("the baseline `{}` cannot be read: {error}", path.display()))?;
    Baseline::parse(&text).map_err(|why| format!("`{}` is not a baseline: {why}", path.display()))
}

fn show(report: &Report<'_>, format: Format) {
    match format {
        Format::Json => print(&report::json::write(report)),
        Format::Sarif => print(&report::sarif::write(report)),
        Format::Text => {
            let mut text = String::new();
            if report::text::write(report, &mut text).is_ok() {
                print(&text);
            }
        }
    }
}
