//! What tests measure with: counters, gates, orders, and futures that know how they were polled.
//!
//! Nothing here names a runtime, and nothing sleeps. Whatever a probe notices inside a task goes to [`Faults`], because a
//! panic inside a task is the runtime's to swallow.

mod faults;
mod future;
mod leaks;
mod start;
mod tally;

pub use self::faults::{Faults, Steps};
pub use self::future::{Probe, Scripted, watch_for_inline_polls, yield_once};
pub use self::leaks::leaks;
pub use self::start::{Lost, Started, start};
pub use self::tally::{CountingWaker, Gate, OnDrop, Reached, Sequencer, Tally, Turn};

#[cfg(test)]
mod tests;
