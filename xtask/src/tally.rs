//! Counting tests: what libtest and the conformance binary print, added up.

use std::{fmt, iter::Sum, ops::AddAssign};

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Tally {
    /// Reads libtest's closing line: `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; ...`.
    ///
    /// A test that was filtered out belongs to another section and is not counted here.
    pub(crate) fn from_libtest(line: &str) -> Option<Self> {
        let counts = line.trim().strip_prefix("test result:")?;
        let count = |label| {
            let part = counts.split(';').find(|part| part.ends_with(label))?;
            number(part.strip_suffix(label)?.split_whitespace().last()?)
        };
        Some(Self {
            passed: count(" passed")?,
            failed: count(" failed")?,
            skipped: count(" ignored")?,
        })
    }

    /// Reads a closing line of this project: `N passed, N failed, N skipped`, alone on its line.
    pub(crate) fn from_closing_line(line: &str) -> Option<Self> {
        let (passed, rest) = line.trim().split_once(" passed, ")?;
        let (failed, rest) = rest.split_once(" failed, ")?;
        Some(Self {
            passed: number(passed)?,
            failed: number(failed)?,
            skipped: number(rest.strip_suffix(" skipped")?)?,
        })
    }

    pub(crate) fn total(self) -> usize {
        self.passed + self.failed + self.skipped
    }
}

fn number(digits: &str) -> Option<usize> {
    digits.parse().ok()
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |mut sum, tally| {
            sum += tally;
            sum
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn tally(passed: usize, failed: usize, skipped: usize) -> Tally {
        Tally {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn a_libtest_line_is_counted_without_what_was_filtered_out() {
        let ok = "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 9 filtered out; finished in 0.01s";
        assert_eq!(Tally::from_libtest(ok), Some(tally(12, 0, 3)));
        let bad = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0s";
        assert_eq!(Tally::from_libtest(bad), Some(tally(1, 2, 0)));
    }

    #[test]
    fn a_coloured_libtest_line_is_counted_too() {
        let line = "test result: \u{1b}[32mok\u{1b}[m. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(Tally::from_libtest(line), Some(tally(4, 0, 0)));
    }

    #[test]
    fn other_lines_are_not_libtest_results() {
        for line in [
            "",
            "running 3 tests",
            "test result ... ok",
            "3 passed; 0 failed; 0 ignored",
        ] {
            assert_eq!(Tally::from_libtest(line), None, "{line:?}");
        }
    }

    #[test]
    fn a_closing_line_reads_back_as_it_was_printed() {
        let printed = tally(129, 1, 17).to_string();
        assert_eq!(printed, "129 passed, 1 failed, 17 skipped");
        assert_eq!(Tally::from_closing_line(&printed), Some(tally(129, 1, 17)));
    }

    #[test]
    fn a_closing_line_stands_alone() {
        for line in [
            "tokio: 3 passed, 0 failed, 0 skipped",
            "3 passed, 0 failed",
            "3 passed, 0 failed, 0 skipped.",
        ] {
            assert_eq!(Tally::from_closing_line(line), None, "{line:?}");
        }
    }

    #[test]
    fn tallies_add_up() {
        let sum: Tally = [tally(1, 2, 3), tally(10, 20, 30)].into_iter().sum();
        assert_eq!(sum, tally(11, 22, 33));
        assert_eq!(sum.total(), 66);
    }
}
