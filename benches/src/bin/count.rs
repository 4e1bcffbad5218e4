//! Measures allocations and bytes; started by `bench`.
#![forbid(unsafe_code)]

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::{alloc::System, process::ExitCode};
use steadfast_benches::{Allocator, Heap, run};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    run(Allocator::Counting(|| {
        let stats = ALLOCATOR.stats();
        // A reallocation changes the bytes of an allocation that was counted.
        Heap {
            allocations: stats.allocations,
            live: stats.bytes_allocated as isize - stats.bytes_deallocated as isize,
        }
    }))
}
