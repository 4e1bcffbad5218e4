//! Deadlines: requests that time makes, timeouts, and what is none.

mod moving;
mod nesting;
mod scopes;
mod telling;
mod timeouts;

use std::time::{Duration, Instant};

use steadfast_core::Timer;

crate::suite::layer! {
    system_deadlines_tests;
    scopes system_deadlines_scopes_tests,
    timeouts system_deadlines_timeouts_tests,
    nesting system_deadlines_nesting_tests,
    moving system_deadlines_moving_tests,
    telling system_deadlines_telling_tests,
}

/// A deadline that passes while a case waits for it.
const SOON: Duration = Duration::from_millis(5);

/// A deadline that must not pass: a case that waits for it hangs.
const HOUR: Duration = Duration::from_secs(3600);

/// Keeps the thread until `clock` has passed `at`, as code does that does not know that it is asynchronous.
fn spin_until(clock: &impl Timer, at: Instant) {
    while clock.now() < at {
        std::hint::spin_loop();
    }
}
