//! Structured concurrency on tokio, smol and async-std: tasks never outlive the nursery that started them, cancellation is
//! a request, and clean-up is awaited.
//!
#![cfg_attr(feature = "tokio", doc = "```")]
#![cfg_attr(not(feature = "tokio"), doc = "```ignore")]
//! #[steadfast::main(tokio)]
//! async fn main() {
//!     let greeting = String::from("hello");
//!     let length = steadfast::nursery(async |n| {
//!         n.spawn(async { println!("a child, on any thread") });
//!         n.spawn(async { println!("another one, at the same time") });
//!         greeting.len()
//!     })
//!     .await;
//!     // Both children have finished here.
//!     assert_eq!(length, 5);
//! }
//! ```
//!
//! # What to use
//!
//! | I want | |
//! |---|---|
//! | children that run in parallel | [`nursery`]; with errors, [`try_nursery`]; with settings, [`Nursery::builder`] |
//! | children that are not `Send`, on a local executor | [`nursery_local`], [`try_nursery_local`] |
//! | children that borrow from me, inside this task | [`scope`]; with errors, [`try_scope`]; not `Send`, [`scope_local`] |
//! | children that run in parallel and share data of mine, which I get back | [`nursery_with`], [`try_nursery_with`] |
//! | children that borrow from me, in parallel, from synchronous code | [`block_scope`], [`try_block_scope`] |
//! | to ask work to end | [`Nursery::cancel`], [`Child::cancel`], [`CancelScope`], [`with_deadline`] |
//! | to say where work may end early | [`FutureExt::or_cancelled`], [`checkpoint`], [`timeout`] |
//! | to say what must not be cut short | [`FutureExt::shielded`], [`FutureExt::must_complete`] |
//! | to handle what comes first from several sources, without `select!` | [`merge!`]; from many of one kind, [`flow::merge_all`] |
//! | a loop over a stream that keeps moving while the body awaits | [`Flow`], [`for_await!`], [`flow::StreamBridge`] |
//! | the futures of a stream, several at a time | [`Flow::concurrent`]; in parallel, [`Flow::spawned`] |
//! | many children that do little, at a fraction of the cost | [`Nursery::spawn_all`] |
//! | a value for each of many items, a few at a time | [`map_concurrent`]; children that borrow, [`map_concurrent_scoped`] |
//! | several futures at once, in this task | [`join!`], [`try_join!`], [`race!`]; a list of them, [`join_all`], [`try_join_all`] |
//! | to write such a stream | [`flow!`], [`try_flow!`], [`flow()`] |
//! | a read, a write or a send that may be dropped half-way | the module `io` (feature `io`) |
//! | clean-up that awaits | [`AsyncDrop`], [`AsyncDropGuard`], [`closing`], [`settle`] |
//! | a task that other code has spawned to end before I do | `own`, of the module of each runtime; [`Owned`] |
//! | a server of hyper or axum | the crate [`steadfast-hyper`](https://docs.rs/steadfast-hyper) |
//! | to start a program or a test | [`macro@main`], [`macro@test`], [`block_on`] |
//! | to test under many orders of polls, with a clock that jumps | the feature `sim`: [`macro@test`], the modules `sim` and `kit` |
//! | to see what is running | [`tree`], [`set_report_hook`], [`lost`] |
//!
//! # Runtimes
//!
//! A program turns on the feature of its runtime; a library turns on none and runs wherever it is called, because a nursery
//! uses the runtime of the task that it is opened in. Features add names and never change behaviour; all of them together
//! are a normal build.
//!
//! | feature | adds |
//! |---|---|
//! | `tokio` | the module `tokio`; plain tokio tasks are recognised |
//! | `tokio-util` | in the module `tokio`, requests from and to a `CancellationToken` |
//! | `smol` | the module `smol` |
//! | `smol-global` | `smol::GlobalSmol`, the executor behind `smol::spawn` |
//! | `async-std` | the module `async_std`; async-std is **discontinued** |
//! | `io` | the module `io`; with `tokio`, `io::tokio` |
//! | `tracing` | reports to `tracing`, spans |
//! | `sim` | the modules `sim` and `kit`, and `#[steadfast::test(sim)]`: for dev-dependencies |
//! | `full` | all but `async-std` and `sim` |
//!
//! Children on these runtimes cost no allocation but the runtime's own. Any other runtime works as well, through
//! [`AnyRuntime`], at the price of one box for each child: implement [`Spawn`], [`SpawnBlocking`] and [`Timer`] for it.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod ambient;
mod cancel_scope;
mod expansion;
mod ext;
mod finder;
mod map;
mod nursery;
mod root;
mod scope;
mod time;

