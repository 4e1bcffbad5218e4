//! What the table says about cells that were planted, and the exit code that follows.

use std::fmt;

use super::{Row, Table};
use crate::cell;
use crate::runtime::Runtime;
use crate::scenario::{Half, Observation};
use crate::scenarios;

struct Planted {
    lost: usize,
}

impl Observation for Planted {
    fn is_clean(&self) -> bool {
        self.lost == 0
    }
}

impl fmt::Display for Planted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} lost", self.lost)
    }
}

const CLEAN: Half = |_| Ok(Box::new(Planted { lost: 0 }));
const WRONG: Half = |_| Ok(Box::new(Planted { lost: 7 }));
const NOT_RUN: Half = |_| Err("the disk is full".into());

/// A table with a row for each pair of halves: raw, steadfast.
fn table(halves: &[(Half, Half)], coloured: bool) -> Table {
    let row = |&(raw, steadfast): &(Half, Half)| Row {
        scenario: scenarios::ALL[0],
        runtime: Runtime::AsyncStd,
        raw: cell::run(raw, Runtime::AsyncStd),
        steadfast: cell::run(steadfast, Runtime::AsyncStd),
    };
    Table::new(halves.iter().map(row).collect(), coloured)
}

#[test]
fn the_exit_code_is_0_only_if_every_steadfast_cell_is_clean() {
    let code = |halves: &[(Half, Half)]| table(halves, false).verdict().exit_code();
    assert_eq!(code(&[(WRONG, CLEAN), (NOT_RUN, CLEAN), (CLEAN, CLEAN)]), 0);
    assert_eq!(code(&[(WRONG, CLEAN), (WRONG, WRONG)]), 1);
    assert_eq!(code(&[(WRONG, NOT_RUN), (WRONG, CLEAN)]), 1);
    assert_eq!(code(&[]), 1);
}

#[test]
fn the_verdict_counts_what_was_observed() {
    let table = table(&[(WRONG, CLEAN), (NOT_RUN, WRONG)], false);
    let verdict = "raw runtime: 1 of 2 went wrong\nsteadfast:   1 of 2 clean\n";
    assert_eq!(table.verdict().to_string(), verdict);
}

#[test]
fn marks_stand_without_colour_and_reasons_stand_below_their_row() {
    let plain = table(&[(WRONG, CLEAN), (NOT_RUN, CLEAN)], false).to_string();
    assert!(plain.contains("  async-std  ✗ 7 lost"), "{plain}");
    assert!(plain.contains("✓ 0 lost"), "{plain}");
    assert!(plain.contains("? not observed"), "{plain}");
    assert!(plain.contains("\n    raw: the disk is full\n"), "{plain}");
    assert!(!plain.contains('\x1b'), "{plain}");
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let halves = [(WRONG, CLEAN), (NOT_RUN, WRONG)];
    let mut coloured = table(&halves, true).to_string();
    assert!(coloured.contains("\x1b[31m✗ 7 lost"), "{coloured}");
    for code in [super::GREEN, super::RED, super::PLAIN] {
        coloured = coloured.replace(code, "");
    }
    assert_eq!(coloured, table(&halves, false).to_string());
}
