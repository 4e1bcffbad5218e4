//! What cases measure with: the kit of `steadfast-sim`, and runtimes around a runtime that is under test.

mod eager;
mod virtual_time;
mod watched;

pub use self::eager::Eager;
pub use self::virtual_time::{Sleep, Virtual};
pub use steadfast_sim::kit::*;

/// How often a case repeats what is done `full` times at full size. Miri takes each step a thousand times slower, and a case that is
/// broken off runs once for each of its polls: these get a fiftieth, and enough rounds to meet each kind of round.
pub(crate) fn many(full: usize) -> usize {
    let fiftieth = if full > 600 { full / 50 } else { 12 };
    if cfg!(miri) || release::is_listening() {
        fiftieth
    } else {
        full
    }
}
