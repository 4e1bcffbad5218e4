//! The manual: each idea from its promise to its edges. Every program in it is compiled and run.
//!
//! | chapter | answers |
//! |---|---|
//! | [`which_one`] | which form do I need: concurrent, parallel, borrowing; and why none has all three |
//! | [`nurseries`] | how tasks are owned: opening, spawning, values, failures, panics, what happens at the exit |
//! | [`cancellation`] | how work is asked to end, where it gives way, and what must not be cut short |
//! | [`async_drop`] | how values are released that need `.await` for it, and who waits for that |
//! | [`instead_of_select`] | how several sources are handled in one loop, and why none of them is cut short |
//! | [`streams_that_keep_moving`] | how a loop over a stream does not starve what the stream has in progress |
//! | [`writing_a_flow`] | how such a stream is written |
//! | [`choosing_a_runtime`] | programs, libraries, tests; how the runtimes differ |
//! | [`testing`] | how to have every run again, to drop and cancel at every await, and to see what is left |
//! | [`porting`] | how a tokio application is ported, a function at a time, and what each step gains |
//! | [`tokio_idioms`] | what each idiom of tokio risks, and what it becomes |
//! | [`writing_a_backend`] | how to bring a runtime of your own, and how to know that it is right |
//! | [`design`] | why it is as it is, as questions and answers |
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | nursery | owns children that run as tasks of the runtime, in parallel; returns when all are gone |
//! | scope | owns children that run inside the current task, concurrently; they may borrow |
//! | child | a future that a nursery or a scope owns |
//! | cancel scope | a part of a task that can be asked to end without the rest |
//! | cancel | to *request* that work end. It stays requested; it has a reason; the first reason stands |
//! | abort | to drop a future in the middle: in `or_cancelled`, after a grace period, or by foreign code |
//! | shield | a region that neither a request nor an abort of ours cuts short |
//! | close | no more spawns are accepted |
//! | finish | a child is gone: its future, what it had captured, and its async clean-up |
//! | adopt | an enclosing nursery takes over children whose nursery future was dropped, and waits for them |
//! | root | the outermost nursery: that of [`block_on`](crate::block_on), [`main`](macro@crate::main) or [`test`](macro@crate::test) |
//!
//! # A program in one picture
//!
//! ```text
//! root  ├──────────────────────────────────────────────────┤   the program
//!  └ body of `nursery`   ├──────────────┐        ╎              may borrow from its caller
//!     ├ child            │  ├───────────┼──┤     ╎              a task of the runtime
//!     └ child            │  ├────────┼──┼──────┼─┤              ┼──┼ its clean-up, awaited
//!                        open       request     closed, returned
//! ```

pub mod async_drop;
pub mod cancellation;
pub mod choosing_a_runtime;
pub mod design;
pub mod instead_of_select;
pub mod nurseries;
pub mod porting;
pub mod streams_that_keep_moving;
pub mod testing;
pub mod tokio_idioms;
pub mod which_one;
pub mod writing_a_backend;
pub mod writing_a_flow;
