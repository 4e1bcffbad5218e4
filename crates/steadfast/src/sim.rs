//! Running tests on the simulator: the types of `steadfast-sim`.
//!
//! `#[steadfast::test(sim)]` makes one for each seed; inside, [`SimHandle::current`] is its handle. By hand, a [`Sim`] is entered
//! by [`block_on`](crate::block_on) like any runtime. What tests are made with is in [`kit`](crate::kit).

pub use steadfast_sim::{Builder, Idle, Policy, Sim, SimHandle, Sleep, TaskId, Trace};
