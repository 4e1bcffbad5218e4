//! Choosing a runtime: programs, libraries, tests.
//!
//! **The laws are the same on every runtime.** What differs is what a runtime can do at all: keep tasks on a thread, shut down,
//! pause its clock. steadfast is no runtime: children are tasks of yours, beside those that you have.
//!
//! # A library names none
//!
//! It depends on `steadfast` without features. A nursery runs on the runtime of the task that opens it.
//!
//! ```
//! // In the library:
//! async fn total(prices: Vec<u32>) -> u32 {
//!     let halves = steadfast::nursery(async |n| {
//!         let (left, right) = prices.split_at(prices.len() / 2);
//!         [left.to_vec(), right.to_vec()].map(|half| n.spawn_with_handle(async move { half.iter().sum::<u32>() }))
//!     })
//!     .await;
//!     let mut total = 0;
//!     for half in halves {
//!         total += half.await.expect("the child cannot fail");
//!     }
//!     total
//! }
//!
//! // In two programs:
//! let tokio = steadfast::tokio::TokioRuntime::new()?;
//! assert_eq!(steadfast::block_on(&tokio, total(vec![1, 2, 3])), 6);
//! let smol = steadfast::smol::SmolRuntime::new()?;
//! assert_eq!(steadfast::block_on(&smol, total(vec![1, 2, 3])), 6);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # A program names one
//!
//! It turns the feature on, and begins with a root: [`#[steadfast::main(..)]`](macro@crate::main), or
//! [`block_on`](crate::block_on) with a runtime that it has made. The root waits for everything below it.
//!
//! ```
//! #[steadfast::main(smol, threads = 2)]
//! async fn main() {
//!     steadfast::nursery(async |n| {
//!         n.spawn(async { println!("on smol") });
//!     })
//!     .await;
//! }
//! ```
//!
//! | runtime | `main(..)` | owner, for `block_on` | handle, for `Builder::runtime` |
//! |---|---|---|---|
//! | tokio, multi-thread | `tokio`, `tokio, workers = 4` | [`TokioRuntime::new`](crate::tokio::TokioRuntime) | [`Tokio`](crate::tokio::Tokio) |
//! | tokio, current-thread | `tokio, current_thread` | `TokioRuntime::current_thread` | `Tokio` |
//! | smol | `smol`, `smol, threads = 4` | [`SmolRuntime::new`](crate::smol::SmolRuntime) | [`Smol`](crate::smol::Smol) |
//! | the global executor of smol | `smol_global` | [`GlobalSmol`](crate::smol::GlobalSmol) | `GlobalSmol` |
//! | async-std | `async_std` | `AsyncStd` | `AsyncStd` |
//!
//! # A program that has its runtime already
//!
//! With the feature `tokio`, a nursery in a plain tokio task finds the current tokio runtime. So one function can be ported at a
//! time. Without a root, a nursery that is *dropped* by such a task has nobody to adopt its children, and a report says so; where
//! that can happen, run the program under a root:
//!
//! ```
//! let runtime = tokio::runtime::Runtime::new()?;
//! runtime.block_on(async {
//!     let child = steadfast::nursery(async |n| n.spawn_with_handle(async { 42 })).await;
//!     assert_eq!(child.await.unwrap(), 42);
//! });
//!
//! // With a root:
//! let owner = steadfast::tokio::TokioRuntime::from(runtime);
//! steadfast::block_on(&owner, async { assert!(tokio::spawn(async { true }).await.unwrap()) });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Two at once
//!
//! Features add names and change nothing. Children of one nursery can run elsewhere, and everything else (waiting, requests,
//! failures, clean-ups) is as ever:
//!
//! ```
//! # fn main() -> std::io::Result<()> {
//! let tokio = steadfast::tokio::TokioRuntime::current_thread()?;
//! let smol = steadfast::smol::SmolRuntime::with_threads(1)?;
//! let thread = steadfast::block_on(&tokio, async {
//!     let elsewhere = steadfast::Nursery::builder().runtime(&smol.handle());
//!     let name = async || std::thread::current().name().map(str::to_owned);
//!     elsewhere.run(async |n| n.spawn_with_handle(async move { name().await })).await.await
//! });
//! assert_eq!(thread.unwrap().as_deref(), Some("steadfast-smol-1"));
//! # Ok(())
//! # }
//! ```
//!
//! # Tests
//!
//! [`#[steadfast::test]`](macro@crate::test) makes one test for each runtime whose feature is on, each with a root of its own.
//!
//! ```
//! #[steadfast::test]
//! async fn children_finish() {
//!     steadfast::nursery(async |n| {
//!         n.spawn(async {});
//!     })
//!     .await;
//! }
//! ```
//!
//! The simulator is a runtime for tests alone: see [`testing`](super::testing).
//!
//! # How they differ
//!
//! | | tokio | smol | smol, global | async-std |
//! |---|---|---|---|---|
//! | shuts down, and drops pending tasks then | yes | yes | no | no |
//! | threads | your choice | your choice | one, or `SMOL_THREADS` | all, or `ASYNC_STD_THREAD_COUNT` |
//! | clock | its own; can be paused | the system's | the system's | the system's |
//! | timers can be missing | yes: without `enable_time` | no | no | no |
//! | a spawn after the shutdown | is taken, and dropped: the child is lost | is refused | | |
//! | maintained upstream | yes | yes | yes | no: RUSTSEC-2025-0052 |
//!
//! On a current-thread runtime, children run on one thread and take turns: still concurrent, no longer parallel.
//!
//! # Edges
//!
//! | when | then |
//! |---|---|
//! | there is no runtime here | `try_nursery` returns a failure, `nursery` and `sleep` panic; the text names the enabled features and the fix |
//! | a nursery moves between tasks | its children stay on the runtime where it was first polled |
//! | the runtime is dropped while a nursery is in it | children end as lost; the nursery ends; clean-ups that could not run are reported |
//! | `block_on` inside of the same runtime | what the runtime does: tokio panics |
//! | tokio's own types in a task of another runtime | as without steadfast: they need a tokio runtime around them |
//!
//! ```
//! use steadfast::{FailureKind, try_nursery};
//! # // A poll is enough: nothing here ever waits.
//! # let mut call = std::pin::pin!(try_nursery(async |_| Ok::<(), std::io::Error>(())));
//! # let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
//! # let std::task::Poll::Ready(outcome) = call.as_mut().poll(&mut cx) else { panic!("it waits") };
//!
//! // `outcome` is what `try_nursery(..).await` gives on a thread without a runtime.
//! let error = outcome.unwrap_err();
//! assert!(matches!(error.primary().kind(), FailureKind::NoRuntime(_)));
//! ```
