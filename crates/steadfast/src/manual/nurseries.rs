//! Nurseries: how tasks are owned.
//!
//! **When a nursery call returns, every child, and every child of a child, has finished**: its future is dropped, what it had
//! captured is dropped, its async clean-up is done, and its effects are visible. There is no other way to start a task.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU32, Ordering};
//!
//! let sum = Arc::new(AtomicU32::new(0));
//! steadfast::nursery(async |n| {
//!     for value in 1..=4 {
//!         let sum = sum.clone();
//!         n.spawn(async move { _ = sum.fetch_add(value, Ordering::Relaxed) });
//!     }
//! })
//! .await;
//! // Nobody else holds it any more: the children's clones are gone, and what they did is visible.
//! assert_eq!(Arc::into_inner(sum).unwrap().into_inner(), 10);
//! # }
//! ```
//!
//! # Life cycle
//!
//! ```text
//! open ──────────────► body ended ────────────► closed ──────────► returned
//!  body runs,           no body;                 no body, no        the value of the body,
//!  children come        children may still       child; spawn is    or the failure, or the
//!  and go               spawn children           refused            panic goes on
//! ```
//!
//! - The first poll opens it and runs the body, in the caller's own task. So the **body may borrow** from the caller; children
//!   must own what they use, because they run in parallel.
//! - `spawn` hands a child to the runtime and returns at once. The handle `n` can be cloned, and used from children and other
//!   threads: it is `Send + Sync`.
//! - When the body has ended, the nursery waits for its children. They may go on spawning. The exit is no cancel point: it
//!   waits for as long as they take, and after [`slow_exit`](crate::Builder::slow_exit) (5 s) reports who is still there.
//! - It closes when nobody is left. From then on a spawn through a handle that somebody kept is refused.
//!
//! ```text
//! caller  ──┐                                            ┌──►
//! body      └─ spawn a ── spawn b ── value ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┤   waits at the exit
//! a              └───────────── spawn c ──┤              │
//! b                          └────────────┼───┤          │
//! c                                └──────┼──────────────┤   a child of a child
//!                                                        closed
//! ```
//!
//! ## Rejected: a child that borrows
//!
//! ```compile_fail,E0597
//! async fn greet(name: String) {
//!     steadfast::nursery(async |n| {
//!         n.spawn(async { println!("hello, {name}") });
//!     })
//!     .await;
//! }
//! ```
//!
//! Accepted: the body borrows, and the child owns.
//!
//! ```
//! async fn greet(name: String) {
//!     steadfast::nursery(async |n| {
//!         println!("{} letters", name.len());
//!         let name = name.clone();
//!         n.spawn(async move { println!("hello, {name}") });
//!     })
//!     .await;
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() { greet("you".to_owned()).await }
//! ```
//!
//! # Which spawn
//!
//! | method | the child |
//! |---|---|
//! | [`spawn`](crate::Nursery::spawn) | is nobody's in particular; returns `()`, or `Result<(), E>` whose error fails the nursery |
//! | [`spawn_all`](crate::Nursery::spawn_all) | is one of many that do little, and shares a task with others |
//! | [`spawn_until_cancelled`](crate::Nursery::spawn_until_cancelled) | is one marked region: it ends at the first await after a request |
//! | [`spawn_with_handle`](crate::Nursery::spawn_with_handle) | has a value, which its [`Child`](crate::Child) gives |
//! | [`spawn_supervised`](crate::Nursery::spawn_supervised) | ends as it likes, and only its handle hears of it |
//! | [`spawn_background`](crate::Nursery::spawn_background) | serves the others, and is asked to end when they have finished |
//! | [`spawn_blocking`](crate::Nursery::spawn_blocking) | blocks a thread, away from those that poll tasks |
//! | [`start`](crate::Nursery::start) | says when it is ready; the call waits for that |
//! | [`start_with_handle`](crate::Nursery::start_with_handle) | both says when it is ready and has a value |
//! | [`try_spawn`](crate::Nursery::try_spawn) | is handed back if the nursery is closed, cancelled or full |
//! | [`spawn_when_free`](crate::Nursery::spawn_when_free) | is started when the limit has a place for it |
//!
//! ## A value
//!
//! Dropping the handle does nothing: the nursery owns the child. The handle can be awaited in the nursery or after it.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! let (left, right) = steadfast::nursery(async |n| {
//!     (n.spawn_with_handle(async { 3 }), n.spawn_with_handle(async { 4 }))
//! })
//! .await;
//! assert_eq!(left.await.unwrap() + right.await.unwrap(), 7);
//! # }
//! ```
//!
//! ## A service
//!
//! `start` returns when the child has reported; `spawn_background` keeps it from holding the exit up. Neither outlives the nursery.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::{CancelReason, cancelled, nursery};
//!
//! nursery(async |n| {
//!     n.spawn_background(async { assert_eq!(cancelled().await, CancelReason::Finished) });
//!
//!     let port = n.start(async |ready| ready.report(8080)).await;
//!     assert_eq!(port.unwrap(), 8080);
//! })
//! .await;
//! # }
//! ```
//!
//! ## Not too many
//!
//! With a limit, `spawn` takes a child at once and lets it wait for a place; `spawn_when_free` waits before anything is
//! allocated, so that a fast producer is slowed down.
//!
//! ```
//! # use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! static RUNNING: AtomicUsize = AtomicUsize::new(0);
//!
//! async fn fetch(_page: &str) {
//!     assert!(RUNNING.fetch_add(1, SeqCst) < 2);
//! #   tokio::task::yield_now().await;
//!     RUNNING.fetch_sub(1, SeqCst);
//! }
//!
//! let all = steadfast::Nursery::builder().limit(2).run(async |n| {
//!     for page in ["a", "b", "c", "d"] {
//!         n.spawn_when_free(fetch(page)).await.unwrap();
//!     }
//! });
//! all.await;
//! # }
//! ```
//!
//! # Task-locals
//!
//! A [`TaskLocal`](crate::TaskLocal) is bound for one future. Children see what their spawner saw at the spawn, whichever nursery
//! they are spawned into, and so do their children; what a child binds, nobody else sees. Clean-ups see what was bound where their
//! guard was made. Requests and deadlines are different: they come from the nursery.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::{TaskLocal, nursery};
//!
//! static REQUEST: TaskLocal<u32> = TaskLocal::new();
//!
//! let seen = REQUEST.scope(7, nursery(async |n| {
//!     n.spawn_with_handle(async { REQUEST.get() }).await
//! }));
//! assert_eq!(seen.await.unwrap(), Some(7));
//! assert_eq!(REQUEST.get(), None);
//! # }
//! ```
//!
//! Task-locals of other libraries, such as tokio's, do not come along.
//!
//! # Errors
//!
//! In a [`try_nursery`](crate::try_nursery) the **first failure, in the order of completion, asks all others to end**; they all
//! finish; then the call returns the [`NurseryError`](crate::NurseryError). Nothing is merged or thrown away:
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::{CancelReason, cancelled, try_nursery};
//!
//! let error = try_nursery(async |n| {
//!     n.named("first").spawn(async { Err("disk full") });
//!     n.named("second").spawn(async {
//!         // A clean-up step of its own, which fails too.
//!         assert!(matches!(cancelled().await, CancelReason::Failed(_)));
//!         Err("no goodbye")
//!     });
//!     Ok(())
//! })
//! .await
//! .unwrap_err();
//!
//! assert_eq!(error.primary().child().name(), Some("first"));
//! assert_eq!(error.primary().error(), Some(&"disk full"));
//! let others: Vec<_> = error.others().filter_map(|failure| failure.error()).collect();
//! assert_eq!(others, [&"no goodbye"]);
//! # }
//! ```
//!
//! A child that gave way to the request has not failed. What it returned after that is kept in
//! [`after_cancel`](crate::NurseryError::after_cancel).
//!
//! The error type has to be known from somewhere: from the signature around, from a child without a handle, or from
//! `Ok::<_, Error>(..)` at the end of the body. One that is a [`std::error::Error`] makes the `NurseryError` one, too, so that `?`
//! takes it into a boxed error. Boxed errors are none themselves; there, [`into_error`](crate::NurseryError::into_error) gives the
//! primary one back:
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! type BoxError = Box<dyn std::error::Error + Send + Sync>;
//!
//! async fn check(numbers: &[&'static str]) -> Result<(), BoxError> {
//!     let checked = steadfast::try_nursery(async |n| {
//!         for number in numbers.iter().copied() {
//!             n.spawn(async move {
//!                 number.parse::<u32>()?;
//!                 Ok(())
//!             });
//!         }
//!         Ok(())
//!     });
//!     let lost_or_panicked = |other: steadfast::NurseryError<BoxError>| other.to_string().into();
//!     checked.await.map_err(|error| error.into_error().unwrap_or_else(lost_or_panicked))
//! }
//!
//! assert!(check(&["1", "2"]).await.is_ok());
//! assert!(check(&["1", "two"]).await.unwrap_err().is::<std::num::ParseIntError>());
//! # }
//! ```
//!
//! A supervised child is the exception that one asks for: its `Result` is a value like any other.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! let supervised = steadfast::nursery(async |n| n.spawn_supervised(async { Err::<(), _>("mine alone") })).await;
//! assert_eq!(supervised.await.unwrap(), Err("mine alone"));
//! # }
//! ```
//!
//! # Panics
//!
//! A panic in a child or in the body asks the others to end, waits for them, and goes on from the call, with its own payload. It
//! outranks errors; these are reported. [`collect_panics`](crate::Builder::collect_panics) makes it a failure like others.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::Nursery;
//!
//! let error = Nursery::builder()
//!     .collect_panics()
//!     .try_run(async |n| {
//!         n.spawn(async { panic!("a bug") });
//!         Ok::<(), std::io::Error>(())
//!     })
//!     .await
//!     .unwrap_err();
//! assert_eq!(error.primary().panic().map(|panic| panic.message()), Some("a bug"));
//! # }
//! ```
//!
//! # Cancel
//!
//! [`n.cancel(reason)`](crate::Nursery::cancel) asks the body and all children to end; the [next chapter](super::cancellation) is
//! about what that means. A cancelled nursery still waits, still accepts children, and has not failed: its value is the body's.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! let value = steadfast::nursery(async |n| {
//!     n.spawn_until_cancelled(std::future::pending::<()>());
//!     n.cancel("enough");
//!     42
//! })
//! .await;
//! assert_eq!(value, 42);
//! # }
//! ```
//!
//! # Drop
//!
//! A nursery's future may be dropped by code that knows nothing of it: the losing side of a foreign `select!`, a task that is
//! aborted. Then everybody in it is asked to end, with [`CancelReason::Dropped`](crate::CancelReason::Dropped); the body is
//! dropped, because it is part of the caller; and the **children are adopted** by the nursery around, which waits for them.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::future::poll_fn;
//! use std::sync::Arc;
//! use std::task::Poll;
//! use steadfast::{CancelReason, cancelled, nursery};
//!
//! let goodbye = Arc::new("said");
//! let child = goodbye.clone();
//! nursery(async |_| {
//!     let mut dropped = Box::pin(nursery(async |inner| {
//!         inner.spawn(async move {
//!             assert_eq!(cancelled().await, CancelReason::Dropped);
//!             drop(child);
//!         });
//!         std::future::pending::<()>().await;
//!     }));
//!     poll_fn(|cx| Poll::Ready(dropped.as_mut().poll(cx).is_pending())).await;
//!     drop(dropped); // returns at once
//! })
//! .await; // has waited for the child
//! assert_eq!(Arc::strong_count(&goodbye), 1);
//! # }
//! ```
//!
//! Without a nursery around, and without a root, nobody can wait; a [`Report`](crate::Report) says so.
//!
//! # Leak
//!
//! A nursery's future that is forgotten (`mem::forget`) asks nobody to end, and nobody waits for its children. They own what
//! they use, so that this is a leak and no more than that. The root reports it at its end.
//!
//! # Edges
//!
//! | when | then |
//! |---|---|
//! | the future is not polled | nothing happens; nothing is opened |
//! | it is polled where there is no runtime | `nursery` panics, `try_nursery` returns the failure [`NoRuntime`](crate::FailureKind::NoRuntime); both name the fix |
//! | `spawn` into a cancelled nursery | the child starts, and sees the request at its first mark; `try_spawn` hands it back |
//! | `spawn` after the body has ended | fine, as long as a child is alive |
//! | `spawn` into a closed nursery | refused; [`Spawned`](crate::Spawned) has the future; dropped unseen, it is reported as lost |
//! | a handle outlives the nursery | it keeps nothing waiting |
//! | a child's future panics in its destructor | as a panic of the child |
//! | the runtime is dropped with children in it | they end as [`Lost`](crate::FailureKind::Lost), and the nursery ends |
//! | a child is cancelled before its first poll | it is polled once, so that what was moved into it can be cleaned up |
//! | the body ends with `?` | a failure like a child's; the reason is [`BodyFailed`](crate::CancelReason::BodyFailed) |
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! let kept = steadfast::nursery(async |n| n).await;
//! assert!(kept.is_closed());
//! let refused = kept.spawn(async {}).into_result().unwrap_err();
//! assert!(refused.is_closed());
//! # }
//! ```
