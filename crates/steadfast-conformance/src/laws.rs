//! The laws: 309 numbered behaviours of systems with structured concurrency, and what became of each here.
//!
//! A case cites the numbers that it checks. What no case cites has a [`Standing`]: it is checked by a test outside of the
//! suite, does not apply, or is not there yet. The [`Table`] has a row for each number; `LAWS.md` beside this crate is its
//! print.

mod list;
mod standings;
mod table;

use core::fmt;
use core::ops::RangeInclusive;

pub use self::table::{Row, Table};

/// One behaviour.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Law {
    /// Stable; from 1 to 309.
    pub number: u16,
    /// What the law is about.
    pub chapter: &'static str,
    /// How it carries over to Rust.
    pub mark: Mark,
    /// The behaviour in a few words.
    pub title: &'static str,
}

/// How a behaviour of other systems carries over to Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As it is.
    AsIs,
    /// Translated, because Rust differs in this.
    Translated(&'static str),
    /// Not at all: the type system or the language leaves nothing to check.
    Foreign,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsIs => f.pad("A"),
            Self::Translated(difference) => f.pad(&format!("T({difference})")),
            Self::Foreign => f.pad("N"),
        }
    }
}

/// What became of a law that no case cites.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Standing {
    /// These tests check it: each a path from the root of the repository, with `::` and the name of a function where the file
    /// has several.
    Elsewhere(&'static [&'static str]),
    /// There is nothing to check, for this reason.
    DoesNotApply(&'static str),
    /// This area will bring it.
    NotYet(&'static str),
}

/// Every law, in order.
#[must_use]
pub fn all() -> &'static [Law] {
    list::ALL
}

/// The behaviours of the first milestone: 129 of the 309 that the list of laws has.
#[must_use]
pub fn first_milestone() -> Vec<u16> {
    RANGES.iter().cloned().flatten().collect()
}

const RANGES: &[RangeInclusive<u16>] = &[
    // Exit and wait.
    1..=4,
    6..=9,
    12..=13,
    // Errors.
    18..=22,
    26..=29,
    31..=31,
    43..=46,
    // Panics.
    49..=49,
    51..=52,
    // Cancellation.
    60..=65,
    68..=69,
    74..=77,
    80..=84,
    87..=89,
    92..=92,
    94..=95,
    97..=97,
    // Deadlines.
    104..=106,
    109..=110,
    112..=114,
    116..=116,
    118..=118,
    120..=123,
    // Shields.
    134..=139,
    142..=146,
    151..=151,
    // Nesting.
    161..=161,
    163..=163,
    165..=165,
    // Start handshake.
    167..=167,
    169..=175,
    // Handles.
    186..=186,
    189..=190,
    192..=192,
    // Context.
    209..=209,
    // Misuse.
    217..=217,
    219..=222,
    224..=224,
    234..=234,
    // Clean-up.
    241..=249,
    251..=251,
    254..=254,
    258..=258,
    // Stress.
    266..=267,
    269..=269,
    // The test kit.
    287..=289,
    292..=293,
    // Rust only.
    295..=303,
];

#[cfg(test)]
mod tests;
