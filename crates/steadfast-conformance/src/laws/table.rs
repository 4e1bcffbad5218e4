//! A row for each law, and what is wrong with them.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::fs;
use std::path::Path;

use super::standings::REST;
use super::{Law, Mark, Standing, all};
use crate::Info;

/// What became of every law.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Row>,
    /// What is wrong with the data itself.
    flaws: Vec<String>,
}

/// What became of one law.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row {
    /// The law.
    pub law: Law,
    /// The ids of the cases that check it.
    pub cases: Vec<&'static str>,
    /// The rest of what is to be said, if no case says it all.
    pub standing: Option<Standing>,
}

impl Table {
    /// The table over a suite of `cases`.
    pub fn new(cases: impl IntoIterator<Item = Info>) -> Self {
        let mut rows: BTreeMap<u16, Row> =
            all().iter().map(|law| (law.number, Row::of(law))).collect();
        let mut flaws = Vec::new();
        for (case, number) in cases
            .into_iter()
            .flat_map(|case| case.laws.iter().map(move |law| (case.id, *law)))
        {
            match rows.get_mut(&number) {
                Some(row) => row.cases.push(case),
                None => flaws.push(format!("{case} cites the law {number}, which there is not")),
            }
        }
        for (number, standing) in REST {
            match rows
                .get_mut(number)
                .map(|row| row.standing.replace(*standing))
            {
                Some(None) => {}
                Some(Some(_)) => flaws.push(format!("law {number} has two standings")),
                None => flaws.push(format!(
                    "a standing speaks of the law {number}, which there is not"
                )),
            }
        }
        Self {
            rows: rows.into_values().collect(),
            flaws,
        }
    }

    /// The rows, in the order of the laws.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What is wrong: a law without an answer, or with answers that contradict each other, or a test that is not in the
    /// repository at `root`.
    #[must_use]
    pub fn complaints(&self, root: &Path) -> Vec<String> {
        let count = |wanted: fn(&Mark) -> bool| {
            self.rows.iter().filter(|row| wanted(&row.law.mark)).count()
        };
        let marks = [
            count(|mark| *mark == Mark::AsIs),
            count(|mark| matches!(mark, Mark::Translated(_))),
            count(|mark| *mark == Mark::Foreign),
        ];
        let miscounted = (marks != MARKS)
            .then(|| format!("there are {marks:?} laws marked A, T and N, not {MARKS:?}"));
        let rows = self.rows.iter().flat_map(|row| row.complaints(root));
        self.flaws
            .iter()
            .cloned()
            .chain(miscounted)
            .chain(rows)
            .collect()
    }

    /// The table as Markdown.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = MARKDOWN_HEAD.to_owned();
        _ = self.write_markdown(&mut text);
        text
    }

    fn write_markdown(&self, out: &mut String) -> fmt::Result {
        writeln!(
            out,
            "| Mark | {} | all |\n|---|---|---|---|---|---|",
            Answer::ALL.map(Answer::words).join(" | ")
        )?;
        for (mark, counts) in self.totals() {
            let counts = counts.map(|count| count.to_string()).join(" | ");
            writeln!(out, "| {mark} | {counts} |")?;
        }
        let mut chapter = "";
        for row in &self.rows {
            if chapter != row.law.chapter {
                chapter = row.law.chapter;
                writeln!(
                    out,
                    "\n## {chapter}\n\n| Law | Mark | Behaviour | Answer |\n|---|---|---|---|"
                )?;
            }
            let Law {
                number,
                mark,
                title,
                ..
            } = row.law;
            writeln!(
                out,
                "| {number} | {mark} | {title} | {} |",
                row.answers("`").join("<br>")
            )?;
        }
        Ok(())
    }

    /// For each mark and then for all: how many laws have each answer, and how many there are.
    fn totals(&self) -> [(&'static str, [usize; 5]); 4] {
        [("A", 'A'), ("T", 'T'), ("N", 'N'), ("all", '*')].map(|(name, mark)| {
            let mut counts = [0; 5];
            for row in self
                .rows
                .iter()
                .filter(|row| mark == '*' || row.law.mark.to_string().starts_with(mark))
            {
                counts[row.answer() as usize] += 1;
                counts[4] += 1;
            }
            (name, counts)
        })
    }
}

