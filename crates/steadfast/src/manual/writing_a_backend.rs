//! Writing a backend: three traits, and a suite that says whether they are right.
//!
//! **A backend polls a task or drops it, and nothing else.** Results, requests, panics, clean-ups: all of it is done once, in the
//! core, inside the task that the backend is given. So a backend is short: those of this project have less than 250 lines.
//!
//! | trait | is needed for | |
//! |---|---|---|
//! | [`Spawn`](crate::Spawn) | every nursery | start a task |
//! | [`SpawnBlocking`](crate::SpawnBlocking) | `spawn_blocking` | run work that blocks its thread |
//! | [`Timer`](crate::Timer) | deadlines, budgets, `sleep` | tell the time, wait for it |
//! | [`Entry`](crate::Entry) | `block_on` in `main` | enter from synchronous code |
//! | [`SpawnLocal`](crate::SpawnLocal) | nothing yet | start a task that stays on its thread |
//!
//! The first three go on one cheap value that can be cloned; [`Runtime`](crate::Runtime) is then implemented by itself.
//!
//! # A whole one
//!
//! A thread for each task, blocking piece of work and timer. Slow, and right.
//!
//! ```
//! use std::pin::pin;
//! use std::sync::Arc;
//! use std::task::{Context, Poll, Wake, Waker};
//! use std::thread;
//! use std::time::Instant;
//! use steadfast::{Entry, Refused, Spawn, SpawnBlocking, Timer};
//!
//! #[derive(Clone)]
//! struct Threads;
//!
//! impl Spawn for Threads {
//!     fn spawn<F>(&self, task: F) -> Result<(), Refused<F>>
//!     where
//!         F: Future<Output = ()> + Send + 'static,
//!     {
//!         thread::spawn(move || Threads.block_on(task));
//!         Ok(())
//!     }
//! }
//!
//! impl SpawnBlocking for Threads {
//!     fn spawn_blocking<W>(&self, work: W) -> Result<(), Refused<W>>
//!     where
//!         W: FnOnce() + Send + 'static,
//!     {
//!         thread::spawn(work);
//!         Ok(())
//!     }
//! }
//!
//! impl Timer for Threads {
//!     type Sleep = Sleep;
//!
//!     fn sleep_until(&self, at: Instant) -> Sleep {
//!         Sleep(at)
//!     }
//! }
//!
//! struct Sleep(Instant);
//!
//! impl Future for Sleep {
//!     type Output = ();
//!
//!     fn poll(self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
//!         let Some(left) = self.0.checked_duration_since(Instant::now()) else {
//!             return Poll::Ready(());
//!         };
//!         let waker = cx.waker().clone();
//!         thread::spawn(move || {
//!             thread::sleep(left);
//!             waker.wake();
//!         });
//!         Poll::Pending
//!     }
//! }
//!
//! impl Entry for Threads {
//!     fn block_on<F: Future>(&self, future: F) -> F::Output {
//!         struct Unpark(thread::Thread);
//!         impl Wake for Unpark {
//!             fn wake(self: Arc<Self>) {
//!                 self.0.unpark();
//!             }
//!         }
//!         let mut future = pin!(future);
//!         let waker = Waker::from(Arc::new(Unpark(thread::current())));
//!         loop {
//!             match future.as_mut().poll(&mut Context::from_waker(&waker)) {
//!                 Poll::Ready(output) => return output,
//!                 Poll::Pending => thread::park(),
//!             }
//!         }
//!     }
//! }
//!
//! // It is a runtime like any other. It is known by no feature, so that each child costs one box more.
//! let root = steadfast::Nursery::builder().runtime(&Threads);
//! let child = root.block_on(&Threads, async {
//!     steadfast::nursery(async |n| {
//!         n.spawn(steadfast::sleep(std::time::Duration::from_millis(1)));
//!         n.spawn_with_handle(async { thread::current().id() })
//!     })
//!     .await
//!     .await
//! });
//! assert_ne!(child.unwrap(), thread::current().id());
//! ```
//!
//! # The laws
//!
//! 1. Never poll a task inside `spawn`, and never one task on two threads at once.
//! 2. Poll a task again after each wake, also after a wake that arrives during a poll.
//! 3. Never poll a task after it was ready.
//! 4. Drop every task that was accepted, exactly once, at the latest when the runtime shuts down.
//! 5. Hand a task back in [`Refused`](crate::Refused), unpolled, if it is known that it will never run.
//! 6. Accept a spawn from any thread, and from inside the destructor of another task.
//! 7. Never cancel a task by itself while the runtime lives: where dropping the native handle cancels, detach it.
//! 8. Run blocking work away from the threads that poll tasks.
//! 9. Capture a target when the value is built, never "whatever is current at the time of the spawn".
//!
//! Tasks of the core never panic, neither in `poll` nor in `drop`, so that a backend needs no policy for panics.
//!
//! # Owner and handle
//!
//! Each child keeps a clone of the handle. If that clone kept the runtime alive, the runtime could never be dropped while tasks
//! are pending in it, which is when it has to drop them. So the handle is weak, and the owner is another type, which implements
//! `Entry` (and [`Owner`](crate::Owner), for [`block_on`](crate::block_on)).
//!
//! # Is it right?
//!
//! The crate `steadfast-conformance` has the laws as cases, with stable ids. One line makes a test of each:
//!
//! ```text
//! steadfast_conformance::conformance_tests!(my_runtime: MyRuntime);
//! ```
//!
//! Its README says what `MyRuntime` has to tell, how to read a failure, and how to report what a runtime cannot do, such as to
//! shut down. A case that hangs is a failure with its name, not a stuck build.
//!
//! # Edges
//!
//! | when | a backend |
//! |---|---|
//! | the runtime has no timers | panics in `sleep_until`; nurseries without deadlines do not call it, and budgets do without |
//! | a spawn races the shutdown | accepts and drops the task, or refuses it; either way the nursery ends |
//! | a task's destructor spawns | accepts, or refuses; never deadlocks: hold no lock while a task is dropped |
//! | the waker outlives the task | ignores the wake |
