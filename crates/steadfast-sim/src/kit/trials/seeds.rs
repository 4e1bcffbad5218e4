//! Which seeds, and how a user has one of them again.

use std::env;
use std::thread;

const SEED: &str = "STEADFAST_SEED";
const SEEDS: &str = "STEADFAST_SEEDS";

/// The one seed to try, if the environment names one.
///
/// # Panics
///
/// If what it names is not a seed.
#[doc(hidden)]
#[must_use]
pub fn seed_of_environment() -> Option<u64> {
    number(SEED, 0, "remove it to try all seeds")
}

/// How many seeds to try, if the environment says so.
///
/// # Panics
///
/// If what it says is no number of seeds.
#[doc(hidden)]
#[must_use]
pub fn seeds_of_environment() -> Option<u64> {
    number(SEEDS, 1, "remove it to try a few")
}

fn number(name: &str, least: u64, or_else: &str) -> Option<u64> {
    let text = env::var_os(name)?;
    let read = read(name, &text.to_string_lossy(), least, or_else);
    Some(read.unwrap_or_else(|wrong| panic!("{wrong}")))
}

fn read(name: &str, text: &str, least: u64, or_else: &str) -> Result<u64, String> {
    let number = text.trim().parse().ok().filter(|number| *number >= least);
    number.ok_or_else(|| {
        format!(
            "`{name}` must be a whole number from {least} to {}, not `{text}`; or {or_else}",
            u64::MAX
        )
    })
}

/// The command that runs the test of this thread with `seed` alone.
pub(super) fn command(seed: u64) -> String {
    let here = thread::current();
    // The harness names its threads after the tests, but runs a single test on the main thread.
    match here.name().filter(|name| *name != "main") {
        Some(test) => format!("{SEED}={seed} cargo test -- --exact {test}"),
        None => format!("{SEED}={seed} cargo test"),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_number_that_is_none_is_refused_with_the_fix() {
        assert_eq!(read("SEEDS", " 12\n", 1, "remove it"), Ok(12));
        for wrong in ["", "many", "-1", "1e3", "0"] {
            assert_eq!(
                read("SEEDS", wrong, 1, "remove it").unwrap_err(),
                format!(
                    "`SEEDS` must be a whole number from 1 to 18446744073709551615, not `{wrong}`; or remove it"
                )
            );
        }
    }
}
