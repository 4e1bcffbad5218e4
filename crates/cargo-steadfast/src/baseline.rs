//! A file of the hazards that are known already, so that only new ones fail. It does not hold lines: code above may come and go.

use crate::{audit::Text, classes::Finding};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What makes a finding the same one after other code has moved: class, file, function and the text of its line.
type Key = (String, String, String, String);

/// How many findings of each kind are known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Baseline {
    known: BTreeMap<Key, u64>,
}

impl Baseline {
    pub(crate) fn of(files: &[Text], findings: &[Finding]) -> Self {
        let mut known = BTreeMap::new();
        for finding in findings {
            *known.entry(key(files, finding)).or_insert(0) += 1;
        }
        Self { known }
    }

    /// # Errors
    ///
    /// If the text is not what [`to_text`](Self::to_text) writes.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let entries = value
            .get("hazards")
            .and_then(Value::as_array)
            .ok_or("it has no list `hazards`")?;
        let mut known = BTreeMap::new();
        for entry in entries {
            let text = |name: &str| {
                let text = entry.get(name).and_then(Value::as_str);
                text.map(str::to_owned)
                    .ok_or_else(|| format!("an entry has no `{name}`"))
            };
            let key = (
                text("class")?,
                text("file")?,
                text("function")?,
                text("line")?,
            );
            let count = entry.get("count").and_then(Value::as_u64).unwrap_or(1);
            known.insert(key, count);
        }
        Ok(Self { known })
    }

    pub(crate) fn to_text(&self) -> String {
        let entries = self.known.iter().map(|((class, file, function, line), count)| {
            json!({ "class": class, "file": file, "function": function, "line": line, "count": count })
        });
        let value = json!({ "version": 1, "hazards": entries.collect::<Vec<_>>() });
        format!("{value:#}\n")
    }

    /// Takes the known findings out, and returns how many they were.
    pub(crate) fn filter(mut self, files: &[Text], findings: &mut Vec<Finding>) -> usize {
        let before = findings.len();
        findings.retain(|finding| match self.known.get_mut(&key(files, finding)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
        before - findings.len()
    }
}

fn key(files: &[Text], finding: &Finding) -> Key {
    let file = &files[finding.file];
    let line = file
        .text
        .lines()
        .nth(finding.span.line.saturating_sub(1) as usize);
    let words: Vec<&str> = line.unwrap_or_default().split_whitespace().collect();
    (
        finding.class.name().to_owned(),
        file.path.clone(),
        finding.function.clone(),
        words.join(" "),
    )
}

#[cfg(test)]
mod tests {
    use super::Baseline;

    #[test]
    fn what_is_written_is_read() {
        let key = (
            "detached-spawn".into(),
            "src/a.rs".into(),
            "f".into(),
            "spawn(\"x\");".into(),
        );
        let baseline = Baseline {
            known: [(key, 2)].into(),
        };
        assert_eq!(Baseline::parse(&baseline.to_text()), Ok(baseline));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "{}", "[]", r#"{"hazards": [{"class": "x"}]}"#] {
            assert!(Baseline::parse(text).is_err(), "{text}");
        }
    }
}
