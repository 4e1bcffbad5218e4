//! The semantics of steadfast, without a runtime.
//!
//! Applications and libraries use the facade crate `steadfast`. This crate is for authors of backends, who implement
//! [`Spawn`], `SpawnBlocking` and `Timer`, and for whoever wants to know how a promise is kept: each module says it at its
//! head.
//!
//! | rung | feature | what there is |
//! |---|---|---|
//! | bare | none | the capability traits, [`AsyncDrop`], [`CancelSafe`], [`yield_now`]; [`Flow`] and its adapters, [`merge!`], [`for_await!`], [`race!`], [`join!`], [`flow_in`] |
//! | allocator | `alloc` | reasons, `DynAsyncDrop`, `flow!` and `try_flow!`, `concurrent` with a limit that is not a constant |
//! | operating system | `std` (default) | nurseries, the scope tree, deadlines, the clean-up queue, reports |
//!
//! The feature `tracing` sends reports to `tracing` if a subscriber is set, and opens a span for each child.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;

/// For the code that the macros generate, and for nobody else.
#[doc(hidden)]
pub mod __private {
    pub use crate::flow::arm::Arm;
    pub use crate::flow::driver::{
        Arms, Cons, Drive, Driven, Driver, Exit, Finish, Gate, Given, GivenFallback, Held, Kind,
        Merged, Next, NextItem, Nil, NoFlow, NoMacroLeavesThisHandler, NoParent, Open, Passed,
        Probe, ProbeFallback, Progress, RunsLater, Solo, endless, never, source,
        source_before_done, vacant,
    };
    #[cfg(feature = "std")]
    pub use crate::generator::thread;
    pub use crate::generator::{Emitting, Generated, Last, Passage, Slot, Taker, slot};
    #[cfg(feature = "alloc")]
    pub use crate::generator::{flow, try_flow};
    pub use crate::together::{
        End, Flatten, JoinArm, JoinArms, RaceArm, RaceArms, TryJoinArm, TryJoinArms, join, race,
        try_join,
    };
    pub use steadfast_macros::{__flow, __for_await, __merge, __try_flow};
}

#[cfg(feature = "std")]
mod ambient;
mod async_drop;
#[cfg(feature = "std")]
mod block_scope;
#[cfg(feature = "alloc")]
mod cancel;
mod cancel_safe;
#[cfg(feature = "std")]
mod context;
#[cfg(feature = "std")]
#[doc(hidden)]
pub mod faults;
pub mod flow;
#[cfg(feature = "std")]
mod foreign;
mod generator;
#[cfg(feature = "std")]
mod local;
mod macros;
#[cfg(all(test, steadfast_loom))]
mod models;
#[cfg(feature = "std")]
mod must_complete;
#[cfg(feature = "std")]
mod nursery;
#[cfg(feature = "alloc")]
mod origin;
#[cfg(feature = "std")]
mod panic;
#[cfg(feature = "std")]
mod report;
#[cfg(feature = "std")]
mod root;
#[cfg(feature = "std")]
mod runtime;
#[cfg(feature = "std")]
mod scope;
#[cfg(feature = "std")]
mod span;
mod spawn;
#[cfg(feature = "std")]
mod sync;
#[cfg(feature = "std")]
mod time;
mod together;
#[cfg(feature = "std")]
mod tree;
#[cfg(feature = "std")]
mod unwind;
#[cfg(feature = "std")]
#[doc(hidden)]
pub mod witness;
mod yielding;

#[cfg(feature = "std")]
pub use crate::ambient::{
    Finder, NoRuntime, Sleep, current_runtime, register_advice, register_finder, sleep, sleep_until,
};
pub use crate::async_drop::AsyncDrop;
#[cfg(feature = "alloc")]
pub use crate::async_drop::DynAsyncDrop;
#[cfg(feature = "std")]
pub use crate::async_drop::{AsyncDropGuard, Lease, closing, closing_borrowed, settle};
#[cfg(feature = "std")]
pub use crate::block_scope::{BlockScope, RefusedScope};
#[cfg(feature = "std")]
pub use crate::cancel::{
    CancelHandle, CancelScope, Deadline, FutureExt, OrCancelled, Shielded, TimedOut, Timeout,
    WaitCancelled, WithDeadline, cancel_reason, cancelled, checkpoint, current_deadline,
    is_cancelled, timeout, with_deadline,
};
#[cfg(feature = "alloc")]
pub use crate::cancel::{CancelReason, Cancelled, Request};
pub use crate::cancel_safe::{AssertCancelSafe, CancelSafe, assert_cancel_safe};
pub use crate::flow::Flow;
#[cfg(feature = "std")]
pub use crate::foreign::{CancelledByFuture, ForeignTask, Owned, own};
pub use crate::generator::{Emit, Emitting, Generated, Slot, flow_in};
#[cfg(feature = "alloc")]
pub use crate::generator::{Emitter, Generator, TryGenerator, flow, try_flow};
#[cfg(feature = "std")]
pub use crate::local::{TaskLocal, TaskLocals, WithLocals};
#[cfg(feature = "std")]
pub use crate::must_complete::MustComplete;
#[cfg(feature = "std")]
pub use crate::nursery::{
    Ambient, Builder, Child, ChildError, ChildOutput, ChildState, Failure, FailureKind, Fixed,
    Guest, GuestWork, HandleOutput, Invitation, Lent, LocalNursery, Never, Nursery, NurseryError,
    Ready, RefusedSpawn, Source, Spawned, StartError, StillLent,
};
#[cfg(feature = "alloc")]
pub use crate::origin::Origin;
#[cfg(feature = "std")]
pub use crate::panic::Panic;
#[cfg(feature = "std")]
pub use crate::report::{Report, lost, set_report_hook, take_report_hook};
#[cfg(feature = "std")]
pub use crate::root::{shutdown, tree};
#[cfg(feature = "std")]
pub use crate::runtime::{AnyRuntime, BoxSleep, BoxTask, BoxWork, DynRuntime};
#[cfg(feature = "std")]
pub use crate::scope::{LocalScope, Scope};
#[cfg(feature = "std")]
pub use crate::spawn::Runtime;
pub use crate::spawn::{Entry, Refused, Spawn, SpawnBlocking, SpawnLocal};
#[cfg(feature = "std")]
pub use crate::time::Timer;
pub use crate::together::{Join, Race};
#[cfg(feature = "alloc")]
pub use crate::together::{JoinAll, join_all, try_join_all};
#[cfg(feature = "std")]
pub use crate::tree::Tree;
pub use crate::yielding::{YieldNow, yield_now};
