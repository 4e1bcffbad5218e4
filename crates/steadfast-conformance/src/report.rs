//! What a run found, as text and as JSON.

use core::fmt::{self, Write};
use std::collections::BTreeSet;

use crate::suite::{Info, Level};
use crate::{Capability, laws};

/// What became of the cases on one subject.
#[derive(Clone, Debug)]
pub struct Report {
    subject: &'static str,
    findings: Vec<Finding>,
}

/// A case and what became of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The case.
    pub info: Info,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The promise held.
    Passed,
    /// It did not, with the reason.
    Failed(String),
    /// The subject lacks this.
    Skipped(Capability),
}

impl Report {
    pub(crate) fn new(subject: &'static str, findings: Vec<Finding>) -> Self {
        Self { subject, findings }
    }

    /// The name of the subject.
    #[must_use]
    pub fn subject(&self) -> &'static str {
        self.subject
    }

    /// Every case that was chosen, in the order of the table.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many cases passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.count(|outcome| *outcome == Outcome::Passed)
    }

    /// How many cases failed, the *shoulds* among them.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Failed(_)))
    }

    /// How many cases were skipped.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Skipped(_)))
    }

    /// Whether the subject conforms: nothing failed but *shoulds*.
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.failures().all(|(info, _)| info.level == Level::Should)
    }

    /// The cases that failed, with the reasons.
    pub fn failures(&self) -> impl Iterator<Item = (&Info, &str)> {
        self.findings
            .iter()
            .filter_map(|finding| match &finding.outcome {
                Outcome::Failed(text) => Some((&finding.info, text.as_str())),
                _ => None,
            })
    }

    /// The laws that passed cases check.
    #[must_use]
    pub fn laws_covered(&self) -> BTreeSet<u16> {
        let passed = self
            .findings
            .iter()
            .filter(|finding| finding.outcome == Outcome::Passed);
        passed
            .flat_map(|finding| finding.info.laws.iter().copied())
            .collect()
    }

    /// The laws of the first milestone that no passed case checks.
    #[must_use]
    pub fn laws_not_covered(&self) -> BTreeSet<u16> {
        let covered = self.laws_covered();
        laws::first_milestone()
            .into_iter()
            .filter(|law| !covered.contains(law))
            .collect()
    }

    /// One line that a backend can publish.
    #[must_use]
    pub fn statement(&self) -> String {
        format!(
            "{} {} steadfast-conformance {}: {} passed, {} failed, {} skipped",
            self.subject,
            if self.conforms() {
                "conforms to"
            } else {
                "does not conform to"
            },
            env!("CARGO_PKG_VERSION"),
            self.passed(),
            self.failed(),
            self.skipped(),
        )
    }

    /// The report as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let cases: Vec<String> = self.findings.iter().map(finding_json).collect();
        format!(
            "{{\"runtime\":{},\"statement\":{},\"passed\":{},\"failed\":{},\"skipped\":{},\"laws_covered\":[{}],\
             \"laws_not_covered\":[{}],\"cases\":[{}]}}",
            quoted(self.subject),
            quoted(&self.statement()),
            self.passed(),
            self.failed(),
            self.skipped(),
            listed(&self.laws_covered(), ","),
            listed(&self.laws_not_covered(), ","),
            cases.join(","),
        )
    }

    fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        self.findings
            .iter()
            .filter(|finding| wanted(&finding.outcome))
            .count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.statement())?;
        writeln!(f, "  cases    {}", self.findings.len())?;
        writeln!(f, "  passed   {}", self.passed())?;
        writeln!(f, "  failed   {}", self.failed())?;
        for (info, text) in self.failures() {
            writeln!(f, "    {} ({}): {text}", info.id, info.level)?;
            writeln!(f, "      promised: {}", info.promise)?;
        }
        writeln!(f, "  skipped  {}", self.skipped())?;
        for finding in &self.findings {
            if let Outcome::Skipped(missing) = finding.outcome {
                writeln!(f, "    {}: needs {missing}", finding.info.id)?;
            }
        }
        writeln!(
            f,
            "  laws covered      {}",
            listed(&self.laws_covered(), " ")
        )?;
        writeln!(
            f,
            "  laws not covered  {}",
            listed(&self.laws_not_covered(), " ")
        )
    }
}

fn finding_json(finding: &Finding) -> String {
    let Finding { info, outcome } = finding;
    let outcome = match outcome {
        Outcome::Passed => "\"outcome\":\"passed\"".to_owned(),
        Outcome::Failed(text) => format!("\"outcome\":\"failed\",\"reason\":{}", quoted(text)),
        Outcome::Skipped(missing) => {
            format!(
                "\"outcome\":\"skipped\",\"missing\":{}",
                quoted(&missing.to_string())
            )
        }
    };
    let laws = info.laws.iter().copied().collect();
    let needs: Vec<String> = info
        .needs
        .iter()
        .map(|one| quoted(&one.to_string()))
        .collect();
    format!(
        "{{\"id\":{},\"promise\":{},\"level\":{},\"needs\":[{}],\"laws\":[{}],{outcome}}}",
        quoted(info.id),
        quoted(info.promise),
        quoted(&info.level.to_string()),
        needs.join(","),
        listed(&laws, ","),
    )
}

fn listed(laws: &BTreeSet<u16>, separator: &str) -> String {
    let numbers: Vec<String> = laws.iter().map(u16::to_string).collect();
    numbers.join(separator)
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for one in text.chars() {
        match one {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            control if control.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            plain => json.push(plain),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests;
