//! As rustc shows it: the line, underlined, and what to do.

use super::Report;
use crate::{
    audit::Text,
    classes::{Finding, Severity},
    ir::Span,
};
use std::fmt::{self, Write};

/// # Errors
///
/// None: a string takes everything.
pub(crate) fn write(report: &Report<'_>, out: &mut String) -> fmt::Result {
    for finding in report.findings {
        one(finding, &report.files[finding.file], out)?;
    }
    for complaint in report.complaints {
        let path = &report.files[complaint.file].path;
        writeln!(out, "error[allow-comment]: {}", complaint.why)?;
        writeln!(
            out,
            "  --> {path}:{}:{}\n",
            complaint.line,
            complaint.column + 1
        )?;
    }
    for unreadable in report.unreadable {
        writeln!(
            out,
            "error: `{}` was not audited: {}",
            unreadable.path, unreadable.why
        )?;
        if unreadable.line != 0 {
            writeln!(out, "  --> {}:{}", unreadable.path, unreadable.line)?;
        }
        writeln!(out)?;
    }
    summary(report, out)
}

fn one(finding: &Finding, file: &Text, out: &mut String) -> fmt::Result {
    let mut labels: Vec<(Span, &str, char)> = vec![(finding.span, "", '^')];
    labels.extend(
        finding
            .labels
            .iter()
            .map(|(span, text)| (*span, text.as_str(), '-')),
    );
    labels.sort_by_key(|(span, _, mark)| (span.line, *mark != '^', span.column));
    let last = labels.last().map_or(1, |(span, ..)| span.line);
    let margin = last.to_string().len();
    writeln!(
        out,
        "{}[{}]: {}",
        finding.severity.name(),
        finding.class,
        finding.message
    )?;
    writeln!(
        out,
        "{:margin$}--> {}:{}:{}",
        "",
        file.path,
        finding.span.line,
        finding.span.column + 1
    )?;
    writeln!(out, "{:margin$} |", "")?;
    let mut shown = 0;
    for (span, text, mark) in labels {
        if span.line != shown {
            if shown != 0 && span.line > shown + 1 {
                writeln!(out, "...")?;
            }
            let line = line_of(&file.text, span.line);
            writeln!(out, "{:>margin$} | {line}", span.line)?;
            shown = span.line;
        }
        let line = line_of(&file.text, span.line);
        let (before, width) = extent(line, span);
        let marks = mark.to_string().repeat(width);
        writeln!(out, "{:margin$} | {before}{marks} {text}", "")?;
    }
    writeln!(out, "{:margin$} |", "")?;
    writeln!(out, "{:margin$} = instead: {}", "", finding.instead)?;
    if finding.is_test {
        writeln!(out, "{:margin$} = note: this is test code", "")?;
    }
    writeln!(out)
}

/// Blanks up to where the span starts in `line`, tabs kept, and how wide it is there.
fn extent(line: &str, span: Span) -> (String, usize) {
    let start = span.column as usize;
    let before = line
        .chars()
        .take(start)
        .map(|c| if c == '\t' { '\t' } else { ' ' });
    let length = line.trim_end().chars().count();
    let end = if span.end_line == span.line {
        span.end_column as usize
    } else {
        length
    };
    (
        before.collect(),
        end.min(length).saturating_sub(start).max(1),
    )
}

fn line_of(text: &str, line: u32) -> &str {
    text.lines()
        .nth(line.saturating_sub(1) as usize)
        .unwrap_or_default()
}

fn summary(report: &Report<'_>, out: &mut String) -> fmt::Result {
    let count = |severity: Severity| {
        report
            .findings
            .iter()
            .filter(|f| f.severity == severity)
            .count()
    };
    let counts = [Severity::Error, Severity::Warning, Severity::Note]
        .map(|s| format!("{} {}s", count(s), s.name()));
    write!(out, "{} files: {}", report.files.len(), counts.join(", "))?;
    if report.known > 0 {
        write!(out, "; {} more are in the baseline", report.known)?;
    }
    if !report.complaints.is_empty() {
        write!(
            out,
            "; {} allow comments are wrong",
            report.complaints.len()
        )?;
    }
    if !report.unreadable.is_empty() {
        write!(out, "; {} not audited", report.unreadable.len())?;
    }
    if report.left_out > 0 {
        write!(
            out,
            "; {} files of tests, benches and examples are left out (`--tests` searches them)",
            report.left_out
        )?;
    }
    writeln!(out)
}
