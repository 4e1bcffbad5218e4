//! What cases measure with: counters, gates, orders, and futures that know how they were polled.
//!
//! Nothing here names a runtime, and nothing sleeps. Whatever a probe notices inside a task goes to [`Faults`], because a
//! panic inside a task is the runtime's to swallow.

mod eager;
mod faults;
mod future;
mod start;
mod tally;
mod virtual_time;
mod watched;

pub use self::eager::{Eager, leaks};
pub use self::faults::{Faults, Steps};
pub use self::future::{Probe, Scripted, watch_for_inline_polls, yield_once};
pub use self::start::{Lost, Started, start};
pub use self::tally::{CountingWaker, Gate, OnDrop, Reached, Sequencer, Tally, Turn};
pub use self::virtual_time::{Sleep, Virtual};

#[cfg(test)]
mod tests;