#[cfg(feature = "async-std")]
pub mod async_std;
// Prose alone; its programs run on tokio, on smol and on the simulator, and use `io`.
#[cfg(all(
    doc,
    feature = "tokio",
    feature = "smol",
    feature = "sim",
    feature = "io"
))]
pub mod manual;
#[cfg(feature = "sim")]
pub mod sim;
#[cfg(any(feature = "smol", feature = "smol-global"))]
pub mod smol;
#[cfg(feature = "tokio")]
pub mod tokio;

#[cfg(feature = "sim")]
pub use steadfast_sim::kit;

/// For the code that the attributes generate, and for nobody else.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "async-std")]
    pub use crate::expansion::async_std;
    pub use crate::expansion::run;
    #[cfg(feature = "sim")]
    pub use crate::expansion::run_on_sim;
    #[cfg(feature = "smol")]
    pub use crate::expansion::smol;
    #[cfg(feature = "smol-global")]
    pub use crate::expansion::smol_global;
    #[cfg(feature = "tokio")]
    pub use crate::expansion::{tokio, tokio_current_thread};
    pub use crate::{
        __if_async_std as if_async_std, __if_sim as if_sim, __if_smol as if_smol,
        __if_smol_global as if_smol_global, __if_tokio as if_tokio,
        __run_on_the_one as run_on_the_one, __some_runtime as some_runtime,
    };
}

// Opening.
pub use crate::map::{map_concurrent, map_concurrent_scoped, map_concurrent_scoped_local};
pub use crate::nursery::{
    Builder, Lent, LocalNursery, Nursery, StillLent, nursery, nursery_local, nursery_with,
    try_nursery, try_nursery_local, try_nursery_with,
};
pub use crate::root::{Owner, block_on};
pub use crate::scope::{
    BlockScope, LocalScope, RefusedScope, Scope, block_scope, scope, scope_local, try_block_scope,
    try_scope, try_scope_local,
};
pub use steadfast_macros::{main, test};

// Children and their outcomes.
pub use steadfast_core::{
    Child, ChildError, ChildOutput, ChildState, Failure, FailureKind, HandleOutput, Never,
    NurseryError, Origin, Panic, Ready, RefusedSpawn, Spawned, StartError,
};

// Cancellation.
pub use crate::cancel_scope::CancelScope;
pub use crate::ext::FutureExt;
pub use crate::time::{sleep, sleep_until, timeout, with_deadline};
pub use steadfast_core::{
    AssertCancelSafe, CancelHandle, CancelReason, CancelSafe, Cancelled, Deadline, MustComplete,
    OrCancelled, Request, Shielded, Sleep, TimedOut, Timeout, WaitCancelled, WithDeadline,
    YieldNow, assert_cancel_safe, cancel_reason, cancelled, checkpoint, current_deadline,
    is_cancelled, yield_now,
};

// Control flow inside one task.
pub use crate::ext::FlowExt;
pub use steadfast_core::{
    Emit, Emitter, Flow, Generator, Join, JoinAll, Race, TryGenerator, flow, for_await, join,
    join_all, merge, race, try_flow, try_join, try_join_all,
};

// Input and output that may be dropped half-way.
#[cfg(feature = "io")]
pub use steadfast_io as io;

// Clean-up.
pub use steadfast_core::{
    AsyncDrop, AsyncDropGuard, DynAsyncDrop, Lease, closing, closing_borrowed, settle,
};

// Tasks of code that has not been ported.
pub use steadfast_core::{ForeignTask, Owned, own};

// Task-locals.
pub use steadfast_core::{TaskLocal, TaskLocals, WithLocals};

// Seeing.
pub use steadfast_core::{Report, Tree, lost, set_report_hook, shutdown, take_report_hook, tree};

// Runtimes.
pub use crate::ambient::{AmbientRuntime, AmbientSource, current_runtime};
pub use steadfast_core::{
    Ambient, AnyRuntime, BoxSleep, BoxTask, BoxWork, DynRuntime, Entry, Finder, Fixed, NoRuntime,
    Refused, Runtime, Source, Spawn, SpawnBlocking, SpawnLocal, Timer, register_finder,
};
