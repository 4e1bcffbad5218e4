//! The table and the verdict.

use std::fmt;

use crate::cell::Cell;
use crate::runtime::Runtime;
use crate::scenario::{Scenario, Side};

#[cfg(test)]
mod tests;

/// All rows that were run, in order.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Row>,
    coloured: bool,
}

/// One scenario on one runtime.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) scenario: &'static Scenario,
    pub(crate) runtime: Runtime,
    pub(crate) raw: Cell,
    pub(crate) steadfast: Cell,
}

/// How many cells of each column are as they should be.
#[derive(Debug)]
pub(crate) struct Verdict {
    rows: usize,
    wrong_in_raw: usize,
    clean_in_steadfast: usize,
}

impl Table {
    pub(crate) fn new(rows: Vec<Row>, coloured: bool) -> Table {
        Table { rows, coloured }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let count = |wanted: fn(&Row) -> bool| self.rows.iter().filter(|row| wanted(row)).count();
        Verdict {
            rows: self.rows.len(),
            wrong_in_raw: count(|row| row.raw.is_wrong()),
            clean_in_steadfast: count(|row| row.steadfast.is_clean()),
        }
    }

    /// The widths of the first two columns; nothing stands behind the third.
    fn widths(&self) -> [usize; 2] {
        let mut widths = [HEADER[0], HEADER[1]].map(str::len);
        for row in &self.rows {
            for (width, text) in widths.iter_mut().zip([row.runtime.name(), text(&row.raw)]) {
                *width = (*width).max(text.chars().count());
            }
        }
        widths
    }

    fn write_row(&self, f: &mut fmt::Formatter<'_>, row: &Row, widths: [usize; 2]) -> fmt::Result {
        let [first, second] = widths;
        let gap = " ".repeat(second - text(&row.raw).chars().count());
        write!(f, "  {:<first$}  ", row.runtime.name())?;
        self.write_cell(f, &row.raw)?;
        write!(f, "{gap}  ")?;
        self.write_cell(f, &row.steadfast)?;
        writeln!(f)?;
        // Below the row, because a reason can be longer than a column is wide.
        for (side, cell) in [(Side::Raw, &row.raw), (Side::Steadfast, &row.steadfast)] {
            if let Cell::NotObserved(why) = cell {
                writeln!(f, "    {}: {why}", side.name())?;
            }
        }
        Ok(())
    }

    fn write_cell(&self, f: &mut fmt::Formatter<'_>, cell: &Cell) -> fmt::Result {
        let (sign, colour) = match cell {
            Cell::Clean(_) => ('✓', GREEN),
            Cell::Wrong(_) => ('✗', RED),
            Cell::NotObserved(_) => ('?', RED),
        };
        let text = text(cell);
        if self.coloured {
            write!(f, "{colour}{sign} {text}{PLAIN}")
        } else {
            write!(f, "{sign} {text}")
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let [runtime, raw, steadfast] = HEADER;
        let [first, second] = widths;
        writeln!(f, "  {runtime:<first$}    {raw:<second$}    {steadfast}")?;
        let mut previous = None;
        for row in &self.rows {
            if previous != Some(row.scenario.name) {
                writeln!(f, "\n{}", row.scenario.title)?;
                previous = Some(row.scenario.name);
            }
            self.write_row(f, row, widths)?;
        }
        Ok(())
    }
}

impl Verdict {
    /// 0 if nothing went wrong in any steadfast cell, and 1 if something did, or if there is none.
    pub(crate) fn exit_code(&self) -> u8 {
        let clean = self.rows > 0 && self.clean_in_steadfast == self.rows;
        u8::from(!clean)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict {
            rows,
            wrong_in_raw,
            clean_in_steadfast,
        } = self;
        writeln!(f, "raw runtime: {wrong_in_raw} of {rows} went wrong")?;
        writeln!(f, "steadfast:   {clean_in_steadfast} of {rows} clean")
    }
}

fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Clean(seen) | Cell::Wrong(seen) => seen,
        Cell::NotObserved(_) => "not observed",
    }
}

const HEADER: [&str; 3] = ["runtime", "with the raw runtime", "with steadfast"];
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";
