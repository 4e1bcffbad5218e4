//! What is printed, and the report.

use super::{
    args::Args,
    goal::Verdict,
    machine::{self, Moment},
    plot,
    race::Metric,
    rounds::{Figure, Outcome},
};
use std::{fmt::Write as _, fs, path::Path};

/// One race, as it is printed: the spread, and the ratios to the floor and, of what is ours, to each peer.
pub(super) fn text(outcome: &Outcome) -> String {
    let mut text = format!("\n{}: {}\n", outcome.workload, outcome.setting);
    let unit = format!("{}/{}", outcome.metric.symbol(), outcome.unit);
    let ours: Vec<&Figure> = outcome.figures.iter().filter(|f| f.is_ours()).collect();
    _ = write!(
        text,
        "  {unit:<34} {:>9} {:>9} {:>9} {:>9} {:>8}",
        "median", "least", "quartile", "quartile", "to floor"
    );
    for one in &ours {
        _ = write!(text, " {:>24}", format!("{} to it", one.name));
    }
    _ = writeln!(text, " {:>12}", "instructions");
    for figure in &outcome.figures {
        let (low, high) = figure.quartiles();
        _ = write!(
            text,
            "  {:<34} {:>9} {:>9} {:>9} {:>9} {:>8.2}",
            figure.name,
            short(figure.median()),
            short(figure.best()),
            short(low),
            short(high),
            figure.ratio_to(&outcome.figures[0]),
        );
        for one in &ours {
            _ = write!(text, " {:>24.2}", one.ratio_to(figure));
        }
        let count = figure.instructions.map(short).unwrap_or_default();
        _ = writeln!(text, " {count:>12}");
    }
    for verdict in verdicts(outcome) {
        _ = writeln!(text, "  {}", sentence(&verdict));
    }
    text
}

/// Which goals are met.
pub(super) fn summary(outcomes: &[Outcome]) {
    let all: Vec<Verdict> = outcomes.iter().flat_map(verdicts).collect();
    let met = all.iter().filter(|verdict| verdict.is_met()).count();
    println!("\n{met} of {} goals are met", all.len());
}

/// Writes `REPORT.md` and its plots into `directory`.
pub(super) fn write(
    directory: &Path,
    args: &Args,
    started: &Moment,
    outcomes: &[Outcome],
) -> Result<(), String> {
    let plots = plot::draw(&directory.join("plots"), outcomes)?;
    let mut text = head(args, started);
    goals(&mut text, outcomes);
    _ = writeln!(text, "\n## Figures\n\n{READING}");
    for workload in workloads_of(outcomes) {
        let races: Vec<&Outcome> = outcomes.iter().filter(|o| o.workload == workload).collect();
        _ = writeln!(text, "\n### `{workload}`\n");
        for plot in plots.iter().filter(|plot| plot.workload == workload) {
            _ = writeln!(text, "![{}](plots/{})\n", plot.title, plot.file);
        }
        let mut rest = races.as_slice();
        while let Some((first, _)) = rest.split_first() {
            let alike = rest.iter().take_while(|race| is_alike(race, first)).count();
            table(&mut text, &rest[..alike]);
            rest = &rest[alike..];
        }
    }
    let path = directory.join("REPORT.md");
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

const READING: &str = "\
Cells: median, half of the distance between the quartiles, and, after the dot, the ratio to the first column. A ratio is the median of
the ratios within a round; ratios carry over to other machines, nanoseconds do not. *instr* is instructions, where one thread does
the work.";

fn head(args: &Args, started: &Moment) -> String {
    let ended = machine::now();
    let mut text = format!(
        "\
# What structure costs

Written by `cargo xtask bench {}`. What bends the curves, and how to plan past one machine: [SCALING.md](SCALING.md).

| | |
|---|---|
| commit | {} |
| machine | {} |
| compiler | {}, profile `measured` |
| begun | {}, load {} |
| ended | {}, load {} |
| versions |",
        args.shown(),
        machine::commit(),
        machine::shape(),
        machine::compiler(),
        started.date,
        started.load,
        ended.date,
        ended.load,
    );
    for (name, version) in machine::versions() {
        _ = write!(text, " {name} {version},");
    }
    text.pop();
    text.push_str(" |\n");
    text
}

fn goals(text: &mut String, outcomes: &[Outcome]) {
    let all: Vec<_> = outcomes
        .iter()
        .flat_map(|o| verdicts(o).map(move |v| (o, v)))
        .collect();
    let met = all.iter().filter(|(_, verdict)| verdict.is_met()).count();
    _ = writeln!(
        text,
        "\n## Goals\n\n{met} of {} are met.\n\n| workload | setting | who | goal | reached | |\n|---|---|---|---|---|---|",
        all.len()
    );
    for (outcome, verdict) in all {
        _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | {} |",
            outcome.workload,
            outcome.setting,
            verdict.who,
            verdict.goal,
            short(verdict.reached),
            if verdict.is_met() {
                "met"
            } else {
                "**not met**"
            },
        );
    }
}

fn table(text: &mut String, races: &[&Outcome]) {
    let first = races[0];
    _ = write!(text, "| {} per {} |", first.metric.symbol(), first.unit);
    for figure in &first.figures {
        _ = write!(text, " {} |", figure.name);
    }
    _ = writeln!(text, "\n|---{}|", "|---".repeat(first.figures.len()));
    for race in races {
        _ = write!(text, "| {} |", race.setting);
        for figure in &race.figures {
            _ = write!(text, " {} |", cell(race, figure));
        }
        text.push('\n');
    }
    text.push('\n');
}

fn cell(race: &Outcome, figure: &Figure) -> String {
    let mut cell = short(figure.median());
    if race.metric == Metric::Nanoseconds {
        let (low, high) = figure.quartiles();
        _ = write!(cell, " ±{}", short((high - low) / 2.0));
    }
    if race.figures.len() > 1 {
        _ = write!(cell, " · {:.2}", figure.ratio_to(&race.figures[0]));
    }
    if let Some(count) = figure
        .instructions
        .filter(|_| race.metric != Metric::Instructions)
    {
        _ = write!(cell, "<br>{} instr", short(count));
    }
    cell
}

fn is_alike(a: &Outcome, b: &Outcome) -> bool {
    let names = |outcome: &Outcome| -> Vec<String> {
        outcome
            .figures
            .iter()
            .map(|figure| figure.name.clone())
            .collect()
    };
    a.metric == b.metric && a.unit == b.unit && names(a) == names(b)
}

fn workloads_of(outcomes: &[Outcome]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for outcome in outcomes {
        if !names.contains(&outcome.workload.as_str()) {
            names.push(&outcome.workload);
        }
    }
    names
}

fn verdicts(outcome: &Outcome) -> impl Iterator<Item = Verdict> {
    outcome.goals.iter().flat_map(|goal| goal.judge(outcome))
}

fn sentence(verdict: &Verdict) -> String {
    let Verdict { who, goal, .. } = verdict;
    let met = if verdict.is_met() { "met" } else { "NOT MET" };
    format!("{met}: {who}: {goal}; reached {}", short(verdict.reached))
}

/// Three digits, or all before the point.
fn short(value: f64) -> String {
    let digits = match value.abs() {
        size if size < 10.0 => 2,
        size if size < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}
