//! One JSON object. Lines and columns count from 1, columns in characters.

use super::Report;
use crate::ir::Span;
use serde_json::{Value, json};

pub(crate) fn write(report: &Report<'_>) -> String {
    let findings = report.findings.iter().map(|finding| {
        let labels = finding.labels.iter().map(|(span, text)| {
            let mut label = place(*span);
            label["text"] = json!(text);
            label
        });
        json!({
            "class": finding.class.name(),
            "severity": finding.severity.name(),
            "file": report.files[finding.file].path,
            "span": place(finding.span),
            "function": finding.function,
            "message": finding.message,
            "labels": labels.collect::<Vec<_>>(),
            "why": finding.class.summary(),
            "instead": finding.instead,
            "test": finding.is_test,
        })
    });
    let comments = report.complaints.iter().map(|complaint| {
        json!({
            "file": report.files[complaint.file].path,
            "line": complaint.line,
            "column": complaint.column + 1,
            "message": complaint.why,
        })
    });
    let unreadable = report
        .unreadable
        .iter()
        .map(|u| json!({ "file": u.path, "line": u.line, "message": u.why }));
    let whole = json!({
        "version": 1,
        "files": report.files.len(),
        "hazards": findings.collect::<Vec<_>>(),
        "comments": comments.collect::<Vec<_>>(),
        "unreadable": unreadable.collect::<Vec<_>>(),
        "in_baseline": report.known,
        "left_out": report.left_out,
    });
    format!("{whole:#}\n")
}

fn place(span: Span) -> Value {
    json!({
        "line": span.line,
        "column": span.column + 1,
        "end_line": span.end_line,
        "end_column": span.end_column + 1,
    })
}
