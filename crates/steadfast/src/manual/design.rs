//! Design, as questions and answers.
//!
//! # Why is cancellation only a request?
//!
//! Because a future that is dropped in the middle has to be right at every await, and most code is not: a buffer that was read and
//! not yet sent is gone, a counter was raised and is not lowered. The language does not tell which futures bear it. Here the code
//! tells, by a mark, and the reader can search for it: `or_cancelled`.
//!
//! # Then a child that has no mark keeps its nursery waiting for ever?
//!
//! Yes; after five seconds the nursery reports who it is, since when, and where it was spawned. The other answer, to drop it after
//! all, is there too, where it is decided by the one who can judge it: `grace` on the builder. It is no default, because a default
//! that drops would take the promise back.
//!
//! # Why are the exit and `sleep` no cancel points?
//!
//! A cancel point that is hidden in a call has to be known by heart. An exit that injects an error would replace the value that the
//! body has computed. Both can be had by marking: `sleep(d).or_cancelled().await?`.
//!
//! # Why does `or_cancelled` look at the future first?
//!
//! A value that is there has been taken from somewhere: a channel, a socket. To look at the flag first would lose it.
//!
//! # Why can children not borrow?
//!
//! Of *concurrent with the caller*, *parallel* and *borrowing*, a sound interface gets two, because a future can be forgotten in
//! safe code. Nurseries are concurrent and parallel. The body, which is part of the caller's own future, borrows as it likes. This
//! is rejected:
//!
//! ```compile_fail,E0597
//! async fn sum(values: Vec<u32>) -> u32 {
//!     let half = steadfast::nursery(async |n| n.spawn_with_handle(async { values.iter().sum::<u32>() })).await;
//!     half.await.unwrap()
//! }
//! ```
//!
//! and this accepted:
//!
//! ```
//! async fn sum(values: Vec<u32>) -> u32 {
//!     let half = steadfast::nursery(async |n| n.spawn_with_handle(async move { values.iter().sum::<u32>() })).await;
//!     half.await.unwrap()
//! }
//! # #[steadfast::main(tokio)]
//! # async fn main() { assert_eq!(sum(vec![1, 2]).await, 3) }
//! ```
//!
//! # Why does a dropped nursery not wait, or block, or abort the process?
//!
//! A destructor cannot await; blocking a worker thread can deadlock the runtime; and ending the process over a `select!` is no way
//! to treat a program. What is left is to hand the children to somebody who waits anyway. There is always one: the nursery around,
//! or the root.
//!
//! # Why does `AsyncDropGuard` not spawn its clean-up?
//!
//! A task that is spawned by a destructor has no owner, runs after its caller has gone on, and is dropped unpolled at a shutdown:
//! the three surprises at once. The task that owned the value outlives it by a moment instead, and whoever waits for the task
//! waits for the clean-up.
//!
//! # Why is an error after a request no failure?
//!
//! Because `?` turns the request itself into an error of the function's own type, and then nobody can tell it from a failure by its
//! type. What can be told is whether the task gave way before. So that decides, and the error is kept, beside its cause.
//!
//! # Why does the first failure in order of completion win, and not the first child?
//!
//! The one that came first is the one that asked the others to end; whatever they return after that, it is the cause. The order of
//! spawning says nothing about causes.
//!
//! # Why is the nursery passed to the body by value?
//!
//! With `async |n: Nursery|` the future of the call stays `Send`, and can be spawned. With a reference it does not compile in
//! generic code today. The handle is a pointer, cheap to clone, and may outlive the nursery without harm.
//!
//! # Why do children without a handle return `()` or `Result<(), E>` only?
//!
//! With two possible outputs, `n.spawn(async { .. Ok(()) })` infers `E` from the nursery. With a third, every such child would have
//! to spell its error type. Hence `spawn_until_cancelled`, and `spawn_with_handle` for values.
//!
//! # Why is the runtime a value, and ambient?
//!
//! A type parameter would appear in every signature of every library. A global would keep two runtimes from living in one
//! program, and tests from having one each. A task knows where it runs; that is enough.
//!
//! # Why do features not choose the runtime?
//!
//! Because cargo unites features: any crate in the build could change where everybody else's tasks run.
//!
//! # What is checked, and how?
//!
//! Every promise is a set of cases in `steadfast-conformance`, which run on each runtime; and runtimes and nurseries that break a
//! promise on purpose have to be caught by a case that is named in advance.
