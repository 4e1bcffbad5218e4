//! What a scenario is: one failure, shown twice.

use std::error::Error;
use std::fmt;

use crate::runtime::Runtime;

/// One of the failures, with its two halves: the same work with the raw runtime, and with steadfast.
///
/// Both halves return the same kind of observation, so that they are judged by one predicate.
pub(crate) struct Scenario {
    /// The word for the command line.
    pub(crate) name: &'static str,
    /// What goes wrong, in a few words.
    pub(crate) title: &'static str,
    pub(crate) raw: Half,
    pub(crate) steadfast: Half,
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scenario").field(&self.name).finish()
    }
}

/// Runs one half on a runtime. Blocks until it has been observed.
pub(crate) type Half = fn(Runtime) -> Result<Box<dyn Observation>, Failure>;

/// The scenario could not be run at all. This is never one of the failures that are on show.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// What was counted during one half. The `Display` form is the text of the cell.
pub(crate) trait Observation: fmt::Display + Send {
    /// Whether the counts show that nothing went wrong.
    fn is_clean(&self) -> bool;
}

/// Which column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Raw,
    Steadfast,
}

impl Side {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Side::Raw => "raw",
            Side::Steadfast => "steadfast",
        }
    }
}
