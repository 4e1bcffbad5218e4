//! What is measured: one file for each workload, with all of its contestants.

mod allocations;
mod bytes_per_child;
mod cancel_deep;
mod cancel_wide;
mod drop_guard;
mod foreign_wake;
mod generator;
mod is_cancelled;
mod long_lived;
mod merge;
mod open_close;
mod scope;
mod scope_wake;
mod spawn_all;
mod spawn_join;
mod spawn_join_with_handles;
mod workers;

use crate::harness::{Race, Scale};

/// All races, in the order in which they are run.
pub(crate) fn races(scale: Scale) -> Vec<Race> {
    [
        spawn_join::races(scale),
        spawn_join_with_handles::races(scale),
        spawn_all::races(scale),
        workers::races(scale),
        scope::races(scale),
        scope_wake::races(scale),
        foreign_wake::races(scale),
        cancel_wide::races(scale),
        cancel_deep::races(scale),
        is_cancelled::races(),
        bytes_per_child::races(scale),
        allocations::races(),
        drop_guard::races(scale),
        merge::races(scale),
        generator::races(scale),
        open_close::races(),
        long_lived::races(scale),
    ]
    .into_iter()
    .flatten()
    .collect()
}
