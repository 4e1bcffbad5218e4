//! What cases measure with: the kit of `steadfast-sim`, and runtimes around a runtime that is under test.

mod eager;
mod virtual_time;
mod watched;

pub use self::eager::Eager;
pub use self::virtual_time::{Sleep, Virtual};
pub use steadfast_sim::kit::*;
