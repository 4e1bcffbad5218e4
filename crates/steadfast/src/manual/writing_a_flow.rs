//! Writing a flow: as code with `yield`, without a macro, or by hand.
//!
//! **A flow that is written with [`flow!`](crate::flow!) keeps moving what it loops over, also while it stands at a `yield`.** No further
//! code is needed for that; it is what other generators do not do.
//!
//! # As code
//!
//! `yield item` hands out an item, and waits until the next one is asked for. `return` ends the flow. Awaits, loops and borrows
//! are those of an `async` block; `move` takes what the flow uses, which a function must that returns one.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::{Flow, flow, for_await};
//!
//! /// The sums of two at a time.
//! fn pairs(numbers: impl Flow<Item = u32>) -> impl Flow<Item = u32> {
//!     flow! {
//!         move
//!         let mut before = None;
//!         for_await!(n in numbers => {
//!             match before.take() {
//!                 Some(other) => yield other + n,
//!                 None => before = Some(n),
//!             }
//!         });
//!         if let Some(last) = before {
//!             yield last;
//!         }
//!     }
//! }
//!
//! let sums: Vec<u32> = pairs(flow::iter(1..=5)).collect().await;
//! assert_eq!(sums, [3, 7, 5]);
//! # }
//! ```
//!
//! Loop over a flow with [`for_await!`](crate::for_await) inside, as here, and not with a stream's `next()`: the loop is what moves the
//! inner flow on while the outer one stands at its `yield`.
//!
//! # With errors
//!
//! [`try_flow!`](crate::try_flow!) gives `Result`s. `yield value` hands out `Ok(value)`; an error that leaves by `?` is the last item. In
//! `flow!`, whose items have no room for it, such a `?` is an error of the compiler, which says so.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::num::ParseIntError;
//! use steadfast::{Flow, try_flow};
//!
//! fn numbers(text: &str) -> impl Flow<Item = Result<u32, ParseIntError>> {
//!     try_flow! {
//!         move
//!         for word in text.split_whitespace() {
//!             let number: u32 = word.parse()?;
//!             if number > 0 {
//!                 yield number;
//!             }
//!         }
//!     }
//! }
//!
//! let all: Result<Vec<u32>, _> = numbers("1 0 2").try_collect().await;
//! assert_eq!(all, Ok(vec![1, 2]));
//! let items: Vec<_> = numbers("1 x 2").collect().await;
//! assert!(items.len() == 2 && items[1].is_err());
//! # }
//! ```
//!
//! # Without a macro
//!
//! [`flow()`](crate::flow()) and [`try_flow()`](crate::try_flow()) take a closure and an emitter; `y.emit(item).await` is `yield item`. As
//! with the macros, neither a flow nor an item costs an allocation.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use steadfast::{Flow, flow};
//!
//! let countdown = flow(async |mut y| {
//!     for n in (1..=3).rev() {
//!         y.emit(n).await;
//!     }
//! });
//! let items: Vec<u32> = countdown.collect().await;
//! assert_eq!(items, [3, 2, 1]);
//! # }
//! ```
//!
//! # By hand
//!
//! A type implements [`Flow`](crate::Flow) by two methods. Its contract, from the side of the one who writes it:
//!
//! 1. `poll_next` is asked again until it has given an item; only then may `poll_progress` be called.
//! 2. `poll_progress` moves on what has begun, and asks for nothing new. `Ready` says that nothing moves until the next `poll_next`; with
//!    `Pending` it has seen to a wake.
//! 3. An adapter passes both on. One that holds something of its own in progress polls that in both.
//! 4. After its end a flow is dropped soon.
//!
//! ```
//! use std::pin::Pin;
//! use std::task::{Context, Poll};
//! use steadfast::Flow;
//!
//! /// The numbers from 0, without an end; nothing is in progress between two of them.
//! struct Count(u64);
//!
//! impl Flow for Count {
//!     type Item = u64;
//!
//!     fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u64>> {
//!         self.0 += 1;
//!         Poll::Ready(Some(self.0 - 1))
//!     }
//!
//!     fn poll_progress(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
//!         Poll::Ready(())
//!     }
//! }
//!
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! let items: Vec<u64> = Count(0).map(|n| n * n).take(4).collect().await;
//! assert_eq!(items, [0, 1, 4, 9]);
//! # }
//! ```
//!
//! `poll_progress` has no default: one that does nothing without a word is how buffers come to starve.
//!
//! # Dropped half-way
//!
//! A flow that is dropped at a `yield` or at an await drops what its code holds there, like any future. What needs an await for that
//! is an [`AsyncDropGuard`](crate::AsyncDropGuard): its clean-up goes to the task, and is awaited before the task has finished.
//!
//! ```
//! # #[steadfast::main(tokio)]
//! # async fn main() {
//! use std::pin::Pin;
//! use std::sync::{Arc, Mutex};
//! use steadfast::{AsyncDrop, AsyncDropGuard, Flow, flow, for_await, settle, yield_now};
//!
//! #[derive(Clone, Default)]
//! struct Cursor(Arc<Mutex<Vec<&'static str>>>);
//!
//! impl AsyncDrop for Cursor {
//!     async fn async_drop(self: Pin<&mut Self>) {
//!         yield_now().await;
//!         self.0.lock().unwrap().push("closed");
//!     }
//! }
//!
//! fn rows(cursor: Cursor) -> impl Flow<Item = u32> {
//!     flow! {
//!         move
//!         let _cursor = AsyncDropGuard::new(cursor);
//!         for row in 0..100 {
//!             yield row;
//!         }
//!     }
//! }
//!
//! let cursor = Cursor::default();
//! for_await!(row in rows(cursor.clone()) => {
//!     if row == 2 {
//!         break;
//!     }
//! });
//! settle().await;
//! assert_eq!(*cursor.0.lock().unwrap(), ["closed"]);
//! # }
//! ```
//!
//! # To code that wants a `Stream`
//!
//! [`as_stream`](crate::Flow::as_stream) gives one. Do not loop over it with a body that awaits: nothing moves meanwhile, which is what
//! flows are there to prevent.
