//! Streams that keep moving: what is in progress goes on while an item is handled.
//!
//! **What a flow has begun is polled until it has ended, also while the body of the loop waits for something else.** A `Stream` is polled
//! only when it is asked for an item. If it has several requests in progress, all of them stand still while the body awaits: their
//! servers give up, and the locks and permits that they hold are held on. If the body waits for one of these, for ever.
//!
//! # What you write, what goes wrong, what to write
//!
//! Each row is a test, in which the left side fails first: see `tests/scenarios` in the repository.
//!
//! | you write | what goes wrong | write |
//! |---|---|---|
//! | `while let Some(x) = stream.map(work).buffered(n).next().await { .. }` | the others stand still during the body: they time out, or hold what it waits for | `for_await!(x in flow.map(work).concurrent(n) => ..)` |
//! | the same over a `FuturesUnordered` | the same | `flow::iter(futures).concurrent(n)` |
//! | `stream.buffer_unordered(n)` | of `n` futures, one is started before the first output is there | `concurrent(n)`, which starts all |
//! | `one.merge(other)` of tokio-stream, `merge()` of futures-concurrency | the other source stands still during the body | [`merge`](crate::Flow::merge) and [`merge_all`](crate::flow::merge_all) of flows |
//! | `merged.co().limit(n).for_each(..)` of futures-concurrency | while there is no room, the source stands still | `merged.map(work).concurrent(n)` |
//! | `stream! { .. yield x; .. }` around a buffer | it stands at its `yield`, and the buffer with it | [`flow!`](crate::flow!), with `for_await!` inside |
//! | a task that pumps a stream into a channel | it runs ahead of you | [`spawned(&nursery, n)`](crate::Flow::spawned), which counts what you have not taken |
//! | `while let` over a stream that is always ready | nobody else in the task gets a turn | `for_await!`, which gives them one now and then |
//!
//! # The deadlock, and the loop without it
//!
//! ```text
//! let mut results = stream::iter(jobs).map(work).buffered(2);   // each `work` takes the lock for a moment
//! while let Some(result) = results.next().await {
//!     let held = lock.lock().await;                             // held by a `work` that nobody polls
//! }
//! ```
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::{Flow, flow, for_await, yield_now};
//! use tokio::sync::Mutex;
//!
//! let lock = Mutex::new(0);
//! let work = async |job: u32| {
//!     let mut sum = lock.lock().await;
//!     yield_now().await;
//!     *sum += job;
//!     job
//! };
//! let mut handled = 0;
//! for_await!(job in flow::iter(1..=4).map(work).concurrent(2) => {
//!     let _held = lock.lock().await; // the others move on, and let go of it
//!     handled += job;
//! });
//! assert_eq!((handled, *lock.lock().await), (10, 10));
//! # }
//! ```
//!
//! The body of [`for_await!`](crate::for_await) is code of the function around it: `break`, `continue`, `return`, `?` and `&mut`
//! locals are those of a `for` loop. There is no `next()`, because whoever has it in hand can forget to poll between two items.
//!
//! # Which one
//!
//! | I have | and want | write |
//! |---|---|---|
//! | a flow of futures | several at a time, in this task; they may borrow | [`.concurrent(n)`](crate::Flow::concurrent) |
//! | | the outputs in order | [`.concurrent_ordered(n)`](crate::Flow::concurrent_ordered) |
//! | | in parallel, as children of a nursery; they own what they use | [`.spawned(&nursery, n)`](crate::Flow::spawned), [`.spawned_ordered(..)`](crate::Flow::spawned_ordered) |
//! | | without an allocator | [`.concurrent_fixed::<N>()`](crate::Flow::concurrent_fixed) |
//! | two flows | the items of both | [`.merge(other)`](crate::Flow::merge) |
//! | many flows of one kind | the items of all; those that are idle cost nothing | [`flow::merge_all`](crate::flow::merge_all) |
//! | flows of different kinds | a handler for each | [`merge!`](crate::merge), see [the chapter](super::instead_of_select) |
//! | a `Stream` that only hands over: a channel, a socket, an iterator | a flow | [`.assume_serial()`](crate::flow::StreamBridge::assume_serial) |
//! | a `Stream` that works between items: a generator, `then` | a flow | [`.prefetch()`](crate::flow::StreamBridge::prefetch), which fetches one item ahead |
//! | a `Stream` with several things in progress: `buffered(n)` | a flow | its source as a flow, and `.concurrent(n)` |
//!
//! # How many at a time
//!
//! Of `concurrent(n)` and `spawned(.., n)`, those that run and those that have finished, but whose output nobody has taken, are together
//! never more than `n`. So a slow body slows the source down, and nothing piles up. All that may start is started at once, before the
//! first output is handed out.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::cell::Cell;
//! use steadfast::{Flow, flow, for_await, yield_now};
//!
//! let (claimed, mut handled, mut most) = (Cell::new(0), 0, 0);
//! let jobs = flow::iter(0..20).inspect(|_| claimed.set(claimed.get() + 1));
//! for_await!(_job in jobs.map(async |job| job).concurrent(5) => {
//!     most = most.max(claimed.get() - handled);
//!     yield_now().await;
//!     handled += 1;
//! });
//! assert_eq!((handled, most), (20, 5));
//! # }
//! ```
//!
//! # In parallel
//!
//! `concurrent` runs its futures in the task of the loop: they may borrow, and they stand still while the body blocks its thread.
//! `spawned` makes each of them a child of a nursery. An item is what the handle of a child gives: a failure or a panic is the nursery's,
//! which asks the others to end, and the item in its place says so.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::{Flow, flow, for_await, nursery};
//!
//! let pages = ["one", "three", "five"];
//! let mut lengths = Vec::new();
//! nursery(async |n| {
//!     let fetched = flow::iter(pages).map(|page| async move { page.len() });
//!     for_await!(length in fetched.spawned_ordered(&n.named("fetch"), 2) => {
//!         lengths.push(length.expect("no child has failed"));
//!     });
//! })
//! .await;
//! assert_eq!(lengths, [3, 5, 4]);
//! # }
//! ```
//!
//! In a nursery that returns errors, the futures return `Result<T, E>`; where nothing else says what `E` is, the body ends with
//! `Ok::<_, E>(())`. A loop that is left early leaves its children to the nursery, which waits for them. To be done with them, ask it to end.
//!
//! # What is dropped, and when
//!
//! A consumer owns its flow. A loop that is left, by `break`, `return`, `?` or a panic, drops the flow with all that it has in progress;
//! so does whoever drops the future around it. What must not be cut is [`shielded`](crate::FutureExt::shielded), or a child.
//!
//! # To find what stands still
//!
//! [`testing`](super::testing) has a detector that names a future which was woken and not polled, without a clock. A flow that is polled
//! against its contract panics in debug builds, at the caller's line.
