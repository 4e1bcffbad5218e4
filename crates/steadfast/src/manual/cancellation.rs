//! Cancellation: how work is asked to end.
//!
//! **To cancel is to ask. A future is polled to its end unless its own code says otherwise.** A request is a flag on a part of the
//! tree of tasks. It reaches everything below, wakes whoever waits for it, and does nothing else.
//!
//! # Who asks
//!
//! | request | reason |
//! |---|---|
//! | [`n.cancel("..")`](crate::Nursery::cancel), [`child.cancel("..")`](crate::Child::cancel), [`scope.cancel("..")`](crate::CancelHandle::cancel) | `Requested`, with the words and the line of the call |
//! | a child or the body fails | `Failed`, with the child; `BodyFailed` |
//! | a deadline passes | `Deadline` |
//! | a nursery's future is dropped | `Dropped` |
//! | the foreground has finished (background children) | `Finished` |
//!
//! The first reason stands, and the request stays: whoever looks later sees it too.
//!
//! # Where it is seen
//!
//! | in the code | effect of a request |
//! |---|---|
//! | [`is_cancelled()`](crate::is_cancelled) | tells |
//! | [`checkpoint()?`](crate::checkpoint) | leaves through `?` |
//! | [`cancelled().await`](crate::cancelled) | wakes, and tells the reason |
//! | [`fut.or_cancelled().await?`](crate::FutureExt::or_cancelled) | drops `fut`, and leaves through `?` |
//!
//! Nothing else is a cancel point: neither `sleep`, nor `spawn`, nor the exit of a nursery.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::{Cancelled, FutureExt, checkpoint, nursery, yield_now};
//!
//! /// Gives way while it waits, never while it works.
//! async fn serve(mut jobs: impl AsyncFnMut() -> u32) -> Result<u32, Cancelled> {
//!     let mut done = 0;
//!     loop {
//!         let job = jobs().or_cancelled().await?;
//!         for _ in 0..job {
//!             checkpoint()?;
//!             yield_now().await;
//!             done += 1;
//!         }
//!         if job == 0 {
//!             return Ok(done);
//!         }
//!     }
//! }
//!
//! let mut queue = [2, 3, 0].into_iter();
//! let served = serve(async || queue.next().unwrap()).await;
//! assert_eq!(served, Ok(5));
//!
//! let gave_way = nursery(async |n| {
//!     let child = n.spawn_with_handle(async { serve(async || std::future::pending().await).await });
//!     child.cancel("the shop closes");
//!     child
//! })
//! .await
//! .await;
//! assert!(gave_way.unwrap().unwrap_err().to_string().starts_with("cancelled: the shop closes"));
//! # }
//! ```
//!
//! ## A loop that ends on request
//!
//! The two results stand apart: the outer one says whether there was a request, the inner one whether the work failed.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::io;
//! use steadfast::{FutureExt, NurseryError, try_nursery};
//! # struct Listener(u32);
//! # struct Connection;
//! # impl Listener {
//! #     async fn accept(&mut self) -> io::Result<Connection> {
//! #         self.0 += 1;
//! #         if self.0 > 2 { std::future::pending().await } else { Ok(Connection) }
//! #     }
//! # }
//! # async fn answer(_: Connection) -> io::Result<()> { Ok(()) }
//!
//! /// Accepts until it is asked to end; then answers whom it has accepted, and returns.
//! async fn serve(mut listener: Listener) -> Result<(), NurseryError<io::Error>> {
//!     try_nursery(async |n| {
//!         while let Ok(accepted) = listener.accept().or_cancelled().await {
//!             n.spawn(answer(accepted?));
//!         }
//!         Ok(())
//!     })
//!     .await
//! }
//!
//! let served = steadfast::nursery(async |n| {
//!     let server = n.spawn_supervised(serve(Listener(0)));
//!     server.cancel("closing time");
//!     server.await
//! });
//! assert!(served.await.unwrap().is_ok());
//! # }
//! ```
//!
//! ## `or_cancelled` looks at the future first
//!
//! A value that is ready is never thrown away, and a region that has not begun gets its first poll. In time:
//!
//! ```text
//! request          ────────────●──────────────────────────────►  (it stays)
//! plain await      ├───────────┼──────────────┤                   polled to its end
//! .or_cancelled()  ├───────────┤ dropped, Err(Cancelled)
//! .or_cancelled()  ├── ready ──┤ Ok(value), if both come in the same turn
//! .shielded()      ├───────────┼──────────────┤ then the region around is dropped
//! ```
//!
//! # Keeping a part whole
//!
//! [`shielded`](crate::FutureExt::shielded) finishes before a region around it is dropped, and hides the request from the code
//! inside. It never replaces a result. Give it a deadline if what it does may hang.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::time::Duration;
//! use steadfast::{CancelScope, FutureExt, is_cancelled, yield_now};
//!
//! let scope = CancelScope::new();
//! let handle = scope.handle();
//! let mut steps = Vec::new();
//! let transfer = async {
//!     let both = async {
//!         steps.push("debit");
//!         handle.cancel("changed my mind");
//!         yield_now().await;
//!         assert!(!is_cancelled()); // hidden in here
//!         steps.push("credit");
//!     };
//!     both.shielded().deadline(Duration::from_secs(10)).await;
//!     yield_now().await; // the region is dropped at this await
//!     steps.push("never");
//! };
//! assert!(scope.run(transfer.or_cancelled()).await.is_err());
//! assert_eq!(steps, ["debit", "credit"]);
//! # }
//! ```
//!
//! A shield protects from requests and aborts of ours. It cannot protect from foreign code that drops the whole task: for work
//! that must then still be finished, there is [`must_complete`](crate::FutureExt::must_complete), which hands the rest to the
//! nursery.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicBool, Ordering};
//! use std::{future::poll_fn, task::Poll};
//! use steadfast::{FutureExt, nursery, yield_now};
//!
//! let written = Arc::new(AtomicBool::new(false));
//! nursery(async |_| {
//!     let flag = written.clone();
//!     let mut write = Box::pin(
//!         async move {
//!             yield_now().await;
//!             flag.store(true, Ordering::Relaxed);
//!         }
//!         .must_complete(),
//!     );
//!     poll_fn(|cx| Poll::Ready(write.as_mut().poll(cx).is_pending())).await;
//!     drop(write); // half-way, as the losing side of a `select!` would be
//! })
//! .await;
//! assert!(written.load(Ordering::Relaxed));
//! # }
//! ```
//!
//! # Deadlines
//!
//! [`with_deadline`](crate::with_deadline) **asks**; the value is what the future returns, however late.
//! [`timeout`](crate::timeout) asks, and at the deadline **drops**; so its future must be one that may be dropped. Nested deadlines
//! apply together, and the earliest counts. A duration counts from the first poll.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::future::pending;
//! use std::time::Duration;
//! use steadfast::{CancelReason, FutureExt, assert_cancel_safe, cancelled, timeout, with_deadline};
//!
//! let soon = Duration::from_millis(5);
//! let asked = with_deadline(soon, async {
//!     assert_eq!(cancelled().await, CancelReason::Deadline);
//!     "a late value is a value"
//! });
//! assert_eq!(asked.await, "a late value is a value");
//!
//! // A region that is marked may be dropped, and the mark says so to `timeout` as well.
//! assert!(timeout(soon, pending::<()>().or_cancelled()).await.is_err());
//! // Without a mark, the caller answers for it, with a word that can be searched for.
//! assert!(timeout(soon, assert_cancel_safe(async { pending::<()>().await })).await.is_err());
//! # }
//! ```
//!
//! Rejected: nothing says that this may be dropped half-way. The two accepted forms are those above.
//!
//! ```compile_fail,E0277
//! async fn pay() {}
//! async fn checkout() {
//!     steadfast::timeout(std::time::Duration::from_secs(1), pay()).await;
//! }
//! ```
//!
//! # Part of a task
//!
//! A [`CancelScope`](crate::CancelScope) can be asked to end without the rest of its task. Code after it goes on untouched.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::future::pending;
//! use steadfast::{CancelScope, FutureExt, is_cancelled};
//!
//! let search = CancelScope::new().name("search");
//! let button = search.handle();
//! button.cancel("the user typed on");
//! assert!(search.run(pending::<()>().or_cancelled()).await.is_err());
//! assert!(button.was_cancelled() && button.was_obeyed());
//! assert!(!is_cancelled());
//! # }
//! ```
//!
//! # Errors
//!
//! [`Cancelled`](crate::Cancelled), [`TimedOut`](crate::TimedOut), a failure and a panic are four things, and nothing converts one into
//! another. A child that gave way has not failed, also if it says so with an error of its own: what decides is that there was a
//! request and that the child obeyed it, not the type of the error.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::future::pending;
//! use steadfast::{Cancelled, FutureExt, try_nursery};
//!
//! #[derive(Debug)]
//! enum Error {
//!     Full,
//!     Cancelled(Cancelled),
//! }
//!
//! impl From<Cancelled> for Error {
//!     fn from(cancelled: Cancelled) -> Self {
//!         Self::Cancelled(cancelled)
//!     }
//! }
//!
//! let error = try_nursery(async |n| {
//!     n.spawn(async { Ok(pending::<()>().or_cancelled().await?) });
//!     n.spawn(async { Err(Error::Full) });
//!     Ok(())
//! })
//! .await
//! .unwrap_err();
//! assert!(matches!(error.primary().error(), Some(Error::Full)));
//! assert_eq!(error.others().len(), 0);
//! let gave_way = error.after_cancel().next().and_then(|failure| failure.error());
//! assert!(matches!(gave_way, Some(Error::Cancelled(_))));
//! # }
//! ```
//!
//! If the **body** gives way with an error, there is no value to return: the call returns an error whose
//! [`is_cancelled`](crate::NurseryError::is_cancelled) says that nothing failed. If only children did, the body's value is returned.
//! An error that a child returned later than it gave way, such as that of a last flush, is then reported; one that merely passes
//! the request on by `?` is not.
//!
//! Giving way to a scope *inside* a task is that code's own matter: an error that the task ends with later is a failure as ever.
//!
//! # What does not obey
//!
//! By default a nursery waits for ever, and says so after `slow_exit`. With a [grace](crate::Builder::grace) period, children
//! that have not finished so long after a request are aborted: dropped at their next suspension. Shields are finished first, and
//! clean-ups still run.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::time::Duration;
//!
//! let nursery = steadfast::Nursery::builder().grace(Duration::from_millis(5)).run(async |n| {
//!     n.spawn(std::future::pending::<()>()); // has no mark
//!     n.cancel("good night");
//! });
//! nursery.await; // returns
//! # }
//! ```
//!
//! # Edges
//!
//! | when | then |
//! |---|---|
//! | the code runs outside of any steadfast task | nothing is ever cancelled; `or_cancelled` waits for its future |
//! | a region is dropped that owns an [`AsyncDropGuard`](crate::AsyncDropGuard) | the clean-up runs in this task, shielded |
//! | a region is dropped that awaits a nursery | the nursery's children are adopted by the one around |
//! | a child panics while it gives way | a panic |
//! | two requests | the first reason stands, for good |
//! | a deadline is moved after it has passed | the request stays |
//! | a `timeout` passes together with one around it | the outermost reports |
//! | a `timeout` region sees a request that is not its deadline | it goes on; only marks inside give way |
//! | a region is in a shield | requests from outside of the shield do not reach it |