/// How many laws are marked A, T and N.
const MARKS: [usize; 3] = [223, 81, 5];

const MARKDOWN_HEAD: &str = "\
# The laws

309 behaviours of other systems with structured concurrency, and what became of each here. `cargo xtask laws --write` writes this
file; a test fails if it is not up to date.

The mark says how a behaviour carries over to Rust: *A* as it is, *T* translated because Rust differs in what stands in
parentheses, *N* not at all. The answer is the cases of the suite that check it, or tests elsewhere in the repository, or why it
does not apply, or which area will bring it.

";

/// What became of a law, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Case,
    Elsewhere,
    DoesNotApply,
    NotYet,
}

impl Answer {
    const ALL: [Self; 4] = [
        Self::Case,
        Self::Elsewhere,
        Self::DoesNotApply,
        Self::NotYet,
    ];

    const fn words(self) -> &'static str {
        match self {
            Self::Case => "by case",
            Self::Elsewhere => "elsewhere",
            Self::DoesNotApply => "does not apply",
            Self::NotYet => "not yet",
        }
    }
}

impl Row {
    const fn of(law: &Law) -> Self {
        Self {
            law: *law,
            cases: Vec::new(),
            standing: None,
        }
    }

    fn answer(&self) -> Answer {
        match self.standing {
            _ if !self.cases.is_empty() => Answer::Case,
            Some(Standing::Elsewhere(_)) => Answer::Elsewhere,
            Some(Standing::DoesNotApply(_)) => Answer::DoesNotApply,
            Some(Standing::NotYet(_)) | None => Answer::NotYet,
        }
    }

    fn complaints(&self, root: &Path) -> Vec<String> {
        let number = self.law.number;
        match self.standing {
            None if self.cases.is_empty() => vec![format!("law {number} has no answer")],
            Some(Standing::DoesNotApply(_) | Standing::NotYet(_)) if !self.cases.is_empty() => {
                vec![format!(
                    "law {number} has a case, and a standing that says there is none"
                )]
            }
            Some(Standing::Elsewhere(tests)) => {
                let missing = tests.iter().filter(|test| !exists(root, test));
                missing
                    .map(|test| format!("law {number} names {test}, which there is not"))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The answers as lines of text; ids and paths stand between `quotes`.
    fn answers(&self, quote: &str) -> Vec<String> {
        let quoted = |text: &&str| format!("{quote}{text}{quote}");
        let mut lines: Vec<String> = self.cases.iter().map(quoted).collect();
        match &self.standing {
            Some(Standing::Elsewhere(tests)) => lines.extend(tests.iter().map(quoted)),
            Some(Standing::DoesNotApply(why)) => lines.push(format!("does not apply: {why}")),
            Some(Standing::NotYet(area)) => lines.push(format!("not yet: {area}")),
            None => {}
        }
        lines
    }
}

/// Whether the file of `test` is there and defines the function that it names.
fn exists(root: &Path, test: &str) -> bool {
    let (path, function) = test
        .split_once("::")
        .map_or((test, None), |(path, name)| (path, Some(name)));
    let Ok(text) = fs::read_to_string(root.join(path)) else {
        return false;
    };
    function.is_none_or(|name| text.contains(&format!("fn {name}(")))
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chapter = "";
        for row in &self.rows {
            if chapter != row.law.chapter {
                chapter = row.law.chapter;
                writeln!(f, "{chapter}")?;
            }
            let Law {
                number,
                mark,
                title,
                ..
            } = row.law;
            writeln!(f, "{number:>5}  {mark:<10}  {title}")?;
            for answer in row.answers("") {
                writeln!(f, "{:19}{answer}", "")?;
            }
        }
        write!(f, "\nmark")?;
        for answer in Answer::ALL {
            write!(f, "{:>16}", answer.words())?;
        }
        writeln!(f, "{:>8}", "all")?;
        for (mark, [case, elsewhere, none, later, all]) in self.totals() {
            writeln!(
                f,
                "{mark:<4}{case:>16}{elsewhere:>16}{none:>16}{later:>16}{all:>8}"
            )?;
        }
        Ok(())
    }
}
