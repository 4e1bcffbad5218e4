//! Which seed, and how a user has that one again.

use std::env;
use std::thread;

const SEED: &str = "STEADFAST_SEED";

/// The one seed to try, if the environment names one.
///
/// # Panics
///
/// If what it names is not a seed.
pub(super) fn seed_of_environment() -> Option<u64> {
    let text = env::var(SEED).ok()?;
    let seed = text.trim().parse();
    Some(seed.unwrap_or_else(|_| {
        panic!("`{SEED}` must be a whole number from 0 to {}, not `{text}`; or remove it to try all seeds", u64::MAX)
    }))
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
