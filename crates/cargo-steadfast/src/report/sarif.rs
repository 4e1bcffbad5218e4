//! SARIF 2.1.0, which code hosts show beside a change.

use super::Report;
use crate::{
    classes::{Class, Severity},
    ir::Span,
};
use serde_json::{Value, json};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The rule that complaints about allow comments come under.
const COMMENT: &str = "allow-comment";

pub(crate) fn write(report: &Report<'_>) -> String {
    let mut rules: Vec<Value> = Class::ALL.into_iter().map(rule).collect();
    rules.push(json!({ "id": COMMENT, "shortDescription": { "text": "an allow comment that is wrong or allows nothing" } }));
    let findings = report.findings.iter().map(|finding| {
        let path = &report.files[finding.file].path;
        let related = finding.labels.iter().map(|(span, text)| {
            let mut location = location(path, *span);
            location["message"] = json!({ "text": text });
            location
        });
        json!({
            "ruleId": finding.class.name(),
            "level": level(finding.severity),
            "message": { "text": format!("{}; instead: {}", finding.message, finding.instead) },
            "locations": [location(path, finding.span)],
            "relatedLocations": related.collect::<Vec<_>>(),
        })
    });
    let complaints = report.complaints.iter().map(|complaint| {
        let span = Span {
            line: complaint.line,
            column: complaint.column,
            end_line: complaint.line,
            end_column: complaint.column + 1,
        };
        let path = &report.files[complaint.file].path;
        json!({
            "ruleId": COMMENT,
            "level": "error",
            "message": { "text": complaint.why },
            "locations": [location(path, span)],
        })
    });
    let notifications = report.unreadable.iter().map(|unreadable| {
        json!({
            "level": "error",
            "message": { "text": format!("{} was not audited: {}", unreadable.path, unreadable.why) },
            "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&unreadable.path) } } }],
        })
    });
    let notifications: Vec<Value> = notifications.collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cargo-steadfast",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": findings.chain(complaints).collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

fn rule(class: Class) -> Value {
    json!({
        "id": class.name(),
        "shortDescription": { "text": class.summary() },
        "fullDescription": { "text": class.explanation() },
        "defaultConfiguration": { "level": level(class.severity()) },
    })
}

fn level(severity: Severity) -> &'static str {
    severity.name()
}

fn location(path: &str, span: Span) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(path) },
        "region": {
            "startLine": span.line,
            "startColumn": span.column + 1,
            "endLine": span.end_line,
            "endColumn": span.end_column + 1,
        },
    } })
}

/// A path as a URI reference: what may not stand in one is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
