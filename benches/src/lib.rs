//! What structure costs: steadfast beside the bare runtimes and beside its peers, in one process.
//!
//! `cargo xtask bench` builds and runs it. The folder `workloads` is the list of what is measured; each file is one workload, with
//! all of its contestants. The folder `harness` lets them take turns, and says who is how much faster.
//!
//! Two programs share this library: `bench` measures time and instructions, with the system's allocator as it is; `count` has an
//! allocator that counts, and measures allocations and bytes alone, so that counting slows no timing down.
#![forbid(unsafe_code)]

mod harness;
mod runtimes;
mod work;
mod workloads;

pub use harness::{Allocator, Heap, run};
