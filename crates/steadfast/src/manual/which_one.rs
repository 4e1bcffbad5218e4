//! Which one do I need? Nurseries, scopes, and what lies between.
//!
//! There are three things that one would like children to be:
//!
//! - **concurrent** with the caller: the caller is a task and goes on being polled, beside others, while the children run;
//! - **parallel**: they run on other threads, at the same time as the caller;
//! - **borrowing**: they use what the caller has, by reference.
//!
//! A sound interface gives two of the three. Each form says which two:
//!
//! | form | concurrent | parallel | borrowing | for |
//! |---|---|---|---|---|
//! | [`nursery`](crate::nursery()), [`try_nursery`](crate::try_nursery) | yes | yes | the body alone | servers, work for all processors |
//! | [`nursery_with`](crate::nursery_with) | yes | yes | data that move in, and come back | the same, over one large value |
//! | [`scope`](crate::scope()), [`try_scope`](crate::try_scope) | yes | no | yes | waiting for several things at once |
//! | [`scope_local`](crate::scope_local) | yes | no | yes, `Rc` and `Cell` as well | the same, on one thread |
//! | [`block_scope`](crate::block_scope), [`try_block_scope`](crate::try_block_scope) | no: the thread is blocked | yes | yes | synchronous code that wants async children |
//! | [`nursery_local`](crate::nursery_local) | yes | no | the body alone | children that are not `Send`, as tasks of a local executor |
//!
//! Everything else is the same in all of them: what a request does, how failures come out, that clean-up is awaited, and that nobody
//! is left when the call returns.
//!
//! In doubt: **`scope` for waiting, `nursery` for working.** A hundred requests to a database wait, and a task waits for a hundred
//! things as well as for one. A hundred images that are to be scaled work, and want all processors.
//!
//! # Why no form has all three
//!
//! Suppose there were one: a call that returns a future, with children that borrow from the task that awaits it, on other threads.
//!
//! 1. A child may run until it has finished; so what it borrows must live until then.
//! 2. The caller may end before: its future can be dropped at any await. So the call's future must wait for the child when it is
//!    dropped, by blocking the thread.
//! 3. But nobody has to drop a future. Safe code may forget it, and then nothing of the call runs any more.
//! 4. The task's memory is used again, and the child reads on.
//!
//! As a program, with a nursery in the place of that call. It is rejected, and this is the only line between it and reading freed
//! memory:
//!
//! ```compile_fail,E0597
//! use std::{future::poll_fn, task::Poll};
//!
//! async fn forget() {
//!     let text = String::from("borrowed");
//!     let mut call = Box::pin(steadfast::nursery(async |n| {
//!         n.spawn(async { println!("{text}") }); // error: `text` does not live long enough
//!     }));
//!     poll_fn(|cx| Poll::Ready(_ = call.as_mut().poll(cx))).await;
//!     std::mem::forget(call); // the child runs on, somewhere
//! } // and `text` is gone
//! ```
//!
//! Each form gives up one of the three, and stands:
//!
//! - A **nursery** gives up borrowing. Forgotten, its children go on with what they own.
//! - A **scope** gives up being parallel. Its children live in its future, and nowhere else. The same program compiles; forgotten,
//!   the children are as well, and nothing uses the borrow:
//!
//! ```
//! use std::{future::poll_fn, task::Poll};
//!
//! async fn forget() {
//!     let text = String::from("borrowed");
//!     let mut call = Box::pin(steadfast::scope(async |s| {
//!         s.spawn(async { println!("{text}") });
//!     }));
//!     poll_fn(|cx| Poll::Ready(_ = call.as_mut().poll(cx))).await;
//!     std::mem::forget(call);
//! }
//! # futures_util::future::FutureExt::now_or_never(forget()).expect("it does not wait");
//! ```
//!
//! - A **blocking scope** gives up being concurrent. It is a function, not a future: a function that has been called can return or
//!   unwind, and nothing else, and it does neither before its children have let go. So does [`std::thread::scope`].
//!
//! A macro or an attribute would change nothing: the argument asks only that the call be a future. The body of a nursery is no
//! exception: it runs inside the call's own future.
//!
//! # Inside the task: `scope`
//!
//! ```
//! # futures_util::future::FutureExt::now_or_never(async {
//! let names = vec!["ada", "grace"];
//! let mut greetings = [String::new(), String::new()];
//!
//! steadfast::scope(async |s| {
//!     for (name, greeting) in names.iter().zip(&mut greetings) {
//!         // Each child changes a string of the caller's.
//!         s.spawn(async move { *greeting = format!("hello, {name}") });
//!     }
//! })
//! .await;
//!
//! assert_eq!(greetings, ["hello, ada", "hello, grace"]);
//! # }).expect("it does not wait");
//! ```
//!
//! A child is polled only when it has been woken, so that a thousand idle ones cost nothing; a child costs no allocation, amortised.
//! Three things follow from living in the task:
//!
//! - A child that computes for long keeps its siblings and the body waiting.
//! - The children move only while the scope is polled. A body that awaits something outside is fine; a scope that is held, unpolled,
//!   in a `select!` is not.
//! - Dropped, it drops its children where they stand. A nursery's are told, and adopted. What must be finished is marked with
//!   [`must_complete`](crate::FutureExt::must_complete), or belongs into a nursery.
//!
//! There is no `spawn_blocking` in a scope, for the reason above: a thread cannot be kept from using a borrow.
//!
//! # Parallel, with data that come back: `nursery_with`
//!
//! A child of a nursery owns what it uses. For data that all of them read, that is usually an `Arc`, and at the end a question of how
//! to get the data out of it. [`nursery_with`](crate::nursery_with) answers it: the data move in, the children get
//! [`Lent`](crate::Lent) clones, and the data come back beside the value. From [`try_nursery_with`](crate::try_nursery_with) they come
//! back from errors and panics as well.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! let table: Vec<u64> = (1..=1000).collect();
//! let (total, table) = steadfast::nursery_with(table, async |n, table| {
//!     let halves = [0..500, 500..1000].map(|part| {
//!         let table = table.clone();
//!         n.spawn_with_handle(async move { table[part].iter().sum::<u64>() })
//!     });
//!     let mut total = 0;
//!     for half in halves {
//!         total += half.await.unwrap();
//!     }
//!     total
//! })
//! .await;
//! assert_eq!((total, table.unwrap().len()), (500_500, 1000));
//! # }
//! ```
//!
//! The second place is a `Result`, because a `Lent` is a value like another: a body that returns one, or puts one into a static, has
//! carried it out of the nursery. Then there is [`StillLent`](crate::StillLent), which reads the data and gives them back later.
//!
//! # Parallel and borrowing, from synchronous code: `block_scope`
//!
//! ```
//! use steadfast::{block_scope, tokio::TokioRuntime};
//!
//! fn count_words(runtime: &TokioRuntime, texts: &[String]) -> usize {
//!     let mut counts = vec![0; texts.len()];
//!     block_scope(runtime, async |s| {
//!         for (text, count) in texts.iter().zip(&mut counts) {
//!             s.spawn(async move { *count = text.split_whitespace().count() });
//!         }
//!     })
//!     .expect("this is no task");
//!     counts.iter().sum()
//! }
//!
//! let runtime = TokioRuntime::multi_thread(2).unwrap();
//! let texts = ["to be", "or not to be"].map(String::from);
//! assert_eq!(count_words(&runtime, &texts), 6);
//! ```
//!
//! A thread that polls tasks must not be blocked: the children might be waiting for that very thread. So the call is **refused**
//! inside a task of steadfast and wherever its runtime knows that it runs tasks on the thread: on all of its threads, and on tokio inside of
//! any `block_on` of it. A `block_on` of somebody else is not seen; what it polls stands still meanwhile. The error says so, and hands the body back:
//!
//! ```
//! # #[steadfast::main(smol)]
//! # async fn main() {
//! use steadfast::{block_scope, scope, smol::SmolRuntime};
//!
//! let runtime = SmolRuntime::with_threads(1).unwrap();
//! let refused = block_scope(&runtime, async |_| 7).expect_err("this is a task");
//! assert!(refused.to_string().contains("in a task, borrow with `scope`"));
//! let _body = refused.into_inner();
//! # }
//! ```
//!
//! In a [`spawn_blocking`](crate::Nursery::spawn_blocking) child it is allowed: that thread is there to be blocked.
//!
//! # A few at a time: `map_concurrent`
//!
//! For a value per item, there is no need to spawn by hand. [`map_concurrent`](crate::map_concurrent) runs the children in parallel,
//! [`map_concurrent_scoped`](crate::map_concurrent_scoped) lets them borrow, and
//! [`map_concurrent_scoped_local`](crate::map_concurrent_scoped_local) lets them keep an `Rc` besides; all keep the order of the items
//! and at most so many children, and end the rest at the first error. Parallel ones share tasks if there may be more than 64 at a
//! time. For futures that are there already, [`join_all`](crate::join_all) and [`try_join_all`](crate::try_join_all).
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! let text = String::from("to be or not to be");
//! let lengths = steadfast::map_concurrent_scoped(text.split(' '), 2, async |word| match word {
//!     "not" => Err("a negative word"),
//!     word => Ok(word.len()),
//! });
//! assert_eq!(lengths.await.unwrap_err().primary().error(), Some(&"a negative word"));
//! # }
//! ```
