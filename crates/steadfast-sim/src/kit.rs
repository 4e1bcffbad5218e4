//! What tests measure with: counters, gates, orders, futures that know how they were polled, and a look at what is left.
//!
//! Nothing here sleeps. Whatever a probe notices inside a task goes to [`Faults`], because a panic inside a task is the
//! runtime's to swallow.
//!
//! | I want | |
//! |---|---|
//! | to count, and wait for a count | [`Tally`], [`Gate`], [`CountingWaker`], [`Counts`] |
//! | to bring tasks into an order | [`Sequencer`], [`Gate`] |
//! | to check an order, whatever becomes of the task that notices | [`Faults::steps`] |
//! | to script a future poll by poll | [`Probe`] |
//! | to know whether code can be cancelled | [`assert_checkpoints`], [`assert_no_checkpoints`] |
//! | to find a future that nobody polls | [`watch`] and [`no_snooze`] |
//! | to find a poll that blocks | [`no_blocking`] |
//! | both, for all children of a nursery | [`Checked`] |
//! | to drop or cancel a scenario at its every poll, over many seeds, on the simulator | [`drop_at_every_poll`], [`cancel_at_every_poll`], [`Trials`] |
//! | the same on another runtime | [`polls`] |
//! | to find what was left behind | [`Leaks`], [`leaks`] |
//!
//! All of it works on any runtime, save [`Trials`], which make a simulator for each trial.

mod blocking;
mod checked;
mod checkpoints;
mod counted;
mod faults;
mod future;
mod leaks;
pub mod polls;
#[doc(hidden)]
pub mod release;
mod snooze;
mod start;
mod tally;
mod trials;
mod verdict;

pub use self::blocking::{BLOCKING_AFTER, NoBlocking, no_blocking};
pub use self::checked::Checked;
pub use self::checkpoints::{AssertCheckpoints, assert_checkpoints, assert_no_checkpoints};
pub use self::counted::{Counted, Counts};
pub use self::faults::{Faults, Steps};
pub use self::future::{Probe, Scripted, poll_once, ready_now, watch_for_inline_polls, yield_once};
pub use self::leaks::{Leaks, Token, leaks};
pub use self::snooze::{NoSnooze, Watch, no_snooze, watch};
pub use self::start::{Lost, Started, start};
pub use self::tally::{CountingWaker, Gate, OnDrop, Reached, Sequencer, Tally, Turn};
pub use self::trials::{Explored, Trial, Trials, cancel_at_every_poll, drop_at_every_poll};
#[doc(hidden)]
pub use self::trials::{seed_of_environment, seeds_of_environment};

#[cfg(test)]
mod tests;
