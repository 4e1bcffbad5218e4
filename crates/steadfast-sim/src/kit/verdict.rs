//! What becomes of something that a wrapper around a future has found.

use super::Faults;

/// Whom it is told.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The test, at once.
    Panic,
    /// A record, which the test reads when it likes.
    Report(Faults),
}

impl Verdict {
    pub(super) fn fail(&self, text: String) {
        match self {
            Self::Panic => panic!("{text}"),
            Self::Report(faults) => faults.report(text),
        }
    }
}
